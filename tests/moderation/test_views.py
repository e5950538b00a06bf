import pytest
from django.test import Client
from django.urls import reverse

from deliberate.models import Conversation, Statement
from moderation import decisions, queue
from moderation.models import Decision, Report
from tests import factories
from tests.just_signed_in import sign_in
from tests.moderation.conftest import WORDS, pseudonym
from tests.petitions import making

pytestmark = pytest.mark.django_db

JUNK = ["", "x", "-1", "9" * 30, "9" * 5000, "\0", "\ud7ff", "💧" * 3000, "<b>", "1e5", "ا"]


@pytest.fixture
def desk(client, moderator):
    """A browser in which the moderator is signed in."""
    client.force_login(moderator)
    return client


def address(statement: Statement) -> str:
    return reverse("moderation:statement", args=[statement.pk])


def rejection(statement: Statement, **fields: object) -> dict[str, object]:
    return {
        "action": "reject",
        "version": decisions.version_of(statement),
        "reason": "insult",
        "explanation": WORDS,
    } | fields


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["anonymous", "citizen", "clerk", "moderator"])
@pytest.mark.parametrize(
    ("name", "everyone"),
    [("queue", False), ("statement", False), ("log", True), ("report", True), ("reported", True)],
)
def test_door_of_every_page(client, statement, name, everyone, who, method, people):
    arguments = {
        "statement": [statement.pk],
        "report": ["water", statement.number],
        "reported": ["water", statement.number],
    }
    if who != "anonymous":
        client.force_login(people[who])

    response = getattr(client, method)(reverse(f"moderation:{name}", args=arguments.get(name)))

    posted = {"statement": 409, "report": 422}.get(name, 405)
    if method == "post" and posted == 405:
        assert response.status_code == 405
    elif everyone or who == "moderator":
        assert response.status_code == (200 if method == "get" else posted)
    elif who == "anonymous":
        assert response.status_code == 302
        assert response.url.startswith("/accounts/")
    else:
        assert response.status_code == 403
    assert Decision.objects.count() == Report.objects.count() == 0


@pytest.fixture
def people(moderator):
    clerk = making.clerk(making.council())
    return {"citizen": factories.user(), "clerk": clerk, "moderator": moderator}


def test_queue_puts_most_reports_first_then_the_longest_wait(desk, statement, report_by):
    twice = factories.statement(conversation=statement.conversation, text="Twice.")
    strict = factories.conversation(moderation=Conversation.Moderation.STRICT)
    pending = factories.statement(
        conversation=strict, text="Not yet shown.", state=Statement.State.PENDING
    )
    factories.statement(conversation=statement.conversation, text="Nobody minds.")
    factories.statement(state=Statement.State.REJECTED, rejection_reason="advert", text="Gone.")
    report_by(statement, explanation="<b>look</b>")
    report_by(twice)
    report_by(twice)

    response = desk.get("/moderation/")

    cases = [case.statement for case in response.context["cases"]]
    assert cases == [twice, statement, pending]
    assert [tab["name"] for tab in response.context["tabs"]] == [
        "Everything",
        "2 reported",
        "1 not yet shown",
    ]
    assert "&lt;b&gt;look&lt;/b&gt;" in response.content.decode()


@pytest.mark.parametrize(("show", "texts"), [("reported", ["Old."]), ("pending", ["New."])])
def test_queue_shows_one_sort(desk, report_by, show, texts):
    report_by(factories.statement(text="Old."))
    factories.statement(text="New.", state=Statement.State.PENDING)

    cases = desk.get(f"/moderation/?show={show}").context["cases"]

    assert [case.statement.text for case in cases] == texts


def test_queue_leaves_out_what_has_been_decided(desk, statement, report_by, decide):
    report_by(statement)
    decide(statement, "keep")

    assert desk.get("/moderation/").context["cases"] == []


def test_queue_offers_no_decision_on_the_moderators_own_case(desk, statement, report_by, moderator):
    report_by(statement, moderator)

    page = desk.get("/moderation/").content.decode()

    assert "another moderator decides" in page
    assert address(statement) not in page


def test_queue_names_no_reporter(desk, statement, report_by):
    reporter = factories.user(display_name="Rana Reporter", email="rana@example.org")
    report_by(statement, reporter, explanation="It names me.")

    for path in ("/moderation/", address(statement)):
        page = desk.get(path).content.decode()
        assert "It names me." in page
        assert "Rana" not in page
        assert "rana@" not in page
        assert pseudonym(statement, reporter).hex() not in page


