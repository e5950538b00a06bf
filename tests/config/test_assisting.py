"""Help by field workers: consent, the cap, one person one voice, and a number that is nowhere."""

import json
import logging
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import assistance, identity
from accounts.models import Assistance, IdentityProof, Role, RoleGrant, User
from config import background, one_person
from deliberate import participants, votes
from deliberate.models import Choice, Conversation, Participant, Vote, VoteChange
from petitions import signatures, signers
from petitions.models import Signature
from record.models import RecordLine
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db

NUMBER = "36603-1234567-1"
OTHER_SPELLING = "۳۶۶۰۳ ۱۲۳۴۵۶۷ ۱"


def field_worker() -> tuple[Client, User]:
    user = factories.user()
    RoleGrant.objects.create(user=user, role=Role.FIELD_WORKER)
    client = Client()
    client.force_login(user)
    return client, user


def consent(number: str = NUMBER, **other: str) -> dict[str, str]:
    said = {"agreed": "on", "consent": "spoken", "language": "ur", "number": number, **other}
    return {name: value for name, value in said.items() if value}


def room(statements: int = 3, **fields: Any) -> Conversation:
    conversation = factories.conversation(**fields)
    for _ in range(statements):
        factories.statement(conversation=conversation)
    return conversation


def path(conversation: Conversation) -> str:
    return f"/assist/conversations/{conversation.slug}/"


def enter(
    client: Client, conversation: Conversation, *, number: str = NUMBER, choices: str = "agree"
) -> list[int]:
    """Walk the pages: consent, then one vote after the other; the statements' numbers."""
    assert client.post(path(conversation), consent(number)).status_code == 302
    voted = []
    for choice in choices.split():
        shown = client.get(f"{path(conversation)}votes/").context["statement"]
        answer = client.post(
            f"{path(conversation)}votes/", {"statement": shown.number, "choice": choice}
        )
        assert answer.status_code == 302
        voted.append(shown.number)
    client.post(f"{path(conversation)}votes/", {"act": "finish"})
    return voted


def own_participant(conversation: Conversation, user: User) -> Participant | None:
    return participants.find(conversation=conversation, user=user, session={})


def test_help_is_for_field_workers_alone() -> None:
    conversation, petition = room(), making.collecting()
    moderator, stranger = Client(), Client()
    moderator.force_login(factories.moderator())
    addresses = [
        "/assist/", path(conversation), f"{path(conversation)}votes/",
        f"/assist/petitions/{petition.pk}/",
    ]  # fmt: skip

    for address in addresses:
        assert moderator.get(address).status_code == 403
        assert stranger.get(address).status_code == 302
        assert moderator.post(address, consent()).status_code in {403, 405}

    assert not Assistance.objects.exists()


def test_desk_lists_what_is_open() -> None:
    client, _worker = field_worker()
    conversation, petition = room(title="Where shall the well be?"), making.collecting()
    factories.conversation(title="Over and done", state=Conversation.State.CLOSED)

    page = client.get("/assist/").content.decode()

    assert path(conversation) in page
    assert f"/assist/petitions/{petition.pk}/" in page
    assert "Over and done" not in page


def test_votes_are_stored_as_the_persons_own_and_marked() -> None:
    client, _worker = field_worker()
    conversation = room()

    enter(client, conversation, choices="agree disagree pass")

    participant = Participant.objects.get()
    assert participant.channel == Participant.Channel.ASSISTED
    assert sorted(Vote.objects.values_list("choice", flat=True)) == [-1, 0, 1]
    assert VoteChange.objects.count() == 3
    conversation.refresh_from_db()
    assert conversation.votes_version == 3


def test_consent_is_kept_with_the_help_and_on_no_public_record() -> None:
    client, worker = field_worker()
    conversation = room()

    enter(client, conversation)
    background.keep_house()

    kept = Assistance.objects.get()
    assert (kept.worker, kept.consent, kept.language) == (worker, "spoken", "ur")
    assert not RecordLine.objects.filter(kind__startswith="assistance").exists()


