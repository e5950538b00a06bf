"""The table of the HTTP API: addresses, dispatch and openapi.json are all made from it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from deliberate import ballot_box, errors, frames

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
Schema = dict[str, Any]

# Seconds after which a refused request may come again, where nothing says it more exactly.
PAUSE: Final = 10


class TooLarge(errors.DeliberateError):
    """The body is longer than the site takes."""

    code = "too_large"
    status = 413
    default = gettext_lazy("That is too long to be sent at once.")


@dataclass(frozen=True)
class Parameter:
    """A part of the query that an operation understands; others are passed over."""

    name: str
    description: str
    schema: Schema


@dataclass(frozen=True)
class Operation:
    """What one method does at an address."""

    method: str
    view: View
    summary: str
    # The name of the schema of what is answered, and of what is sent
    answer: str
    body: str = ""
    description: str = ""
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    # What the view may refuse, besides what any operation may
    refusals: tuple[type[errors.DeliberateError], ...] = ()
    # Whether everyone gets the same answer, and caches may keep it
    is_public: bool = False

    @property
    def is_act(self) -> bool:
        """Whether it needs the token against forged requests."""
        return self.method == "POST"

    @property
    def all_refusals(self) -> tuple[type[errors.DeliberateError], ...]:
        """Everything that it may refuse with an error of ours."""
        malformed = (errors.BadFrame,) if self.body or self.parameters else ()
        long = (TooLarge,) if self.body else ()
        return (*malformed, *long, *self.refusals, errors.TryLater)


@dataclass(frozen=True)
class Resource:
    """One address with what can be done there."""

    route: str
    name: str
    operations: tuple[Operation, ...]


def view_of(resource: Resource) -> View:
    """The view that does what the table says, and answers every refusal as JSON."""
    by_method = {operation.method: operation for operation in resource.operations}
    if "GET" in by_method:
        by_method["HEAD"] = by_method["GET"]

    def dispatch(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        # Other methods have no row in config/addresses.csv and are refused at the door.
        operation = by_method[request.method or ""]
        return _finished(operation, _answer(operation, request, parts))

    return dispatch


def sent(data: Schema, *, status: int = 200) -> JsonResponse:
    """An answer."""
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})


def refused(error: errors.DeliberateError) -> JsonResponse:
    """A refusal: a code for machines, a sentence for people."""
    words = ballot_box.words_of(error, language=get_language() or "en")
    response = sent(words, status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def read_body(request: HttpRequest) -> object:
    """The JSON that was sent, as strictly as the socket reads it.

    Raises:
        BadFrame: it is none.
    """
    try:
        return frames.DECODER.decode(request.body.decode())
    except (ValueError, RecursionError):
        raise errors.BadFrame(_("The message is not JSON.")) from None


def _answer(operation: Operation, request: HttpRequest, parts: Schema) -> HttpResponseBase:
    try:
        return operation.view(request, **parts)
    except errors.DeliberateError as error:
        return refused(error)
    except Http404:
        return refused(errors.NotFound(_("There is nothing at this address.")))
    except RequestDataTooBig:
        return refused(TooLarge())
    except DatabaseError:
        # Nothing was acknowledged, so nothing is lost: whoever asked may send it again.
        logger.exception("A request to the API could not be answered.")
        return refused(errors.TryLater())


def _finished(operation: Operation, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code in {429, 503} and not response.has_header("Retry-After"):
        response["Retry-After"] = str(PAUSE)
    if operation.is_public:
        # Nothing in it is one reader's, so every site may read it.
        response["Access-Control-Allow-Origin"] = "*"
    return response
