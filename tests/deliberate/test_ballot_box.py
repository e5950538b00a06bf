"""Group commit: who comes together is stored together, and everyone gets their own answer."""

import threading
import time
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import IdentityProof
from deliberate import ballot_box, errors, participants
from deliberate.models import Choice, Participant, Statement, Vote, VoteChange
from tests import factories
from tests.deliberate.sessions import new_session, session_of

pytestmark = pytest.mark.django_db(transaction=True)


# Each thread holds a connection while it waits for its turn; the pool has 16.
CROWD = 10


def act(
    statement: Statement,
    session: str,
    choice: Choice | None = Choice.AGREE,
) -> ballot_box.Act:
    return ballot_box.Act(
        slug=statement.conversation.slug,
        session_key=session,
        language="en",
        door="socket",
        wants=ballot_box.Ballot(statement.number, choice, uuid4()),
    )


def codes(answers: list[ballot_box.Answer]) -> list[str]:
    return [
        answer.code if isinstance(answer, errors.DeliberateError) else "ok" for answer in answers
    ]


def test_box_stores_a_waiting_crowd_in_one_transaction() -> None:
    statement = factories.statement()
    sessions = [new_session() for _ in range(CROWD)]
    box = ballot_box.Box()
    answers: list[ballot_box.Answer] = []

    def vote(session: str) -> None:
        answers.extend(box.cast([act(statement, session)]))
        connection.close()

    threads = [threading.Thread(target=vote, args=[session]) for session in sessions]
    before = _batches()
    with box._turn:
        for thread in threads:
            thread.start()
        until = time.monotonic() + 20
        while len(box._waiting) < CROWD and time.monotonic() < until:
            time.sleep(0.01)
    for thread in threads:
        thread.join()

    assert codes(answers) == ["ok"] * CROWD
    assert Vote.objects.count() == CROWD
    assert _batches() == before + 1


def test_box_answers_a_refusal_without_failing_the_others() -> None:
    statement = factories.statement()
    other = factories.statement(conversation__state="closed")
    session = new_session()

    answers = ballot_box.BOX.cast(
        [
            act(statement, session),
            act(statement, session)._replace(wants=ballot_box.Ballot(99, Choice.PASS, None)),
            act(statement, "nobodysnobodysnobodysnobodysnobod"),
            act(statement, "'; DROP TABLE deliberate_vote; --"),
            act(other, session),
            act(statement, session)._replace(slug="no-such-room"),
        ]
    )

    assert codes(answers) == [
        "ok",
        "statement_unavailable",
        "sign_in_needed",
        "sign_in_needed",
        "closed",
        "not_found",
    ]
    assert Vote.objects.count() == 1


def test_box_ten_times_the_same_ballot_has_one_effect_and_one_answer() -> None:
    statement = factories.statement()
    ballot = act(statement, new_session())

    answers = ballot_box.BOX.cast([ballot] * 5) + ballot_box.BOX.cast([ballot] * 5)

    assert [answer == answers[0] for answer in answers] == [True] * 10
    assert VoteChange.objects.count() == 1


def test_box_makes_a_crowd_of_newcomers_participants_with_few_queries() -> None:
    statement = factories.statement()
    sessions = [new_session() for _ in range(100)]
    ballot_box.BOX.cast([act(statement, new_session())])

    with CaptureQueriesContext(connection) as queries:
        answers = ballot_box.BOX.cast([act(statement, session) for session in sessions])

    assert codes(answers) == ["ok"] * 100
    assert Participant.objects.count() == 101
    assert len(queries) <= 18


def test_box_tells_each_what_comes_next_and_how_far_they_are() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(3)]
    first, second = new_session(), new_session()

    (one,) = ballot_box.BOX.cast([act(made[0], first)])
    two, three = ballot_box.BOX.cast([act(made[1], first), act(made[1], second, Choice.PASS)])

    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert isinstance(three, dict)
    assert (one["voted"], one["remaining"]) == (1, 2)
    assert two["next"]["id"] == made[2].number
    assert (two["voted"], two["sitting"]) == (2, 2)
    assert (three["choice"], three["voted"]) == ("pass", 1)


