"""Pages of refusals and failures: they stand when nothing else does."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from config import page
from config.errors import page as error_page

STATUSES = [400, 403, 404, 409, 410, 422, 429, 500, 503]


@pytest.mark.parametrize("status", STATUSES)
def test_error_page_says_what_happened_and_shows_a_way_on(status: int):
    markup = render_to_string(f"errors/{status}.html", {})

    assert markup.count("<h1>") == 1
    assert f"Error {status}" in markup
    assert 'class="button" href="/"' in markup


@pytest.mark.parametrize("status", [500, 503])
def test_page_of_a_failure_asks_nothing_of_the_database(status: int):
    # Outside a database test every query raises; here even the reader's session is unknown.
    request = RequestFactory().get("/petitions/")

    response = error_page(request, status=status)

    assert response.status_code == status
    assert "Everything that was confirmed to you is stored." in response.content.decode()


def test_refusal_says_the_sentence_of_whoever_refused_and_escapes_it():
    markup = render_to_string("errors/409.html", {"sentence": "Closed <b>yesterday</b>."})

    assert "Closed &lt;b&gt;yesterday&lt;/b&gt;." in markup
    assert "Somebody else was faster" not in markup


def test_pages_follow_the_direction_of_the_language():
    with translation.override("ur"):
        markup = render_to_string("errors/404.html", {"page": page.Page(RequestFactory().get("/"))})

    assert '<html lang="ur" dir="rtl">' in markup
    assert 'href="/language/en/?next=%2F"' in markup
