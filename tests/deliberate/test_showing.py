"""Which statement is shown next."""

import secrets
from collections import Counter

import pytest
from django.test import Client

from deliberate import orders, participants, showing, statements
from deliberate.models import Conversation, Participant, Statement
from tests import factories

pytestmark = pytest.mark.django_db


def test_showing_counts_what_is_left() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(4)]
    voter = factories.participant(conversation=conversation)
    factories.vote(statement=made[0], participant=voter)

    shown = showing.next_for(conversation=conversation, participant=voter)

    assert (shown.voted, shown.remaining, shown.total) == (1, 3, 4)
    assert shown.statement in made[1:]


def test_showing_leaves_out_what_is_not_accepted() -> None:
    conversation = factories.conversation()
    factories.statement(conversation=conversation, state=Statement.State.PENDING)
    factories.statement(conversation=conversation, state="rejected", rejection_reason="advert")

    shown = showing.next_for(conversation=conversation, participant=None)

    assert (shown.statement, shown.total) == (None, 0)


def test_showing_skips_the_one_just_seen_unless_it_is_the_last() -> None:
    conversation = factories.conversation()
    first = factories.statement(conversation=conversation)
    second = factories.statement(conversation=conversation)
    voter = factories.participant(conversation=conversation)

    shown = showing.next_for(conversation=conversation, participant=voter, skip=first.number)
    factories.vote(statement=second, participant=voter)
    last = showing.next_for(conversation=conversation, participant=voter, skip=first.number)

    assert (shown.statement, last.statement) == (second, first)


def room(*, weights: list[float], **fields: object) -> Conversation:
    """A conversation whose map has published these priorities."""
    conversation = factories.conversation(**fields)
    made = [factories.statement(conversation=conversation) for _ in weights]
    statements.set_priorities(
        conversation_id=conversation.pk,
        priorities=dict(zip([row.pk for row in made], weights, strict=True)),
    )
    return conversation


def sequence(conversation: Conversation, voter: Participant, *, length: int) -> list[int]:
    """The numbers that are shown when each is voted on as it comes."""
    shown = []
    for _ in range(length):
        statement = showing.next_for(conversation=conversation, participant=voter).statement
        shown.append(statement.number)
        factories.vote(statement=statement, participant=voter)
    return shown


def test_showing_follows_the_published_priorities() -> None:
    conversation = room(weights=[0.1, 0.2, 0.7])

    counts = Counter(
        showing.next_for(
            conversation=conversation, participant=None, seed=secrets.token_bytes(32)
        ).statement.number
        for _ in range(1000)
    )

    shares = [counts[number] / 1000 for number in range(3)]
    assert shares == pytest.approx(orders.shares([0.1, 0.2, 0.7]), abs=0.06)


def test_showing_is_the_same_until_it_is_voted_on() -> None:
    conversation = room(weights=[0.05] * 20)
    voter = factories.participant(conversation=conversation)

    shown = {
        showing.next_for(conversation=conversation, participant=voter).statement for _ in range(9)
    }

    assert len(shown) == 1


def test_showing_brings_each_statement_once_and_in_the_order_that_is_kept_ahead() -> None:
    conversation = room(weights=[0.02, 0.3, 0.08, 0.2, 0.1, 0.3])
    voter = factories.participant(conversation=conversation)

    ahead, shown = showing.several_for(conversation=conversation, participant=voter, most=4)
    came = sequence(conversation, voter, length=6)

    assert sorted(came) == list(range(6))
    assert [row.number for row in ahead] == came[:4]
    assert shown.statement == ahead[0]


def test_showing_before_the_first_map_evens_the_votes_out() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(4)]
    for statement, count in zip(made, [2, 0, 1, 0], strict=True):
        for _ in range(count):
            factories.vote(statement=statement)
    voter = factories.participant(conversation=conversation)

    came = sequence(conversation, voter, length=4)

    assert (set(came[:2]), came[2:]) == ({1, 3}, [2, 0])


def test_showing_begins_with_the_seeds_where_the_conversation_says_so() -> None:
    conversation = room(weights=[0.05, 0.9, 0.05], seeds_first=True)
    conversation.statements.filter(number__in=[0, 2]).update(is_seed=True)
    voter = factories.participant(conversation=conversation)

    came = sequence(conversation, voter, length=3)

    assert (set(came[:2]), came[2]) == ({0, 2}, 1)


def test_showing_goes_on_behind_what_was_passed_over() -> None:
    conversation = room(weights=[0.1] * 10)
    voter = factories.participant(conversation=conversation)
    ahead, _ = showing.several_for(conversation=conversation, participant=voter, most=10)
    order = [row.number for row in ahead]

    after = [
        showing.next_for(conversation=conversation, participant=voter, skip=number).statement.number
        for number in order
    ]

    assert after == order[1:] + order[:1]


def test_showing_counts_a_question_about_people_as_any_other() -> None:
    conversation = factories.conversation()
    asked = factories.statement(conversation=conversation, is_metadata=True)

    shown = showing.next_for(conversation=conversation, participant=None)

    assert (shown.statement, shown.total) == (asked, 1)


def test_first_vote_does_not_change_the_order_of_a_browser(client: Client) -> None:
    conversation = room(weights=[0.05] * 20)
    client.get(conversation.get_absolute_url())
    session = client.session
    seed = showing.seed_of(conversation=conversation, user=None, session=session)
    before, _ = showing.several_for(conversation=conversation, participant=None, seed=seed, most=20)

    url = conversation.get_absolute_url()
    client.post(url, {"statement": before[0].number, "choice": "agree"})
    voter = participants.find(conversation=conversation, user=None, session=session)
    after, _ = showing.several_for(conversation=conversation, participant=voter, most=20)

    assert after == before[1:]


def test_reload_shows_the_same_statement_and_two_browsers_different_ones() -> None:
    conversation = room(weights=[0.02] * 50)
    firsts = []
    for browser in (Client(), Client(), Client(), Client()):
        pages = [browser.get(conversation.get_absolute_url()) for _ in range(3)]
        numbers = {page.context["statement"].number for page in pages}
        assert len(numbers) == 1
        firsts += numbers

    assert len(set(firsts)) > 1


def test_account_goes_on_at_the_same_place_on_another_device() -> None:
    conversation, user = room(weights=[0.05] * 20), factories.user()
    url = conversation.get_absolute_url()
    one, other = Client(), Client()
    one.force_login(user)
    other.force_login(user)

    first = one.get(url).context["statement"].number
    one.post(url, {"statement": first, "choice": "pass"})
    here, there = (device.get(url).context["statement"].number for device in (one, other))

    assert here == there != first
