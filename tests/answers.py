"""Holds what the HTTP API answers against the description that it gives of itself."""

import json
import re
from typing import Any

from django.http import HttpResponseBase
from django.test import Client
from django.utils import translation
from jsonschema import Draft202012Validator, FormatChecker

from config import api


def described() -> dict[str, Any]:
    """The description as programs get it."""
    with translation.override("en"):
        document: dict[str, Any] = json.loads(json.dumps(api.document()))
    return document


def operation_of(method: str, path: str) -> dict[str, Any]:
    """What is said of that method at the address."""
    for template, item in described()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path.partition("?")[0]):
            found: dict[str, Any] = item[method.lower()]
            return found
    raise LookupError(path)


def mistakes(answer: object, schema: dict[str, Any]) -> list[str]:
    """Where the answer is not what the schema says."""
    whole = {**schema, "components": described()["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def checked(response: HttpResponseBase, method: str, path: str) -> Any:
    """The answer's content, which must be one that the description names for that status."""
    operation = operation_of(method, path)
    said = operation["responses"].get(str(response.status_code))
    assert said is not None, f"{method} {path}: nobody said {response.status_code}"
    schema = said["content"]["application/json"]["schema"]
    content = json.loads(response.content)  # type: ignore[attr-defined]
    assert mistakes(content, schema) == []
    assert set(said.get("headers", {})) - {"ETag"} <= set(response.headers)
    return content


def get(client: Client, path: str, **headers: str) -> Any:
    """Ask, and get the content of the answer."""
    return checked(client.get(f"/api/v1/{path}", headers=headers), "GET", f"/api/v1/{path}")


def post(client: Client, path: str, body: object) -> tuple[int, Any]:
    """Send, and get the status and the content of the answer."""
    address = f"/api/v1/{path}"
    response = client.post(address, data=json.dumps(body), content_type="application/json")
    return response.status_code, checked(response, "POST", address)
