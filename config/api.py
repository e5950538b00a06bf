"""The HTTP API under /api/v1/: its addresses, and the document that describes them.

Both are made from the tables of the rooms (deliberate/api.py, petitions/api.py), so that nothing
is served that the document leaves out.
"""

import re
from collections import defaultdict
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import translation

import deliberate.api
import deliberate.api_schemas
import petitions.api
from deliberate.api_schemas import ref
from deliberate.api_table import Operation, Resource, Schema, sent, view_of
from deliberate.errors import DeliberateError

ROOT: Final = "/api/v1/"
PARTS: Final[dict[str, Schema]] = {
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "int": {"type": "integer", "minimum": 0},
}
SCHEMAS: Final = {
    **deliberate.api_schemas.SCHEMAS,
    **petitions.api.SCHEMAS,
    "Document": {"type": "object", "description": "A description in the form of OpenAPI 3.1."},
}
INTRODUCTION: Final = """\
Everything here goes through the same doors as the site's pages: the same rules, the same answers.

- Words come in the language that the header `Accept-Language` asks for, where there is a
  translation, else as they were written; the parts named `language` say which it is.
- A refusal is `{"code", "message"}`: the code for machines, the sentence for people. New codes may
  come; treat one that you do not know by its status.
- Lists come in pages; go on at `next`. A row that comes or goes meanwhile moves no other row.
- Public answers may be cached: keep the `ETag` and send it as `If-None-Match`.
- After 429 and 503 wait as long as `Retry-After` says. Nothing was stored; send the same again.
- New parts may be added to what is answered. What is sent is read strictly.

The live room speaks over a socket: see docs/live-protocol.md in the source.\
"""


def description(request: HttpRequest) -> HttpResponse:
    """The document itself: in English, like the names in it."""
    with translation.override("en"):
        return sent(document())


def document() -> Schema:
    """OpenAPI 3.1, of every resource in the table."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Deliberate",
            "version": "1",
            "description": INTRODUCTION,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "paths": {_path(resource): _item(resource) for resource in RESOURCES},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": settings.SESSION_COOKIE_NAME,
                    "description": "The site's own session: a browser's, or an account's after "
                    "signing in on the site's pages.",
                },
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-CSRFToken",
                    "description": f"From `{ROOT}session/`, together with the cookie "
                    f"`{settings.CSRF_COOKIE_NAME}` that it sets.",
                },
            },
        },
    }


def _path(resource: Resource) -> str:
    return ROOT + re.sub(r"<\w+:(\w+)>", r"{\1}", resource.route)


def _item(resource: Resource) -> Schema:
    parts = re.findall(r"<(\w+):(\w+)>", resource.route)
    item: Schema = {
        operation.method.lower(): _operation(resource, operation, has_parts=bool(parts))
        for operation in resource.operations
    }
    if parts:
        item["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": PARTS[kind]}
            for kind, name in parts
        ]
    return item


def _operation(resource: Resource, operation: Operation, *, has_parts: bool) -> Schema:
    described: Schema = {
        "operationId": f"{operation.method.lower()}-{resource.name}",
        "summary": operation.summary,
        "security": _security(operation),
        "responses": {
            str(operation.status): _answer(operation),
            **_refusals(operation, has_parts=has_parts),
        },
    }
    if operation.description:
        described["description"] = operation.description
    if operation.parameters:
        described["parameters"] = [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "schema": parameter.schema,
            }
            for parameter in operation.parameters
        ]
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": ref(operation.body)}},
        }
    return described


def _security(operation: Operation) -> list[Schema]:
    if operation.is_act:
        return [{"session": [], "token": []}]
    return [] if operation.is_public else [{}, {"session": []}]


def _answer(operation: Operation) -> Schema:
    headers = {"ETag": {"schema": {"type": "string"}}} if operation.is_public else {}
    return {
        "description": "Done." if operation.is_act else "Here it is.",
        "content": {"application/json": {"schema": ref(operation.answer)}},
        **({"headers": headers} if headers else {}),
    }


def _sentence(error: type[DeliberateError]) -> str:
    return vars(error).get("__doc__") or str(error.default)


def _refusals(operation: Operation, *, has_parts: bool) -> Schema:
    codes: dict[int, list[str]] = defaultdict(list)
    for error in operation.all_refusals:
        codes[error.status].append(f"`{error.code}`: {_sentence(error)}")
    if has_parts:
        codes[404].append("`not_found`: There is nothing at this address.")
    if operation.is_act:
        codes[403].append("`forbidden`: the token is missing or another session's.")
    return {str(status): _refusal(status, lines) for status, lines in sorted(codes.items())}


def _refusal(status: int, lines: list[str]) -> Schema:
    described: dict[str, Any] = {
        "description": "\n\n".join(dict.fromkeys(lines)),
        "content": {"application/json": {"schema": ref("Error")}},
    }
    if status in {429, 503}:
        described["headers"] = {
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
        }
    return described


RESOURCES: Final = (
    Resource(
        "openapi.json",
        "openapi",
        (Operation("GET", description, "This description", answer="Document", is_public=True),),
    ),
    *deliberate.api.RESOURCES,
    *petitions.api.RESOURCES,
)
app_name = "api"
urlpatterns = [
    path(resource.route, view_of(resource), name=resource.name) for resource in RESOURCES
]
