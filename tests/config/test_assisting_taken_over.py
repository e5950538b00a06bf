"""A person who goes on by themselves is nobody's to vote for: their own word stands."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from accounts import identity
from accounts.models import IdentityProof, User
from config import erasure, one_person
from deliberate import errors, participants, statements, votes
from deliberate.models import Choice, Conversation, Participant, Vote
from tests import factories
from tests.config.test_assisting import NUMBER, consent, field_worker, path, room

pytestmark = pytest.mark.django_db
ROUNDS = 12
REFUSED = str(errors.TakesPartThemselves.default)


def begin(client: Client, conversation: Conversation) -> int:
    """Consent and number; the number of the statement that the worker reads out first."""
    assert client.post(path(conversation), consent()).status_code == 302
    shown = client.get(f"{path(conversation)}votes/").context["statement"]
    return int(shown.number)


def post(client: Client, conversation: Conversation, number: int, choice: str = "agree") -> str:
    """Enter a vote for the person; all that the worker reads after it."""
    ballot = {"statement": number, "choice": choice}
    page = client.post(f"{path(conversation)}votes/", ballot, follow=True)
    return page.content.decode()


def verify(person: User) -> None:
    one_person.prove(user=person, provider="state", number=NUMBER, assurance="high")


def vote(person: User, conversation: Conversation, number: int, choice: Choice) -> Participant:
    own = participants.enter(conversation=conversation, user=person, session={})
    votes.cast_one(participant=own, statement_number=number, choice=choice)
    return own


def verified_person() -> User:
    person = factories.user()
    verify(person)
    return person


def test_vote_of_somebody_who_verified_meanwhile_is_not_overwritten() -> None:
    client, _worker = field_worker()
    conversation = room()
    number = begin(client, conversation)
    person = factories.user()
    verify(person)
    vote(person, conversation, number, Choice.DISAGREE)

    told = post(client, conversation, number)

    assert Vote.objects.get().choice == Choice.DISAGREE
    assert REFUSED in told
    assert "assisted" not in client.session


def test_vote_of_an_account_that_votes_for_the_first_time_is_not_overwritten() -> None:
    client, _worker = field_worker()
    conversation = room()
    person = verified_person()
    number = begin(client, conversation)
    vote(person, conversation, number, Choice.DISAGREE)

    told = post(client, conversation, number)

    assert Vote.objects.get().choice == Choice.DISAGREE
    assert REFUSED in told


def test_own_vote_on_one_statement_ends_the_help_on_all() -> None:
    client, _worker = field_worker()
    conversation = room()
    person = verified_person()
    number = begin(client, conversation)
    post(client, conversation, number)
    other = next(one for one in range(3) if one != number)
    own = vote(person, conversation, other, Choice.PASS)
    third = 3 - number - other

    shown = client.get(f"{path(conversation)}votes/")
    post(client, conversation, third)

    assert shown.status_code == 302
    assert set(votes.of_participant(own).values()) == {Choice.AGREE, Choice.PASS}


def test_own_statement_ends_the_help_too() -> None:
    client, _worker = field_worker()
    conversation = room()
    person = verified_person()
    number = begin(client, conversation)
    own = participants.enter(conversation=conversation, user=person, session={})
    statements.submit(
        conversation=conversation, participant=own, text="The well is mine", language="en"
    )

    told = post(client, conversation, number)

    assert Vote.objects.count() == 1
    assert REFUSED in told


def test_help_for_somebody_who_verified_but_did_not_vote_ends_too() -> None:
    client, _worker = field_worker()
    conversation = room()
    number = begin(client, conversation)
    post(client, conversation, number)
    verify(factories.user())

    told = post(client, conversation, (number + 1) % 3)

    assert Vote.objects.count() == 1
    assert REFUSED in told


def test_vote_lands_on_no_emptied_participant_after_joining() -> None:
    client, _worker = field_worker()
    conversation = room()
    number = begin(client, conversation)
    post(client, conversation, number)
    person = factories.user()
    own = vote(person, conversation, number, Choice.DISAGREE)
    verify(person)

    post(client, conversation, (number + 1) % 3)

    assert set(Vote.objects.values_list("participant_id", flat=True)) == {own.pk}


def test_help_ends_when_the_account_is_erased() -> None:
    client, _worker = field_worker()
    conversation = room()
    person = verified_person()
    number = begin(client, conversation)
    erasure.erase(person, remove_words=True)

    told = post(client, conversation, number)

    assert not Vote.objects.exists()
    assert "Begin again" in told


def test_help_for_an_account_goes_on_from_statement_to_statement() -> None:
    client, _worker = field_worker()
    conversation = room()
    verified_person()
    number = begin(client, conversation)

    for step in range(3):
        post(client, conversation, (number + step) % 3, "disagree")
    post(client, conversation, number, "agree")
    post(client, conversation, number, "agree")

    assert sorted(Vote.objects.values_list("choice", flat=True)) == [-1, -1, 1]


def test_mark_of_who_is_helped_names_no_participant_and_no_number() -> None:
    client, _worker = field_worker()
    conversation = room()
    begin(client, conversation)

    kept = client.session["assisted"]

    proof = IdentityProof.objects.get()
    for secret in (proof.number_hash, bytes(proof.person_key or b"").hex()):
        assert secret not in str(kept)


def at_once(*acts: Callable[[], object]) -> None:
    """Run them in threads of their own that start together."""
    start, failed = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            act()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    crowd = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=60)
    assert failed == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_voted", [True, False])
def test_joining_against_an_assisted_vote_leaves_one_voice(has_voted: bool) -> None:
    client, _worker = field_worker()
    for round_ in range(ROUNDS):
        conversation = room()
        number = f"36603{round_:08d}"
        assert client.post(path(conversation), consent(number)).status_code == 302
        post(client, conversation, 0)
        person = factories.user()
        if has_voted:
            vote(person, conversation, 1, Choice.DISAGREE)

        at_once(
            lambda person=person, number=number: one_person.prove(
                user=person, provider="state", number=number
            ),
            lambda conversation=conversation: post(client, conversation, 1),
            lambda conversation=conversation: post(client, conversation, 2),
        )

        mine = participants.find(conversation=conversation, user=person, session={})
        rows = Vote.objects.filter(participant__conversation=conversation)
        assert mine is not None
        assert set(rows.values_list("participant_id", flat=True)) == {mine.pk}
        if has_voted:
            assert rows.get(statement__number=1).choice == Choice.DISAGREE


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_own_vote_against_an_assisted_vote_stands() -> None:
    client, _worker = field_worker()
    for round_ in range(ROUNDS):
        conversation = room()
        number = f"36603{round_:08d}"
        person = factories.user()
        identity.prove(user=person, provider="counter", number=number)
        assert client.post(path(conversation), consent(number)).status_code == 302

        at_once(
            lambda person=person, conversation=conversation: vote(
                person, conversation, 0, Choice.DISAGREE
            ),
            lambda conversation=conversation: post(client, conversation, 0),
        )

        rows = Vote.objects.filter(participant__conversation=conversation)
        assert rows.get().choice == Choice.DISAGREE
