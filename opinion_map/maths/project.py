"""One participant's place on a map that is already drawn, from their own votes alone."""

from collections.abc import Mapping
from math import cos, exp, log, pi, sin, sqrt
from typing import Any

from opinion_map.maths.continuity import LETTERS
from opinion_map.maths.posterior import ELLIPSE
from opinion_map.maths.result import OpinionMap

Model = Mapping[str, Any]
Pair = tuple[float, float]
Packed = tuple[float, float, float]
# Of somebody's votes: their pull along both components, and how many the map knows.
Sums = tuple[float, float, int]

NO_VOTES: Sums = (0.0, 0.0, 0)

CORNERS = 24


def model_of(map_: OpinionMap) -> dict[str, Any]:
    """The small part of a map that `project` and `place` need, as JSON can hold it.

    Returns
    -------
    dict
        `count`: statements with votes, `excluded`: how many of them the map leaves out;
        `statements`: for each live statement with votes, by its id as text, its mean, its two
        loadings, and its mean and two weights in the probabilistic model; `noise`, `shift` and
        `turn` of that model; `groups`: share, mean and covariance of each.
    """
    voted = map_.seen > 0
    columns = [
        map_.means[voted],
        *map_.components.loadings[:, voted],
        map_.model.means[voted],
        *map_.model.weights[voted].T,
    ]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    shape = map_.group_shapes
    return {
        "count": int(voted.sum()) + map_.n_excluded,
        "excluded": map_.n_excluded,
        "statements": {
            str(one): [round(value, 9) for value in row]
            for one, row in zip(map_.statements[voted].tolist(), rows, strict=True)
        },
        "noise": round(map_.model.noise, 9),
        "shift": [round(one, 9) for one in map_.model.shift.tolist()],
        "turn": [[round(one, 9) for one in row] for row in map_.model.turn.tolist()],
        "groups": [
            {
                "id": letter,
                "share": round(share, 9),
                "mean": [round(one, 9) for one in mean],
                "covariance": [round(one, 9) for one in covariance],
            }
            for letter, share, mean, covariance in zip(
                LETTERS,
                shape.shares.tolist(),
                shape.means.tolist(),
                shape.covariances.tolist(),
                strict=False,
            )
        ],
    }


def project(own_votes: Mapping[int, int], model: Model) -> Pair | None:
    """Where these votes put somebody on the picture, in some microseconds.

    Parameters
    ----------
    own_votes : mapping of statement id to choice (1, 0, -1)
        Statements that the map does not know are left out.
    model : mapping
        `document["model"]`, also after a turn through JSON.

    Returns
    -------
    (x, y) or None
        None until there is a vote on a statement of the map.
    """
    sums = NO_VOTES
    for statement, choice in own_votes.items():
        sums = with_vote(sums, statement, choice, model)
    return projected(sums, model)


def with_vote(sums: Sums, statement: int, choice: int, model: Model) -> Sums:
    """What `projected` needs of somebody's votes, after one more of them.

    Parameters
    ----------
    sums : tuple of float, float, int
        NO_VOTES, or what an earlier call returned.
    """
    row = model["statements"].get(str(statement))
    if row is None:
        return sums
    x, y, count = sums
    apart = choice - row[0]
    return x + apart * row[1], y + apart * row[2], count + 1


def projected(sums: Sums, model: Model) -> Pair | None:
    """Where `project` puts somebody with these sums of their votes."""
    x, y, count = sums
    if count == 0:
        return None
    scale = sqrt(model["count"] / (count + model["excluded"]))
    return round(x * scale, 6), round(y * scale, 6)


