"""Where people stand on the picture: Polis' projection, which allows for unseen statements."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.blocks import over_each
from opinion_map.maths.components import Components
from opinion_map.maths.products import table_sums
from opinion_map.maths.vote_matrix import VoteMatrix

Floats = NDArray[np.float64]

CHOICES = np.array([-1.0, 0.0, 1.0])


def scales(matrix: VoteMatrix) -> Floats:
    """sqrt(C / n_i) of each participant; shape (N,).

    As in Polis a statement that moderation left out keeps counting: in C, and in n_i as if
    everybody had passed on it. (Counted neither here nor there, it would blow up the noise of
    people with few votes on live statements.)
    """
    everything = matrix.n_voted + matrix.n_excluded
    return np.sqrt(everything / np.maximum(matrix.votes_per_participant + matrix.n_excluded, 1))


def picture(matrix: VoteMatrix, components: Components) -> Floats:
    """Positions of all participants.

    p_i = sqrt(C / n_i) * sum over the statements j that i saw of (v_ij - mean_j) * loading_j.

    Returns
    -------
    ndarray of float64, shape (N, 2)
        (0, 0) for a participant without votes on live statements.

    References
    ----------
    Small, Bjorkegren, Erkkilä, Shaw and Megill, "Polis: Scaling deliberation by mapping high
    dimensional opinion spaces", Recerca 26(2), 2021.
    """
    away = CHOICES - matrix.means[:, None]
    table = away[:, :, None] * components.loadings.T[:, None, :]
    positions, end = np.empty((len(matrix.participants), 2)), 0
    for part in over_each(partial(table_sums, table=table), matrix.blocks):
        positions[end : end + len(part)] = part
        end += len(part)
    return positions * scales(matrix)[:, None]


def statement_positions(means: Floats, components: Components, n_statements: int) -> Floats:
    """Where somebody would stand who only agreed with one statement; shape (C, 2)."""
    return np.sqrt(n_statements) * (1 - means)[:, None] * components.loadings.T
