"""My data: everything is shown and taken along; an erased person is found nowhere any more."""

import csv
import io
import json
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.internal.flows import login
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import follows, identity, notices
from accounts.models import AccessRestoration, User
from config import erasure, own_data, retention
from deliberate import (
    conversations,
    leaving,
    participants,
    publication,
    statements,
    tallies,
    votes,
)
from deliberate.models import (
    AuthorLink,
    BallotReceipt,
    Choice,
    Conversation,
    Participant,
    PublishedTally,
    Statement,
    StatementText,
    StatementWithdrawal,
    TranslationVersion,
    Vote,
    VoteChange,
)
from moderation import decisions, reports
from moderation.models import Report
from opinion_map import lag, worker
from opinion_map.models import Drawing
from petitions import reviews, signatures
from petitions.models import CouncilReview, Petition, Signature
from record import lines
from record.models import RecordLine
from tests import factories
from tests.petitions import making
from tests.publishing import publish

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, NAME, NUMBER = "zubaida.q7x@example.org", "Zubaida Q7X", "35202-1234567-1"
WORDS, DRAFT = "The canal at chak 44 is dry, says q7x.", "A draft that only q7x has seen."


def fresh(client: Client, user: User) -> None:
    """Sign in as somebody who has just proved who they are."""
    client.force_login(user)
    session = client.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()


def everything() -> dict[str, Any]:
    """A person who has left something in every room."""
    user = factories.user(email=EMAIL, display_name=NAME)
    identity.prove(user=user, provider="register", number=NUMBER)
    still, over = (factories.conversation(slug=slug) for slug in ("still-open", "over"))
    for conversation in (still, over):
        other = factories.statement(conversation=conversation)
        for _ in range(3):
            factories.vote(statement=other)
        voter = participants.enter(conversation=conversation, user=user, session={})
        votes.cast_one(participant=voter, statement_number=other.number, choice=Choice.DISAGREE)
        said = statements.submit(
            conversation=conversation,
            participant=voter,
            text=f"{WORDS} ({conversation.slug})",
            language="en",
            account_id=user.pk,
        )
        StatementText.objects.create(statement=said, language="ur", text=f"{WORDS} (ur)")
        reports.file_report(
            statement_id=other.pk,
            reporter_key=bytes(voter.key),
            reason="insult",
            explanation=f"{NAME} thinks so.",
        )
    conversations.close(over)
    follows.follow(user, "/petitions/1/")
    notices.tell(user, kind="petition.answered", path="/petitions/1/")
    drafted = making.draft(creator=user, text=DRAFT)
    thrown = making.draft(creator=user, text=DRAFT)
    # As it was stored when throwing a draft away left its words.
    Petition.objects.filter(pk=thrown.pk).update(state="withdrawn", closed_at=timezone.now())
    opened = making.collecting(creator=user, threshold=50)
    crossing = making.collecting(threshold=3)
    signatures.sign(petition_id=crossing.pk, user=user)
    making.sign(crossing, people=1)
    return {
        "user": user,
        "still": still,
        "over": over,
        "drafted": drafted,
        "opened": opened,
        "crossing": crossing,
    }


def dump() -> str:
    """Every value of every row, bytes in hex, sessions unpacked."""
    found = []
    for model in apps.get_models():
        for row in model._default_manager.order_by().values():
            for value in row.values():
                plain = bytes(value).hex() if isinstance(value, bytes | memoryview) else value
                found.append(json.dumps(plain, default=str, ensure_ascii=False))
    found += [json.dumps(row.get_decoded(), default=str) for row in Session.objects.all()]
    return "\n".join(found)


def test_nothing_of_an_erased_person_is_left_in_the_database(client: Client) -> None:
    made = everything()
    user = made["user"]
    secrets = [
        EMAIL,
        NAME,
        DRAFT,
        bytes(user.participation_key).hex(),
        identity.fingerprint(NUMBER),
    ]
    fresh(client, user)
    before = dump()

    answer = client.post("/accounts/data/erase/", {"sure": "on", "remove_words": "on"})

    after = dump()
    assert answer.status_code == 302
    assert [secret for secret in secrets if secret not in before] == []
    assert [secret for secret in [*secrets, WORDS] if secret in after] == []
    assert not User.objects.filter(pk=user.pk).exists()


