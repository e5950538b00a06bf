"""The rows of public maps as they were published, and which of a new map's may follow them.

This module alone writes PublishedRow.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from deliberate import publication
from deliberate.models import Conversation
from opinion_map import maths
from opinion_map.models import PublishedRow

KEPT_OF_A_ROW: Final = ("agree", "disagree", "pass")
# Publications of a row, besides the last one, that a new one is compared with.
EARLIER: Final = 4


@dataclass(frozen=True, eq=False)
class Step:
    """What of a new map may be published.

    Attributes
    ----------
    document : dict
        The public document.
    aside : dict
        Counts of statements that are in no map, by their numbers.
    moved : dict
        Who counts in the rows that are published now for the first time or anew; and, where fewer
        groups are shown than before, who counted when more were.
    """

    document: dict[str, Any]
    aside: dict[int, dict[str, int]]
    moved: Mapping[int, list[maths.Entries]]

    @property
    def counts(self) -> dict[int, list[int]]:
        """Agrees, passes and disagrees of each statement whose counts are published."""
        rows = {row["id"]: row for row in self.document["statements"] if row["agree"] is not None}
        return {
            number: [row["agree"], row["pass"], row["disagree"]]
            for number, row in {**self.aside, **rows}.items()
        }


def step(
    conversation: Conversation, map_: maths.OpinionMap, warm: maths.Warm, *, few: Sequence[int]
) -> Step:
    """The next publication of that map, with what has moved by too few left as it was.

    `few` are the statements that it leaves out since too few have voted on them.
    """
    now = maths.entries(map_, warm.matrix, warm.aside, minimum=publication.FEWEST)
    rows = {row.row: row for row in PublishedRow.objects.filter(conversation=conversation)}
    before = {name: _unpacked(row) for name, row in rows.items() if name in now}
    held = {
        name
        for name, earlier in before.items()
        if not all(maths.may_follow(one, now[name], least=publication.STEP) for one in earlier)
    }
    here = _letters(map_)
    document = maths.public_document(
        map_,
        minimum=publication.FEWEST,
        held=maths.Held(
            rows={name: _among(rows[name], here) for name in held - {maths.PEOPLE}},
            people=_people(rows[maths.PEOPLE], here) if maths.PEOPLE in held else None,
            few=few,
        ),
    )
    return Step(
        document=document,
        aside=_aside(warm, rows, held, now),
        moved={
            name: [one, *_still_apart(before.get(name, []), one)]
            for name, one in now.items()
            if name not in held and not _is_same(before.get(name, []), one)
        },
    )


def keep(conversation: Conversation, published: Step) -> None:
    """Note what is published now, in the transaction that publishes it."""
    shown = {row["id"]: row for row in published.document["statements"]}
    here = published.document.get("display", {}).get("letters")
    here = here or {group["id"]: group["id"] for group in published.document["groups"]}
    rows = [
        PublishedRow(
            conversation=conversation,
            row=name,
            shown=_shown(name, published, shown, here),
            letters="".join(sorted(here.values())),
            entries=_packed(one),
        )
        for name, one in published.moved.items()
    ]
    PublishedRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["conversation", "row"],
        update_fields=["shown", "letters", "entries"],
        batch_size=100,
    )


def forget_over() -> int:
    """Forget who counted where a conversation's key is destroyed: nothing more is published."""
    over = PublishedRow.objects.filter(conversation__key_destroyed_at__isnull=False)
    return over.delete()[0]


def _letters(map_: maths.OpinionMap) -> dict[str, str]:
    """The letter that is shown for each group of the document."""
    count = (map_.held or map_).grouping.count
    names = maths.LETTERS[:count]
    return dict(zip(names, map_.display.letters if map_.display else names, strict=True))


def _among(row: PublishedRow, here: Mapping[str, str]) -> dict[str, Any]:
    """The row as it was published, its groups by the names of the new map.

    Where there are other groups by now nothing stands there for them.
    """
    groups = {}
    if row.letters == "".join(sorted(here.values())):
        names = {letter: name for name, letter in here.items()}
        groups = {names[letter]: counts for letter, counts in row.shown.get("groups", {}).items()}
    return {**row.shown, "groups": groups}


def _people(row: PublishedRow, here: Mapping[str, str]) -> dict[str, Any]:
    sizes = row.shown["sizes"] if row.letters == "".join(sorted(here.values())) else {}
    return {
        "participants": row.shown["participants"],
        "sizes": {name: sizes.get(letter) for name, letter in here.items()},
    }


def _shown(
    name: int, published: Step, rows: Mapping[int, dict[str, Any]], here: Mapping[str, str]
) -> dict[str, Any]:
    if name == maths.PEOPLE:
        return {
            "participants": published.document["counts"]["participants"],
            "sizes": {here[one["id"]]: one["size"] for one in published.document["groups"]},
        }
    if name not in rows:
        return dict(published.aside[name])
    row = rows[name]
    return {**row, "groups": {here[group]: counts for group, counts in row["groups"].items()}}


def _aside(
    warm: maths.Warm,
    rows: Mapping[int, PublishedRow],
    held: set[int],
    now: Mapping[int, maths.Entries],
) -> dict[int, dict[str, int]]:
    """Counts of statements that are in no map: what asks about people, or was rejected."""
    found = {}
    for name in np.unique(warm.aside.statements).tolist():
        if name in held:
            found[name] = {part: rows[name].shown[part] for part in KEPT_OF_A_ROW}
        elif name in now:
            choices = now[name].codes % 3
            disagree, passed, agree = np.bincount(choices, minlength=3).tolist()
            found[name] = {"agree": agree, "disagree": disagree, "pass": passed}
    return found


def _still_apart(before: list[maths.Entries], now: maths.Entries) -> list[maths.Entries]:
    """The earlier publications of a row that showed a group which it does not show now.

    When that group is back, it is compared with what readers saw of it last.
    """
    here = _groups(now)
    return [one for one in before if not _groups(one) <= here][:EARLIER]


def _groups(one: maths.Entries) -> set[int]:
    return set(np.unique(one.codes // 3).tolist()) - {maths.REST}


def _is_same(before: list[maths.Entries], now: maths.Entries) -> bool:
    return (
        bool(before)
        and np.array_equal(before[0].people, now.people)
        and np.array_equal(before[0].codes, now.codes)
    )


def _packed(all_: list[maths.Entries]) -> bytes:
    parts = [np.array([len(all_), *(len(one.people) for one in all_)], "<i8").tobytes()]
    for one in all_:
        parts.append(np.diff(one.people, prepend=0).astype("<i8").tobytes())
        parts.append(one.codes.astype("<i1").tobytes())
    return zlib.compress(b"".join(parts))


def _unpacked(row: PublishedRow) -> list[maths.Entries]:
    packed = zlib.decompress(bytes(row.entries))
    count = int(np.frombuffer(packed, "<i8", 1)[0])
    at, found = 8 * (1 + count), []
    for size in np.frombuffer(packed, "<i8", count, offset=8).tolist():
        people = np.cumsum(np.frombuffer(packed, "<i8", size, offset=at))
        codes = np.frombuffer(packed, "<i1", size, offset=at + 8 * size)
        found.append(maths.Entries(people, codes))
        at += 9 * size
    return found
