"""The tokens' colours: readable in both themes, told apart by people who see few colours."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from opinion_map.drawing import svg
from tests.frontend.colours import VISION, contrast, distance
from tests.frontend.sources import CSS, STYLESHEETS, themes, without_comments

TEXT, GRAPHIC = 4.5, 3.0
GROUPS = ["group-a", "group-b", "group-c", "group-d", "group-e"]
PAIRS = [
    ("ink", "paper", TEXT),
    ("ink", "surface", TEXT),
    ("ink", "sunken", TEXT),
    ("ink", "agree-tint", TEXT),
    ("ink-soft", "paper", TEXT),
    ("ink-soft", "surface", TEXT),
    ("ink-soft", "sunken", TEXT),
    ("ink", "good-tint", TEXT),
    ("link", "paper", TEXT),
    ("link", "surface", TEXT),
    ("link", "sunken", TEXT),
    ("link", "agree-tint", TEXT),
    ("link", "good-tint", TEXT),
    ("ink-soft", "agree-tint", TEXT),
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    ("on-frame", "frame", TEXT),
    ("agree", "agree-tint", TEXT),
    ("disagree", "disagree-tint", TEXT),
    ("pass", "pass-tint", TEXT),
    ("agree", "surface", TEXT),
    ("disagree", "surface", TEXT),
    ("agree", "paper", TEXT),
    ("disagree", "paper", TEXT),
    ("good", "good-tint", TEXT),
    ("good", "paper", TEXT),
    ("good", "surface", TEXT),
    ("warn", "warn-tint", TEXT),
    ("bad", "bad-tint", TEXT),
    ("warn", "paper", TEXT),
    ("bad", "paper", TEXT),
    ("bad", "surface", TEXT),
    ("on-bad", "bad", TEXT),
    ("line-strong", "surface", GRAPHIC),
    ("line-strong", "paper", GRAPHIC),
    ("brand", "surface", GRAPHIC),
    ("brand", "sunken", GRAPHIC),
    ("focus", "paper", GRAPHIC),
    ("focus", "surface", GRAPHIC),
    ("frame-mark", "frame", TEXT),
    ("frame", "frame-mark", TEXT),
    ("warn", "sunken", GRAPHIC),
    ("bad", "sunken", GRAPHIC),
    ("line-strong", "sunken", GRAPHIC),
    *[("on-group", group, TEXT) for group in GROUPS],
    *[(group, "surface", GRAPHIC) for group in GROUPS],
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_pair_of_colours_has_enough_contrast(theme: str, front: str, back: str, least: float):
    tokens = themes()[theme]

    assert contrast(tokens[front], tokens[back]) >= least


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=lambda path: path.name)
def test_every_rule_with_words_on_a_ground_is_among_the_pairs(stylesheet: Path):
    measured = {(front, back) for front, back, least in PAIRS if least == TEXT}
    used = set()
    for rule in re.findall(r"\{([^{}]*)\}", without_comments(stylesheet)):
        front = re.search(r"(?<![\w-])color: var\(--([\w-]+)\)", rule)
        back = re.search(r"(?<![\w-])background: var\(--([\w-]+)\)", rule)
        if front and back:
            used.add((front[1], back[1]))

    assert used - measured == set()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_groups_are_told_apart_with_every_kind_of_eyes(theme: str, vision: str):
    tokens = themes()[theme]

    nearest = min(
        distance(tokens[one], tokens[other], vision=vision)
        for one, other in combinations(GROUPS, 2)
    )

    assert nearest >= 0.1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_agree_and_disagree_are_told_apart_with_every_kind_of_eyes(theme: str, vision: str):
    tokens = themes()[theme]

    assert distance(tokens["agree"], tokens["disagree"], vision=vision) >= 0.1


def test_picture_and_page_give_each_group_the_same_colour():
    tokens = themes()["light"]

    assert {letter: tokens[f"group-{letter.lower()}"] for letter in svg.COLOURS} == svg.COLOURS


def test_each_group_has_a_shape_of_its_own_on_the_page_too():
    rules = without_comments(CSS / "components" / "group.css")

    shapes = {
        letter: re.findall(
            rf"\.group-mark--{letter.lower()} \{{[^}}]*?(?:clip-path|border-radius): ([^;]+);",
            rules,
        )
        for letter in svg.COLOURS
    }

    assert shapes["B"] == [], "the square is what a box is anyway"
    assert len({str(shape) for shape in shapes.values()}) == len(svg.COLOURS)


def test_contrast_of_black_on_white_is_what_the_standard_says():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
