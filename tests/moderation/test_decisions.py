from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from accounts import roles
from accounts.models import Role
from deliberate.errors import StaleVersion
from deliberate.models import Statement
from moderation import decisions, errors
from moderation.models import Decision, Report
from record import lines, sealing, verification
from record.append_only import AppendOnlyViolation
from record.models import RecordLine
from tests import factories
from tests.moderation.conftest import WORDS, pseudonym

pytestmark = pytest.mark.django_db

State, Action = Statement.State, Decision.Action
ALLOWED = {
    (State.PENDING, Action.ACCEPT): State.ACCEPTED,
    (State.PENDING, Action.REJECT): State.REJECTED,
    (State.ACCEPTED, Action.KEEP): State.ACCEPTED,
    (State.ACCEPTED, Action.REJECT): State.REJECTED,
    (State.REJECTED, Action.RESTORE): State.ACCEPTED,
}


def statement_in(state: str) -> Statement:
    reason = "advert" if state == State.REJECTED else ""
    return factories.statement(state=state, rejection_reason=reason)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_decision_of_every_action_in_every_state(state, action, decide):
    statement = statement_in(state)
    if state == State.ACCEPTED:
        Report.objects.create(statement=statement, reporter_key=b"somebody", reason="insult")
    after = ALLOWED.get((state, action))

    if after is None:
        with pytest.raises(errors.IllegalDecision):
            decide(statement, action)
        assert Decision.objects.count() == RecordLine.objects.count() == 0
    else:
        decide(statement, action)
        assert Decision.objects.get().action == action

    statement.refresh_from_db()
    assert statement.state == (after or state)
    assert (action in decisions.possible(statement_in(state))) == (after is not None)


@pytest.mark.parametrize("action", ["", "delete", "ACCEPT"])
def test_decision_of_an_unknown_action_is_refused(statement, decide, action):
    with pytest.raises(errors.IllegalDecision):
        decide(statement, action)


def test_rejection_tells_the_author_and_the_record(statement, decide, report_by):
    report_by(statement)
    report_by(statement)

    decision = decide(statement, "reject", reason="insult", explanation=f"  {WORDS}  ")

    statement.refresh_from_db()
    assert statement.rejection_reason == "insult"
    assert statement.rejection_explanation == WORDS
    line = RecordLine.objects.get()
    assert decision.line == line
    assert (line.kind, line.subject) == ("statement.rejected", "/conversations/water/")
    assert line.facts == {
        "conversation": "water",
        "statement": statement.number,
        "by": "moderator",
        "reason": "insult",
        "reports": 2,
    }
    assert lines.proves(line=line, personal="The well is dry.")


def test_decision_resolves_the_open_reports_of_its_statement_only(statement, decide, report_by):
    other = factories.statement(conversation=statement.conversation)
    mine, others = report_by(statement), report_by(other)

    decision = decide(statement, "keep")

    mine.refresh_from_db()
    others.refresh_from_db()
    assert mine.resolved_by == decision
    assert others.resolved_by is None


def test_restoring_is_a_decision_with_a_reason(statement, decide):
    decide(statement, "reject")

    decide(statement, "restore", reason="mistake")

    statement.refresh_from_db()
    assert (statement.state, statement.rejection_reason) == (State.ACCEPTED, "")
    kinds = RecordLine.objects.values_list("kind", flat=True)
    assert list(kinds) == ["statement.rejected", "statement.restored"]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("reject", ""),
        ("reject", "imported"),
        ("reject", "mistake"),
        ("reject", "nonsense"),
        ("restore", ""),
        ("restore", "insult"),
    ],
)
def test_decision_without_one_of_its_reasons_is_refused(action, reason, decide):
    statement = statement_in(State.REJECTED if action == "restore" else State.ACCEPTED)

    with pytest.raises(errors.ReasonMissing):
        decide(statement, action, reason=reason)

    assert Decision.objects.count() == 0


@pytest.mark.parametrize("explanation", ["", "No.", " " * 50, "short  \n  ", "\u202e" * 50])
def test_decision_without_an_explanation_is_refused(statement, decide, explanation):
    with pytest.raises(errors.ExplanationTooShort):
        decide(statement, "reject", explanation=explanation)

    assert Decision.objects.count() == 0


def test_keeping_what_nobody_reported_is_refused(statement, decide):
    with pytest.raises(errors.NothingReported):
        decide(statement, "keep")

    assert RecordLine.objects.count() == 0


@pytest.mark.parametrize("first", ["keep", "reject"])
def test_decision_on_what_somebody_has_decided_since_is_stale(statement, decide, report_by, first):
    report_by(statement)
    seen = decisions.version_of(statement)
    decide(statement, first)

    with pytest.raises(StaleVersion):
        decide(statement, "reject", version=seen)

    assert Decision.objects.count() == 1