def place(own_votes: Mapping[int, int], model: Model) -> dict[str, Any]:
    """The honest place of somebody: where they probably stand, how sure that is, and with whom.

    Parameters
    ----------
    own_votes : mapping of statement id to choice (1, 0, -1)
    model : mapping
        `document["model"]`.

    Returns
    -------
    dict
        `position`: (x, y) if they voted on everything; `ellipse`: `half_axes`, `direction` of the
        longer and `outline` of the region that holds that place with probability .8;
        `membership`: chance of each group by its letter. Without votes: the middle, a wide
        ellipse, the groups' shares.
    """
    pull, precision = _evidence(own_votes, model)
    mean, covariance = _posterior(pull, precision, (0.0, 0.0), (1.0, 0.0, 1.0))
    (p, q), (r, s) = model["turn"]
    a, b, c = covariance
    turned = (
        p * p * a + 2 * p * q * b + q * q * c,
        p * r * a + (p * s + q * r) * b + q * s * c,
        r * r * a + 2 * r * s * b + s * s * c,
    )
    x = model["shift"][0] + p * mean[0] + q * mean[1]
    y = model["shift"][1] + r * mean[0] + s * mean[1]
    return {
        "position": [round(x, 6), round(y, 6)],
        "ellipse": _ellipse(x, y, turned),
        "membership": _membership(pull, precision, model["groups"]),
    }


def _evidence(own_votes: Mapping[int, int], model: Model) -> tuple[Pair, Packed]:
    known, noise = model["statements"], model["noise"]
    x = y = a = b = c = 0.0
    for statement, choice in own_votes.items():
        row = known.get(str(statement))
        if row is not None:
            _, _, _, mean, first, second = row
            apart = choice - mean
            x, y = x + apart * first, y + apart * second
            a, b, c = a + first * first, b + first * second, c + second * second
    return (x / noise, y / noise), (a / noise, b / noise, c / noise)


def _inverse(square: Packed) -> Packed:
    a, b, c = square
    determinant = a * c - b * b
    return c / determinant, -b / determinant, a / determinant


def _times(square: Packed, vector: Pair) -> Pair:
    a, b, c = square
    return a * vector[0] + b * vector[1], b * vector[0] + c * vector[1]


def _posterior(
    pull: Pair, precision: Packed, prior_pull: Pair, prior: Packed
) -> tuple[Pair, Packed]:
    covariance = _inverse(
        (precision[0] + prior[0], precision[1] + prior[1], precision[2] + prior[2])
    )
    return _times(covariance, (pull[0] + prior_pull[0], pull[1] + prior_pull[1])), covariance


def _ellipse(x: float, y: float, covariance: Packed) -> dict[str, Any]:
    a, b, c = covariance
    middle, reach = (a + c) / 2, sqrt(max(((a - c) / 2) ** 2 + b * b, 0.0))
    long = sqrt(ELLIPSE * max(middle + reach, 0.0))
    short = sqrt(ELLIPSE * max(middle - reach, 0.0))
    if abs(b) > 1e-15:
        east, north = b, middle + reach - a
    else:
        east, north = (1.0, 0.0) if a >= c else (0.0, 1.0)
    length = sqrt(east * east + north * north)
    east, north = east / length, north / length
    outline = []
    for corner in range(CORNERS):
        angle = 2 * pi * corner / CORNERS
        along, across = long * cos(angle), short * sin(angle)
        right, up = along * east - across * north, along * north + across * east
        outline.append([round(x + right, 4), round(y + up, 4)])
    return {
        "half_axes": [round(long, 4), round(short, 4)],
        "direction": [round(east, 4), round(north, 4)],
        "outline": outline,
    }


def _membership(pull: Pair, precision: Packed, groups: list[Any]) -> dict[str, float]:
    """Bayes' rule over the groups: see `membership.probabilities`, of which this is one row."""
    scores = {}
    for group in groups:
        prior = _inverse(tuple(group["covariance"]))
        centre = tuple(group["mean"])
        prior_pull = _times(prior, centre)
        mean, covariance = _posterior(pull, precision, prior_pull, prior)
        total = pull[0] + prior_pull[0], pull[1] + prior_pull[1]
        a, b, c = covariance
        p, q, r = group["covariance"]
        evidence = total[0] * mean[0] + total[1] * mean[1]
        evidence -= prior_pull[0] * centre[0] + prior_pull[1] * centre[1]
        evidence += log(a * c - b * b) - log(p * r - q * q)
        scores[group["id"]] = log(group["share"]) + evidence / 2
    top = max(scores.values(), default=0.0)
    chances = {letter: exp(score - top) for letter, score in scores.items()}
    whole = sum(chances.values())
    return {letter: round(chance / whole, 6) for letter, chance in chances.items()}
