"""The page of one's own votes and statements in a conversation: change, take back, go on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliberate import errors, my_votes, participants, voting_page, wording
from deliberate.forms import TAKE_BACK, VoteForm
from deliberate.models import Conversation
from deliberate.views import cast, visible


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what the reader voted and said here, or take a vote back."""
    found = visible(slug)
    if request.method == "POST":
        return _take_back(request, found)
    return _page(request, found)


def _take_back(request: HttpRequest, found: Conversation) -> HttpResponse:
    form = VoteForm({**request.POST.dict(), "choice": TAKE_BACK})
    if not form.is_valid():
        messages.error(request, _("Nothing has changed: say which vote to take back."))
        return _page(request, found, status=422)
    answer = cast(request, found.slug, form)
    if isinstance(answer, errors.DeliberateError):
        messages.error(request, str(answer.sentence))
        return _page(request, found, status=answer.status)
    messages.success(request, _("Your vote is taken back. It counts no more."))
    return HttpResponseRedirect(reverse("deliberate:my-votes", args=[found.slug]))


def _page(request: HttpRequest, found: Conversation, *, status: int = 200) -> HttpResponse:
    participant = participants.arrive(
        conversation=found, user=request.user, session=request.session
    )
    cast = my_votes.votes_of(participant, page=request.GET.get("page"))
    context = {
        "conversation": found,
        "here": wording.conversation_here(found),
        "entry": voting_page.entry_of(request, found),
        "votes": [my_votes.own_vote(vote) for vote in cast],
        "page_of_votes": cast,
        "statements": my_votes.statements_of(participant, found),
    }
    return render(request, "deliberate/my_votes.html", context, status=status)
