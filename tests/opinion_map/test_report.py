"""The report: what it says, what it must not tell, and the alarm about the draw."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import orders, votes
from deliberate import publication as votes_publication
from deliberate.models import Choice, Conversation, PublishedTally, Statement, VoteChange
from opinion_map import exposure, participation, publication, reading, report, worker
from opinion_map.models import OpinionMap
from tests import factories
from tests.opinion_map import blocs
from tests.publishing import publish

REPORT = "/conversations/water/report/"
DAY = date(2026, 5, 1)


def days(count: int) -> date:
    return DAY + timedelta(days=count)


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ([0.25] * 4, "uniform"),
        ([0.251, 0.249, 0.25, 0.25], "uniform"),
        ([1 / 50] * 50, "uniform"),
        ([0.97, 0.01, 0.01, 0.01], "single"),
        ([0.5, 0.2, 0.2, 0.1], "single"),
        ([1.0, 0.0, 0.0, 0.0], "single"),
        ([0.4, 0.3, 0.2, 0.1], "fair"),
        ([0.02] * 30 + [0.01] * 40, "fair"),
        ([0.5, 0.5], "few"),
        ([], "few"),
    ],
)
def test_draw_that_has_degenerated_raises_an_alarm(shares: list[float], code: str) -> None:
    found = exposure.verdict(shares)

    assert found.code == code
    assert found.is_alarm == (code in {"uniform", "single"})


@pytest.mark.parametrize(
    ("votes", "code"), [([3, 40, 50, 60], "new"), ([90, 40, 50, 60], "single")]
)
def test_new_statement_may_be_shown_to_nearly_everybody(votes: list[int], code: str) -> None:
    assert exposure.verdict([0.85, 0.05, 0.05, 0.05], votes=votes).code == code


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([5, 5, 5, 5], 0.0), ([0, 0, 0, 12], 0.75), ([1, 2, 3, 4], 0.25), ([0, 0], 0.0)],
)
def test_gini_of_known_counts(counts: list[int], expected: float) -> None:
    assert exposure.gini(counts) == pytest.approx(expected)


@pytest.mark.parametrize(("shares", "expected"), [([0.25] * 4, 4.0), ([1.0, 0.0], 1.0)])
def test_effective_number_of_known_shares(shares: list[float], expected: float) -> None:
    assert exposure.effective_number(shares) == pytest.approx(expected)


def test_days_are_put_together_until_enough_people_voted() -> None:
    rows = [(days(0), person, 2) for person in range(6)]
    rows += [(days(2), person, 1) for person in range(4, 10)]
    rows += [(days(3), person, 1) for person in range(20, 35)]
    rows += [(days(5), person, 1) for person in range(9)]

    spans = votes_publication.together(rows)

    assert spans == [
        votes_publication.Span(days(0), days(2), 18, 10),
        votes_publication.Span(days(3), days(3), 15, 15),
    ]


def test_no_span_has_few_people() -> None:
    rows = [(days(turn % 17), turn * 7 % 23, 1) for turn in range(90)]

    assert all(span.people >= publication.MINIMUM for span in votes_publication.together(rows))


def test_same_people_on_many_days_never_make_a_span() -> None:
    rows = [(days(turn), person, 1) for turn in range(40) for person in range(9)]

    assert votes_publication.together(rows) == []


def moved(conversation: Conversation, *, to: datetime) -> None:
    VoteChange.objects.filter(statement__conversation=conversation).update(cast_at=to)


@pytest.mark.django_db
@pytest.mark.parametrize("policy", ["aggregate", "open"])
def test_today_is_not_in_the_participation(policy: str) -> None:
    conversation = blocs.conversation(slug="water", data_policy=policy)
    publish()

    assert participation.of(conversation) == []


@pytest.mark.django_db
def test_votes_after_the_last_tally_wait() -> None:
    conversation = blocs.conversation(slug="water")
    worker.draw_stale()
    for _ in range(4):
        factories.vote(statement=blocs.first(conversation))
    moved(conversation, to=timezone.now() - timedelta(days=2))

    (span,) = participation.of(conversation)

    assert PublishedTally.objects.get().participants == span.people == 60


@pytest.mark.django_db
def test_open_conversation_shows_each_day() -> None:
    conversation = blocs.conversation(slug="water", people=3, data_policy="open")
    moved(conversation, to=datetime(2026, 5, 1, 12, tzinfo=UTC))

    assert participation.of(conversation) == [participation.Span(DAY, DAY, 36, 3)]


@pytest.mark.django_db
def test_report_has_all_its_parts(client: Client) -> None:
    conversation = blocs.conversation(slug="water", promise="The council answers in May.")
    worker.draw_stale()
    moved(conversation, to=timezone.now() - timedelta(days=2))
    publish()

    page = client.get(REPORT).content.decode()

    for part in [
        "overview",
        "consensus",
        "groups",
        "divides",
        "participation",
        "exposure",
        "method",
    ]:
        assert f'<h2 id="{part}">' in page
    assert "The council answers in May." in page
    assert blocs.first(conversation).text in page
    assert "report/beeswarm.svg" in page
    assert publication.newest(conversation).document["votes_sha256"] in page
    assert "Single votes of this conversation are not published" in page


@pytest.mark.django_db
def test_report_of_an_open_conversation_says_how_to_compute_it_again(client: Client) -> None:
    blocs.conversation(slug="water", data_policy="open")
    worker.draw_stale()

    page = client.get(REPORT).content.decode()

    assert "/conversations/water/export/votes.csv" in page
    assert "python -m opinion_map compute votes.csv" in page


@pytest.mark.django_db
def test_report_before_the_first_map_says_so(client: Client) -> None:
    factories.conversation(slug="water")

    page = client.get(REPORT).content.decode()

    assert "at least 10 people" in page
    assert '<h2 id="overview">' in page
    assert '<h2 id="groups">' not in page


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["draft", "nothing"])
def test_report_of_what_is_not_public_is_no_page(client: Client, slug: str) -> None:
    factories.conversation(slug="draft", state="draft")

    assert client.get(f"/conversations/{slug}/report/").status_code == 404


@pytest.mark.django_db
def test_report_speaks_up_when_the_draw_is_even(client: Client) -> None:
    blocs.conversation(slug="water")
    worker.draw_stale()
    Statement.objects.update(priority=0.01)

    page = client.get(REPORT).content.decode()

    assert "Alarm: every statement is as likely" in page


@pytest.mark.django_db
def test_report_says_how_the_next_statement_is_chosen(client: Client) -> None:
    conversation = blocs.conversation(slug="water", seeds_first=True)
    worker.draw_stale()

    page = client.get(REPORT).content.decode()

    rows = conversation.statements.values_list("priority", flat=True)
    largest = round(100 * orders.shares(list(rows)).max(), 1)
    assert f"<td>{largest} %</td>" in page
    # A quarter of a twelfth.
    assert "no statement's chance is below 2.08 %" in page.replace("&#x27;", "'")
    assert "Everyone votes first on the statements that were there from the start." in page
    assert "Part of the votes so far" in page


@pytest.mark.django_db
def test_report_compares_the_votes_of_late_with_what_the_map_wants(client: Client) -> None:
    conversation = blocs.conversation(slug="water")
    worker.draw_stale()
    OpinionMap.objects.update(drawn_at=timezone.now() - timedelta(days=2))
    late = factories.statement(conversation=conversation)
    for person in conversation.participants.order_by("id")[:20]:
        votes.cast_one(participant=person, statement_number=late.number, choice=Choice.AGREE)
    for person in range(20):
        voter = factories.participant(conversation=conversation)
        votes.cast_one(participant=voter, statement_number=person % 2, choice=Choice.AGREE)
    worker.draw_stale()

    draw = report.of(conversation, reading.source(conversation)).draw

    received = {one.number: one.received_percent for one in draw.likeliest}
    assert draw.received_since == OpinionMap.objects.order_by("id")[0].drawn_at
    assert received[late.number] == 50
    assert max(draw.likeliest, key=lambda one: one.percent).number == late.number


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 30])
def test_report_takes_the_same_queries_whatever_its_size(
    client: Client, django_assert_max_num_queries: object, count: int
) -> None:
    blocs.conversation(slug="water", statements=count)
    worker.draw_stale()
    client.force_login(factories.user())
    client.get(REPORT)

    with django_assert_max_num_queries(12):
        client.get(REPORT)
