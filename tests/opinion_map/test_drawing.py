"""Drawings: real text, no styles, no scripts, small, the same every time, right to left too."""

import gzip
from datetime import date
from xml.etree import ElementTree

import numpy as np
import pytest

from opinion_map.drawing import Mark, bars_svg, beeswarm_svg, heatmap_svg, map_svg, timeline_svg
from opinion_map.drawing.statements import wrapped
from opinion_map.drawing.svg import COLOURS
from opinion_map.maths import (
    Parameters,
    compute,
    displayed,
    place,
    project,
    public_document,
    to_document,
)
from opinion_map.maths.alike import correlations
from opinion_map.maths.vote_matrix import build
from tests.opinion_map.maths.conversations import planted, real, votes_of

SVG = "{http://www.w3.org/2000/svg}"
LABELS = {
    "title": "Map <of> opinions",
    "description": "Near is alike.",
    "group": "Group {letter}",
    "people": lambda count: f"{count} people",
    "unreliable": "No groups here.",
    "you": "You & yours",
    "empty": "Nothing yet.",
    "unites": "unites",
    "divides": "divides",
    "statements": "{count} statements",
    "everyone": "Everyone",
    "agree": "Agree",
    "pass": "Pass",
    "disagree": "Disagree",
    "votes": "{count} votes",
    "total": "{count} in all",
    "alike": "alike",
    "opposite": "opposite",
}
MAP = compute(planted(300, 30, 20, seed=1, separation=1.5).votes)
DOCUMENT = to_document(MAP)
PUBLIC = public_document(MAP)


def drawings(direction="ltr"):
    some = np.argsort(-MAP.divisiveness)[:8]
    alike = correlations(build(planted(300, 30, 20, seed=1, separation=1.5).votes), some)
    common = {"labels": LABELS, "direction": direction}
    return {
        "map": map_svg(DOCUMENT, you=(0.4, -0.2), **common),
        "public map": map_svg(PUBLIC, **common),
        "beeswarm": beeswarm_svg(DOCUMENT, **common),
        "bars": bars_svg(DOCUMENT["statements"][3], **common),
        "timeline": timeline_svg([(date(2026, 1, 2), 3), (date(2026, 3, 1), 9)], **common),
        "heat map": heatmap_svg(MAP.statements[some].tolist(), alike.tolist(), **common),
    }


