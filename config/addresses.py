"""Which action each address, each frame and each button stands for: addresses.csv, read once.

A row is the name of a view and a method. `posted` narrows it to forms that have a field
(`text`), or a field with a value (`action=sign`); a form that none of them fits is taken by the
row without. A page that is `hidden` does not exist for those who may not open it. Frames of the
socket are named `frame:` and their type.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from accounts import permissions

TABLE: Final = Path(__file__).with_name("addresses.csv")
COLUMNS: Final = ["name", "method", "posted", "action", "hidden"]
METHODS: Final = ("GET", "POST", "FRAME")


@dataclass(frozen=True)
class Door:
    """What one way to use an address needs."""

    name: str
    method: str
    posted: str
    action: str
    is_hidden: bool

    def fits(self, fields: Mapping[str, str]) -> bool:
        """Whether the form that was sent is the one meant here."""
        field, _, value = self.posted.partition("=")
        return field in fields and (not value or fields[field] == value)


@dataclass(frozen=True)
class Way:
    """One method at one address: the doors of its forms, and the one of all others."""

    narrow: tuple[Door, ...]
    usual: Door | None

    @property
    def is_open(self) -> bool:
        """Whether anyone may come in, whatever the form says."""
        doors = [*self.narrow, *([self.usual] if self.usual else [])]
        return self.usual is not None and all(permissions.is_open(door.action) for door in doors)

    def door(self, fields: Mapping[str, str]) -> Door | None:
        """The door for that form; None: no row, so nobody may."""
        return next((door for door in self.narrow if door.fits(fields)), self.usual)


def read(lines: Iterable[str]) -> list[Door]:
    """Read the table.

    Raises:
        ImproperlyConfigured: a column, a method or an action is unknown, or a row is there twice.
    """
    rows = csv.reader(lines)
    if next(rows, []) != COLUMNS:
        raise ImproperlyConfigured(f"The columns are {', '.join(COLUMNS)}.")
    doors = [_door(row) for row in rows]
    keys = [(door.name, door.method, door.posted) for door in doors]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ImproperlyConfigured(f"More than one row: {sorted(twice)}")
    return doors


def _door(row: list[str]) -> Door:
    if len(row) != len(COLUMNS) or row[1] not in METHODS or row[4] not in {"", "yes"}:
        raise ImproperlyConfigured(f"Not a row of addresses: {row}")
    if row[3] not in permissions.THE.actions:
        raise ImproperlyConfigured(f"No action of the matrix: {row}")
    return Door(row[0], row[1], row[2], row[3], is_hidden=bool(row[4]))


def ways(doors: Iterable[Door]) -> dict[str, dict[str, Way]]:
    """{name of the view: {method: its doors}}."""
    found: dict[str, dict[str, list[Door]]] = {}
    for door in doors:
        found.setdefault(door.name, {}).setdefault(door.method, []).append(door)
    return {
        name: {
            method: Way(
                tuple(door for door in some if door.posted),
                next((door for door in some if not door.posted), None),
            )
            for method, some in by_method.items()
        }
        for name, by_method in found.items()
    }


DOORS: Final = read(TABLE.read_text(encoding="utf-8").splitlines())
WAYS: Final = ways(DOORS)
# The ways that need no question, which are most of what is asked.
OPEN: Final = frozenset(
    (name, method)
    for name, by_method in WAYS.items()
    for method, way in by_method.items()
    if way.is_open
)
