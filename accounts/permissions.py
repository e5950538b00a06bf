"""Who may do what: the one table, matrix.csv, read once and asked everywhere.

A row is an action in a state of the matter and with what the person has to do with it (the
conflict): empty where neither plays a part. A column is a role, and a person holds several: what
one of them may do, the person may. What has no row, or no `yes`, is refused.

`step_up` names the roles that must prove who they are again (accounts/step_up.py), and `recorded`
those whose act is a line of the public record; `all` means every role.

Pure: no database, no request. The doors (config/guard.py) ask before a view runs, and whoever
changes rows asks again on the locked row.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MATRIX: Final = Path(__file__).with_name("matrix.csv")

# Whoever comes, an account, and one whose person was identified: nobody is given these.
ANYONE: Final = "anyone"
ACCOUNT: Final = "account"
RESIDENT: Final = "resident"
# Given to a seat in a council's office (petitions), the rest by accounts.models.Role.
CLERK: Final = "clerk"
COUNCIL_READER: Final = "council_reader"
CITIZENS: Final = frozenset({ANYONE, ACCOUNT, RESIDENT})

ALL: Final = "all"
KEYS: Final = ("action", "state", "conflict", "step_up", "recorded")


class BadMatrix(ValueError):
    """The table says something that has no meaning."""


@dataclass(frozen=True)
class Rule:
    """One row: the roles that may, those that must prove themselves, those that are recorded."""

    roles: frozenset[str]
    step_up: frozenset[str]
    recorded: frozenset[str]


@dataclass(frozen=True)
class Matrix:
    """The table as it was read."""

    roles: tuple[str, ...]
    rules: Mapping[tuple[str, str, str], Rule]

    @property
    def actions(self) -> frozenset[str]:
        """Everything that it has a row for."""
        return frozenset(action for action, _state, _conflict in self.rules)

    def of(self, action: str) -> list[Rule]:
        """The rules of an action in whatever state and conflict."""
        return [rule for (name, _state, _conflict), rule in self.rules.items() if name == action]


def read(lines: Iterable[str]) -> Matrix:
    """Read the table.

    Raises:
        BadMatrix: a column is missing, a cell is neither empty nor `yes`, a row is there twice.
    """
    rows = csv.reader(lines)
    header = next(rows, [])
    if tuple(header[: len(KEYS)]) != KEYS or len(set(header)) != len(header):
        raise BadMatrix(f"The columns begin with {', '.join(KEYS)}, and each is there once.")
    roles = tuple(header[len(KEYS) :])
    rules: dict[tuple[str, str, str], Rule] = {}
    for row in rows:
        key, rule = _rule(row, roles)
        if key in rules:
            raise BadMatrix(f"{key} is there twice.")
        rules[key] = rule
    return Matrix(roles, rules)


def _rule(row: list[str], roles: tuple[str, ...]) -> tuple[tuple[str, str, str], Rule]:
    cells = row[len(KEYS) :]
    if len(cells) != len(roles) or not set(cells) <= {"", "yes"} or not row[0]:
        raise BadMatrix(f"An action, and for each role yes or nothing: {row}")
    allowed = frozenset(role for role, cell in zip(roles, cells, strict=True) if cell)
    rule = Rule(allowed, _named(row[3], allowed), _named(row[4], allowed))
    return (row[0], row[1], row[2]), rule


def _named(cell: str, allowed: frozenset[str]) -> frozenset[str]:
    """The roles that a cell names among those that may."""
    named = allowed if cell == ALL else frozenset(cell.split())
    if not named <= allowed:
        raise BadMatrix(f"{cell} may not do it at all.")
    return named


THE: Final = read(MATRIX.read_text(encoding="utf-8").splitlines())
_BY_ACTION: Final = {action: tuple(THE.of(action)) for action in THE.actions}
_OPEN: Final = frozenset(
    action
    for action, rules in _BY_ACTION.items()
    if any(ANYONE in rule.roles - rule.step_up - rule.recorded for rule in rules)
)


def allows(action: str, *, roles: Collection[str], state: str = "", conflict: str = "") -> bool:
    """Whether somebody who holds these roles may do it, in that state and with that conflict."""
    rule = THE.rules.get((action, state, conflict))
    return rule is not None and not rule.roles.isdisjoint(roles)


def is_open(action: str) -> bool:
    """Whether the door need not ask who comes: anyone may, in one state at least."""
    return action in _OPEN


def granting(action: str, roles: Collection[str]) -> frozenset[str]:
    """Those of the roles that may do it in one state at least."""
    return frozenset(
        role for rule in _BY_ACTION.get(action, ()) for role in rule.roles if role in roles
    )


def needs_step_up(action: str, roles: Collection[str]) -> bool:
    """Whether somebody who holds these roles must prove again who they are before doing it."""
    return _is_only(action, roles, {role for rule in _of(action) for role in rule.step_up})


def is_recorded(action: str, roles: Collection[str]) -> bool:
    """Whether it becomes a line of the public record that somebody with these roles did it."""
    return _is_only(action, roles, {role for rule in _of(action) for role in rule.recorded})


def _of(action: str) -> tuple[Rule, ...]:
    return _BY_ACTION.get(action, ())


def _is_only(action: str, roles: Collection[str], named: set[str]) -> bool:
    """Whether every role by which they may is one of those."""
    granted = granting(action, roles)
    return bool(granted) and granted <= named
