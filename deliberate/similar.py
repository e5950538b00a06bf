"""Statements that say nearly the same as a new one, so that people vote instead of repeating.

Texts are compared by the runs of three letters that they share, each weighed by how rare it is
in the conversation: what every statement says tells nothing. No word lists, so every language
and every way of spelling is treated alike.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from deliberate import folding
from deliberate.models import Conversation, Statement, StatementText

# Shown at most
MOST: Final = 3
# Texts compared at most, the newest, of originals and of translations: about 40 ms.
COMPARED: Final = 1000
# Among so few texts, what several of them say is no common phrase yet.
FEW: Final = 20
RUN: Final = 3
# Shorter texts share runs by chance.
SHORTEST: Final = 12
# Tried on the demo's statements in two languages: of 66 different ones six pairs come above this,
# while 11 of 12 said again in other words do.
ALIKE: Final = 0.36


@dataclass(frozen=True)
class Candidate:
    """A text that stands already: a statement's original or a translation of it."""

    statement_id: int
    words: str


def to(conversation: Conversation, text: str) -> list[Statement]:
    """The accepted statements that are nearest to the text, with their translations."""
    draft = folding.searchable(text)
    if len(draft) < SHORTEST:
        return []
    ids = nearest(draft, _candidates(conversation))
    found = Statement.objects.accepted().prefetch_related("texts").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def nearest(draft: str, candidates: Iterable[Candidate], *, most: int = MOST) -> list[int]:
    """The ids of the statements whose texts are alike, the most alike first."""
    runs = runs_of(draft)
    shared: list[tuple[int, int, set[str]]] = []
    for candidate in candidates:
        others = runs_of(candidate.words)
        shared.append((candidate.statement_id, len(others), runs & others))
    seen_in = Counter(run for _pk, _size, both in shared for run in both)
    weights = {run: math.log((len(shared) + FEW) / (1 + seen_in[run])) for run in runs}
    whole = sum(weights.values())
    best: dict[int, float] = {}
    for pk, size, both in shared:
        share = sum(weights[run] for run in both) / whole
        likeness = _likeness(share, len(runs), size)
        if likeness >= ALIKE and likeness > best.get(pk, 0.0):
            best[pk] = likeness
    return sorted(best, key=lambda pk: (-best[pk], pk))[:most]


def runs_of(words: str) -> set[str]:
    """Every three letters that follow each other; a space counts as one."""
    return {words[start : start + RUN] for start in range(len(words) - RUN + 1)}


def _likeness(share: float, runs: int, others: int) -> float:
    """Between 0 and 1: that share of the draft's runs, of the mean of the two texts' runs."""
    return 2 * share * runs / (runs + others)


def _candidates(conversation: Conversation) -> list[Candidate]:
    accepted = Statement.objects.accepted().filter(conversation=conversation)
    originals = accepted.order_by("-pk").values_list("pk", "search_words")[:COMPARED]
    translations = (
        StatementText.objects.filter(
            statement__conversation=conversation, statement__state=Statement.State.ACCEPTED
        )
        .order_by("-pk")
        .values_list("statement_id", "search_words")[:COMPARED]
    )
    return [Candidate(*row) for row in (*originals, *translations)]
