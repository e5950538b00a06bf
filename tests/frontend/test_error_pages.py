"""Pages of refusals and failures: they stand when nothing else does."""

import asyncio
from collections.abc import Callable

import pytest
from allauth.core.internal.ratelimit import respond_429
from asgiref.sync import sync_to_async
from django.core.handlers.exception import response_for_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

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
        response = error_page(RequestFactory().get("/?q=a"), status=404)
    markup = response.content.decode()

    assert '<html lang="ur" dir="rtl"' in markup
    assert 'href="/language/?next=/%3Fq%3Da"' in markup


@pytest.mark.parametrize("status", STATUSES)
def test_error_page_says_that_nothing_is_lost(status: int):
    markup = render_to_string(f"errors/{status}.html", {})

    assert any(word in markup for word in ("lost", "stored"))


@pytest.mark.parametrize(("seconds", "words"), [(60, "in 1 minute."), (61, "in 2 minutes.")])
@pytest.mark.parametrize("status", [429, 503])
def test_page_says_when_to_try_again(status: int, seconds: int, words: str):
    request = RequestFactory().get("/")

    response = error_page(request, status=status, retry_after=seconds)

    assert f"Try again {words}" in response.content.decode()
    assert response["Retry-After"] == str(seconds)


def test_limits_on_signing_in_are_refused_on_our_page():
    response = respond_429(_request())

    assert response.status_code == 429
    assert "Try again in 5 minutes." in response.content.decode()


@pytest.mark.parametrize(
    ("broken", "status"),
    [(OperationalError("database is locked"), 503), (InterfaceError(), 503), (KeyError(), 500)],
)
def test_failure_of_the_database_is_told_apart_from_ours(broken: Exception, status: int):
    response = _answer_to(broken, response_for_exception)

    assert response.status_code == status
    assert ("Retry-After" in response) == (status == 503)


def test_failure_of_the_database_is_seen_from_another_thread_too():
    def in_a_thread(request: HttpRequest, error: Exception) -> HttpResponse:
        # As Django does it for the pages that a server asks for asynchronously.
        answer = sync_to_async(response_for_exception, thread_sensitive=False)

        async def ask() -> HttpResponse:
            try:
                raise error
            except Exception as raised:
                return await answer(request, raised)

        return asyncio.run(ask())

    assert in_a_thread(_request(), OperationalError()).status_code == 503


def _request() -> HttpRequest:
    return RequestFactory().get("/petitions/")


def _answer_to(
    error: Exception, respond: Callable[[HttpRequest, Exception], HttpResponse]
) -> HttpResponse:
    """What Django answers where a view raised the error."""
    try:
        raise error
    except Exception as raised:
        return respond(_request(), raised)
