"""What a reader asks of the map in its address: a version, a statement, a group, an order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

LARGEST = 2**53


class NotThere(ValueError):
    """The address asks for something that cannot be there."""


@dataclass(frozen=True)
class Asked:
    """One reader's wishes; what is left at its default is not in the address."""

    version: int | None = None
    statement: int | None = None
    group: str | None = None
    sort: str = "votes"
    ascending: bool = False
    every: bool = False

    def url(self, place: str = "", **changes: Any) -> str:
        """The address that asks the same but for the changes, and jumps to `place`."""
        wish = replace(self, **changes)
        pairs: list[tuple[str, object]] = []
        if wish.version is not None:
            pairs.append(("version", wish.version))
        if wish.statement is not None:
            pairs.append(("statement", wish.statement))
        if wish.group is not None:
            pairs.append(("group", wish.group))
        if (wish.sort, wish.ascending) != ("votes", False):
            pairs += [("sort", wish.sort), ("order", "asc" if wish.ascending else "desc")]
        if wish.every:
            pairs.append(("every", 1))
        return f"?{urlencode(pairs)}" + (f"#{place}" if place else "")


NOTHING = Asked()


def read(query: Mapping[str, str]) -> Asked:
    """The wishes of a query.

    Raises
    ------
    NotThere
        A number is none, or an order has no such name.
    """
    group = query.get("group") or None
    if group is not None:
        group = group.upper()
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise NotThere(order)
    statement = number(query.get("statement"))
    return Asked(
        version=number(query.get("version")),
        statement=statement,
        group=group if statement is None else None,
        sort=query.get("sort", "votes").lower(),
        ascending=order == "asc",
        every="every" in query,
    )


def number(value: str | None) -> int | None:
    """A whole number from an address; None where there is none.

    Raises
    ------
    NotThere
        It is something else.
    """
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 16 or int(value) > LARGEST:
        raise NotThere(value)
    return int(value)
