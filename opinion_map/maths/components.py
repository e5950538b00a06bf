"""The two directions along which votes differ most: principal components of the vote matrix."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, qr

Floats = NDArray[np.float64]
Gram = Callable[[Floats], Floats]

DIGITS = 7
"""Decimals of the loadings of a large conversation."""


@dataclass(frozen=True, eq=False)
class Components:
    """Leading eigenvectors of Z.T Z.

    Attributes
    ----------
    loadings : ndarray of float64, shape (2, C)
        Unit rows, orthogonal; a row of zeros where the votes do not vary in that direction.
    variances : ndarray of float64, shape (2,)
        Eigenvalues (sums of squares along each direction), never negative.
    total : float
        Sum of squares of all centred votes.
    passes : int
        Passes over the votes that it took.
    """

    loadings: Floats
    variances: Floats
    total: float
    passes: int

    @property
    def explained(self) -> Floats:
        """Share of the total for each direction, in [0, 1]; zeros when votes do not vary."""
        return self.variances / self.total if self.total > 0 else np.zeros(len(self.variances))


def leading(
    gram: Gram,
    size: int,
    *,
    total: float,
    start: Floats | None = None,
    block: int = 4,
    tolerance: float = 1e-12,
    most_passes: int = 200,
) -> Components:
    """Two leading components by a block Krylov method with full orthogonalisation.

    Parameters
    ----------
    gram : callable
        (C, b) -> Z.T Z times it.
    size : int
        C.
    total : float
        Trace of Z.T Z: with it, "no variation" is decided relative to the data.
    start : ndarray, shape (2, C), optional
        Components of an earlier, similar matrix. They save passes and leave the result the same
        within the tolerance.
    block : int
        Directions multiplied at once: a sparse product with four costs little more than with one.
    tolerance : float
        Error allowed in a component, as residual over its gap to the other eigenvalues.

    Returns
    -------
    Components
        With `canonical_signs`.

    References
    ----------
    Golub and Underwood, "The block Lanczos method for computing eigenvalues", 1977; Musco and
    Musco, "Randomized block Krylov methods for stronger and faster approximate SVD", 2015.
    """
    if size == 0 or total <= 0:
        return Components(np.zeros((2, size)), np.zeros(2), max(total, 0.0), 0)
    basis = _first_basis(size, start, block)
    images = np.zeros((size, 0))
    fresh, passes = basis, 0
    while True:
        images = np.concatenate([images, gram(fresh)], axis=1)
        passes += 1
        values, vectors = eigh(_symmetric(basis.T @ images))
        top = slice(-2, None)
        errors = _errors(basis, images, values, vectors)
        done = bool((errors <= tolerance).all()) or passes >= most_passes
        if done or basis.shape[1] >= size:
            break
        if basis.shape[1] + block > max(80, 8 * block):
            basis = basis @ vectors[:, -2 * block :]
            images = images @ vectors[:, -2 * block :]
            values, vectors = values[-2 * block :], np.eye(2 * block)
        fresh = _next_block(images[:, -fresh.shape[1] :], basis)
        if fresh.shape[1] == 0:
            break
        basis = np.concatenate([basis, fresh], axis=1)
    return _finished(values[top], basis @ vectors[:, top], total, passes)


def rounded(found: Components) -> Components:
    """With loadings of DIGITS decimals, finer than what is shown.

    Ways to the same components differ in their last bits; the rounded ones are the same bytes.
    """
    variances = np.array([float(f"{one:.9e}") for one in found.variances.tolist()])
    return replace(found, loadings=np.round(found.loadings, DIGITS) + 0.0, variances=variances)


def is_clear(found: Components, *, margin: float = 2e-13) -> bool:
    """Whether another way to these components, within the margin, is rounded to the same.

    Two ways from one start over the same steps were found 3e-16 apart; with this margin one map in
    100 of a thousand statements is not clear, and is worked out the long way.
    """
    steps = found.loadings * 10.0**DIGITS
    return bool((np.abs(steps - np.floor(steps) - 0.5) > margin * 10.0**DIGITS).all())


def of_square(square: Floats, *, total: float) -> Components:
    """The two leading components of Z.T Z when it is at hand; shape (C, C)."""
    if len(square) == 0 or total <= 0:
        return Components(np.zeros((2, len(square))), np.zeros(2), max(total, 0.0), 0)
    lowest = max(len(square) - 2, 0)
    values, vectors = eigh(_symmetric(square), subset_by_index=[lowest, len(square) - 1])
    return _finished(values, vectors, total, 1)


def leading_values(gram: Gram, size: int, *, block: int, passes: int) -> Floats:
    """The two largest eigenvalues after a fixed number of passes, from below; shape (2,).

    In single precision, which is much finer than so few passes.
    """
    fresh = np.random.default_rng(0).standard_normal((size, min(block, size)))
    fresh = np.linalg.qr(fresh)[0].astype(np.float32)
    bases, images = [fresh], [gram(fresh)]
    while len(bases) < passes and len(bases) * block < size:
        basis = np.concatenate(bases, axis=1)
        ahead = images[-1] - basis @ (basis.T @ images[-1])
        ahead = np.linalg.qr(ahead - basis @ (basis.T @ ahead))[0]
        bases.append(ahead)
        images.append(gram(ahead))
    basis, image = np.concatenate(bases, axis=1), np.concatenate(images, axis=1)
    values = np.linalg.eigvalsh(_symmetric(basis.T @ image))[::-1]
    return np.maximum(np.append(values, [0.0, 0.0])[:2], 0.0).astype(np.float64)


def canonical_signs(loadings: Floats) -> Floats:
    """Turn each row so that the first of its largest loadings is positive.

    "Largest" with a tolerance: in a symmetric conversation all are equal but for the last bit.
    """
    size = np.abs(loadings)
    largest = (size >= size.max(axis=1, keepdims=True) * (1 - 1e-6)).argmax(axis=1)
    signs = np.where(loadings[np.arange(len(loadings)), largest] < 0, -1.0, 1.0)
    return loadings * signs[:, None]


def _first_basis(size: int, start: Floats | None, block: int) -> Floats:
    if size <= 2 * block:
        return np.eye(size)
    seeded = np.random.default_rng(0).standard_normal((size, block))
    if start is not None:
        usable = start[np.linalg.norm(start, axis=1) > 0.5]
        seeded = np.concatenate([usable.T, seeded[:, len(usable) :]], axis=1)
    return qr(seeded, mode="economic")[0]


def _errors(basis: Floats, images: Floats, values: Floats, vectors: Floats) -> Floats:
    """Bound on the angle of each of the two leading Ritz vectors (residual over gap)."""
    lead = vectors[:, -2:]
    residual = np.linalg.norm(images @ lead - (basis @ lead) * values[-2:], axis=0)
    scale = max(float(values[-1]), 0.0)
    rounding = residual <= 3e-14 * scale
    gaps = np.full(lead.shape[1], scale)
    spaced = np.diff(values[-3:]) if len(values) > 1 else np.zeros(0)
    if len(values) > 2:
        gaps = np.array([min(spaced[0], spaced[1]), spaced[1]])
    elif len(values) == 2:
        gaps = np.array([spaced[0], spaced[0]])
    return np.where(rounding, 0.0, residual / np.maximum(gaps, 1e-300))


def _next_block(images: Floats, basis: Floats) -> Floats:
    """Orthonormal directions that the last images add to the basis; none when it is complete."""
    fresh = images
    scale = np.linalg.norm(images, axis=0).max()
    for _ in range(2):
        fresh = fresh - basis @ (basis.T @ fresh)
    turned, sizes, _ = qr(fresh, mode="economic", pivoting=True)
    keep = np.abs(np.diag(sizes)) > 1e-14 * max(scale, 1e-300)
    turned = turned[:, : len(keep)][:, keep]
    turned = turned - basis @ (basis.T @ turned)
    lengths = np.linalg.norm(turned, axis=0)
    return turned[:, lengths > 0.5] / lengths[lengths > 0.5]


def _symmetric(square: Floats) -> Floats:
    return (square + square.T) / 2


def _finished(values: Floats, vectors: Floats, total: float, passes: int) -> Components:
    size = len(vectors)
    variances, loadings = np.zeros(2), np.zeros((2, size))
    count = min(2, vectors.shape[1])
    variances[:count] = values[::-1][:count]
    loadings[:count] = vectors[:, ::-1][:, :count].T
    flat = variances <= 1e-12 * total
    variances = np.where(flat, 0.0, variances)
    loadings = np.where(flat[:, None], 0.0, loadings)
    return Components(canonical_signs(loadings), variances, total, passes)