def test_version_moves_with_every_decision(statement, decide, report_by):
    seen = [decisions.version_of(statement)]
    for action in ("keep", "reject", "restore", "keep"):
        if action == "keep":
            report_by(statement)
        decide(statement, action)
        statement.refresh_from_db()
        seen.append(decisions.version_of(statement))

    assert seen == [0, 1, 2, 3, 4]


def test_moderator_does_not_decide_on_their_own_statement(decide, moderator, statement):
    author = factories.participant(
        conversation=statement.conversation, key=pseudonym(statement, moderator)
    )
    own = factories.statement(conversation=statement.conversation, author=author)

    with pytest.raises(errors.ConflictOfInterest):
        decide(own, "reject")
    decide(own, "reject", moderator=factories.moderator())

    assert Decision.objects.count() == 1


def test_moderator_does_not_decide_on_what_they_reported(statement, decide, moderator, report_by):
    report_by(statement, moderator)

    with pytest.raises(errors.ConflictOfInterest):
        decide(statement, "reject")

    assert Decision.objects.count() == 0


def test_moderator_who_reported_it_once_does_not_decide_later_either(
    statement, decide, senior, report_by
):
    report_by(statement, senior)
    decide(statement, "reject")

    with pytest.raises(errors.ConflictOfInterest):
        decide(statement, "restore")


def test_who_decided_hears_no_appeal_but_may_decide_about_new_reports(
    statement, decide, senior, report_by
):
    report_by(statement)
    decide(statement, "keep", moderator=senior)
    decide(statement, "reject", moderator=senior)

    with pytest.raises(errors.DecidedBefore):
        decide(statement, "restore")
    decide(statement, "restore", moderator=factories.official(Role.SENIOR_MODERATOR))

    line = RecordLine.objects.get(kind="statement.restored")
    assert line.facts["by"] == "senior_moderator"


def test_decision_of_somebody_whose_role_was_taken_away_is_refused(statement, decide, moderator):
    roles.revoke(user=moderator, role=Role.MODERATOR)

    with pytest.raises(errors.NotModerator):
        decide(statement, "reject")

    assert Decision.objects.count() == 0


def test_decision_cannot_be_changed_or_deleted(statement, decide):
    decision = decide(statement, "reject")

    for change in (
        decision.save,
        decision.delete,
        Decision.objects.all().delete,
        lambda: Decision.objects.update(reason="advert"),
    ):
        with pytest.raises(AppendOnlyViolation):
            change()


def test_decision_outlives_the_account_of_its_moderator(statement, decide, moderator):
    decide(statement, "reject")

    moderator.delete()

    assert Decision.objects.get().moderator is None


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "reject", "reason": "", "explanation": WORDS},
        {"action": "reject", "reason": "mistake", "explanation": WORDS},
        {"action": "reject", "reason": "insult", "explanation": ""},
        {"action": "restore", "reason": "insult", "explanation": WORDS},
        {"action": "keep", "reason": "insult", "explanation": ""},
        {"action": "nothing", "reason": "", "explanation": ""},
    ],
)
def test_database_refuses_a_decision_without_its_reason(statement, decide, fields):
    line = decide(statement, "reject").line
    line.pk, line._state.adding = None, True
    line.save()

    with pytest.raises(IntegrityError):
        Decision.objects.create(statement=statement, version=9, line=line, **fields)


def test_database_refuses_two_decisions_on_one_version(statement, decide):
    decision = decide(statement, "reject")
    line = decision.line
    line.pk, line._state.adding = None, True
    line.save()

    with pytest.raises(IntegrityError, match=r"version|decision_one_per_version"):
        Decision.objects.create(
            statement=statement, version=decision.version, line=line, action="accept"
        )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "actions", [("reject", "reject"), ("keep", "keep"), ("keep", "reject")], ids="-".join
)
def test_two_moderators_at_once_make_one_decision(statement, decide, report_by, actions):
    report_by(statement)
    seen = decisions.version_of(statement)
    people = [factories.moderator(), factories.moderator()]
    start = Barrier(2)

    def work(place: int) -> str:
        start.wait(10)
        try:
            decide(statement, actions[place], version=seen, moderator=people[place])
        except StaleVersion:
            return "stale"
        else:
            return "decided"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(work, range(2)))
    sealing.step()

    assert sorted(results) == ["decided", "stale"]
    assert Decision.objects.count() == RecordLine.objects.count() == 1
    assert Report.objects.open().count() == 0
    assert verification.verify().lines == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_report_and_rejection_at_once_leave_no_open_report(statement, decide, report_by):
    reporters = [factories.user() for _ in range(6)]
    start = Barrier(7)

    def work(place: int) -> None:
        start.wait(10)
        try:
            if place == 6:
                decide(statement, "reject")
            else:
                report_by(statement, reporters[place])
        except errors.NotReportable:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(7) as pool:
        list(pool.map(work, range(7)))

    assert Statement.objects.get(pk=statement.pk).state == State.REJECTED
    assert Report.objects.open().count() == 0
