"""Each column of the database is in the register, with what it is for and when it ends."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from config import retention

PATH = Path(settings.BASE_DIR) / "config" / "data_register.csv"
BASES = {
    "consent",
    "explicit consent",
    "contract",
    "legal obligation",
    "public task",
    "none",
}


def rows() -> list[dict[str, str]]:
    with PATH.open(newline="") as file:
        return list(csv.DictReader(file))


def stored() -> set[tuple[str, str]]:
    """Every column, and every table of pairs, that the models have."""
    return {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if getattr(field, "column", None) or (field.many_to_many and not field.auto_created)
    }


def registered() -> Counter[tuple[str, str]]:
    return Counter((row["model"], name) for row in rows() for name in row["fields"].split())


def test_register_has_every_column_and_no_other() -> None:
    assert sorted(stored() - registered().keys()) == []
    assert sorted(registered().keys() - stored()) == []


def test_no_column_is_in_the_register_twice() -> None:
    assert [name for name, times in registered().items() if times > 1] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['model']} {row['fields'][:20]}")
def test_row_says_what_for_on_which_basis_and_how_long(row: dict[str, str]) -> None:
    assert row["of"] in {"person", "public", "none"}
    assert len(row["purpose"].split()) >= 3
    assert row["basis"] in BASES
    assert (row["basis"] == "none") <= (row["of"] == "none")
    assert row["kept"] in retention.KINDS


def test_every_kind_of_data_in_the_database_has_a_column() -> None:
    # Outside of the database, or some of the rows or words of another kind's columns.
    outside = {"log", "backup", "unconfirmed", "passing"}

    assert {row["kept"] for row in rows()} == retention.KINDS.keys() - outside
