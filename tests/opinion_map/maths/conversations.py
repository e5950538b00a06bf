"""Made-up conversations with known answers, and the real ones where they are at hand."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from deliberate.polis_files import find
from opinion_map.maths import Votes
from opinion_map.polis_files import read_comments, read_votes, table

DATA = Path(os.environ.get("DELIBERATE_DATA", Path(__file__).parents[4] / "shared" / "data"))


@dataclass(frozen=True)
class Planted:
    votes: Votes
    groups: np.ndarray


def votes_of(table, *, excluded=()):
    """Votes of a dense table; NaN where nobody voted. Arrays are read-only."""
    table = np.asarray(table, dtype=float)
    who, what = np.nonzero(~np.isnan(table))
    return frozen(who, what, table[who, what].astype(np.int8), excluded=excluded)


def frozen(who, what, choices, *, excluded=()):
    arrays = [np.array(who), np.array(what), np.array(choices, dtype=np.int8)]
    for one in arrays:
        one.flags.writeable = False
    return Votes(*arrays, excluded=excluded)


def two_blocs(first, second, statements):
    """Two groups that are of opposite opinion on everything."""
    signs = np.where(np.arange(statements) % 2 == 0, 1.0, -1.0)
    return votes_of(np.concatenate([np.tile(signs, (first, 1)), np.tile(-signs, (second, 1))]))


def planted(people, statements, votes_each, *, groups=2, separation=1.0, seed=1, even=False):
    """Latent places in groups, votes by a logistic model, heavy-tailed numbers of votes."""
    rng = np.random.default_rng(seed)
    shares = np.array([0.5, 0.3, 0.2, 0.15, 0.1])[:groups]
    group = rng.choice(groups, people, p=shares / shares.sum())
    angles = np.arange(groups) * 2 * np.pi / groups + 0.3
    centres = 1.6 * np.stack([np.cos(angles), np.sin(angles)], axis=1) * (groups > 1)
    place = centres[group] * separation + 0.6 * rng.standard_normal((people, 2))
    weight = rng.standard_normal((statements, 2)) * rng.gamma(2, 0.35, statements)[:, None]
    lean, passing = rng.normal(0.45, 0.8, statements), rng.normal(-1.3, 0.5, statements)
    popular = 1.2 * rng.standard_normal(statements)
    raw = np.ones(people) if even else np.exp(1.3 * rng.standard_normal(people))
    number = np.clip(np.rint(raw * votes_each / raw.mean()), 1, statements).astype(int)
    keys = popular + rng.gumbel(size=(people, statements))
    order = np.argsort(-keys, axis=1)
    seen = np.arange(statements) < number[:, None]
    who, what = np.nonzero(seen)[0], order[seen]
    utility = lean[what] + (weight[what] * place[who]).sum(axis=1)
    passes = rng.random(len(who)) < 1 / (1 + np.exp(0.3 * np.abs(utility) - passing[what]))
    agrees = rng.random(len(who)) < 1 / (1 + np.exp(-1.3 * utility))
    choices = np.where(passes, 0, np.where(agrees, 1, -1))
    return Planted(frozen(who, what, choices), group)


def shuffled(votes, seed):
    """The same votes with no structure: shuffled within each statement."""
    rng = np.random.default_rng(seed)
    by_statement = np.lexsort((rng.random(len(votes)), votes.statements))
    choices = np.empty(len(votes), dtype=np.int8)
    choices[np.argsort(votes.statements, kind="stable")] = votes.choices[by_statement]
    return frozen(votes.participants, votes.statements, choices)


@dataclass(frozen=True)
class Real:
    votes: Votes
    published: dict
    comments: list


def real(name):
    """A conversation of the shared data; skips loudly where the folder is not there."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"NO REAL DATA: {folder} is not there; set DELIBERATE_DATA to test against it")
    comments = read_comments(find(folder, "comments"))
    excluded = frozenset(one.id for one in comments if one.excluded)
    rows = read_votes(find(folder, "votes"))
    return Real(rows.votes(excluded=excluded), published_groups(folder), comments)


def published_groups(folder):
    """The groups that Polis published: a participant's number, for those in one."""
    column, rows = table(find(folder, "participants-votes"), ("participant", "group-id"))
    cells = ((row[column["participant"]], row[column["group-id"]]) for _line, row in rows)
    return {int(person): int(float(group)) for person, group in cells if group}
