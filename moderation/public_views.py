"""What is open to everyone, without an account and without JavaScript: reporting, and the log."""

import secrets
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from deliberate import conversation_keys, participants, wording
from deliberate.errors import DeliberateError
from deliberate.models import Conversation, Statement
from moderation import log as public_log
from moderation import reports
from moderation.errors import NotReportable
from moderation.forms import ReportForm
from record import listing


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The form to report a statement that people see."""
    statement = _statement(slug, number)
    if request.method != "POST":
        return _page(request, statement, ReportForm())
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, statement, form, status=422)
    try:
        reports.file_report(
            statement_id=statement.pk,
            reporter_key=_reporter_key(request, statement.conversation),
            **form.cleaned_data,
        )
    except DeliberateError as error:
        return _page(request, statement, form, status=error.status, refusal=error)
    return redirect("moderation:reported", slug=slug, number=number)


@require_safe
def reported(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Thanks, and what happens next."""
    conversation = get_object_or_404(Conversation.objects.public(), slug=slug)
    return render(
        request,
        "moderation/reported.html",
        {"conversation": conversation, "number": number},
    )


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Every decision of the moderators with its reason, newest first."""
    found = listing.page(public_log.lines(), before=request.GET.get("before", ""))
    entries = [public_log.entry(line) for line in found.lines]
    return render(request, "moderation/log.html", {"entries": entries, "listing": found})


def _statement(slug: str, number: int) -> Statement:
    """A statement that everyone sees, or saw until it was rejected."""
    return get_object_or_404(
        Statement.objects.exclude(state=Statement.State.PENDING)
        .filter(conversation__in=Conversation.objects.public())
        .select_related("conversation")
        .prefetch_related("texts", "conversation__texts"),
        conversation__slug=slug,
        number=number,
    )


def _page(
    request: HttpRequest,
    statement: Statement,
    form: ReportForm,
    *,
    status: int = 200,
    refusal: DeliberateError | None = None,
) -> HttpResponse:
    if statement.state == Statement.State.REJECTED:
        status, refusal = 409, NotReportable()
    context = {
        "conversation": statement.conversation,
        "conversation_words": wording.conversation_here(statement.conversation),
        # Rejected while somebody wrote their report: its text is no longer for everyone.
        "words": None if isinstance(refusal, NotReportable) else wording.statement_here(statement),
        "number": statement.number,
        "form": form,
        "refusal": str(refusal.sentence) if refusal else "",
    }
    return render(request, "moderation/report.html", context, status=status)


def _reporter_key(request: HttpRequest, conversation: Conversation) -> bytes:
    """The pseudonym of whoever reports: their account's, else their browser's from now on."""
    if conversation_keys.is_destroyed(conversation):
        # No pseudonym can be made here any more: each report stands for itself.
        return secrets.token_bytes(32)
    participants.remember_browser(request.session)
    key = participants.person_key(user=request.user, session=request.session)
    return participants.pseudonym(conversation=conversation, person_key=cast(bytes, key))
