"""Every address, method, form and frame has exactly one row; behind each a stranger's way ends."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from accounts import permissions
from config import addresses, guard
from config.addresses import DOORS, WAYS, Door
from deliberate import frames
from tests import factories

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
EXAMPLES = {"int": "1", "slug": "some-words", "str": "word"}
# Asked inside a view: by the state of the one address, or not at all by itself.
ASKED_INSIDE = {"votes.export"}


def named(patterns: Iterable[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from named(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name}"


def example(name: str) -> str:
    """An address of that name, with something in its blanks."""
    if name == "account_reset_password_from_key":
        return "/accounts/password/reset/key/1-nonsense/"
    bits = get_resolver()
    *spaces, last = name.split(":")
    for space in spaces:
        bits = bits.namespace_dict[space][1]
    route = bits.reverse_dict.getlist(last)[0][0][0]
    return reverse(name, kwargs=dict.fromkeys(route[1], "1"))


NAMES = sorted(set(named(get_resolver().url_patterns)))
CLOSED = [door for door in DOORS if door.method != "FRAME" and not permissions.is_open(door.action)]


def test_every_address_has_its_rows_and_no_row_is_without_one():
    in_table = {door.name for door in DOORS if door.method != "FRAME"}

    assert in_table == set(NAMES)


def test_every_frame_has_its_row_and_no_row_is_without_one():
    in_table = sorted(door.name for door in DOORS if door.method == "FRAME")

    assert in_table == sorted(f"frame:{kind}" for kind in frames.READERS)


def test_every_action_is_behind_a_door():
    assert {door.action for door in DOORS} | ASKED_INSIDE == permissions.THE.actions


@pytest.mark.parametrize("name", NAMES)
def test_method_without_a_row_is_refused(client: Client, name: str):
    for method in ALL_METHODS:
        if method not in WAYS[name]:
            assert client.generic(method, example(name)).status_code == 405, method


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_view_takes_every_method_that_has_a_row(client: Client, name: str):
    """Otherwise the row would promise something that is not there."""
    client.force_login(factories.user())
    client.raise_request_exception = False
    for method in WAYS[name]:
        if all(permissions.is_open(door.action) for door in DOORS if door.name == name):
            assert client.generic(method, example(name)).status_code != 405, method


@pytest.mark.django_db
@pytest.mark.parametrize(
    "door", CLOSED, ids=lambda door: f"{door.name}-{door.method}-{door.posted}"
)
def test_stranger_is_sent_to_sign_in_and_told_so_by_the_api(client: Client, door: Door):
    field, _, value = door.posted.partition("=")
    path = example(door.name)

    answer = client.generic(
        door.method,
        path,
        f"{field}={value}" if field else "",
        content_type="application/x-www-form-urlencoded",
    )

    if door.is_hidden:
        assert answer.status_code == 404
    elif path.startswith("/api/"):
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_needed")
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/")


@pytest.mark.django_db
def test_address_without_a_row_is_closed_even_to_an_operator(client: Client, monkeypatch):
    monkeypatch.setattr(guard, "OPEN", frozenset(guard.OPEN - {("home", "GET")}))
    monkeypatch.delitem(WAYS, "home")
    client.force_login(factories.user(is_superuser=True))

    assert client.get("/").status_code == 403


def test_open_door_asks_the_database_nothing(monkeypatch):
    request = HttpRequest()
    request.method, request.resolver_match = "POST", resolve("/conversations/water/votes/")
    monkeypatch.setattr(guard, "refusal", lambda _: pytest.fail("asked"))
    door = guard.Guard(lambda _: None)

    assert door.process_view(request, None, (), {}) is None


def test_votes_and_citizens_reading_go_through_open_doors():
    open_names = {name for name, _method in addresses.OPEN}

    assert {"home", "deliberate:votes", "deliberate:conversation", "opinion_map:map"} < open_names
    assert {"api:votes", "petitions:list", "deliberate:statements"} < open_names


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("home,GET,,no.such.action,", "No action"),
        ("home,PUT,,site.read,", "Not a row"),
        ("home,GET,,site.read", "Not a row"),
        ("home,GET,,site.read,maybe", "Not a row"),
        ("home,GET,,site.read,\nhome,GET,,site.read,", "More than one"),
    ],
)
def test_broken_table_stops_the_site(line: str, why: str):
    with pytest.raises(ImproperlyConfigured, match=why):
        addresses.read([",".join(addresses.COLUMNS), *line.split("\n")])


def test_table_is_in_the_form_that_it_is_read_in():
    text = addresses.TABLE.read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    methods = defaultdict(set)
    for name, method, *_rest in rows[1:]:
        methods[name].add(method)

    assert all(len(row) == len(addresses.COLUMNS) for row in rows)
    assert not re.search(r"[ \t]", text)
    assert settings.MIDDLEWARE[-1] == "config.guard.Guard"
