"""The conversation's page: one statement at a time, by forms; the socket makes it live."""

from collections.abc import Sequence
from typing import Final

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliberate import (
    ballot_box,
    doors,
    errors,
    frames,
    participants,
    receipts,
    seats,
    similar,
    statements,
    voting_page,
)
from deliberate.forms import TAKE_BACK, StatementForm, VoteForm
from deliberate.models import Conversation, Participant, Statement
from deliberate.voting_page import policy_sentence

SIGNED_OUT: Final = gettext_lazy(
    "You were signed out, so nothing was counted. Sign in, and send it again."
)
__all__ = ["conversation", "enter", "policy_sentence", "visible"]


def visible(slug: str) -> Conversation:
    """The conversation of that address.

    Raises:
        Http404: there is none, or it is a draft.
    """
    found = (
        Conversation.objects.public()
        .select_related("tally", "place")
        .prefetch_related("texts")
        .filter(slug=slug)
        .first()
    )
    if found is None:
        raise Http404
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page, or take a vote or a statement from one of its forms."""
    if request.method == "POST" and "text" not in request.POST:
        return _take_vote(request, slug)
    found = visible(slug)
    participants.remember_browser(request.session)
    if request.method == "POST":
        return _take_statement(request, found)
    return _page(request, found)


def _take_vote(request: HttpRequest, slug: str) -> HttpResponse:
    form = VoteForm(request.POST)
    if not form.is_valid():
        found = visible(slug)
        messages.error(request, _("Nothing was counted: choose agree, disagree or pass."))
        return _page(request, found, status=422)
    number, choice = form.cleaned_data["statement"], form.cleaned_data["choice"]
    try:
        require_reader(request)
        answer = cast(request, slug, form)
    except errors.SessionEnded as ended:
        answer = ended
    if isinstance(answer, errors.SessionEnded):
        # What the class says is of an outbox.
        answer = errors.SessionEnded(SIGNED_OUT)
    if type(answer) is errors.SignInNeeded:
        return redirect_to_login(reverse("deliberate:conversation", args=[slug]))
    if isinstance(answer, errors.DeliberateError):
        found = visible(slug)
        messages.error(request, str(answer.sentence))
        return _refused(_page(request, found, status=answer.status), answer)
    if choice == TAKE_BACK:
        messages.success(request, _("Your vote is taken back. It counts no more."))
    step = "statement" if choice == TAKE_BACK else "after"
    path = reverse("deliberate:conversation", args=[slug])
    return HttpResponseRedirect(f"{path}?{urlencode({step: number})}#vote")


def require_reader(request: HttpRequest) -> None:
    """A form is its reader's: what another one's page sends is not put down to whoever asks now.

    Raises:
        SessionEnded: whoever the page was made for is signed out, or another has signed in.
    """
    reader = request.POST.get("reader", "")
    if reader and reader != str(request.user.pk):
        raise errors.SessionEnded(SIGNED_OUT)


def cast(request: HttpRequest, slug: str, form: VoteForm) -> ballot_box.Answer:
    """Have the ballot of a valid form counted; what becomes of it."""
    choice = form.cleaned_data["choice"]
    ballot = ballot_box.Ballot(
        statement=form.cleaned_data["statement"],
        choice=None if choice == TAKE_BACK else frames.CHOICES[choice],
        ballot_id=form.cleaned_data["ballot"],
    )
    (answer,) = doors.ask(request, slug, [ballot], door="form")
    came_before = isinstance(answer, errors.BallotIdReused) or (
        isinstance(answer, dict) and answer["repeated"]
    )
    if ballot.ballot_id is not None and came_before:
        voter = participants.find(
            conversation=visible(slug), user=request.user, session=request.session
        )
        if voter is not None:
            following = receipts.of_form(
                participant_id=voter.pk,
                form=ballot.ballot_id,
                statement_number=ballot.statement,
                choice=ballot.choice,
            )
            (answer,) = doors.ask(
                request, slug, [ballot._replace(ballot_id=following)], door="form"
            )
    return answer


def _refused(response: HttpResponse, error: errors.DeliberateError) -> HttpResponse:
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def _take_statement(request: HttpRequest, found: Conversation) -> HttpResponse:
    form = StatementForm(request.POST, limit=found.statement_max_length)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    text = form.cleaned_data["text"]
    try:
        require_reader(request)
        statements.require_length(found, text)
        # The page's own form asks to be shown what stands already; "send mine anyway" does not.
        if "look" in request.POST and "anyway" not in request.POST:
            alike = similar.to(found, text)
            if alike:
                return _page(request, found, form=form, alike=alike, status=409)
        statement = statements.submit(
            conversation=found,
            participant=enter(request, found),
            text=text,
            language=get_language() or found.language,
            account_id=request.user.pk,
        )
    except errors.DeliberateError as error:
        if type(error) is errors.SignInNeeded:
            return redirect_to_login(found.get_absolute_url())
        form.add_error("text", str(error.sentence))
        page = _page(request, found, form=form, alike=_twin(found, error), status=error.status)
        return _refused(page, error)
    seats.forget(found.pk, str(request.session.session_key))
    if statement.state == Statement.State.ACCEPTED:
        messages.success(request, _("Your statement is in the conversation, with your own vote."))
    else:
        messages.success(request, _("Your statement is kept. A moderator will read it first."))
    return HttpResponseRedirect(found.get_absolute_url())


def enter(request: HttpRequest, found: Conversation) -> Participant:
    """Whoever asks, as a participant of a conversation that is open.

    Raises:
        ConversationClosed, NotEntitled
    """
    if not found.takes_votes:
        raise errors.ConversationClosed
    return participants.enter(conversation=found, user=request.user, session=request.session)


def _twin(found: Conversation, error: errors.DeliberateError) -> Sequence[Statement]:
    """The statement that says exactly the same, if that was the error and it is shown."""
    if not isinstance(error, errors.StatementDuplicate) or error.number is None:
        return ()
    twins = Statement.objects.accepted().filter(conversation=found, number=error.number)
    return list(twins.prefetch_related("texts"))


def _page(
    request: HttpRequest,
    found: Conversation,
    *,
    form: StatementForm | None = None,
    alike: Sequence[Statement] = (),
    status: int = 200,
) -> HttpResponse:
    context = voting_page.context(request, found, form=form, similar=alike)
    return render(request, "deliberate/conversation.html", context, status=status)
