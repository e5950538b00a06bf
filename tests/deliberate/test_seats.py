"""What a process remembers of who votes, and when it looks again: people act in many places."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse

from deliberate import ballot_box, frames, participants, room, seats, votes
from deliberate.models import Choice, Conversation, Participant, Statement
from tests import factories
from tests.deliberate.sessions import new_session
from tests.deliberate.test_ballot_box import act

pytestmark = pytest.mark.django_db(transaction=True)


def ask(conversation: Conversation, session: str, *, passed: int | None = None, door="socket"):
    wants = ballot_box.Next(passed)
    (answer,) = ballot_box.BOX.cast([ballot_box.Act(conversation.slug, session, "en", door, wants)])
    assert isinstance(answer, dict)
    return answer


def cast(statement: Statement, session: str, choice: Choice = Choice.AGREE):
    (answer,) = ballot_box.BOX.cast([act(statement, session, choice)])
    assert isinstance(answer, dict)
    return answer


def submit(conversation: Conversation, session: str) -> None:
    visitor = room.Visitor(user=AnonymousUser(), session=SessionStore(session), language="en")
    words = frames.SubmitStatement("My own words are these.")
    room.answer(conversation_id=conversation.pk, visitor=visitor, act=words)


def test_reader_whose_first_act_is_a_statement_is_not_asked_to_vote_on_it() -> None:
    statement = factories.statement()
    session = new_session()
    assert ask(statement.conversation, session)["next"]["id"] == statement.number

    submit(statement.conversation, session)
    seats.forget(statement.conversation.pk, session)
    answer = ask(statement.conversation, session, passed=statement.number)

    assert answer["next"]["id"] == statement.number
    assert (answer["voted"], answer["total"]) == (1, 2)


def test_reader_learns_that_they_took_part_by_another_process() -> None:
    statement = factories.statement()
    session = new_session()
    ask(statement.conversation, session)

    submit(statement.conversation, session)

    assert ask(statement.conversation, session)["voted"] == 1


def test_second_device_of_an_account_learns_what_the_first_has_voted() -> None:
    statement = factories.statement()
    user = factories.user()
    first, second = Client(), Client()
    for device in (first, second):
        device.force_login(user)
    assert ask(statement.conversation, second.session.session_key)["voted"] == 0

    cast(statement, first.session.session_key)

    assert ask(statement.conversation, second.session.session_key)["voted"] == 1


def test_what_was_passed_over_stays_so_with_the_first_vote() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(5)]
    session = new_session()
    first = ask(conversation, session)["next"]["id"]
    second = ask(conversation, session, passed=first)["next"]["id"]

    answer = cast(made[second], session)

    assert first in seats._seats[conversation.pk, session].passed
    assert answer["next"]["id"] not in {first, second}


def test_repeated_ballot_brings_a_statement_that_is_not_voted_on() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(3)]
    session = new_session()
    following = cast(made[0], session)["next"]["id"]
    voter = Participant.objects.get()
    again = act(made[following], session)
    assert isinstance(again.wants, ballot_box.Ballot)
    # Another process has counted it, and its answer was lost.
    votes.cast([votes.Ballot(voter, following, Choice.AGREE, again.wants.ballot_id)])

    (answer,) = ballot_box.BOX.cast([again])

    assert isinstance(answer, dict)
    assert answer["next"]["id"] not in {0, following}
    assert answer["voted"] == 2


def test_http_reads_what_another_process_has_counted() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(2)]
    session = new_session()
    cast(made[0], session)
    votes.cast([votes.Ballot(Participant.objects.get(), made[1].number, Choice.AGREE)])

    answer = ask(conversation, session, door="other")

    assert (answer["voted"], answer["next"]) == (2, None)


def test_api_statement_is_known_to_the_next_answer(client: Client) -> None:
    statement = factories.statement()
    slug = statement.conversation.slug
    client.get(reverse("api:session"))
    cast(statement, client.session.session_key)

    client.post(
        reverse("api:statements", args=[slug]),
        {"text": "My own words are these."},
        content_type="application/json",
    )

    assert ask(statement.conversation, client.session.session_key)["voted"] == 2


def test_rate_is_of_the_person_whatever_sessions_they_hold() -> None:
    statement = factories.statement()
    user = factories.user()
    sessions = []
    for _ in range(3):
        device = Client()
        device.force_login(user)
        sessions.append(str(device.session.session_key))
    acts = [act(statement, sessions[turn % 3], Choice(turn // 3 % 3 - 1)) for turn in range(240)]

    answers = ballot_box.BOX.cast(acts)

    assert sum(isinstance(answer, dict) for answer in answers) in range(200, 206)


def test_vote_of_a_browser_that_became_an_accounts_is_counted_once_more_under_its_name() -> None:
    """The seat still has the browser's key, under which there is nobody any more."""
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(2)]
    session = new_session()
    cast(made[0], session)
    old = Participant.objects.get()
    participants.unlink(old)

    answer = cast(made[1], session)

    assert answer["voted"] == 1
    assert Participant.objects.count() == 2


@pytest.mark.parametrize(("overdue", "read"), [(0, seats.TURNS_AT_ONCE), (12, 12)])
def test_crowd_that_came_at_once_is_read_again_in_turns(overdue: int, read: int) -> None:
    statement = factories.statement()
    sessions = [new_session() for _ in range(20)]
    asking = [
        ballot_box.Act(statement.conversation.slug, one, "en", "socket", ballot_box.Next())
        for one in sessions
    ]
    ballot_box.BOX.cast([act(statement, one, Choice.AGREE) for one in sessions])
    crowd = [seats._seats[statement.conversation_id, one] for one in sessions]
    for number, seat in enumerate(crowd):
        age = 2.5 if number < overdue else 1.5
        seat.read_at -= age * seats.REFRESH
    before = [seat.read_at for seat in crowd]

    ballot_box.BOX.cast(asking)

    fresh = [seat.read_at != was for seat, was in zip(crowd, before, strict=True)]
    assert sum(fresh) == read
    assert all(fresh[:overdue])