def help_given(worker: User, path: str, *, times: int, days_ago: int = 1) -> None:
    day = timezone.localdate() - timedelta(days=days_ago)
    kept = {"worker": worker, "path": path, "consent": "spoken", "language": "ur", "day": day}
    for help_ in Assistance.objects.bulk_create([Assistance(**kept) for _ in range(times)]):
        assistance.given(help_)


def told() -> list[tuple[str, dict[str, Any]]]:
    lines = RecordLine.objects.filter(kind__startswith="assistance").order_by("pk")
    return [(line.subject, line.facts) for line in lines]


def test_record_tells_of_help_in_tens_the_day_after_and_once() -> None:
    (_a, one), (_b, two) = field_worker(), field_worker()
    help_given(one, "/conversations/well/", times=8)
    help_given(two, "/conversations/well/", times=19)
    help_given(one, "/petitions/7/", times=9)

    for _ in range(3):
        assistance.tell_record()

    assert told() == [("/conversations/well/", {"by": "field_worker", "times": 20})]
    help_given(one, "/conversations/well/", times=3)
    help_given(one, "/petitions/7/", times=1)
    assistance.tell_record()
    assert told()[1:] == [
        ("/conversations/well/", {"by": "field_worker", "times": 10}),
        ("/petitions/7/", {"by": "field_worker", "times": 10}),
    ]
    assert Assistance.objects.filter(awaits_record=True).count() == 0


def test_record_is_told_by_the_background_work() -> None:
    _client, worker = field_worker()
    help_given(worker, "/conversations/well/", times=10)

    background.keep_house()

    assert told() == [("/conversations/well/", {"by": "field_worker", "times": 10})]


def test_record_tells_nothing_of_today_and_of_tries_that_were_refused() -> None:
    client, worker = field_worker()
    help_given(worker, "/conversations/well/", times=12, days_ago=0)
    closed = room(state=Conversation.State.CLOSED)
    for number in range(12):
        client.post(path(closed), consent(f"36603{number:08d}"))
    Assistance.objects.filter(path=closed.get_absolute_url()).update(day="2026-01-01")

    assistance.tell_record()

    assert told() == []
    assert Assistance.objects.count() == 24


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_record_is_told_once_by_many_processes_at_once() -> None:
    _client, worker = field_worker()
    help_given(worker, "/conversations/well/", times=35)
    start = threading.Barrier(4)

    def run() -> None:
        start.wait(timeout=30)
        assistance.tell_record()
        connection.close()

    crowd = [threading.Thread(target=run) for _ in range(4)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=60)

    assert [facts["times"] for _subject, facts in told()] == [30]


@pytest.mark.parametrize(
    "other",
    [
        {"agreed": ""},
        {"consent": ""},
        {"consent": "guessed"},
        {"language": ""},
        {"language": "xx"},
        {"number": ""},
        {"number": "12"},
        {"number": "36603-1234567-"},
        {"number": "no number at all"},
    ],
    ids=str,
)
def test_help_without_consent_or_number_is_refused(other: dict[str, str]) -> None:
    client, _worker = field_worker()
    conversation = room()

    answer = client.post(path(conversation), consent(**other))

    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert not Assistance.objects.exists()
    assert not IdentityProof.objects.exists()
    assert not Participant.objects.exists()


def test_number_is_on_no_page_even_when_it_is_refused() -> None:
    client, _worker = field_worker()
    conversation = room()

    refused = client.post(path(conversation), consent("36603-1234567-12"))
    client.post(path(conversation), consent())
    shown = client.get(f"{path(conversation)}votes/")

    for page in (refused, shown):
        assert "1234567" not in page.content.decode()