def texts(svg):
    return [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("name", ["map", "public map", "beeswarm", "bars", "timeline", "heat map"])
def test_drawing_is_accessible_and_needs_no_style(name, direction):
    svg = drawings(direction)[name]

    root = ElementTree.fromstring(svg)
    ids = {one.get("id"): one for one in root.iter() if one.get("id")}
    assert root.get("role") == "img"
    assert root.get("direction") == direction
    named = root.get("aria-labelledby").split()
    assert ids[named[0]].text == "Map <of> opinions"
    assert named[1] in ids
    for one in root.iter():
        assert one.tag in {
            SVG + tag
            for tag in [
                "svg",
                "title",
                "desc",
                "rect",
                "path",
                "circle",
                "text",
                "g",
                "defs",
                "pattern",
            ]
        }
        assert not {key for key in one.attrib if key in ("style", "class") or key.startswith("on")}
        fill = one.get("fill", "")
        assert not fill.startswith("url") or fill[5:-1] in ids


@pytest.mark.parametrize("name", ["map", "public map", "beeswarm", "bars", "timeline", "heat map"])
def test_drawing_is_the_same_every_time_and_small(name):
    first, second = drawings()[name], drawings()[name]

    assert first == second
    assert len(gzip.compress(first.encode())) < 6_000


def test_map_names_its_groups_with_letter_shape_and_hatching():
    svg = map_svg(DOCUMENT, labels=LABELS)

    assert {"A", "B", "Group A", "Group B"} <= set(texts(svg))
    assert f"{DOCUMENT['groups'][0]['size']} people" in texts(svg)
    assert "url(#map-hatch-A)" in svg
    assert "url(#map-hatch-B)" in svg
    description = next(ElementTree.fromstring(svg).iter(f"{SVG}desc")).text
    assert f"Group A: {DOCUMENT['groups'][0]['size']} people" in description


def test_map_without_groups_says_so():
    votes = votes_of(np.random.default_rng(1).choice([-1.0, 1.0], (40, 10)))

    svg = map_svg(to_document(compute(votes)), labels=LABELS)

    assert "No groups here." in texts(svg)
    assert "A" not in texts(svg)


@pytest.mark.parametrize("table", [np.zeros((0, 0)), [[1]], np.zeros((20, 9))])
def test_map_of_hardly_anything_is_drawn(table):
    map_ = compute(votes_of(table))

    for document in (to_document(map_), public_document(map_)):
        ElementTree.fromstring(map_svg(document, labels=LABELS, you=(0.0, 0.0)))
        ElementTree.fromstring(beeswarm_svg(document, labels=LABELS))
    assert ("Nothing yet." in texts(map_svg(document, labels=LABELS))) == (np.size(table) == 0)


def test_map_shows_you_with_an_ellipse():
    own = {0: 1, 1: -1, 2: 1}

    svg = map_svg(PUBLIC, labels=LABELS, you=place(own, DOCUMENT["model"]))
    simple = map_svg(PUBLIC, labels=LABELS, you=project(own, DOCUMENT["model"]))

    assert "You & yours" in texts(svg)
    assert "stroke-dasharray" in svg
    assert "stroke-dasharray" not in simple


def test_public_map_holds_no_ones_place():
    svg = map_svg(PUBLIC, labels=LABELS)

    shapes = list(ElementTree.fromstring(svg).iter(f"{SVG}path"))
    assert len(shapes) < 20
    assert "A" in texts(svg)


def test_map_of_five_groups_has_five_shapes():
    map_ = compute(
        planted(400, 30, 20, seed=2, groups=5, separation=2).votes, parameters=Parameters(groups=5)
    )

    svg = map_svg(to_document(map_), labels=LABELS)

    assert all(colour in svg for colour in COLOURS.values())


def test_large_map_is_under_twenty_kilobytes_compressed():
    map_ = compute(real("vtaiwan.uberx").votes)

    svg = map_svg(displayed(to_document(map_)), labels=LABELS)

    assert len(gzip.compress(svg.encode(), 6)) <= 20_000


def test_group_colours_are_readable_on_white():
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in COLOURS.values():
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_user_words_are_escaped():
    svg = map_svg(DOCUMENT, labels={**LABELS, "title": "<script>x</script>"})

    assert "<script" not in svg


def test_bars_say_the_numbers():
    statement = {"id": 7, "agree": 6, "pass": 1, "disagree": 3, "groups": {}}

    svg = bars_svg(statement, labels=LABELS)

    assert "Everyone: Agree 6, Pass 1, Disagree 3." in svg
    assert "10 votes" in texts(svg)


def test_timeline_of_years_has_few_columns():
    days = [(date.fromordinal(730_000 + day), 1) for day in range(1500)]

    svg = timeline_svg(days, labels=LABELS)

    assert svg.count("z") <= 125
    assert "1500 in all" in svg


def test_timeline_without_votes_says_so():
    assert "Nothing yet." in texts(timeline_svg([], labels=LABELS))


def test_heat_map_must_be_square():
    with pytest.raises(ValueError, match="square"):
        heatmap_svg([1, 2], [[1.0]], labels=LABELS)


def test_correlations_are_those_of_people_who_saw_both():
    votes = planted(300, 12, 8, seed=3).votes
    table = np.full((300, 12), np.nan)
    table[votes.participants, votes.statements] = votes.choices

    ours = correlations(build(votes), np.arange(12))

    for i in range(12):
        for j in range(i):
            both = ~np.isnan(table[:, i] + table[:, j])
            if both.sum() >= 10:
                assert ours[i, j] == pytest.approx(
                    np.corrcoef(table[both, i], table[both, j])[0, 1]
                )


def marks(**fields):
    return [
        Mark(number=one["id"], text=f"Statement {one['id']}", **fields)
        for one in DOCUMENT["statements"]
    ]


def test_statements_are_placed_where_none_hides_another():
    root = ElementTree.fromstring(map_svg(DOCUMENT, labels=LABELS, marks=marks()))

    pills = [one for one in root.iter(f"{SVG}rect") if one.get("rx")]
    places = [(float(one.get("x")), float(one.get("y")), float(one.get("width"))) for one in pills]
    assert 5 <= len(places) < len(DOCUMENT["statements"])
    for turn, (x, y, wide) in enumerate(places):
        for left, top, width in places[turn + 1 :]:
            assert x + wide <= left or left + width <= x or abs(y - top) >= 28


@pytest.mark.parametrize("number", [0, 7, 19])
def test_chosen_statement_stands_on_the_plane_in_words(number):
    chosen = Mark(number, "Water & wells for every village first", is_chosen=True)

    svg = map_svg(DOCUMENT, labels=LABELS, marks=[chosen, *marks()], shares={"A": "62 %"})

    words = list(ElementTree.fromstring(svg).iter(f"{SVG}text"))
    assert f"{number}. Water & wells for every" in {one.text for one in words}
    assert "62 %" in {one.text for one in words}
    assert all(0 <= float(one.get("y")) <= 480 for one in words)


def test_linked_map_can_be_picked_from():
    svg = map_svg(
        DOCUMENT, labels=LABELS, marks=marks(href="?statement=1"), link=lambda one: f"?group={one}"
    )

    root = ElementTree.fromstring(svg)
    links = [one.get("href") for one in root.iter(f"{SVG}a")]
    assert root.get("role") == "group"
    assert {"?group=A", "?group=B", "?statement=1"} == set(links)


def test_chosen_group_stands_out():
    svg = map_svg(DOCUMENT, labels=LABELS, chosen="A")

    faint = [one for one in ElementTree.fromstring(svg).iter(f"{SVG}g") if one.get("opacity")]
    assert len(faint) == len(DOCUMENT["groups"]) - 1


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("我覺得計程車很好", ["我覺得計", "程車很好"]),
        ("a" * 20, ["a" * 8, "a" * 8, "a" * 4]),
        ("one two three four five six seven", ["one two", "three", "four…"]),
        ("", [""]),
    ],
)
def test_words_are_wrapped_in_every_script(words, lines):
    assert wrapped(words, 8, 3) == lines
