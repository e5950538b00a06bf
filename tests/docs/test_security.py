"""The document on security and its sheet: what they say is met has a test that is there."""

import ast
import csv
import re
from collections import Counter
from functools import cache

import pytest

from tests.journeys.server import ROOT

SHEET = ROOT / "docs" / "security" / "asvs.csv"
PAGE = (ROOT / "docs" / "security.md").read_text()
with SHEET.open(newline="") as _file:
    ROWS = list(csv.DictReader(_file))
# Of ASVS 5.0.0: how many requirements of levels 1 and 2 each chapter has.
CHAPTERS = {
    "V1": (8, 19),
    "V2": (4, 7),
    "V3": (8, 11),
    "V4": (2, 8),
    "V5": (4, 5),
    "V6": (13, 22),
    "V7": (6, 12),
    "V8": (4, 3),
    "V9": (4, 3),
    "V10": (5, 24),
    "V11": (3, 11),
    "V12": (3, 6),
    "V13": (1, 12),
    "V14": (2, 7),
    "V15": (3, 10),
    "V16": (0, 16),
    "V17": (0, 7),
}
MET = [row for row in ROWS if row["status"] == "met"]


@cache
def functions_of(path: str) -> frozenset[str]:
    found = ROOT / path
    if not found.is_file() or not path.startswith("tests/"):
        return frozenset()
    walked = ast.walk(ast.parse(found.read_text()))
    return frozenset(
        node.name
        for node in walked
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )


def is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    return name in functions_of(path)


def test_sheet_has_every_requirement_of_level_two_once():
    counts = Counter((row["id"].partition(".")[0], row["level"]) for row in ROWS)

    assert len({row["id"] for row in ROWS}) == len(ROWS) == 253
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", row["id"]) for row in ROWS)
    assert {chapter: (counts[chapter, "1"], counts[chapter, "2"]) for chapter in CHAPTERS} == (
        CHAPTERS
    )


@pytest.mark.parametrize("row", MET, ids=lambda row: row["id"])
def test_requirement_that_is_met_names_a_test_that_is_there(row: dict[str, str]):
    assert is_there(row["test"]), row["test"]


def test_requirement_that_is_not_met_says_why():
    others = [row for row in ROWS if row["status"] != "met"]

    assert {row["status"] for row in others} == {"not met", "not applicable", "operator"}
    assert [row["id"] for row in others if row["test"] or len(row["reason"]) < 7] == []


def test_look_for_tests_finds_none_that_is_missing():
    assert not is_there("tests/docs/test_security.py::test_nothing")
    assert not is_there("tests/nowhere.py::test_sheet_has_every_requirement_of_level_two_once")


def test_threats_name_tests_that_are_there():
    named = re.findall(r"`(tests/[^`]+::test_\w+)`", PAGE)

    assert len(named) >= 15
    assert [test for test in named if not is_there(test)] == []


@pytest.mark.parametrize(
    "word",
    [
        "Linking votes",
        "maps and tallies",
        "exports",
        "log that leaks",
        "Redis that leaks",
        "Insiders",
        "outlives its purpose",
        "erasure",
    ],
)
def test_threats_to_privacy_have_a_control_and_a_test(word: str):
    rows = re.findall(
        rf"^\| [^|]*{word}[^|]* \| ([^|]+) \| `(tests/[^`]+)` \|$", PAGE, re.MULTILINE
    )

    assert rows
    assert all(len(control) > 20 and is_there(test) for control, test in rows)


def test_inventory_of_keys_names_every_use():
    """Every module that makes keys or hashes for secrecy is one of those that are listed."""
    makes = re.compile(r"^import hmac|^from cryptography|^from django.core import signing", re.M)
    packages = ("accounts", "config", "deliberate", "moderation", "petitions", "record")
    using = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if makes.search(path.read_text())
    }

    rows = re.search(r"\| key \| what for.*?\n\n", PAGE, re.DOTALL)
    assert rows
    assert {"`SECRET_KEY`", "`IDENTITY_KEY`", "Argon2id", "Fernet"} <= set(
        re.findall(r"`[A-Z_]+`|Argon2id|Fernet", rows[0])
    )
    listed = set(re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE))
    assert using <= listed, sorted(using - listed)


def test_days_within_which_libraries_are_mended_are_named():
    assert re.search(r"within \d+ days of its news, another within \d+", PAGE)


def test_document_names_the_logs():
    log = PAGE.partition("## Logs")[2].partition("\n## ")[0]

    assert all(word in log for word in ("journald", "nginx", "metrics", "public record"))


def test_constraints_pin_every_dependency():
    pinned = {
        re.split("[=]=", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    project = (ROOT / "pyproject.toml").read_text()
    wanted = {
        name.lower().replace("_", "-")
        for name in re.findall(r'^ {4}"([A-Za-z0-9_-]+)(?:\[[\w,]+\])?[<>=]', project, re.MULTILINE)
    }

    assert len(wanted) > 20
    assert wanted <= pinned
