"""The demo stands as promised, and standing twice is standing once."""

from collections import Counter
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.demo import content, topics
from deliberate.models import Conversation, PublishedTally, Statement, StatementText, Vote
from moderation.models import Decision, Report
from opinion_map.models import OpinionMap
from petitions import signatures
from petitions.models import Council, CouncilReview, Outcome, Petition
from record.models import RecordLine

FUND = content.load("development-fund")


def fill(**options: object) -> str:
    out = StringIO()
    call_command("fill_demo", **({"small": True, "no_vtaiwan": True} | options), stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker):
    """The demo, filled once for this file; what a test does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill()
        transaction.set_rollback(True)


@pytest.fixture
def demo(filled, db):
    return filled


@pytest.fixture
def fund(demo):
    return Conversation.objects.get(slug="development-fund")


def petition(title: str) -> Petition:
    return Petition.objects.get(title__startswith=title)


def rows() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def test_fill_makes_a_labelled_conversation_in_two_languages(fund):
    texts = StatementText.objects.filter(statement__conversation=fund, language="ur")

    assert fund.is_demo
    assert fund.data_policy == Conversation.DataPolicy.AGGREGATE
    assert fund.participation == Conversation.Participation.ANYONE
    assert fund.participants.count() == 80
    assert fund.statements.count() == texts.count() == len(FUND["statements"]) == 66
    assert fund.statements.filter(is_metadata=True).get().text == "I live in a village."
    assert fund.texts.get(language="ur").title == FUND["translation"]["title"]


def test_fill_publishes_the_tally_the_map_and_the_seals(fund):
    tally = PublishedTally.objects.get(conversation=fund)

    drawn = OpinionMap.objects.get(conversation=fund)
    assert 0 < tally.votes <= Vote.objects.filter(statement__conversation=fund).count()
    # Fewer than ten who are in no group are counted nowhere.
    assert 70 < tally.participants == drawn.public["counts"]["participants"] <= 80
    assert drawn.votes_version == tally.votes_version
    assert not RecordLine.objects.filter(sequence=None).exists()


def test_fill_twice_doubles_nothing_and_prints_the_accounts_again(demo):
    before, versions = rows(), list(Conversation.objects.values_list("votes_version", flat=True))

    said = fill()

    assert rows() == before
    assert list(Conversation.objects.values_list("votes_version", flat=True)) == versions
    assert said == demo


def test_fill_again_leaves_what_was_done_since(fund):
    reported = fund.statements.get(text__startswith="Rents in Lahore")
    topics._decide(
        reported,
        User.objects.get(email="moderator@example.org"),
        action="reject",
        reason="off-topic",
        explanation="It is about another city.",
    )
    before = rows()

    fill()

    reported.refresh_from_db()
    assert reported.state == Statement.State.REJECTED
    assert rows() == before


def test_fill_brings_petitions_to_each_stage(demo):
    near, waiting, answered, draft = (
        petition(title) for title in ("A woman doctor", "ہر گاؤں", "Safe crossings", "A bus")
    )

    assert (near.state, near.missing, near.review) == ("collecting", 3, None)
    assert waiting.review.state == CouncilReview.State.WAITING
    assert waiting.language == "ur"
    assert waiting.signature_count > waiting.threshold
    assert answered.review.state == CouncilReview.State.ANSWERED
    assert Outcome.objects.get(review=answered.review).kind == Outcome.Kind.PARTLY
    assert (draft.state, draft.creator.email) == ("draft", "citizen@example.org")
    assert all(row.is_demo for row in Petition.objects.all())
    assert all(row.is_demo for row in Council.objects.all())
    assert {row.place.slug for row in Council.objects.all()} == {"vehari", "multan", "burewala"}


def test_fill_leaves_one_petition_without_its_answer_in_time(demo):
    late = CouncilReview.objects.overdue().get()

    assert late.petition.title.startswith("Street lights")
    assert late.days_late >= 20
    assert late.petition.is_intact


def test_fill_has_a_closed_conversation_with_what_came_of_it_and_one_to_come(demo):
    closed = Conversation.objects.get(slug="bazaar-lanes")
    early = Conversation.objects.get(slug="winter-smog")

    assert (closed.state, closed.place.within.slug) == ("closed", "vehari")
    assert closed.closes_at < timezone.now()
    assert "six months" in closed.result
    assert early.opens_at > timezone.now()
    assert not early.takes_votes


def test_the_printed_accounts_can_carry_the_petition_over_its_threshold(demo):
    near = petition("A woman doctor")
    for row in ("citizen", "citizen2", "moderator"):
        user = User.objects.get(email=f"{row}@example.org")

        signatures.sign(petition_id=near.pk, user=user)

    assert CouncilReview.objects.get(petition=near).state == CouncilReview.State.WAITING


def test_the_moderator_has_reports_pending_statements_and_a_log(fund):
    assert Report.objects.open().values("statement").distinct().count() == 3
    assert Statement.objects.filter(state=Statement.State.PENDING).count() == 2
    assert Counter(Decision.objects.values_list("action", flat=True)) == {"reject": 3, "keep": 1}
    rejected = fund.statements.filter(state=Statement.State.REJECTED)
    assert {row.rejection_reason for row in rejected} == {"off-topic", "duplicate", "advert"}
    assert all(row.rejection_explanation for row in rejected)
    assert RecordLine.objects.filter(kind="statement.rejected").count() == 3


FUND_TRANSLATIONS = "/conversations/development-fund/translations/"


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("citizen", {"/council/": 403, "/moderation/": 403}),
        ("moderator", {"/council/": 403, "/moderation/": 200}),
        ("clerk", {"/council/": 200, "/moderation/": 403}),
        ("facilitator", {"/moderation/": 403, f"{FUND_TRANSLATIONS}?language=ur": 200}),
    ],
)
def test_the_printed_accounts_sign_in_and_reach_their_desks(demo, client, name, pages):
    password = demo.split("with the password ")[1].split()[0]

    answer = client.post("/accounts/login/", {"login": f"{name}@example.org", "password": password})

    assert answer.status_code == 302
    assert {path: client.get(path).status_code for path in pages} == pages


def test_fill_says_where_to_go(demo):
    for path in ("/conversations/development-fund/", "/council/", "/moderation/", "/petitions/"):
        assert f"http://localhost:8000{path}" in demo
    for email in ("citizen", "citizen2", "moderator", "facilitator", "clerk"):
        assert f"{email}@example.org" in demo


def test_fill_says_so_where_the_real_conversation_is_not_at_hand(demo, tmp_path):
    said = fill(no_vtaiwan=False, data=tmp_path)

    assert f"vTaiwan's conversation is left out: it is not in {tmp_path}." in said.splitlines()


def test_fill_takes_a_password_of_ones_own(demo):
    said = fill(password="another one, long enough")

    assert "another one, long enough" in said
    assert User.objects.get(email="clerk@example.org").check_password("another one, long enough")
