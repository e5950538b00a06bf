"""What every stylesheet keeps: one file, small, the same from right to left."""

import gzip
import re
from pathlib import Path

import pytest

from frontend import build_css
from tests.frontend.sources import CSS, STYLESHEETS, without_comments

# Names of the four sides of the screen, and sizes along them.
PHYSICAL = re.compile(
    r"""(?<![\w-])(?:
        (?:margin|padding|border|scroll-margin|scroll-padding|inset)-(?:left|right|top|bottom)
        |border-(?:top|bottom)-(?:left|right)-radius
        |(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:
        |(?:text-align|float|clear)\s*:\s*(?:left|right)
    )""",
    re.VERBOSE,
)
IN_CONDITIONS = re.compile(r"@media[^{]*\{")
BUDGET = 5 * 1024


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheet_names_no_physical_side(stylesheet: Path):
    rules = IN_CONDITIONS.sub("{", without_comments(stylesheet))

    assert PHYSICAL.findall(rules) == []


def test_lint_of_sides_finds_what_it_is_for():
    for bad in ["margin-left: 1px", "left: 0", "text-align: right", "a{width:1px}"]:
        assert PHYSICAL.search(bad)


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheet_puts_all_rules_into_layers(stylesheet: Path):
    rules = without_comments(stylesheet)
    outside = _outside_blocks(rules, allowed="@layer")

    assert [rule for rule in outside if "accent-color" not in rule] == []


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheet_fetches_nothing(stylesheet: Path):
    rules = without_comments(stylesheet)

    assert re.search(r"url\(|@import|@font-face", rules) is None


@pytest.mark.parametrize(
    "stylesheet",
    [path for path in STYLESHEETS if path.name != "tokens.css"],
    ids=lambda path: path.name,
)
def test_stylesheet_takes_its_colours_from_the_tokens(stylesheet: Path):
    named = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", without_comments(stylesheet)))

    # Paper is white and ink is black in print, and the picture's own ground is white.
    assert named <= {"#000", "#fff"}


def test_delivered_stylesheet_is_built_of_the_sources():
    delivered = (CSS / "site.css").read_text(encoding="utf-8")

    assert delivered == build_css.build(), "run: python frontend/build_css.py"


def test_shortening_keeps_what_means_something():
    text = '/* a */ a :hover { color : red; margin: calc(1px + 2px) ; }\n\nb::after{content: "x";}'

    assert build_css.shorten(text) == (
        'a :hover{color :red;margin:calc(1px + 2px)}b::after{content:"x"}'
    )


def test_stylesheet_is_small_enough_for_the_first_flight():
    packed = gzip.compress((CSS / "site.css").read_bytes(), 9)

    assert len(packed) <= BUDGET


@pytest.mark.parametrize(
    "wish", ["prefers-color-scheme: dark", "prefers-reduced-motion", "forced-colors", "print"]
)
def test_stylesheet_answers_to_the_readers_wishes(wish: str):
    assert wish in build_css.build().replace("color-scheme:dark", "color-scheme: dark")


def _outside_blocks(rules: str, *, allowed: str) -> list[str]:
    """The heads of top-level blocks and statements that do not begin with `allowed`."""
    heads, depth, head = [], 0, ""
    for letter in rules:
        if letter == "{":
            if depth == 0:
                heads.append(head.strip())
                head = ""
            depth += 1
        elif letter == "}":
            depth -= 1
        elif depth == 0:
            head = "" if letter == ";" else head + letter
    return [head for head in heads if not head.startswith(allowed)]