@pytest.mark.parametrize("count", [1, 30])
def test_queue_costs_the_same_however_many_wait(desk, report_by, django_assert_num_queries, count):
    for _ in range(count):
        report_by(factories.statement(), explanation="Look.")

    # Session, account, roles and seats, those again for the view; count, cases, two kinds of
    # texts, reports; two counts; whether the head of the page links to the two desks, and how
    # much news it shows.
    with django_assert_num_queries(14):
        response = desk.get("/moderation/")

    assert len(response.context["cases"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_statement_costs_the_same_however_many_reported_it(
    desk, statement, report_by, django_assert_num_queries, count
):
    for _ in range(count):
        report_by(statement, explanation="Look.")

    with django_assert_num_queries(15):
        response = desk.get(address(statement))

    assert response.content.decode().count("Look.") == count


def test_rejection_by_the_form_reaches_the_author_and_the_log(desk, client, statement):
    response = desk.post(address(statement), rejection(statement))

    assert response.status_code == 302
    statement.refresh_from_db()
    assert (statement.state, statement.rejection_reason) == ("rejected", "insult")
    assert "was rejected by a moderator: an insult or a threat" in log_page(client)


def test_every_decision_can_be_made_by_its_form(desk, statement, report_by, senior):
    for action, reason in (("keep", ""), ("reject", "advert"), ("restore", "mistake")):
        if action == "keep":
            report_by(statement)
        if action == "restore":
            assert "Only a senior moderator" in desk.get(address(statement)).content.decode()
            desk = sign_in(Client(), senior)
        page = desk.get(address(statement)).content.decode()
        assert f'value="{action}"' in page
        desk.post(address(statement), rejection(statement, action=action, reason=reason))
        statement.refresh_from_db()

    assert list(Decision.objects.values_list("action", flat=True)) == ["keep", "reject", "restore"]
    page = desk.get(address(statement)).content.decode()
    assert page.count(WORDS) == 2


def test_unfinished_rejection_comes_back_with_what_was_typed(desk, statement):
    response = desk.post(address(statement), rejection(statement, reason="", explanation="Too"))

    page = response.content.decode()
    assert response.status_code == 422
    assert "error-summary" in page
    assert ">\nToo</textarea>" in page
    assert Decision.objects.count() == 0


def test_stale_rejection_shows_the_statement_as_it_is_now(desk, statement, report_by, decide):
    report_by(statement)
    report_by(statement, reason="advert")
    typed = rejection(statement, explanation="What I typed.", reason="several")
    decide(statement, "keep", moderator=factories.moderator())

    response = desk.post(address(statement), typed)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has changed this" in page
    assert "What I typed." in page
    assert '<option value="several" selected>' in page
    assert desk.post(address(statement), typed | {"version": 1}).status_code == 302


def test_rejection_of_what_is_rejected_already_is_a_conflict(desk, statement, decide):
    typed = rejection(statement)
    decide(statement, "reject", moderator=factories.moderator())

    response = desk.post(address(statement), typed)

    assert response.status_code == 409
    assert Decision.objects.count() == 1


def test_moderators_own_case_has_no_form_and_takes_no_post(desk, statement, moderator, report_by):
    report_by(statement, moderator)

    page = desk.get(address(statement)).content.decode()
    response = desk.post(address(statement), rejection(statement))

    assert "<textarea" not in page
    assert response.status_code == 403
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("field", ["action", "version", "reason", "explanation"])
@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_a_decision_is_never_our_fault(desk, statement, report_by, field, junk):
    report_by(statement)

    for action in ("reject", "keep"):
        typed = rejection(statement, action=action) | {field: junk}
        assert desk.post(address(statement), typed).status_code < 500

    assert desk.post(address(statement), {field: junk}).status_code in {409, 422}


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=" + "9" * 30, "show=%00", "show=x"])
def test_junk_in_the_queues_address_is_a_page(desk, statement, query):
    assert desk.get(f"/moderation/?{query}").status_code == 200


@pytest.mark.parametrize("number", ["0", "9" * 12, "9" * 30])
def test_statement_that_is_not_there_is_not_found(desk, number):
    assert desk.get(f"/moderation/statements/{number}/").status_code == 404
    assert desk.post(f"/moderation/statements/{number}/", {}).status_code == 404


def test_counts_agree_with_the_list(statement, report_by):
    report_by(statement)
    factories.statement(state=Statement.State.PENDING)

    assert sum(queue.counts().values()) == queue.waiting().count() == 2


def log_page(client) -> str:
    return client.get("/moderation/log/").content.decode()
