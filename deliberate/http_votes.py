"""Votes over plain HTTP: what a phone kept while it had no line, and statements to keep for it.

The same door as the socket's and the form's; here a request brings a batch and gets an answer
for each ballot. Ids are the sender's, so a batch may be sent as often as the line breaks.
"""

import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deliberate import ballot_box, doors, errors, frames, participants, room, showing
from deliberate.forms import TAKE_BACK
from deliberate.models import Choice
from deliberate.views import visible

BALLOTS_AT_ONCE: Final = 100
# What a phone keeps for when there is no line: about 3 KB on it.
STATEMENTS_AHEAD: Final = 20


@dataclass(frozen=True)
class Sent:
    """One ballot as it came; without a choice it takes a vote back."""

    id: UUID
    statement: int
    choice: Choice | None

    @property
    def word(self) -> str:
        """The choice as it was sent."""
        return TAKE_BACK if self.choice is None else frames.CHOICE_WORDS[self.choice]


@require_POST
def cast(request: HttpRequest, slug: str) -> JsonResponse:
    """Take a batch of ballots; each gets its own answer, in its place."""
    try:
        ballots, reader = parse(request.body)
    except errors.BadFrame as error:
        return _refusal(error)
    # The session may have ended since, or another person's begun: nobody else's votes are these.
    is_theirs = not reader or reader == str(request.user.pk)
    answers = doors.ask(
        request,
        slug,
        [
            *(ballot_box.Ballot(one.statement, one.choice, one.id) for one in ballots if is_theirs),
            ballot_box.Next(),
        ],
        door="batch",
    )
    if any(isinstance(answer, errors.NotFound) for answer in answers):
        raise Http404
    late = [answer for answer in answers if isinstance(answer, errors.TryLater)]
    if late:
        # The phone keeps them all and tries again; those that were stored get the same answer.
        return _refusal(late[0])
    *counted, following = answers
    if not is_theirs:
        counted = [errors.SessionEnded()] * len(ballots)
    state = following if isinstance(following, dict) else {}
    told = [_answer(one, answer) for one, answer in zip(ballots, counted, strict=True)]
    return JsonResponse({"answers": told, **state})


@require_safe
def ahead(request: HttpRequest, slug: str) -> JsonResponse:
    """The next statements for this reader, in the order of a draw, and the token to vote with."""
    conversation = visible(slug)
    participant = participants.find(
        conversation=conversation, user=request.user, session=request.session
    )
    drawn, shown = showing.several_for(
        conversation=conversation,
        participant=participant,
        most=STATEMENTS_AHEAD,
        seed=showing.seed_of(conversation=conversation, user=request.user, session=request.session),
    )
    return JsonResponse(
        {
            "open": conversation.takes_votes,
            "language": get_language() or "en",
            **room.progress(shown),
            "statements": [room.described_statement(statement) for statement in drawn],
            "token": get_token(request),
        },
        json_dumps_params={"ensure_ascii": False},
    )


def parse(body: bytes) -> tuple[list[Sent], str]:
    """Read a batch: `{"ballots": [{"id": UUID, "statement": number, "choice": word}, …]}`.

    The words are those of the form: agree, disagree, pass, take-back. `reader`, where it is given,
    is the account that cast them: "" without one.

    Raises:
        BadFrame: it is not that.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.BadFrame(_("The message is not JSON.")) from None
    if not isinstance(data, dict) or set(data) - {"ballots", "reader"}:
        data = {}
    ballots, reader = data.get("ballots"), data.get("reader", "")
    if not isinstance(reader, str):
        raise errors.BadFrame(_("The reader of a batch is a text."))
    if not isinstance(ballots, list) or not 0 < len(ballots) <= BALLOTS_AT_ONCE:
        raise errors.BadFrame(
            _("Send from 1 to %(most)d votes at once.") % {"most": BALLOTS_AT_ONCE}
        )
    return [_parse_ballot(ballot) for ballot in ballots], reader


def _parse_ballot(ballot: Any) -> Sent:
    if not isinstance(ballot, dict) or set(ballot) != {"id", "statement", "choice"}:
        raise errors.BadFrame(_("A vote has an id, a statement and a choice."))
    ballot_id = frames.as_uuid(ballot["id"])
    if ballot_id is None:
        raise errors.BadFrame(_("The id of a vote must be a UUID."))
    word = ballot["choice"]
    try:
        act = frames.read_vote(
            statement=ballot["statement"], choice="pass" if word == TAKE_BACK else word
        )
    except ValueError as error:
        raise errors.BadFrame(str(error)) from None
    return Sent(
        id=ballot_id, statement=act.statement, choice=None if word == TAKE_BACK else act.choice
    )


def _answer(one: Sent, answer: ballot_box.Answer) -> dict[str, Any]:
    told = {
        "id": str(one.id),
        "statement": one.statement,
        "choice": one.word,
    }
    if isinstance(answer, errors.DeliberateError):
        return {**told, "result": "refused", **_words(answer)}
    return {**told, "result": "counted"}


def _words(error: errors.DeliberateError) -> dict[str, Any]:
    return ballot_box.words_of(error, language=get_language() or "en")


def _refusal(error: errors.DeliberateError) -> JsonResponse:
    response = JsonResponse(_words(error), status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response