def test_box_knows_a_vote_taken_back_and_a_changed_mind() -> None:
    statement = factories.statement()
    session = new_session()
    ballot_box.BOX.cast([act(statement, session)])

    changed, back = ballot_box.BOX.cast(
        [act(statement, session, Choice.DISAGREE), act(statement, session, None)]
    )

    assert isinstance(changed, dict)
    assert isinstance(back, dict)
    assert changed["choice"] == "disagree"
    assert (back["voted"], back["remaining"]) == (0, 1)
    assert list(VoteChange.objects.values_list("choice", flat=True)) == [1, -1, None]


def test_box_hears_of_a_new_statement_at_once() -> None:
    conversation = factories.conversation()
    first = factories.statement(conversation=conversation)
    session = new_session()
    (before,) = ballot_box.BOX.cast([act(first, session)])
    second = factories.statement(conversation=conversation)

    (after,) = ballot_box.BOX.cast([act(first, session, Choice.PASS)])

    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["next"] is None
    assert after["next"]["id"] == second.number


def test_box_of_an_ended_session_counts_nothing() -> None:
    statement = factories.statement()
    session = new_session()
    ballot_box.BOX.cast([act(statement, session)])
    session_of(session).delete()

    answers = ballot_box.BOX.cast([act(statement, session, Choice.DISAGREE)])

    assert codes(answers) == ["sign_in_needed"]
    assert Vote.objects.get().choice == Choice.AGREE


@pytest.mark.parametrize("change", ["suspended", "new password"])
def test_box_of_an_account_that_was_shut_out_counts_nothing(change: str, client) -> None:
    statement = factories.statement(conversation__participation="account")
    person = factories.user(password="a long enough password")
    client.force_login(person)
    session = client.session.session_key
    (before,) = ballot_box.BOX.cast([act(statement, session)])
    if change == "suspended":
        person.is_active = False
    else:
        person.set_password("quite another password")
    person.save()

    answers = ballot_box.BOX.cast([act(statement, session, Choice.DISAGREE)])

    assert isinstance(before, dict)
    assert codes(answers) == ["sign_in_needed"]


def test_box_asks_for_the_proof_of_identity_each_time(client) -> None:
    statement = factories.statement(conversation__participation="verified")
    person = factories.user()
    client.force_login(person)
    session = client.session.session_key
    unproved = ballot_box.BOX.cast([act(statement, session)])
    proof = IdentityProof.objects.create(user=person, provider="test", number_hash="a" * 64)
    proved = ballot_box.BOX.cast([act(statement, session)])
    proof.delete()

    withdrawn = ballot_box.BOX.cast([act(statement, session, Choice.PASS)])

    assert codes(unproved + proved + withdrawn) == ["identity_needed", "ok", "identity_needed"]


def test_box_account_goes_on_with_what_its_browser_did(client) -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(2)]
    client.get(f"/conversations/{conversation.slug}/")
    ballot_box.BOX.cast([act(made[0], client.session.session_key)])
    client.force_login(factories.user())

    (answer,) = ballot_box.BOX.cast([act(made[1], client.session.session_key)])

    assert isinstance(answer, dict)
    assert answer["voted"] == 2
    assert Participant.objects.count() == 1


def test_box_survives_a_participant_who_was_erased() -> None:
    statement = factories.statement()
    first, second = new_session(), new_session()
    ballot_box.BOX.cast([act(statement, first), act(statement, second)])
    Participant.objects.order_by("id")[0].delete()

    answers = ballot_box.BOX.cast(
        [act(statement, first, Choice.PASS), act(statement, second, Choice.PASS)]
    )

    assert codes(answers) == ["ok", "ok"]
    assert list(Vote.objects.values_list("choice", flat=True)) == [0, 0]


def test_box_too_fast_is_said_and_passes() -> None:
    statement = factories.statement()
    session = new_session()
    acts = [act(statement, session, Choice(turn % 3 - 1)) for turn in range(220)]

    answers = ballot_box.BOX.cast(acts)

    assert codes(answers).count("ok") in range(200, 206)
    assert codes(answers)[-1] == "too_fast"
    refused = answers[-1]
    assert isinstance(refused, errors.TooFast)
    assert ballot_box.words_of(refused, language="en")["retry_after"] > 0