def test_votes_go_while_a_conversation_is_open_and_stay_unlinked_when_it_is_over() -> None:
    made = everything()
    user = made["user"]
    names = set(participants.names_everywhere([bytes(user.participation_key)]))

    erasure.erase(user, remove_words=False)

    still, over = (
        Vote.objects.filter(statement__conversation=made[name]) for name in ("still", "over")
    )
    assert (still.count(), over.count()) == (3, 5)
    assert not names & {bytes(key) for key in Participant.objects.values_list("key", flat=True)}
    assert not AuthorLink.objects.exists()


def test_counts_agree_with_the_history_after_an_erasure() -> None:
    made = everything()

    erasure.erase(made["user"], remove_words=True)

    stood: dict[tuple[int, int], int | None] = {}
    for change in VoteChange.objects.order_by("pk"):
        stood[change.participant_id, change.statement_id] = change.choice
    assert Counter(choice for choice in stood.values() if choice is not None) == Counter(
        Vote.objects.values_list("choice", flat=True)
    )
    for petition in Petition.objects.exclude(opened_at=None):
        valid = petition.signatures.filter(state=Signature.State.VALID)
        assert petition.signature_count == valid.count()


def voters(conversation: Conversation, *, people: int) -> dict[int, User]:
    """People with an account who vote on all statements, by their participants."""
    found = {}
    for _ in range(people):
        user = factories.user()
        part = participants.enter(conversation=conversation, user=user, session={})
        for statement in conversation.statements.all():
            factories.vote(statement=statement, participant=part, choice=Choice.DISAGREE)
        found[part.pk] = user
    return found


def leavers(conversation: Conversation, *, people: int) -> list[int]:
    """The same, and they erase themselves; their participants."""
    found = voters(conversation, people=people)
    for user in found.values():
        erasure.erase(user, remove_words=True)
    return list(found)


def crowd(**fields: Any) -> Conversation:
    """A conversation in which enough people vote for anything to be published."""
    conversation = factories.conversation(**fields)
    for _ in range(2):
        factories.statement(conversation=conversation)
    vote_all(conversation, people=12)
    return conversation


def vote_all(conversation: Conversation, *, people: int) -> None:
    for _ in range(people):
        voter = factories.participant(conversation=conversation)
        for statement in conversation.statements.all():
            factories.vote(statement=statement, participant=voter)


def replayed(conversation: Conversation) -> dict[tuple[int, int], int]:
    """What the history says that stands."""
    stands: dict[tuple[int, int], int] = {}
    history = VoteChange.objects.filter(statement__conversation=conversation).order_by("pk")
    for person, statement, choice in history.values_list("participant", "statement", "choice"):
        stands.pop((person, statement), None)
        if choice is not None:
            stands[person, statement] = choice
    return stands


def stored(conversation: Conversation) -> dict[tuple[int, int], int]:
    rows = Vote.objects.filter(statement__conversation=conversation)
    return {row[:2]: row[2] for row in rows.values_list("participant", "statement", "choice")}


def test_history_of_the_erased_knows_only_the_day_at_once() -> None:
    conversation = crowd()

    leavers(conversation, people=1)

    gone = VoteChange.objects.filter(participant__has_left=True)
    assert {
        (at.hour, at.minute, at.microsecond) for at in gone.values_list("cast_at", flat=True)
    } == {(0, 0, 0)}
    assert gone.count() == 4


def test_history_of_the_erased_waits_for_what_is_published_and_then_forgets_what_they_voted() -> (
    None
):
    conversation = crowd()
    (part,) = leavers(conversation, people=1)
    before = PublishedTally.objects.filter(conversation=conversation).exists()
    leaving.forget_histories()
    waiting = set(VoteChange.objects.filter(participant=part).values_list("choice", flat=True))
    vote_all(conversation, people=5)
    publish()

    retention.purge()

    assert (before, waiting) == (False, {Choice.DISAGREE, None})
    assert set(VoteChange.objects.filter(participant=part).values_list("choice", flat=True)) == {
        None
    }
    assert replayed(conversation) == stored(conversation)


