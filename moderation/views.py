"""The moderators' desk: what waits, and the form to decide about one statement."""

from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import offices, permissions
from accounts.models import User
from deliberate.errors import DeliberateError, StaleVersion
from moderation import conflicts, decisions
from moderation import queue as desk
from moderation.forms import DecisionForm, decision_form
from moderation.models import Decision
from record.wording import sentence

Action = Decision.Action
CASES_A_PAGE = 30


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, most reports first; `?show=reported` or `pending` for one sort."""
    show = request.GET.get("show", "")
    waiting = desk.listed(desk.waiting(show))
    page = Paginator(waiting, CASES_A_PAGE).get_page(request.GET.get("page"))
    moderator = cast(User, request.user)
    return render(
        request,
        "moderation/queue.html",
        {
            "desk_page": page,
            "cases": [desk.case(statement, moderator=moderator) for statement in page],
            "may_decide": permissions.granting("statement.keep", offices.of(moderator)),
            "tabs": _tabs(show if show in desk.WAITING else ""),
            "previous_query": _query(show, page.number - 1) if page.has_previous() else "",
            "next_query": _query(show, page.number + 1) if page.has_next() else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, statement_id: int) -> HttpResponse:
    """One statement with its reports and earlier decisions, and a form for each decision."""
    case = _case(request, statement_id)
    if request.method != "POST":
        return _page(request, case)
    try:
        form = _posted_form(request, case)
        if not form.is_valid():
            return _page(request, case, form, status=422)
        decisions.decide(
            statement_id=statement_id, moderator=cast(User, request.user), **form.cleaned_data
        )
    except DeliberateError as error:
        return _refused(request, statement_id, error)
    messages.success(request, _("Your decision is in the public log."))
    return redirect("moderation:queue")


def _tabs(show: str) -> list[dict[str, object]]:
    counts = desk.counts()
    names = {
        "": _("Everything"),
        desk.REPORTED: ngettext("%(n)d reported", "%(n)d reported", counts[desk.REPORTED])
        % {"n": counts[desk.REPORTED]},
        desk.PENDING: ngettext("%(n)d not yet shown", "%(n)d not yet shown", counts[desk.PENDING])
        % {"n": counts[desk.PENDING]},
    }
    return [
        {"name": name, "query": urlencode({"show": code}), "current": code == show}
        for code, name in names.items()
    ]


def _query(show: str, number: int) -> str:
    return urlencode({"show": show, "page": number})


def _posted_form(request: HttpRequest, case: desk.Case) -> DecisionForm:
    action = request.POST.get("action", "")
    if action not in decisions.possible(case.statement):
        # Somebody else has decided in the meantime, or the form is not ours.
        raise StaleVersion
    return decision_form(Action(action), request.POST)


def _refused(request: HttpRequest, statement_id: int, error: DeliberateError) -> HttpResponse:
    """The statement as it is now, with the sentence that says why, and the typed text kept."""
    case = _case(request, statement_id)
    typed = {name: request.POST.get(name, "") for name in ("reason", "explanation")}
    return _page(request, case, status=error.status, refusal=str(error.sentence), typed=typed)


def _case(request: HttpRequest, statement_id: int) -> desk.Case:
    case = desk.case_of(statement_id, moderator=cast(User, request.user))
    if case is None:
        raise Http404
    return case


def _page(
    request: HttpRequest,
    case: desk.Case,
    posted: DecisionForm | None = None,
    *,
    status: int = 200,
    refusal: str = "",
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    moderator = cast(User, request.user)
    conflict = conflicts.of(statement=case.statement, moderator=moderator)
    held = offices.of(moderator)
    initial = {"version": decisions.version_of(case.statement), **(typed or {})}
    forms = [
        posted
        if posted is not None and posted.decision == action
        else decision_form(action, initial=initial)
        for action in decisions.allowed(case.statement, held=held, conflict=conflict)
        if action != Action.KEEP or case.reports
    ]
    context = {
        "case": case,
        "earlier": [
            (decision, sentence(decision.line))
            for decision in case.statement.decisions.select_related("line")
        ],
        "forms": forms,
        "is_own": conflict in {conflicts.AUTHOR, conflicts.REPORTER},
        "may_decide": permissions.granting("statement.keep", held),
        "refusal": refusal,
    }
    return render(request, "moderation/statement.html", context, status=status)
