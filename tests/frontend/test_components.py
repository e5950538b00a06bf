"""Pieces of pages that several pages share: right to left, by keyboard and without colours."""

from datetime import date

import pytest
from django.template.loader import render_to_string


def test_panel_isolates_the_reference_number():
    markup = render_to_string("panel.html", {"title": "Stored", "reference": "2026-000042"})

    assert '<bdi class="figure" dir="ltr">2026-000042</bdi>' in markup
    assert markup.count("<h1>") == 1


def test_panel_without_a_reference_speaks_of_none():
    assert "reference number" not in render_to_string("panel.html", {"title": "Stored"})


def test_link_of_a_summary_says_what_it_changes():
    rows = [{"name": "Council", "value": "Vehari", "change_url": "/change/"}]

    markup = render_to_string("summary_list.html", {"rows": rows})

    assert '<a href="/change/">Change<span class="visually-hidden"> Council</span></a>' in markup


def test_row_of_a_summary_without_an_address_has_no_link():
    markup = render_to_string("summary_list.html", {"rows": [{"name": "A", "value": "B"}]})

    assert "<a " not in markup


@pytest.mark.parametrize(
    ("queries", "shown"),
    [
        ({"next_query": "page=2"}, ["next"]),
        ({"previous_query": "page=1"}, ["prev"]),
        ({"previous_query": "page=1", "next_query": "page=3"}, ["prev", "next"]),
    ],
)
def test_pages_lead_only_where_there_is_one(queries: dict[str, str], shown: list[str]):
    markup = render_to_string("pages.html", {**queries, "number": 2, "total": 3})

    assert [rel for rel in ("prev", "next") if f'rel="{rel}"' in markup] == shown
    assert "Page 2 of 3" in markup


def test_bars_of_days_are_as_high_as_their_part_of_the_highest():
    days = [{"day": date(2026, 5, 1 + place), "count": count} for place, count in enumerate((4, 1))]

    markup = render_to_string("per_day.html", {"days": days, "most": 4, "caption": "A day"})

    assert 'viewBox="0 0 2 100"' in markup
    assert 'd="M0 100v-100h.8V100M1 100v-25h.8V100"' in markup


def test_difference_shows_each_text_whole():
    parts = [
        {"kind": "kept", "words": "We need"},
        {"kind": "gone", "words": "a bridge"},
        {"kind": "new", "words": "a <road>"},
    ]

    before, now = render_to_string("difference.html", {"parts": parts, "language": "en"}).split(
        "</section>"
    )[:2]

    assert ("<del>a bridge</del>" in before, "<ins>" in before) == (True, False)
    assert ("<ins>a &lt;road&gt;</ins>" in now, "<del>" in now) == (True, False)


def test_current_tab_is_marked_for_everybody():
    tabs = [
        {"name": "All", "query": "show=all", "current": True},
        {"name": "Mine", "query": "show=mine", "current": False},
    ]

    markup = render_to_string("tabs.html", {"label": "Parts", "tabs": tabs})

    assert markup.count("aria-current") == 1
    assert '<a href="?show=all" aria-current="page">All</a>' in markup