def test_box_inside_a_transaction_takes_nobody_along() -> None:
    statement = factories.statement()
    waiting = ballot_box.Slip(act(statement, new_session()))
    ballot_box.BOX.put([waiting])

    with transaction.atomic():
        answers = ballot_box.BOX.cast([act(statement, new_session())])
        left = waiting.answer
    ballot_box.BOX.serve()

    assert codes(answers) == ["ok"]
    assert left is None
    assert isinstance(waiting.answer, dict)


@pytest.mark.postgres
def test_box_of_a_read_only_database_says_try_later_and_stores_nothing() -> None:
    statement = factories.statement()
    session = new_session()
    ballot_box.BOX.cast([act(statement, session)])
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")

    answers = ballot_box.BOX.cast([act(statement, session, Choice.PASS)])

    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
    again = ballot_box.BOX.cast([act(statement, session, Choice.PASS)])
    assert codes(answers) == ["try_later"]
    assert codes(again) == ["ok"]
    assert VoteChange.objects.count() == 2


@pytest.mark.postgres
def test_box_of_two_processes_makes_one_participant() -> None:
    statement = factories.statement()
    session = new_session()
    boxes = [ballot_box.Box() for _ in range(8)]
    answers: list[ballot_box.Answer] = []
    start = threading.Barrier(len(boxes))

    def vote(box: ballot_box.Box) -> None:
        start.wait()
        answers.extend(box.cast([act(statement, session)]))
        connection.close()

    threads = [threading.Thread(target=vote, args=[box]) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes(answers) == ["ok"] * 8
    assert (Participant.objects.count(), Vote.objects.count()) == (1, 1)


def _batches() -> float:
    (family,) = ballot_box.metrics.BATCH_BALLOTS.collect()
    return next(sample.value for sample in family.samples if sample.name.endswith("_count"))


def test_box_shows_another_statement_to_who_asks_and_none_twice_before_the_rest() -> None:
    conversation = factories.conversation()
    made = [factories.statement(conversation=conversation) for _ in range(4)]
    session = new_session()
    ballot_box.BOX.cast([act(made[0], session)])
    shown, last = [], None
    for _ in range(6):
        asked = act(made[0], session)._replace(wants=ballot_box.Next(passed=last))
        (answer,) = ballot_box.BOX.cast([asked])
        assert isinstance(answer, dict)
        last = answer["next"]["id"]
        shown.append(last)

    assert sorted(shown[:3]) == [1, 2, 3]
    assert shown[3:] == shown[:3]


def test_box_reader_without_a_session_is_shown_something_and_becomes_nobody() -> None:
    statement = factories.statement()

    (answer,) = ballot_box.BOX.cast([act(statement, "")._replace(wants=ballot_box.Next())])

    assert isinstance(answer, dict)
    assert answer["next"]["id"] == statement.number
    assert not Participant.objects.exists()


def test_box_tells_what_is_stored_as_counted_when_the_next_cannot_be_read() -> None:
    statement = factories.statement()
    session = new_session()

    def lost(execute, sql, params, many, context):
        if sql.startswith('SELECT "deliberate_vote"."participant_id"'):
            raise OperationalError("the database is away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lost):
        (answer,) = ballot_box.BOX.cast([act(statement, session)])
    (again,) = ballot_box.BOX.cast([act(statement, session, Choice.PASS)])

    assert isinstance(answer, dict)
    assert (answer["statement"], answer["choice"], answer["next"]) == (0, "agree", None)
    assert isinstance(again, dict)
    assert again["voted"] == 1


def test_box_newcomer_whose_account_is_gone_is_refused_and_makes_no_row() -> None:
    conversation = factories.conversation()
    user, other = factories.user(), factories.user()
    accounts = {b"a" * 32: user.pk, b"b" * 32: other.pk, b"c" * 32: None}
    other.delete()

    made = participants.enter_all(conversation=conversation, accounts=accounts)

    assert sorted(made) == [b"a" * 32, b"c" * 32]
    assert Participant.objects.count() == 2
