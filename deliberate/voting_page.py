"""What a conversation's page shows one reader at one moment, read in few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import IdentityProof
from deliberate import errors, frames, participants, places, room, wording
from deliberate.forms import StatementForm
from deliberate.models import Choice, Conversation, PublishedTally, Statement
from deliberate.showing import SITTING, Showing, Standing, seed_of

NEWEST_SHOWN = 5
# Statements of one's own on this page; all of them are under "my votes".
OWN_SHOWN = 5


class Moment(StrEnum):
    """What there is to do: each has a face of its own on the page."""

    VOTE = "vote"
    PAUSE = "pause"
    DONE = "done"
    EMPTY = "empty"
    EARLY = "early"
    CLOSED = "closed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """Whether the reader may take part, and what to do if not."""

    may_vote: bool
    reason: str = ""
    sign_in_url: str = ""
    verify_url: str = ""


@dataclass(frozen=True)
class Made:
    """The vote that was counted just now."""

    number: int
    choice: str


def context(
    request: HttpRequest,
    found: Conversation,
    *,
    form: StatementForm | None = None,
    similar: Sequence[Statement] = (),
) -> dict[str, Any]:
    """Everything that the page's template shows."""
    participant = participants.arrive(
        conversation=found, user=request.user, session=request.session
    )
    seed = seed_of(conversation=found, user=request.user, session=request.session)
    standing = Standing(conversation=found, participant=participant, seed=seed)
    after, asked = _number(request.GET.get("after")), _asked(request)
    wanted = standing.id_of(asked)
    drawn = wanted or standing.draw(skip=after)
    newest, own = standing.newest(NEWEST_SHOWN), standing.own(OWN_SHOWN)
    rows = Statement.objects.prefetch_related("texts").in_bulk({*newest, *own, drawn} - {None})
    shown = standing.showing(rows.get(drawn) if drawn else None)
    mine = standing.choice_on(asked) if wanted else None
    entry = entry_of(request, found)
    tally = tally_of(found)
    moment = _moment(found, entry, shown, wants_more=asked is not None or "more" in request.GET)
    return {
        "conversation": found,
        "here": wording.conversation_here(found),
        "place": places.wording_of(found.place) if found.place else None,
        "policy_sentence": policy_sentence(found),
        "entry_sentences": entry_sentences(found),
        "moment": moment.value,
        "statement": wording.statement_here(shown.statement) if shown.statement else None,
        "is_asked": wanted is not None,
        "mine": _word(mine),
        "made": _made(standing, after),
        "sitting_length": SITTING,
        **room.progress(shown),
        "tally": tally,
        "entry": entry,
        "statement_form": form or StatementForm(limit=found.statement_max_length),
        "similar": [wording.statement_here(row) for row in similar],
        "my_statements": [rows[pk] for pk in own if pk in rows],
        "newest": [wording.statement_here(rows[pk]) for pk in newest if pk in rows],
        "live": _live(found, shown, tally, mine=mine),
    }


def tally_of(found: Conversation) -> PublishedTally:
    """The conversation's counts as everyone may see them."""
    return getattr(found, "tally", None) or PublishedTally(conversation=found)


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


def entry_sentences(found: Conversation) -> list[str]:
    """For whom it is, where it asks for more than a proof of identity; before the first vote."""
    said = []
    if found.residents_only and found.place is not None:
        place = places.wording_of(found.place).name_here
        said.append(_("For people who live in %(place)s.") % {"place": place})
    if found.over_16_only:
        said.append(_("For people of 16 and older."))
    if found.least_assurance == IdentityProof.Assurance.SUBSTANTIAL:
        said.append(
            _(
                "For people who were identified by their state's sign-in, at a council's counter "
                "or in another way that is as sure."
            )
        )
    if found.least_assurance == IdentityProof.Assurance.HIGH:
        said.append(
            _(
                "For people who were identified by their identity card or in another way that is "
                "as sure."
            )
        )
    return said


def entry_of(request: HttpRequest, found: Conversation) -> Entry:
    """Whether whoever asks may vote and write here now."""
    if not found.takes_votes:
        return Entry(may_vote=False, reason=str(errors.ConversationClosed.default))
    refused = participants.refusal(conversation=found, user=request.user)
    if refused is None:
        return Entry(may_vote=True)
    sign_in = verify = ""
    if isinstance(refused, errors.IdentityNeeded):
        verify = f"{reverse('identity')}?{urlencode({'next': found.get_absolute_url()})}"
    if isinstance(refused, errors.SignInNeeded):
        sign_in = f"{reverse('account_signup')}?{urlencode({'next': found.get_absolute_url()})}"
    sentence = str(refused.sentence)
    return Entry(may_vote=False, reason=sentence, sign_in_url=sign_in, verify_url=verify)


def _moment(found: Conversation, entry: Entry, shown: Showing, *, wants_more: bool) -> Moment:
    if not found.takes_votes:
        return Moment.EARLY if _opens_later(found, timezone.now()) else Moment.CLOSED
    if not entry.may_vote:
        return Moment.REFUSED
    if shown.statement is None:
        return Moment.DONE if shown.total else Moment.EMPTY
    return Moment.PAUSE if shown.is_pause and not wants_more else Moment.VOTE


def _opens_later(found: Conversation, now: datetime) -> bool:
    return found.state == Conversation.State.OPEN and found.opens_at > now


def _asked(request: HttpRequest) -> int | None:
    """After a refused vote the same statement again, else the one that a link asks for."""
    return _number(request.POST.get("statement") or request.GET.get("statement"))


def _number(value: str | None) -> int | None:
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 9:
        return None
    return int(value)


def _made(standing: Standing, after: int | None) -> Made | None:
    """Read from what is stored, so that the page never says "counted" of what is not."""
    choice = None if after is None else standing.choice_on(after)
    return None if choice is None or after is None else Made(after, frames.CHOICE_WORDS[choice])


def _word(choice: Choice | None) -> str:
    return "" if choice is None else frames.CHOICE_WORDS[choice]


def _live(
    found: Conversation, shown: Showing, tally: PublishedTally, *, mine: Choice | None
) -> dict[str, Any]:
    """What the page's script starts from."""
    return {
        "path": found.get_absolute_url(),
        "socket": f"/ws/conversations/{found.slug}/",
        "summary": reverse("opinion_map:summary", args=[found.slug]),
        "report": reverse("moderation:report", args=[found.slug, 0]),
        "votes_version": tally.votes_version,
        "statement": room.described_statement(shown.statement) if shown.statement else None,
        "mine": _word(mine),
    }