@pytest.mark.parametrize(
    ("policy", "people", "left"), [("aggregate", 4, 4), ("aggregate", 5, 0), ("open", 1, 0)]
)
def test_history_of_the_erased_goes_some_people_at_a_time(
    policy: str, people: int, left: int
) -> None:
    conversation = crowd(data_policy=policy)
    parts = leavers(conversation, people=people)
    vote_all(conversation, people=5)
    publish()
    counts = tallies.published_counts(conversation)

    retention.purge()

    assert Participant.objects.filter(pk__in=parts).count() == left
    assert VoteChange.objects.filter(participant__in=parts).exists() == bool(left)
    assert replayed(conversation) == stored(conversation)
    assert tallies.published_counts(conversation) == counts


def test_step_to_the_next_numbers_is_the_same_after_a_history_is_gone() -> None:
    conversation = crowd()
    leavers(conversation, people=5)
    publish()
    tally = PublishedTally.objects.get(conversation=conversation)
    vote_all(conversation, people=3)

    def differing() -> int:
        return publication.differing(conversation, last_change=tally.last_change, enough=99)

    before = differing()
    gone = retention.purge()["vote of the erased"]

    assert (gone, before, differing()) == (5, 3, 3)


def test_votes_of_the_erased_that_count_for_good_keep_their_history() -> None:
    conversation = crowd()
    user = factories.user()
    part = participants.enter(conversation=conversation, user=user, session={})
    for statement in conversation.statements.all():
        factories.vote(statement=statement, participant=part)
    publish()
    conversations.close(conversation)
    erasure.erase(user, remove_words=False)

    assert leaving.forget_histories() == 0

    assert replayed(conversation) == stored(conversation)
    assert VoteChange.objects.filter(participant=part.pk, choice=Choice.AGREE).count() == 2


def test_day_of_the_erased_is_no_lag_of_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = timezone.now().replace(hour=22)
    monkeypatch.setattr(timezone, "now", lambda: evening)
    conversation = crowd()
    people = voters(conversation, people=5)
    publish()
    worker.draw_stale()
    for user in people.values():
        erasure.erase(user, remove_words=True)

    assert publication.may_move(conversation, last_change=Drawing.objects.get().last_change)
    assert lag.seconds() == 0


def test_statements_stay_without_an_author_unless_their_words_are_to_go() -> None:
    made = everything()

    erasure.erase(made["user"], remove_words=False)

    said = Statement.objects.filter(text__startswith=WORDS)
    assert said.count() == 2
    assert {one.author_id for one in said} == {None}


def test_removed_words_are_gone_from_every_table_and_the_record_still_holds() -> None:
    made = everything()
    statement = Statement.objects.get(conversation=made["still"], text__startswith=WORDS)
    decisions.decide(
        statement_id=statement.pk,
        action="reject",
        version=0,
        moderator=factories.moderator(),
        reason="insult",
        explanation="It names somebody.",
    )
    words = statement.text
    line = RecordLine.objects.get(kind="statement.rejected")
    proved = lines.proves(line=line, personal=words)

    erasure.erase(made["user"], remove_words=True)

    line.refresh_from_db()
    statement.refresh_from_db()
    assert proved
    assert not lines.proves(line=line, personal=words)
    assert (statement.text, statement.state) == ("[…]", "rejected")
    assert statement.rejection_reason == "withdrawn"
    assert not StatementText.objects.exists()
    assert not TranslationVersion.objects.exists()


def withdrawn_lines() -> list[RecordLine]:
    return list(RecordLine.objects.filter(kind="statement.withdrawn").order_by("pk"))


def test_record_says_by_lot_on_later_days_that_words_were_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = timezone.now()
    said = []
    for number in range(6):
        user = factories.user()
        conversation = factories.conversation(slug=f"talk-{number}")
        part = participants.enter(conversation=conversation, user=user, session={})
        said.append(
            statements.submit(
                conversation=conversation, participant=part, text=WORDS, language="en"
            )
        )
        erasure.erase(user, remove_words=True)
    at_once = withdrawn_lines()
    gone = set(Statement.objects.values_list("text", flat=True))
    retention.purge()
    same_day = withdrawn_lines()
    days = set(StatementWithdrawal.objects.values_list("told_on", flat=True))

    for day in range(1, statements.TOLD_WITHIN_DAYS + 1):
        later = moment + timedelta(days=day)
        monkeypatch.setattr(timezone, "now", lambda later=later: later)
        retention.purge()
        retention.purge()

    told = withdrawn_lines()
    assert (at_once, same_day, gone) == ([], [], {"[…]"})
    assert days <= {(moment + timedelta(days=day)).date() for day in range(1, 8)}
    assert sorted(line.subject for line in told) == [
        one.conversation.get_absolute_url() for one in said
    ]
    assert {(line.appended_at.hour, line.appended_at.microsecond) for line in told} == {(0, 0)}
    assert {line.appended_at.date() for line in told} == days
    assert not StatementWithdrawal.objects.exists()


