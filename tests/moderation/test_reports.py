from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from deliberate.models import Statement
from moderation import errors, reports
from moderation.models import Report
from tests import factories

pytestmark = pytest.mark.django_db


def file_report(statement, key=b"somebody", **fields):
    fields = {"reason": "insult"} | fields
    return reports.file_report(statement_id=statement.pk, reporter_key=key, **fields)


def test_report_is_stored_with_its_reason(statement):
    filed = file_report(statement, reason="personal", explanation=" A name\r\nstands there. ")

    assert filed.is_new
    report = Report.objects.get()
    assert (report.reason, report.explanation) == ("personal", "A name\nstands there.")
    assert bytes(report.reporter_key) == b"somebody"


def test_report_by_the_same_person_again_changes_nothing(statement):
    first = file_report(statement, explanation="first words")

    second = file_report(statement, reason="advert", explanation="second words")

    assert not second.is_new
    assert second.report == first.report
    assert Report.objects.get().explanation == "first words"


def test_reports_by_two_people_are_two(statement):
    file_report(statement, key=b"one")
    file_report(statement, key=b"two")

    assert Report.objects.count() == 2


def test_report_after_a_decision_is_a_new_one(statement, decide):
    file_report(statement)
    decide(statement, "keep")

    filed = file_report(statement)

    assert filed.is_new
    assert Report.objects.count() == 2


@pytest.mark.parametrize("state", [Statement.State.PENDING, Statement.State.REJECTED])
def test_report_of_what_nobody_sees_is_refused(state):
    reason = "advert" if state == Statement.State.REJECTED else ""
    statement = factories.statement(state=state, rejection_reason=reason)

    with pytest.raises(errors.NotReportable):
        file_report(statement)

    assert Report.objects.count() == 0


def test_reports_of_one_person_are_limited_within_an_hour(statement):
    file_reports_on_others(statement, reports.REPORTS_AN_HOUR)

    with pytest.raises(errors.TooManyReports):
        file_report(statement)
    assert file_report(statement, key=b"somebody else").is_new


def test_reports_of_one_person_go_on_after_an_hour(statement):
    file_reports_on_others(statement, reports.REPORTS_AN_HOUR)
    Report.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))

    assert file_report(statement).is_new


def test_report_on_a_statement_with_plenty_is_not_kept(statement, monkeypatch):
    monkeypatch.setattr(reports, "OPEN_REPORTS_KEPT", 2)
    file_report(statement, key=b"one")
    file_report(statement, key=b"two")

    filed = file_report(statement, key=b"three")

    assert filed == reports.Filed(report=None, is_new=False)
    assert Report.objects.count() == 2


def test_database_refuses_a_second_open_report_of_one_person(statement):
    file_report(statement)

    with pytest.raises(IntegrityError):
        Report.objects.create(statement=statement, reporter_key=b"somebody", reason="advert")


def test_database_refuses_an_unknown_reason(statement):
    with pytest.raises(IntegrityError):
        Report.objects.create(statement=statement, reporter_key=b"somebody", reason="imported")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_report_sent_eight_times_at_once_is_one(statement):
    def send(_: int) -> bool:
        try:
            return file_report(statement).is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(send, range(8)))

    assert new.count(True) == 1
    assert Report.objects.count() == 1


def file_reports_on_others(statement, count):
    for _ in range(count):
        file_report(factories.statement(conversation=statement.conversation))
