"""Statements: written, accepted, rejected, with the author's own vote."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.urls import reverse
from django.utils import timezone

from deliberate import errors, folding, statements
from deliberate.models import Choice, Conversation, Participant, Statement, Vote
from tests import factories

pytestmark = pytest.mark.django_db


def submit(participant: Participant, text: str = "Clean water first.") -> Statement:
    return statements.submit(
        conversation=participant.conversation,
        participant=participant,
        text=text,
        language="en",
    )


def test_statement_appears_at_once_with_its_authors_agree_vote() -> None:
    author = factories.participant()

    statement = submit(author)

    assert statement.state == Statement.State.ACCEPTED
    assert Vote.objects.get().choice == Choice.AGREE
    assert Vote.objects.get().participant == author


def test_statement_waits_for_a_moderator_where_the_conversation_is_strict() -> None:
    author = factories.participant(conversation=factories.conversation(moderation="strict"))

    statement = submit(author)

    assert statement.state == Statement.State.PENDING


def test_statements_are_numbered_within_their_conversation() -> None:
    first, second = factories.participant(), factories.participant()

    numbers = [submit(first, text).number for text in ("One.", "Two.", "Three.")]

    assert numbers == [0, 1, 2]
    assert submit(second).number == 0


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u202e", "?!…", "\n\t"])
def test_statement_without_words_is_refused(text: str) -> None:
    with pytest.raises(errors.EmptyStatement):
        submit(factories.participant(), text)


def test_statement_longer_than_the_limit_is_refused_with_both_lengths() -> None:
    with pytest.raises(errors.StatementTooLong, match=r"280.*281"):
        submit(factories.participant(), "x" * 281)

    assert not Statement.objects.exists()


def test_statement_of_exactly_the_limit_is_stored() -> None:
    assert len(submit(factories.participant(), "x" * 280).text) == 280


@pytest.mark.parametrize(
    "twin", ["CLEAN WATER, FIRST", "clean water first", "  Ｃlean  water—first!  "]
)
def test_statement_in_the_same_words_is_refused_with_its_twin(twin: str) -> None:
    author = factories.participant()
    first = submit(author)

    with pytest.raises(errors.StatementDuplicate) as refused:
        submit(author, twin)

    assert refused.value.number == first.number


def test_statement_that_was_rejected_does_not_block_its_words() -> None:
    author = factories.participant()
    first = submit(author)
    statements.reject(
        statement_id=first.pk, version=0, reason=Statement.Reason.OFF_TOPIC, explanation="No."
    )

    assert submit(author).number == 1


def test_statement_keeps_joiners_and_drops_direction_overrides() -> None:
    statement = submit(factories.participant(), "می\u200cخواهم \u202eپانی\u0000 صاف")

    assert statement.text == "می\u200cخواهم پانی صاف"


def test_statements_of_one_participant_are_limited_an_hour() -> None:
    author = factories.participant()
    for number in range(statements.STATEMENTS_AN_HOUR):
        submit(author, f"Point {number}.")

    with pytest.raises(errors.TooManyStatements):
        submit(author, "One more.")
    Statement.objects.update(created_at=timezone.now() - timedelta(hours=2))

    assert submit(author, "One more.").number == statements.STATEMENTS_AN_HOUR


def test_statement_in_a_closed_conversation_is_refused() -> None:
    author = factories.participant()
    Conversation.objects.update(state="closed")

    with pytest.raises(errors.ConversationClosed):
        submit(author)


@pytest.mark.parametrize(
    ("state", "act", "after"),
    [
        ("pending", "accept", "accepted"),
        ("pending", "reject", "rejected"),
        ("accepted", "accept", None),
        ("accepted", "reject", "rejected"),
        ("rejected", "accept", "accepted"),
        ("rejected", "reject", None),
    ],
)
def test_statement_every_state_and_act(state: str, act: str, after: str | None) -> None:
    reason = Statement.Reason.ADVERT if state == "rejected" else ""
    statement = factories.statement(state=state, rejection_reason=reason)
    version = Conversation.objects.get().votes_version

    def decide() -> Statement:
        if act == "accept":
            return statements.accept(statement_id=statement.pk, version=0)
        return statements.reject(
            statement_id=statement.pk, version=0, reason="insult", explanation="Please rephrase."
        )

    if after is None:
        with pytest.raises(errors.IllegalStatementChange):
            decide()
        assert Conversation.objects.get().votes_version == version
    else:
        assert decide().state == after
        assert Statement.objects.get().version == 1
        assert Conversation.objects.get().votes_version == version + 1


def test_statement_decided_in_an_older_version_is_refused() -> None:
    statement = factories.statement()
    statements.reject(statement_id=statement.pk, version=0, reason="advert", explanation="An ad.")

    with pytest.raises(errors.StaleVersion):
        statements.accept(statement_id=statement.pk, version=0)


def test_statement_database_refuses_a_rejection_without_reason() -> None:
    statement = factories.statement()

    with pytest.raises(IntegrityError):
        Statement.objects.filter(pk=statement.pk).update(state="rejected")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Água", "agua", False),
        ("ﷺ", "صلى الله عليه وسلم", True),
        ("کتاب", "كتاب", False),
        ("Straße", "STRASSE", True),
        ("water ２", "Water, 2!", True),
        ("کِتاب", "کتاب", False),
    ],
)
def test_fold_compares_words_not_typography(left: str, right: str, *, same: bool) -> None:
    assert (folding.fold(left) == statements.fold(right)) is same


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_statements_submitted_at_once_get_different_numbers_and_no_twin() -> None:
    conversation = factories.conversation()
    authors = [factories.participant(conversation=conversation) for _ in range(12)]
    start = threading.Barrier(12)
    refused: list[int] = []

    def write(place: int) -> None:
        start.wait()
        try:
            submit(authors[place], f"Point {place // 2}")
        except errors.StatementDuplicate as error:
            refused.append(error.number)
        connection.close()

    threads = [threading.Thread(target=write, args=(place,)) for place in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(Statement.objects.values_list("number", flat=True)) == list(range(6))
    assert len(refused) == 6


# Folded, it is 18 letters: more than the column once held.
LONG_WORD = "\ufdfa" * 100


@pytest.mark.parametrize("door", ["form", "api"])
def test_statement_that_folds_into_much_more_is_kept(client, door: str) -> None:
    conversation = factories.conversation()
    client.get(conversation.get_absolute_url())

    if door == "form":
        answer = client.post(conversation.get_absolute_url(), {"text": LONG_WORD})
    else:
        path = reverse("api:statements", args=[conversation.slug])
        answer = client.post(path, {"text": LONG_WORD}, content_type="application/json")

    assert answer.status_code in {201, 302}
    assert len(Statement.objects.get().folded) > 1000


def test_words_that_wait_for_the_moderators_are_said_to_wait(client) -> None:
    conversation = factories.conversation(moderation="strict")
    client.get(conversation.get_absolute_url())
    client.post(conversation.get_absolute_url(), {"text": "Trees along the road."})

    page = client.post(conversation.get_absolute_url(), {"text": "trees along the road"})
    api = client.post(
        reverse("api:statements", args=[conversation.slug]),
        {"text": "trees along the road"},
        content_type="application/json",
    )

    assert page.status_code == api.status_code == 409
    assert "is waiting for the moderators" in page.content.decode()
    assert "You can vote on their statement" not in page.content.decode()
    assert api.json()["code"] == "statement_duplicate"
    assert "twin" not in api.json()


def test_text_that_is_too_long_is_told_so_before_it_is_compared(client) -> None:
    words = "There should be more trees along the main road of the town. "
    conversation = factories.statement(text=words).conversation
    client.get(conversation.get_absolute_url())

    page = client.post(conversation.get_absolute_url(), {"text": words * 6, "look": "1"})

    assert page.status_code == 422
    assert "at most 280" in page.content.decode()