def test_record_tells_a_days_withdrawals_in_no_order() -> None:
    conversation = factories.conversation()
    today = timezone.now().date()
    for _ in range(12):
        statement = factories.statement(conversation=conversation)
        StatementWithdrawal.objects.create(statement=statement, told_on=today)

    assert statements.tell_withdrawn() == 12

    numbers = [line.facts["statement"] for line in withdrawn_lines()]
    assert sorted(numbers) == list(range(12)) != numbers


def test_signatures_go_while_a_petition_is_open_also_from_one_that_the_council_has() -> None:
    made = everything()
    user = made["user"]

    done = erasure.erase(user, remove_words=False)

    opened, crossing = (Petition.objects.get(pk=made[name].pk) for name in ("opened", "crossing"))
    assert opened.signature_count == 0
    # The council must answer it however many are left: it crossed, and that stands.
    assert crossing.signature_count == 2
    assert crossing.threshold_reached_at is not None
    assert CouncilReview.objects.filter(petition=crossing).count() == 1
    assert (done.petitions.withdrawn, done.petitions.kept_as_number) == (2, 0)
    assert opened.creator_id is None
    assert opened.text == making.TEXT
    assert opened.is_intact


def test_signatures_stay_as_a_number_when_the_time_for_them_is_over() -> None:
    made = everything()
    making.let_deadline_pass(made["crossing"])

    done = erasure.erase(made["user"], remove_words=False)

    assert Petition.objects.get(pk=made["crossing"].pk).signature_count == 3
    assert (done.petitions.withdrawn, done.petitions.kept_as_number) == (1, 1)


def test_erasing_needs_no_key_of_petitions_whose_own_is_destroyed(settings: Any) -> None:
    settings.IDENTITY_KEY = f"1:{'o' * 40}"
    made = everything()
    making.let_deadline_pass(made["crossing"])
    Petition.objects.filter(pk=made["crossing"].pk).update(secret=b"")
    settings.IDENTITY_KEY = f"2:{'n' * 40}"
    Petition.objects.exclude(pk=made["crossing"].pk).update(key_id="2")
    Conversation.objects.update(key_id="2")

    erasure.erase(made["user"], remove_words=False)

    assert Petition.objects.get(pk=made["crossing"].pk).signature_count == 3


def test_reports_are_nobodys_afterwards_and_open_ones_still_wait() -> None:
    made = everything()
    before = set(Report.objects.values_list("reporter_key", flat=True))

    erasure.erase(made["user"], remove_words=False)

    after = set(Report.objects.values_list("reporter_key", flat=True))
    assert not {bytes(key) for key in before} & {bytes(key) for key in after}
    assert Report.objects.open().count() == 2


def test_last_mail_goes_to_the_erased_address_and_says_what_was_done() -> None:
    made = everything()
    mail.outbox.clear()

    erasure.erase(made["user"], remove_words=False)

    (sent,) = mail.outbox
    assert sent.to == [EMAIL]
    assert "Votes withdrawn: 2" in sent.body
    assert "canal" not in sent.body


def test_erasing_twice_at_once_is_done_once() -> None:
    made = everything()
    again = User.objects.get(pk=made["user"].pk)
    erasure.erase(made["user"], remove_words=False)
    mail.outbox.clear()

    done = erasure.erase(again, remove_words=False)

    assert done.conversations.votes_withdrawn == 0
    assert mail.outbox == []


def test_failed_erasure_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    made = everything()
    before = dump()

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(User, "delete", fail)
    mail.outbox.clear()
    with pytest.raises(RuntimeError):
        erasure.erase(made["user"], remove_words=True)

    assert dump() == before
    assert mail.outbox == []


