"""What every script keeps: small, plain, and nothing from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest

from tests.frontend.sources import SCRIPTS

BUDGET = 10 * 1024
# Newer than the browsers that still get the live page; those without it keep the forms.
NEWER_SYNTAX = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "numeric separators": r"\b\d+_\d+\b",
    "private fields": r"#\w+\s*[=(;]",
    "catch without a name": r"catch\s*\{",
}


def test_scripts_are_small_together():
    assert SCRIPTS
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in SCRIPTS) <= BUDGET


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_has_no_newer_syntax(script: Path):
    code = re.sub(r"//.*|/\*.*?\*/", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)

    found = [name for name, pattern in NEWER_SYNTAX.items() if re.search(pattern, code)]

    assert found == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_imports_only_its_neighbours(script: Path):
    named = re.findall(r"""(?:from|import)\s*\(?["']([^"']+)["']""", script.read_text("utf-8"))

    assert [name for name in named if not name.startswith("./")] == []
    assert all((script.parent / name).exists() for name in named)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_asks_no_other_origin_and_writes_no_markup(script: Path):
    code = script.read_text(encoding="utf-8")

    assert re.search(r"https?://", code) is None
    # One place takes markup: the server's own rendering of the map in words.
    assert code.count("innerHTML") == (1 if script.name == "live.js" else 0)
    assert re.search(r"\beval\(|new Function|document\.write", code) is None
