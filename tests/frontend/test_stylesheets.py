"""What every stylesheet keeps: one small file for citizens, the same from right to left."""

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
BUDGET = 5.5 * 1024
DESKS_BUDGET = 1024
# What joined and sloping scripts do not have.
LATIN_ONLY = re.compile(r"font-style:|letter-spacing:|text-transform:|\bitalic\b")
TINY = re.compile(r"font-size:\s*0?\.\d+r?em")


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


@pytest.mark.parametrize("delivered", [build_css.SITE, build_css.STAFF], ids=lambda path: path.name)
def test_delivered_stylesheet_is_built_of_the_sources(delivered: Path):
    there = delivered.read_text(encoding="utf-8")

    assert there == build_css.build(delivered), "run: python frontend/build_css.py"


def test_every_stylesheet_is_delivered_once():
    sent = build_css.sources(build_css.SITE) + build_css.sources(build_css.STAFF)

    assert sorted(sent) == STYLESHEETS


def test_layers_come_in_one_order():
    text = build_css.build(build_css.SITE)
    order = re.findall(r"@layer ([\w,]+);", text)

    assert order == ["reset,tokens,elements,layout,components,utilities"]
    assert set(re.findall(r"@layer (\w+)\{", text)) == set(order[0].split(","))


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheet_asks_nothing_that_arabic_script_cannot_do(stylesheet: Path):
    assert LATIN_ONLY.findall(without_comments(stylesheet)) == []


@pytest.mark.parametrize(
    "stylesheet",
    [path for path in STYLESHEETS if path.name != "elements.css"],
    ids=lambda path: path.name,
)
def test_stylesheet_takes_its_small_type_from_the_language(stylesheet: Path):
    assert TINY.findall(without_comments(stylesheet)) == []


@pytest.mark.parametrize(
    ("language", "least_pixels", "least_leading"), [("ur", 18, 2.2), ("sd", 17, 1.8)]
)
def test_type_of_a_language_is_large_and_airy_enough(
    language: str, least_pixels: int, least_leading: float
):
    tokens = (CSS / "tokens.css").read_text(encoding="utf-8")
    values = tokens.split(f'[lang|="{language}"]')[1].split("{")[1].split("}")[0]

    sizes = [float(rem) * 16 for rem in re.findall(r"--(?:text|small): ([\d.]+)rem", values)]
    leading = re.search(r"--leading: ([\d.]+)", values)

    assert len(sizes) == 2
    assert min(sizes) >= least_pixels
    assert leading is not None
    assert float(leading[1]) >= least_leading


def test_shortening_keeps_what_means_something():
    text = '/* a */ a :hover { color : red; margin: calc(1px + 2px) ; }\n\nb::after{content: "x";}'

    assert build_css.shorten(text) == (
        'a :hover{color :red;margin:calc(1px + 2px)}b::after{content:"x"}'
    )


def test_shortening_leaves_out_zeros_before_the_point_alone():
    assert build_css.shorten("a > b { margin: 0.5em 10.5em 0 calc(0.2em + 1px) }") == (
        "a>b{margin:.5em 10.5em 0 calc(.2em + 1px)}"
    )


@pytest.mark.parametrize(
    ("delivered", "budget"), [(build_css.SITE, BUDGET), (build_css.STAFF, DESKS_BUDGET)]
)
def test_stylesheet_is_small_enough(delivered: Path, budget: float):
    packed = gzip.compress(delivered.read_bytes(), 9)

    assert len(packed) <= budget


@pytest.mark.parametrize(
    "wish", ["prefers-color-scheme: dark", "prefers-reduced-motion", "forced-colors", "print"]
)
def test_stylesheet_answers_to_the_readers_wishes(wish: str):
    sent = build_css.build(build_css.SITE)

    assert wish in sent.replace("color-scheme:dark", "color-scheme: dark")


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
