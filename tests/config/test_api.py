"""The HTTP API as a whole: its description is right, and nothing that is sent makes it fail."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from config import api
from deliberate.models import Conversation
from tests import factories
from tests.answers import checked, described
from tests.gates.addresses import every_route
from tests.petitions import making

DOCUMENT = described()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
]
NAMES = [f"{method} {path}" for method, path, _operation in OPERATIONS]
every_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
many_examples = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def site(client: Client) -> Client:
    """Somebody's browser, on a site with one of each."""
    water = factories.conversation(slug="water")
    for _ in range(3):
        factories.statement(conversation=water)
    factories.conversation(slug="rows", data_policy=Conversation.DataPolicy.OPEN)
    making.answered()
    client.get("/api/v1/session/")
    return client


def test_description_is_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_description_names_every_address_and_no_other() -> None:
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route}")
        for route in every_route()
        if route.startswith("api/")
    }

    assert set(DOCUMENT["paths"]) == routes


def test_description_has_a_name_of_its_own_for_every_operation() -> None:
    names = [operation["operationId"] for _method, _path, operation in OPERATIONS]

    assert len(names) == len(set(names))
    assert all(operation["summary"] for _method, _path, operation in OPERATIONS)


def test_description_uses_every_schema_and_all_that_it_uses_are_there() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DOCUMENT)))

    assert used == set(DOCUMENT["components"]["schemas"])


def test_description_says_the_same_in_every_language(client: Client) -> None:
    answers = [
        client.get("/api/v1/openapi.json", headers={"Accept-Language": language}).json()
        for language in ("en", "ur")
    ]

    assert answers == [DOCUMENT, DOCUMENT]


@every_operation
def test_operation_that_acts_needs_the_token_and_others_need_nothing(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    if method == "POST":
        assert operation["security"] == [{"session": [], "token": []}]
    else:
        assert operation["security"] in ([], [{}, {"session": []}])


@pytest.mark.django_db
@every_operation
def test_operation_that_acts_without_the_token_is_forbidden(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    client = Client(enforce_csrf_checks=True)
    address = path.format(slug="water", petition_id=1)

    response = client.generic(method, address, b"{}", content_type="application/json")

    assert (response.status_code == 403) == (method == "POST")


def test_address_below_the_api_that_is_none_is_refused_as_data(client: Client) -> None:
    response = client.get("/api/v1/nothing/")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert response.json()["message"]


# What is sent

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.text(st.characters(categories=["Cs", "Cc", "Cf"]), max_size=5)
    | st.sampled_from(["pass", "take-back", "00000000-0000-4000-8000-000000000000", 2**63, 10**40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return found
    return schema


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of that schema."""
    schema = resolved(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    match schema["type"]:
        case "string":
            return st.text(max_size=300)
        case "integer":
            return st.integers(0, 5)
        case "array":
            return st.lists(fitting(schema["items"]), min_size=schema["minItems"], max_size=4)
        case "object":
            parts = {name: fitting(part) for name, part in schema["properties"].items()}
            return st.fixed_dictionaries(parts)
    raise LookupError(schema)


@st.composite
def damaged(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """A value of that schema with junk in one place."""
    value = draw(fitting(schema))
    at = value
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or not at[key] or draw(st.booleans()):
            at[key] = draw(junk)
            return value
        at = at[key]


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


ACTS = [row for row in OPERATIONS if "requestBody" in row[2]]
QUESTIONS = [row for row in OPERATIONS if "requestBody" not in row[2]]


@pytest.mark.django_db
@many_examples
@given(data=st.data())
@pytest.mark.parametrize(("method", "path", "operation"), ACTS, ids=lambda part: str(part)[:60])
def test_act_with_any_body_is_answered_as_described(
    site: Client, method: str, path: str, operation: dict[str, Any], data: st.DataObject
) -> None:
    schema = body_of(operation)
    body = data.draw(fitting(schema) | damaged(schema) | junk)
    address = path.format(slug=data.draw(st.sampled_from(["water", "rows", "nothing"])))

    response = site.generic(method, address, json.dumps(body), content_type="application/json")

    checked(response, method, address)


@pytest.mark.django_db
@many_examples
@given(body=st.binary() | st.text('{}[]",:.-+eE019truefalsnu ').map(str.encode))
@pytest.mark.parametrize(("method", "path", "operation"), ACTS, ids=lambda part: str(part)[:60])
def test_act_with_any_bytes_is_answered_as_described(
    site: Client, method: str, path: str, operation: dict[str, Any], body: bytes
) -> None:
    address = path.format(slug="water")

    response = site.generic(method, address, body, content_type="application/json")

    checked(response, method, address)
    assert response.status_code in {400, 422}


@pytest.mark.django_db
@many_examples
@given(data=st.data())
@pytest.mark.parametrize(
    ("method", "path", "operation"), QUESTIONS, ids=lambda part: str(part)[:60]
)
def test_question_of_any_kind_is_answered_as_described(
    site: Client, method: str, path: str, operation: dict[str, Any], data: st.DataObject
) -> None:
    known = {one["name"]: fitting(one["schema"]) for one in operation.get("parameters", [])}
    cursors = st.from_regex(r"[0-9]{1,17}-[0-9]{1,18}", fullmatch=True)
    names = st.sampled_from([*known, "page"])
    value = st.text(max_size=20) | cursors | junk.map(str) | st.one_of(*known.values())
    query = data.draw(st.dictionaries(names, value, max_size=3))
    address = path.format(
        slug=data.draw(st.sampled_from(["water", "rows", "nothing"])),
        petition_id=data.draw(st.sampled_from([1, 2, 0, 2**63, 10**30])),
    )

    # As bytes, for not all that can be sent is a text.
    sent = "&".join(
        f"{name}={quote(str(value).encode('utf-8', 'surrogatepass'))}"
        for name, value in query.items()
    )

    response = site.get(f"{address}?{sent}")

    checked(response, method, address)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_every_status_of_the_site_has_words_for_programs(status: int) -> None:
    from config import errors

    code, sentence = errors.CODES[status]

    assert code
    assert str(sentence)


def test_table_says_who_may_keep_what() -> None:
    from config.caching import OWN, PUBLIC

    public = {
        f"api:{resource.name}"
        for resource in api.RESOURCES
        if any(operation.is_public for operation in resource.operations)
    }

    assert {name for name in PUBLIC | OWN if name.startswith("api:")} == public
