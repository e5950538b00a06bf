import pytest
from django.test import Client

from deliberate.models import Conversation, Statement
from moderation.models import Report
from tests import factories
from tests.moderation.conftest import pseudonym

pytestmark = pytest.mark.django_db

JUNK = ["", "x", "imported", "9" * 5000, "\0", "💧" * 3000, "<b>", "ا"]


def address(statement: Statement, tail: str = "") -> str:
    return f"/moderation/report/{statement.conversation.slug}/{statement.number}/{tail}"


def test_report_needs_no_account(client, statement):
    page = client.get(address(statement)).content.decode()

    response = client.post(
        address(statement), {"reason": "personal", "explanation": "It names me."}, follow=True
    )

    assert "The well is dry." in page
    assert response.redirect_chain == [(address(statement, "thanks/"), 302)]
    assert "is stored" in response.content.decode()
    report = Report.objects.get()
    assert (report.statement, report.reason) == (statement, "personal")
    assert report.explanation == "It names me."


def test_report_works_in_a_browser_that_checks_forms(statement):
    browser = Client(enforce_csrf_checks=True)
    browser.get(address(statement))
    token = browser.cookies["csrftoken"].value

    refused = browser.post(address(statement), {"reason": "insult"})
    taken = browser.post(address(statement), {"reason": "insult", "csrfmiddlewaretoken": token})

    assert (refused.status_code, taken.status_code) == (403, 302)


def test_reading_the_form_gives_no_session(client, statement):
    client.get(address(statement))

    assert "sessionid" not in client.cookies


def test_report_twice_from_one_browser_is_one(client, statement):
    for _ in range(2):
        assert client.post(address(statement), {"reason": "insult"}).status_code == 302

    assert Report.objects.count() == 1


def test_report_from_two_browsers_is_two(statement):
    for browser in (Client(), Client()):
        browser.post(address(statement), {"reason": "insult"})

    assert Report.objects.count() == 2


def test_report_of_somebody_signed_in_is_under_their_pseudonym(client, statement):
    user = factories.user()
    client.force_login(user)

    client.post(address(statement), {"reason": "insult"})

    assert bytes(Report.objects.get().reporter_key) == pseudonym(statement, user)


def test_report_without_a_reason_comes_back_with_what_was_typed(client, statement):
    response = client.post(address(statement), {"explanation": "My words"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "error-summary" in page
    assert "My words</textarea>" in page


def test_report_of_what_has_just_been_rejected_keeps_the_words(client, statement, decide):
    decide(statement, "reject", reason="insult")

    response = client.post(address(statement), {"reason": "insult", "explanation": "My words"})

    page = response.content.decode()
    assert response.status_code == 409
    assert "nothing to report" in page
    assert "My words" in page
    assert "The well is dry." not in page
    assert client.get(address(statement)).status_code == 409


def test_too_many_reports_are_told_so(client, statement, monkeypatch):
    monkeypatch.setattr("moderation.reports.REPORTS_AN_HOUR", 0)

    response = client.post(address(statement), {"reason": "insult", "explanation": "My words"})

    assert response.status_code == 429
    assert "My words" in response.content.decode()


@pytest.mark.parametrize(
    "missing",
    ["nowhere/0/", "water/99/", "water/" + "9" * 30 + "/", "water/1/", "draft/0/"],
)
def test_report_of_what_nobody_sees_is_not_found(client, statement, missing):
    factories.statement(conversation=statement.conversation, state=Statement.State.PENDING)
    draft = factories.conversation(slug="draft", state=Conversation.State.DRAFT)
    factories.statement(conversation=draft)

    assert client.get(f"/moderation/report/{missing}").status_code == 404
    assert client.post(f"/moderation/report/{missing}", {"reason": "insult"}).status_code == 404


@pytest.mark.parametrize("field", ["reason", "explanation"])
@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_a_report_is_never_our_fault(client, statement, field, junk):
    response = client.post(address(statement), {"reason": "insult"} | {field: junk})

    assert response.status_code in {302, 422}


def test_thanks_for_nothing_known_is_not_found(client):
    assert client.get("/moderation/report/nowhere/1/thanks/").status_code == 404
