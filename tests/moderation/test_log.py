import pytest
from django.db import transaction

from deliberate.models import Conversation, StatementText
from moderation.reasons import CODES, HIDDEN
from record import lines, sealing
from record.models import RecordLine
from tests import factories
from tests.moderation.conftest import WORDS

pytestmark = pytest.mark.django_db


def log_page(client, query: str = "") -> str:
    return client.get(f"/moderation/log/{query}").content.decode()


@pytest.mark.parametrize("reason", CODES)
def test_log_shows_a_text_unless_showing_it_repeats_the_harm(client, statement, decide, reason):
    decide(statement, "reject", reason=reason)

    page = log_page(client)

    assert ("The well is dry." in page) == (reason not in HIDDEN)
    assert f"Statement {statement.number} was rejected by a moderator" in page
    assert 'href="/conversations/water/"' in page


@pytest.mark.parametrize("reason", ["insult", "illegal", "personal"])
def test_log_hides_the_harmful(reason):
    assert reason in HIDDEN


def test_log_shows_a_restored_text_again(client, statement, decide):
    decide(statement, "reject", reason="insult")
    decide(statement, "restore")

    assert log_page(client).count("The well is dry.") == 2


def test_log_hides_translations_too(client, statement, decide):
    StatementText.objects.create(statement=statement, language="en-gb", text="Same in British.")
    decide(statement, "reject", reason="insult")

    assert "British" not in log_page(client)


def test_log_hides_what_belongs_to_a_draft(client, statement, decide):
    decide(statement, "reject", reason="advert")
    statement.conversation.state = Conversation.State.DRAFT
    statement.conversation.save()

    assert "The well is dry." not in log_page(client)


def test_log_names_nobody(client, statement, decide, report_by, moderator):
    reporter = factories.user(display_name="Rana Reporter")
    report_by(statement, reporter, explanation="It names my street.")
    decide(statement, "keep")
    decide(statement, "reject", reason="advert")
    sealing.step()

    pages = log_page(client) + client.get("/record/").content.decode()
    pages += b"".join(client.get("/record/lines.jsonl").streaming_content).decode()

    assert pages.count("was rejected by") >= 2
    for secret in (
        "@",
        "Moni",
        "Rana",
        "street",
        WORDS,
        bytes(moderator.participation_key).hex(),
        bytes(reporter.participation_key).hex(),
    ):
        assert secret not in pages


def test_log_has_every_decision_and_nothing_else(client, statement, decide, report_by):
    report_by(statement)
    for action in ("keep", "reject", "restore"):
        decide(statement, action)
    with transaction.atomic():
        lines.append(kind="map.published", subject="/conversations/water/map/")

    entries = client.get("/moderation/log/").context["entries"]

    assert [entry.line.kind for entry in entries] == [
        "statement.restored",
        "statement.rejected",
        "statement.kept",
    ]
    assert "1 report" in log_page(client)


def test_log_shows_a_line_whose_decision_is_not_here(client):
    with transaction.atomic():
        lines.append(kind="statement.rejected", subject="/", facts={"statement": 4})

    assert "Statement 4 was rejected" in log_page(client)


def test_log_escapes_what_people_wrote(client, decide):
    statement = factories.statement(text="<script>alert(1)</script>")
    decide(statement, "reject", reason="advert")

    assert "<script>alert" not in log_page(client)


def test_log_shows_when_a_line_is_sealed(client, statement, decide):
    decide(statement, "reject")
    before = log_page(client)
    sealing.step()

    line = RecordLine.objects.get()
    assert "being sealed" in before
    assert line.line_hash[:10] in log_page(client)


@pytest.mark.parametrize("count", [1, 30])
def test_log_costs_the_same_however_many_decisions(
    client, decide, django_assert_num_queries, count
):
    for _ in range(count):
        decide(factories.statement(), "reject", reason="advert")

    with django_assert_num_queries(3):
        response = client.get("/moderation/log/")

    assert len(response.context["entries"]) == count


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "%00"])
def test_log_with_junk_is_a_page(client, before):
    assert client.get(f"/moderation/log/?before={before}").status_code == 200
