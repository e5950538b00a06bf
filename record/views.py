"""The public record as a page and as a file; everyone may read it."""

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from record import export, listing, sealing, wording
from record.models import RecordLine


@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """What was done here, newest first; `?kind=` shows one kind."""
    kind = request.GET.get("kind", "")
    lines = RecordLine.objects.all()
    if kind:
        # A known kind only: nothing else has lines worth a look, and the database takes no
        # character zero.
        lines = lines.filter(kind=kind) if kind in wording.KINDS else lines.none()
    found = listing.page(lines, before=request.GET.get("before", ""))
    sequence, head_hash = sealing.head()
    return render(
        request,
        "record/record.html",
        {
            "lines": [(line, wording.sentence(line)) for line in found.lines],
            "listing": found,
            "kind": kind,
            "kinds": [(known, words.name) for known, words in wording.KINDS.items()],
            "head_sequence": sequence,
            "head_hash": head_hash,
        },
    )


@require_safe
def lines_jsonl(request: HttpRequest) -> StreamingHttpResponse:
    """Every sealed line, to keep and to check elsewhere (see export.py); `?after=` for the rest."""
    after = listing.whole_number(request.GET.get("after", "")) or 0
    batches = export.abatches if isinstance(request, ASGIRequest) else export.batches
    return StreamingHttpResponse(
        batches(after=after),
        content_type="application/jsonl; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="lines.jsonl"'},
    )
