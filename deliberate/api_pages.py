"""Long lists of the API in pages that stay put: what comes or goes meanwhile moves no other row.

A cursor says behind which row the next page begins: that row's place in the order, then its id.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from deliberate import errors
from deliberate.api_table import Parameter, Schema

AnyModel = TypeVar("AnyModel", bound=Model)

USUAL: Final = 50
MOST: Final = 100
CURSOR: Final = re.compile(r"(\d{1,17})-(\d{1,18})", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

PARAMETERS: Final = (
    Parameter(
        "limit",
        "How many at most.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    ),
    Parameter(
        "cursor",
        "Where the page begins: take it from the `next` of the page before.",
        {"type": "string", "pattern": "^[0-9]{1,17}-[0-9]{1,18}$"},
    ),
)


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: one column that is never empty, rows alike in it by their ids."""

    column: str
    is_descending: bool = True
    # Whether the column holds moments, else whole numbers
    is_of_time: bool = True

    @property
    def columns(self) -> tuple[str, str]:
        """As `order_by` takes them."""
        sign = "-" if self.is_descending else ""
        return f"{sign}{self.column}", f"{sign}id"

    def behind(self, place: object, pk: int) -> Q:
        """The rows that come after that one."""
        way = "lt" if self.is_descending else "gt"
        later = Q(**{f"{self.column}__{way}": place})
        return later | Q(**{self.column: place, f"id__{way}": pk})


def page(
    request: HttpRequest,
    rows: QuerySet[AnyModel],
    *,
    order: Order,
    describe: Callable[[list[AnyModel]], list[Schema]],
) -> Schema:
    """One page of the rows, and the address of the next one.

    Raises:
        BadFrame: the limit or the cursor is none.
    """
    limit = _limit(request.GET)
    rows = rows.order_by(*order.columns)
    if cursor := request.GET.get("cursor"):
        rows = rows.filter(_behind(cursor, order))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    following = _cursor(shown[-1], order) if len(found) > limit else None
    return {"items": describe(shown), "next": _address(request, following)}


def _address(request: HttpRequest, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = {**request.GET.dict(), "cursor": cursor}
    return f"{request.path}?{urlencode(query)}"


def _limit(query: Mapping[str, Any]) -> int:
    wanted = str(query.get("limit", USUAL))
    if not re.fullmatch(r"[0-9]{1,3}", wanted) or not 1 <= int(wanted) <= MOST:
        raise errors.BadFrame(_("The limit is a number from 1 to %(most)d.") % {"most": MOST})
    return int(wanted)


def _cursor(row: Model, order: Order) -> str:
    place = getattr(row, order.column)
    if order.is_of_time:
        place = (place - EPOCH) // MICROSECOND
    return f"{place}-{row.pk}"


def _behind(cursor: str, order: Order) -> Q:
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise errors.BadFrame(_("The cursor is not one that a page gave."))
    place: object = int(found[1])
    if order.is_of_time:
        place = EPOCH + int(found[1]) * MICROSECOND
    return order.behind(place, int(found[2]))
