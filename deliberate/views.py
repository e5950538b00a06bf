"""The conversation's page: one statement at a time, by forms; the socket makes it live."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from deliberate import errors, frames, participants, room, showing, statements, votes, wording
from deliberate.forms import StatementForm, VoteForm
from deliberate.models import Choice, Conversation, Participant, PublishedTally, Statement


@dataclass(frozen=True)
class Entry:
    """Whether the reader may take part, and what to do if not."""

    may_vote: bool
    reason: str = ""
    sign_in_url: str = ""


def visible(slug: str) -> Conversation:
    """The conversation of that address.

    Raises:
        Http404: there is none, or it is a draft.
    """
    found = Conversation.objects.public().prefetch_related("texts").filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page, or take a vote or a statement from one of its forms."""
    found = visible(slug)
    participants.remember_browser(request.session)
    if isinstance(request.user, User):
        participants.adopt_browser(conversation=found, user=request.user, session=request.session)
    if request.method != "POST":
        return _page(request, found)
    if "text" in request.POST:
        return _take_statement(request, found)
    return _take_vote(request, found)


def _take_vote(request: HttpRequest, found: Conversation) -> HttpResponse:
    form = VoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was counted: choose agree, disagree or pass."))
        return _page(request, found, status=422)
    number = form.cleaned_data["statement"]
    try:
        votes.cast_one(
            participant=_enter(request, found),
            statement_number=number,
            choice=Choice(frames.CHOICES[form.cleaned_data["choice"]]),
        )
    except errors.DeliberateError as error:
        messages.error(request, str(error.sentence))
        return _page(request, found, status=error.status)
    messages.success(request, _("Your vote is counted."))
    return HttpResponseRedirect(f"{found.get_absolute_url()}?{urlencode({'after': number})}")


def _take_statement(request: HttpRequest, found: Conversation) -> HttpResponse:
    form = StatementForm(request.POST, limit=found.statement_max_length)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        statement = statements.submit(
            conversation=found,
            participant=_enter(request, found),
            text=form.cleaned_data["text"],
            language=get_language() or found.language,
        )
    except errors.DeliberateError as error:
        form.add_error("text", str(error.sentence))
        return _page(request, found, form=form, status=error.status)
    if statement.state == Statement.State.ACCEPTED:
        messages.success(request, _("Your statement is in the conversation, with your own vote."))
    else:
        messages.success(request, _("Your statement is kept. A moderator will read it first."))
    return HttpResponseRedirect(found.get_absolute_url())


def _enter(request: HttpRequest, found: Conversation) -> Participant:
    if not found.takes_votes:
        raise errors.ConversationClosed
    return participants.enter(conversation=found, user=request.user, session=request.session)


def _page(
    request: HttpRequest,
    found: Conversation,
    *,
    form: StatementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    participant = participants.find(conversation=found, user=request.user, session=request.session)
    shown = _showing(request, found, participant)
    tally = PublishedTally.objects.filter(conversation=found).first() or PublishedTally()
    context = {
        "conversation": found,
        "here": wording.conversation_here(found),
        "policy_sentence": policy_sentence(found),
        "statement": wording.statement_here(shown.statement) if shown.statement else None,
        **room.progress(shown),
        "tally": tally,
        "entry": _entry(request, found),
        "statement_form": form or StatementForm(limit=found.statement_max_length),
        "my_statements": _my_statements(participant),
        "newest": [wording.statement_here(row) for row in statements.newest(found)],
        "live": _live(found, shown, tally),
    }
    return render(request, "deliberate/conversation.html", context, status=status)


def _showing(
    request: HttpRequest, found: Conversation, participant: Participant | None
) -> showing.Showing:
    """The statement to show: after a refused vote the same one again."""
    shown = showing.next_for(
        conversation=found, participant=participant, skip=_number(request.GET.get("after"))
    )
    asked = _number(request.POST.get("statement") or request.GET.get("statement"))
    if asked is not None:
        same = (
            Statement.objects.accepted()
            .filter(conversation=found, number=asked)
            .prefetch_related("texts")
            .first()
        )
        if same is not None:
            return showing.Showing(statement=same, voted=shown.voted, total=shown.total)
    return shown


def _number(value: str | None) -> int | None:
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 9:
        return None
    return int(value)


def policy_sentence(found: Conversation) -> str:
    """What becomes public of the votes, said before the first one."""
    if found.data_policy == Conversation.DataPolicy.OPEN:
        return _(
            "Votes here are published row by row under pseudonyms, "
            "so that anyone can check the result."
        )
    return _(
        "Only counts and shapes of at least 10 people are published; nobody can see how you voted."
    )


def _entry(request: HttpRequest, found: Conversation) -> Entry:
    if not found.takes_votes:
        return Entry(may_vote=False, reason=_closed_sentence(found))
    refused = participants.refusal(conversation=found, user=request.user)
    if refused is None:
        return Entry(may_vote=True)
    sign_in = ""
    if isinstance(refused, errors.SignInNeeded):
        sign_in = f"{reverse('account_login')}?{urlencode({'next': found.get_absolute_url()})}"
    return Entry(may_vote=False, reason=str(refused.sentence), sign_in_url=sign_in)


def _closed_sentence(found: Conversation) -> str:
    if found.state == Conversation.State.OPEN and found.closes_at is None:
        return _("This conversation has not opened yet.")
    return str(errors.ConversationClosed.default)


def _my_statements(participant: Participant | None) -> list[Statement]:
    if participant is None:
        return []
    return list(participant.statements.order_by("-created_at"))


def _live(found: Conversation, shown: showing.Showing, tally: PublishedTally) -> dict[str, Any]:
    """What the page's script starts from."""
    return {
        "socket": f"/ws/conversations/{found.slug}/",
        "summary": reverse("opinion_map:summary", args=[found.slug]),
        "report": reverse("moderation:report", args=[found.slug, 0]),
        "votes_version": tally.votes_version,
        "statement": shown.statement.number if shown.statement else None,
    }
