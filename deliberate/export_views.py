"""Downloads of a conversation as the files of a Polis export."""

from collections.abc import AsyncIterator, Iterator

from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import permissions
from deliberate import export
from deliberate.models import Conversation


@require_safe
def download(request: HttpRequest, slug: str, name: str) -> StreamingHttpResponse:
    """One file of the export: summary, comments, votes or participants-votes."""
    conversation = get_object_or_404(Conversation.objects.public(), slug=slug)
    if name not in export.FILES:
        raise Http404
    rows_are_shown = permissions.allows(
        "votes.export", roles={permissions.ANYONE}, state=conversation.data_policy
    )
    if name in export.ROWS_OF_PEOPLE and not rows_are_shown:
        raise PermissionDenied(
            _(
                "This conversation publishes only counts and shapes of at least 10 people,"
                " so there is no file of single votes. summary.csv and comments.csv are public."
            )
        )
    url = request.build_absolute_uri(conversation.get_absolute_url())
    text = export.as_csv(export.FILES[name](conversation, url=url))
    return as_file(request, text, f"{conversation.slug}-{name}.csv")


def as_file(request: HttpRequest, text: Iterator[str], name: str) -> StreamingHttpResponse:
    """The text as a file of that name, sent while it is written."""
    # Everything that asks the database runs before the first chunk, so that what fails is an
    # error page and not half a file.
    first = next(text)
    return StreamingHttpResponse(
        _async_chunks(first, text) if isinstance(request, ASGIRequest) else _chunks(first, text),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _chunks(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


async def _async_chunks(first: str, rest: Iterator[str]) -> AsyncIterator[str]:
    # daphne sends an asynchronous iterator piece by piece, another one only when it is whole.
    yield first
    for chunk in rest:
        yield chunk
