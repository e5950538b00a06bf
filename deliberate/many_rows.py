"""Many rows in one statement, on both databases: inserted, or asked for by many keys.

Django's `bulk_create` cannot say which rows met a conflict; RETURNING can, under the rows' locks.
On PostgreSQL many values travel as one array: the text of the statement stays the same for every
batch, and neither side takes a thousand parameters apart.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Field, ForeignObject
from django.db.models.lookups import In

# Rows in one INSERT; SQLite takes at most 32,766 parameters.
ROWS_AT_ONCE: Final = 1000


def insert(
    table: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    *,
    on_conflict: str = "",
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert the rows in their order; what `returning` names of those that were written.

    `columns` are names with PostgreSQL's types; `table`, `columns` and the clauses are code's own
    words, never a user's. Values are numbers, UUIDs, times or None.
    """
    returned: list[tuple[Any, ...]] = []
    names = ", ".join(name for name, _type in columns)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            if connection.vendor == "postgresql":
                arrays = ", ".join(f"%s::{kind}[]" for _name, kind in columns)
                source = f"SELECT * FROM unnest({arrays})"  # noqa: S608
                parameters: list[Any] = [array(column) for column in zip(*part, strict=True)]
            else:
                row_of_marks = f"({', '.join(['%s'] * len(columns))})"
                source = f"VALUES {', '.join([row_of_marks] * len(part))}"
                parameters = [value for row in part for value in row]
            cursor.execute(
                f"INSERT INTO {table} ({names}) {source}{on_conflict}"
                + (f" RETURNING {returning}" if returning else ""),
                parameters,
            )
            if returning:
                returned += cursor.fetchall()
    return returned


def among(column: str, kind: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """SQL that asks whether the column has one of the values, and its parameters.

    For the few queries that every vote waits for: building one with the ORM takes longer than
    the database takes to answer it.
    """
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s::{kind}[])", [array(values)]
    marks = ", ".join(["%s"] * len(values)) or "NULL"
    return f"{column} IN ({marks})", list(values)


def fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query whose text is code's own."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def array(values: Iterable[Any]) -> str:
    """PostgreSQL's text of an array of values that need no quoting: numbers, UUIDs, times, keys.

    psycopg's own way takes ten times as long, for it looks at each value's type.

    Raises:
        ValueError: one of them would need quoting.
    """
    text = ",".join("NULL" if value is None else str(value) for value in values)
    if not QUOTED.isdisjoint(text):
        raise ValueError("These values do not fit into an array without quotes.")
    # A time has a space between day and hour, which needs none.
    return "{" + text + "}"


QUOTED: Final = frozenset("{}\"\\'")


@ForeignObject.register_lookup
@Field.register_lookup
class AnyOf(In):
    """`field__any_of=[…]`: as `__in`, for many plain values (see `array`)."""

    lookup_name = "any_of"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """One parameter for all of them."""
        left, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.rel_db_type(connection)
        return f"{left} = ANY(%s::{kind}[])", [*parameters, array(self.rhs)]
