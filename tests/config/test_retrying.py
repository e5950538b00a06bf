"""Refusals for now say when to ask again, whoever refuses."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config import retrying


def answered(response: HttpResponse) -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        return response

    return retrying.say_when(view)(RequestFactory().get("/"))


@pytest.mark.parametrize(("status", "seconds"), [(429, "60"), (503, "10")])
def test_refusal_for_now_says_when_to_come_again(status: int, seconds: str) -> None:
    assert answered(HttpResponse(status=status))["Retry-After"] == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_view_that_knows_better_is_left_alone(status: int) -> None:
    response = HttpResponse(status=status, headers={"Retry-After": "7"})

    assert answered(response)["Retry-After"] == "7"


@pytest.mark.parametrize("status", [200, 403, 409, 500])
def test_other_answers_say_nothing(status: int) -> None:
    assert not answered(HttpResponse(status=status)).has_header("Retry-After")


async def test_asynchronous_views_say_it_too() -> None:
    async def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=503)

    response = await retrying.say_when(view)(RequestFactory().get("/"))

    assert response["Retry-After"] == "10"


def test_it_stands_before_whatever_may_refuse(settings) -> None:
    assert settings.MIDDLEWARE[0] == "config.retrying.say_when"