def test_exports_say_how_many_withdrew(client: Client) -> None:
    conversation = factories.conversation(slug="open-rows", data_policy="open")
    user = factories.user()
    statement = factories.statement(conversation=conversation)
    voter = participants.enter(conversation=conversation, user=user, session={})
    votes.cast_one(participant=voter, statement_number=statement.number, choice=Choice.AGREE)

    erasure.erase(user, remove_words=False)

    answer = client.get("/conversations/open-rows/export/summary.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = dict(row for row in csv.reader(io.StringIO(text)) if len(row) == 2)
    assert (rows["voters"], rows["voters-withdrawn"]) == ("0", "1")


def test_erasure_moves_no_published_count_alone() -> None:
    conversation = factories.conversation(slug="water")
    statement = factories.statement(conversation=conversation)
    for _ in range(11):
        factories.vote(statement=statement)
    user = factories.user()
    voter = participants.enter(conversation=conversation, user=user, session={})
    votes.cast_one(participant=voter, statement_number=statement.number, choice=Choice.AGREE)
    publish()
    before = tallies.published_counts(conversation)

    erasure.erase(user, remove_words=False)
    publish()

    assert tallies.published_counts(conversation) == before


def test_sessions_end_with_the_account(client: Client) -> None:
    user = everything()["user"]
    elsewhere = Client()
    fresh(elsewhere, user)
    fresh(client, user)

    client.post("/accounts/data/erase/", {"sure": "on"})

    assert elsewhere.get("/accounts/data/").status_code == 302
    assert not any("_auth_user_id" in row.get_decoded() for row in Session.objects.all())
    assert not BallotReceipt.objects.exists()


def test_erasing_needs_a_fresh_proof_and_a_tick(client: Client) -> None:
    user = factories.user()
    client.force_login(user)
    session = client.session
    session.pop("account_authentication_methods", None)
    session.save()
    stale = client.post("/accounts/data/erase/", {"sure": "on"})
    fresh(client, user)

    unticked = client.post("/accounts/data/erase/", {})

    assert stale.status_code == 302
    assert "reauthenticate" in stale["Location"]
    assert unticked.status_code == 422
    assert User.objects.filter(pk=user.pk).exists()


def test_page_shows_what_is_stored_in_every_room(client: Client) -> None:
    user = everything()["user"]
    client.force_login(user)

    page = client.get("/accounts/data/").content.decode()

    for words in (EMAIL, NAME, WORDS, DRAFT, making.TITLE, f"{NAME} thinks so.", "/petitions/1/"):
        assert words in page
    # Of what is stored by the day there is no hour.
    assert "midnight" not in page


def test_download_has_everything_in_both_forms(client: Client) -> None:
    user = everything()["user"]
    fresh(client, user)

    document = client.get("/accounts/data/json/").json()
    table = client.get("/accounts/data/csv/").content.decode()

    assert document["account"][0]["email"] == EMAIL
    assert len(document["votes"]) == 4
    assert len(document["statements"]) == 2
    assert len(document["signatures"]) == 2
    assert len(document["reports"]) == 2
    assert {row["section"] for row in csv.DictReader(io.StringIO(table))} >= {"account", "votes"}


def test_download_has_the_history_of_votes_and_what_made_them_count_once() -> None:
    user = factories.user(last_login=timezone.now())
    statement = factories.statement(text="Mend the pumps.")
    voter = participants.enter(conversation=statement.conversation, user=user, session={})
    for choice in (Choice.AGREE, Choice.DISAGREE, None):
        ballot = votes.Ballot(voter, statement.number, choice, id=uuid4())
        votes.cast([ballot])

    document = own_data.as_document(own_data.sections(user))

    said = [str(row["choice"]) for row in document["vote_history"]]
    assert said == ["agree", "disagree", "taken back"]
    assert [str(row["choice"]) for row in document["receipts"]] == said
    assert {row["statement"] for row in document["receipts"]} == {"Mend the pumps."}
    assert document["votes"] == []
    assert document["account"][0]["last_login"] == timezone.now().date()
    addresses = [row for row in document["sign_in"] if "confirmed" in row]
    assert [(row["email"], row["confirmed"]) for row in addresses] == [(user.email, True)]


def test_download_has_what_was_done_in_offices() -> None:
    operator, locked_out = factories.user(), factories.user()
    council = making.council()
    clerk = making.clerk(council)
    making.answered(of=council, by=clerk)
    waiting = making.review(of=council)
    reviews.check_out(review_id=waiting.pk, user=clerk)
    AccessRestoration.objects.create(user=locked_out, proposed_by=operator)

    work = {user.pk: own_data.as_document(own_data.sections(user)) for user in (clerk, operator)}

    answer, held = work[clerk.pk]["work"]
    assert answer["text"] == "The pumps are in this year's budget."
    assert held["page"] == waiting.petition.get_absolute_url()
    assert [str(row["kind"]) for row in work[operator.pk]["work"]] == [
        "Access to an office restored"
    ]
    own = own_data.as_document(own_data.sections(locked_out))["sign_in"]
    assert "Access to an office restored" in {str(row["kind"]) for row in own}


def test_page_shows_what_waits_in_the_session(client: Client) -> None:
    user = factories.user()
    client.force_login(user)
    session = client.session
    act = {"token": "t", "path": "/petitions/new/", "query": "", "user_id": None}
    form = {"form": "title=Nobody+knows+yet", "at": time.time()}
    session["kept_acts"] = {"t": act | form}
    session.save()

    page = client.get("/accounts/data/").content.decode()

    assert "Nobody knows yet" in page


# Where own_data shows what the register says is a person's; None: why is in its docstring.
SHOWN_IN: dict[str, str | None] = {
    "account.EmailAddress": "sign_in",
    "account.EmailConfirmation": None,
    "accounts.AccessRestoration": "work",
    "accounts.Assistance": "work",
    "accounts.EnrolmentCode": None,
    "accounts.Follow": "news",
    "accounts.IdentityProof": "identity",
    "accounts.Notice": "news",
    "accounts.RoleGrant": "offices",
    "accounts.SignIn": "sign_in",
    "accounts.User": "account",
    "deliberate.AuthorLink": None,
    "deliberate.BallotReceipt": "receipts",
    "deliberate.Conversation": None,
    "deliberate.Participant": None,
    "deliberate.Statement": "statements",
    "deliberate.StatementWithdrawal": None,
    "deliberate.TranslationVersion": "work",
    "deliberate.Vote": "votes",
    "deliberate.VoteChange": "vote_history",
    "mfa.Authenticator": "sign_in",
    "moderation.Decision": "work",
    "moderation.Report": "reports",
    "opinion_map.OpinionMap": None,
    "opinion_map.PublishedRow": None,
    "petitions.CouncilMember": "offices",
    "petitions.Petition": "petitions",
    "petitions.Signature": "signatures",
    "record.PersonalSalt": None,
    "sessions.Session": "session",
}


def test_every_table_with_something_of_a_person_is_thought_of() -> None:
    with (Path(settings.BASE_DIR) / "config" / "data_register.csv").open(newline="") as file:
        registered = {row["model"] for row in csv.DictReader(file) if row["of"] == "person"}

    sections = {section.name for section in own_data.sections(factories.user())}

    assert registered == SHOWN_IN.keys()
    assert set(filter(None, SHOWN_IN.values())) <= sections


def test_download_needs_a_fresh_proof(client: Client) -> None:
    user = factories.user()
    client.force_login(user)
    session = client.session
    session.pop("account_authentication_methods", None)
    session.save()

    answer = client.get("/accounts/data/json/")

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


def test_download_runs_nothing_in_a_spreadsheet() -> None:
    user = factories.user(display_name="=HYPERLINK(1)")

    table = own_data.as_csv(own_data.sections(user))

    assert "'=HYPERLINK(1)" in table


def test_other_peoples_rows_are_not_mine(client: Client) -> None:
    everything()
    stranger = factories.user(email="stranger@example.org")
    fresh(client, stranger)

    text = client.get("/accounts/data/json/").content.decode()

    assert EMAIL not in text
    assert WORDS not in text


def test_old_page_of_a_conversation_stays_readable_after_an_erasure(client: Client) -> None:
    made = everything()
    erasure.erase(made["user"], remove_words=True)
    Conversation.objects.filter(slug="over").update(closes_at=timezone.now() - timedelta(days=1))

    codes = {
        path: client.get(path).status_code
        for path in (
            "/conversations/still-open/",
            "/conversations/over/",
            "/moderation/log/",
            "/record/",
            f"/petitions/{made['opened'].pk}/",
        )
    }

    assert set(codes.values()) == {200}