def test_number_is_in_no_session_log_or_table(caplog: pytest.LogCaptureFixture) -> None:
    client, _worker = field_worker()
    conversation = room()

    with caplog.at_level(logging.DEBUG):
        client.post(path(conversation), consent())
        client.post(path(conversation), consent(OTHER_SPELLING))

    sessions = [str(row.get_decoded()) for row in Session.objects.all()]
    assert not any("1234567" in text or "۱۲۳۴" in text for text in sessions)
    assert "1234567" not in caplog.text
    with connection.cursor() as cursor:
        for table in ("accounts_identityproof", "accounts_assistance", "record_recordline"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "1234567" not in str(cursor.fetchall())


def test_form_that_comes_after_the_session_has_ended_is_not_kept() -> None:
    client = Client()

    client.post(path(room()), consent())

    assert "1234567" not in json.dumps([row.get_decoded() for row in Session.objects.all()])


def test_same_person_in_another_spelling_goes_on_where_they_were() -> None:
    client, _worker = field_worker()
    conversation = room()
    first = enter(client, conversation, choices="agree")

    again = enter(client, conversation, number=OTHER_SPELLING, choices="agree agree")

    assert Participant.objects.count() == IdentityProof.objects.count() == 1
    assert sorted(first + again) == [0, 1, 2]


def test_two_workers_and_one_person_are_one_voice() -> None:
    (one, _a), (two, _b) = field_worker(), field_worker()
    conversation = room()

    enter(one, conversation)
    enter(two, conversation)

    assert Participant.objects.count() == 1


def test_two_people_are_two_voices() -> None:
    client, _worker = field_worker()
    conversation = room()

    enter(client, conversation)
    enter(client, conversation, number="36603-7654321-1")

    assert Participant.objects.filter(channel="assisted").count() == 2


def test_finishing_forgets_who_was_helped() -> None:
    client, _worker = field_worker()
    conversation = room()
    enter(client, conversation)

    answer = client.post(f"{path(conversation)}votes/", {"statement": 0, "choice": "agree"})

    assert (answer.status_code, answer["Location"]) == (302, path(conversation))
    assert "assisted" not in client.session


def test_help_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    client, _worker = field_worker()
    conversation = room()
    client.post(path(conversation), consent())
    later = time.time() + 31 * 60
    monkeypatch.setattr(signing.time, "time", lambda: later)

    answer = client.post(f"{path(conversation)}votes/", {"statement": 0, "choice": "agree"})

    assert answer.status_code == 302
    assert not Vote.objects.exists()


def test_help_in_one_conversation_opens_no_other() -> None:
    client, _worker = field_worker()
    first, second = room(), room()
    client.post(path(first), consent())

    answer = client.post(f"{path(second)}votes/", {"statement": 0, "choice": "agree"})

    assert answer.status_code == 302
    assert not Vote.objects.exists()


def test_mark_of_another_worker_opens_nothing() -> None:
    (one, _a), (two, _b) = field_worker(), field_worker()
    conversation = room()
    one.post(path(conversation), consent())
    session = two.session
    session["assisted"] = one.session["assisted"]
    session.save()

    two.post(f"{path(conversation)}votes/", {"statement": 0, "choice": "agree"})

    assert not Vote.objects.exists()


def test_ballot_sent_twice_counts_once() -> None:
    client, _worker = field_worker()
    conversation = room()
    client.post(path(conversation), consent())
    ballot = {"statement": 0, "choice": "agree", "ballot": "5a0b4b1e-6a0e-4c8e-9a57-6f0a3c1d2e4f"}

    client.post(f"{path(conversation)}votes/", ballot)
    client.post(f"{path(conversation)}votes/", ballot)

    assert VoteChange.objects.count() == 1


def test_worker_who_goes_back_to_a_form_may_choose_otherwise() -> None:
    client, _worker = field_worker()
    conversation = room()
    client.post(path(conversation), consent())
    form = {"statement": 0, "ballot": "0190f3c4-7a55-7cc1-8a30-2f0a1f6d2b11"}

    answers = [
        client.post(f"{path(conversation)}votes/", form | {"choice": choice})
        for choice in ("agree", "agree", "disagree", "agree")
    ]

    assert [answer.status_code for answer in answers] == [302] * 4
    assert list(VoteChange.objects.values_list("choice", flat=True)) == [1, -1, 1]


@pytest.mark.parametrize("form", [{}, {"statement": "x"}, {"statement": 0, "choice": "take-back"}])
def test_vote_that_is_none_is_said_so(form: dict[str, Any]) -> None:
    client, _worker = field_worker()
    conversation = room()
    client.post(path(conversation), consent())

    answer = client.post(f"{path(conversation)}votes/", form)

    assert answer.status_code == 422
    assert "Choose agree, disagree or pass." in answer.content.decode()


def test_closed_conversation_takes_no_help() -> None:
    client, _worker = field_worker()
    conversation = room(state=Conversation.State.CLOSED)

    answer = client.post(path(conversation), consent())

    assert answer.status_code == 409
    assert not Participant.objects.exists()


def test_cap_holds_for_each_worker_and_day(settings: Any) -> None:
    settings.ASSISTED_A_DAY = 2
    client, worker = field_worker()
    other, _worker = field_worker()
    conversation = room()
    for number in ("3660312345671", "3660312345672"):
        assert client.post(path(conversation), consent(number)).status_code == 302

    third = client.post(path(conversation), consent("3660312345673"))

    assert third.status_code == 429
    assert "as many people today" in third.content.decode()
    assert IdentityProof.objects.count() == Participant.objects.count() == 2
    assert other.post(path(conversation), consent("3660312345673")).status_code == 302
    Assistance.objects.filter(worker=worker).update(day="2026-01-01")
    assert assistance.left_today(worker) == 2


def test_cap_is_one_for_votes_and_signatures(settings: Any) -> None:
    settings.ASSISTED_A_DAY = 1
    client, _worker = field_worker()
    petition = making.collecting()
    client.post(f"/assist/petitions/{petition.pk}/", consent())

    assert client.post(path(room()), consent()).status_code == 429


def test_votes_of_somebody_who_takes_part_themselves_stay_theirs(settings: Any) -> None:
    settings.ASSISTED_A_DAY = 2
    client, worker = field_worker()
    conversation = room()
    person = factories.user()
    identity.prove(user=person, provider="counter", number=NUMBER)
    own = participants.enter(conversation=conversation, user=person, session={})
    votes.cast_one(participant=own, statement_number=0, choice=Choice.DISAGREE)

    answer = client.post(path(conversation), consent())

    assert answer.status_code == 409
    assert "Nothing can be entered for this person here" in answer.content.decode()
    assert Vote.objects.get().choice == Choice.DISAGREE
    # Trying numbers out is held back as help is, and the record never hears of it.
    assert assistance.left_today(worker) == 1
    assert not Assistance.objects.filter(awaits_record=True).exists()


def test_help_for_somebody_with_an_account_is_their_accounts_voice() -> None:
    client, _worker = field_worker()
    conversation = room()
    person = factories.user()
    identity.prove(user=person, provider="counter", number=NUMBER)

    enter(client, conversation)

    participant = own_participant(conversation, person)
    assert participant is not None
    assert participant.channel == "assisted"
    # From now on they go on by themselves.
    assert client.post(path(conversation), consent()).status_code == 409


def test_votes_become_the_accounts_when_the_person_verifies() -> None:
    client, _worker = field_worker()
    conversation, petition = room(), making.collecting()
    enter(client, conversation, choices="agree agree")
    client.post(f"/assist/petitions/{petition.pk}/", consent())
    person = factories.user()

    proof = one_person.prove(user=person, provider="state", number=NUMBER, assurance="high")

    participant = own_participant(conversation, person)
    assert participant is not None
    assert Vote.objects.filter(participant=participant).count() == 2
    assert Participant.objects.count() == 1
    assert signers.has_signed(petition=petition, user=person)
    proof.refresh_from_db()
    assert (proof.user, proof.provider, proof.assurance) == (person, "state", "high")
    assert proof.person_key is None


def test_own_votes_stand_where_both_were_given() -> None:
    client, _worker = field_worker()
    conversation, petition = room(), making.collecting()
    helped = enter(client, conversation, choices="agree agree")
    client.post(f"/assist/petitions/{petition.pk}/", consent())
    person = factories.user()
    own = participants.enter(conversation=conversation, user=person, session={})
    votes.cast_one(participant=own, statement_number=helped[0], choice=Choice.DISAGREE)
    signatures.sign(petition_id=petition.pk, user=person)

    one_person.prove(user=person, provider="state", number=NUMBER)

    stored = dict(Vote.objects.values_list("statement__number", "choice"))
    assert stored == {helped[0]: Choice.DISAGREE, helped[1]: Choice.AGREE}
    assert set(Vote.objects.values_list("participant_id", flat=True)) == {own.pk}
    petition.refresh_from_db()
    valid = petition.signatures.filter(state=Signature.State.VALID)
    assert petition.signature_count == valid.count() == 2


def test_history_replays_to_the_votes_after_joining() -> None:
    client, _worker = field_worker()
    conversation = room()
    helped = enter(client, conversation, choices="agree disagree")
    person = factories.user()
    own = participants.enter(conversation=conversation, user=person, session={})
    votes.cast_one(participant=own, statement_number=helped[0], choice=Choice.PASS)

    one_person.prove(user=person, provider="state", number=NUMBER)

    replayed: dict[tuple[int, int], int] = {}
    for change in VoteChange.objects.order_by("id"):
        pair = (change.participant_id, change.statement_id)
        if change.choice is None:
            replayed.pop(pair)
        else:
            replayed[pair] = change.choice
    assert replayed == {
        (vote.participant_id, vote.statement_id): vote.choice for vote in Vote.objects.all()
    }


def test_closed_conversation_stays_as_it_was_counted_after_joining() -> None:
    client, _worker = field_worker()
    conversation = room()
    enter(client, conversation)
    person = factories.user()
    own = participants.enter(conversation=conversation, user=person, session={})
    votes.cast_one(participant=own, statement_number=0, choice=Choice.PASS)
    before = sorted(Vote.objects.values_list("participant_id", "choice"))
    Conversation.objects.update(state=Conversation.State.CLOSED)

    one_person.prove(user=person, provider="state", number=NUMBER)

    assert sorted(Vote.objects.values_list("participant_id", "choice")) == before


def test_signature_is_counted_once_marked_and_told_alike() -> None:
    client, _worker = field_worker()
    petition = making.collecting()
    address = f"/assist/petitions/{petition.pk}/"

    first = client.post(address, consent(), follow=True).content.decode()
    again = client.post(address, consent(OTHER_SPELLING), follow=True).content.decode()

    petition.refresh_from_db()
    assert petition.signature_count == 2
    assert petition.signatures.filter(channel="assisted").count() == 1
    for page in (first, again):
        assert "The signature is counted. Each person&#x27;s counts once." in page


def test_signature_page_of_a_closed_petition_says_so() -> None:
    client, _worker = field_worker()
    petition = making.collecting()
    before = petition.opened_at - timedelta(days=9)
    type(petition).objects.update(opened_at=before, collecting_until=before + timedelta(days=1))

    answer = client.post(f"/assist/petitions/{petition.pk}/", consent())

    assert answer.status_code == 409


def test_draft_of_a_petition_is_not_there() -> None:
    client, worker = field_worker()
    petition = making.draft(creator=worker)

    assert client.get(f"/assist/petitions/{petition.pk}/").status_code == 404


def test_petition_page_counts_help_apart() -> None:
    client, _worker = field_worker()
    petition = making.collecting()
    client.post(f"/assist/petitions/{petition.pk}/", consent())

    page = Client().get(petition.get_absolute_url()).content.decode()

    assert "1 of them with a field worker’s help" in page


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_cap_holds_for_two_phones_of_one_worker_at_once(settings: Any) -> None:
    settings.ASSISTED_A_DAY = 5
    _client, worker = field_worker()
    conversation = room()
    start, told = threading.Barrier(10), []

    def run(place: int) -> None:
        client = Client()
        client.force_login(worker)
        start.wait(timeout=30)
        answer = client.post(path(conversation), consent(f"366031234567{place}"))
        told.append(answer.status_code)
        connection.close()

    crowd = [threading.Thread(target=run, args=(place,)) for place in range(10)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=60)

    assert sorted(told) == [302] * 5 + [429] * 5
    assert Participant.objects.count() == IdentityProof.objects.count() == 5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_person_helped_by_many_at_once_is_one_voice() -> None:
    conversation = room()
    workers = [field_worker()[0] for _ in range(8)]
    start, told = threading.Barrier(8), []

    def run(client: Client) -> None:
        start.wait(timeout=30)
        told.append(client.post(path(conversation), consent()).status_code)
        connection.close()

    crowd = [threading.Thread(target=run, args=(client,)) for client in workers]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=60)

    assert told == [302] * 8
    assert Participant.objects.count() == IdentityProof.objects.count() == 1
