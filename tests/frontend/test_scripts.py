"""What every script keeps: small, plain, and nothing from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest

from config.static import shorten
from tests.frontend.sources import SCRIPTS, TEMPLATES

BUDGET = 10 * 1024
# What a page fetches when it is needed, all of it
LATER_BUDGET = 4 * 1024
IMPORTED = re.compile(r"""(?:from|import)\s*\(?["']\./([\w-]+\.js)["']""")
BY_NAME = {script.name: script.read_text(encoding="utf-8") for script in SCRIPTS}
NAMED = "{% static 'js/([\\w-]+\\.js)' %}"


def named(pattern: str) -> list[str]:
    """The scripts that the templates name in such a place."""
    texts = [template.read_text("utf-8") for template in TEMPLATES]
    return sorted({name for text in texts for name in re.findall(pattern, text)})


# What a template loads; every page loads site.js besides.
ENTRIES = named(f'src="{NAMED}')
# What the script of a page loads when there is a reason.
LATER = named(f'data-[a-z]+="{NAMED}')
# Newer than the browsers that still get the live page; those without it keep the forms.
NEWER_SYNTAX = {
    "optional chaining": r"\?\.(?!\d)",
    "nullish coalescing": r"\?\?",
    "numeric separators": r"\b\d+_\d+\b",
    "private fields": r"#\w+\s*[=(;]",
    "catch without a name": r"catch\s*\{",
}


def with_imports(*entries: str) -> set[str]:
    found: set[str] = set()
    todo = list(entries)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += IMPORTED.findall(BY_NAME[name])
    return found


@pytest.mark.parametrize("entry", ENTRIES)
def test_scripts_of_a_page_are_small_together(entry: str):
    sizes = {
        name: len(gzip.compress(shorten(BY_NAME[name]).encode(), 9))
        for name in with_imports(entry, "site.js")
    }

    assert sum(sizes.values()) <= BUDGET, sizes


def test_scripts_that_come_later_are_small_together():
    at_once = with_imports("live.js", "site.js")

    later = with_imports(*LATER) - at_once

    assert set(LATER) <= later
    sizes = {name: len(gzip.compress(shorten(BY_NAME[name]).encode(), 9)) for name in later}
    assert sum(sizes.values()) <= LATER_BUDGET, sizes


def test_every_script_is_loaded_by_some_page():
    assert with_imports(*ENTRIES, *LATER) == set(BY_NAME)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shortened_script_has_the_same_code(script: Path):
    """Comments stand on lines of their own, and no text runs over a line's end."""
    code = BY_NAME[script.name]

    short = shorten(code)

    assert "/**" not in short
    assert not [line for line in short.splitlines() if line.count("`") % 2]
    without = re.sub(r"/\*\*(?:(?!\*/).)*\*/", "", code, flags=re.DOTALL)
    without = re.sub(r"^\s*//.*$", "", without, flags=re.MULTILINE)
    assert re.sub(r"\s", "", short) == re.sub(r"\s", "", without)


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
def test_script_imports_only_what_its_neighbours_export(script: Path):
    imports = re.findall(r"import \{([^}]+)\} from \"\./([\w-]+\.js)\"", script.read_text("utf-8"))

    for names, neighbour in imports:
        exported = re.findall(
            r"^export (?:class|const|let|(?:async )?function) (\[[^\]]+\]|\w+)",
            BY_NAME[neighbour],
            flags=re.MULTILINE,
        )
        known = set(re.findall(r"\w+", " ".join(exported)))
        assert set(re.findall(r"\w+", names)) <= known, neighbour


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_asks_no_other_origin_and_writes_no_markup(script: Path):
    code = script.read_text(encoding="utf-8")

    assert re.search(r"https?://", code) is None
    # One place takes markup: the server's own rendering of the map in words.
    assert code.count("innerHTML") == (1 if script.name == "news.js" else 0)
    assert re.search(r"\beval\(|new Function|document\.write", code) is None
