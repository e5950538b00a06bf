"""What a creator does with a petition, and what they cannot."""

from datetime import timedelta
from uuid import uuid4

import pytest

from petitions import clocks, councils, creators, errors, wording
from petitions.models import Council, Petition, PetitionTransition
from petitions.transitions import State
from record.models import RecordLine
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


def test_write_makes_a_draft_that_nobody_signed() -> None:
    person = factories.user()

    petition = making.draft(creator=person, title="  Mend   it ", text="Now.\r\nPlease.")

    stored = Petition.objects.get()
    assert stored == petition
    assert (stored.title, stored.text) == ("Mend it", "Now.\nPlease.")
    assert (stored.state, stored.creator, stored.signature_count) == (State.DRAFT, person, 0)
    assert stored.threshold is None
    assert RecordLine.objects.count() == 0


def test_write_with_the_same_key_makes_one_draft() -> None:
    person, council, key = factories.user(), making.council(), uuid4()
    words = {"title": "Mend it", "text": "Now.", "language": "en"}

    first = creators.write(user=person, council=council, draft_key=key, **words)
    second = creators.write(user=person, council=council, draft_key=key, **words)

    assert first == second
    assert PetitionTransition.objects.count() == 1


def test_write_with_anothers_key_makes_ones_own_draft() -> None:
    council, key = making.council(), uuid4()
    words = {"title": "Mend it", "text": "Now.", "language": "en"}

    first = creators.write(user=factories.user(), council=council, draft_key=key, **words)
    second = creators.write(user=factories.user(), council=council, draft_key=key, **words)

    assert first != second


def test_write_is_refused_after_ten_drafts() -> None:
    person, council = factories.user(), making.council()
    drafts = [making.draft(creator=person, of=council) for _ in range(creators.DRAFTS_AT_ONCE)]

    with pytest.raises(errors.TooManyDrafts):
        making.draft(creator=person, of=council)
    creators.withdraw(petition_id=drafts[0].pk, user=person)

    assert making.draft(creator=person, of=council).pk


def test_save_changes_the_draft_and_its_version() -> None:
    person, council = factories.user(), making.council()
    petition = making.draft(creator=person, of=council)

    creators.save(
        petition_id=petition.pk,
        user=person,
        version=0,
        council=council,
        title="Another",
        text="Text",
        language="ur",
    )

    petition.refresh_from_db()
    assert (petition.title, petition.text, petition.language) == ("Another", "Text", "ur")
    assert petition.version == 1


@pytest.mark.parametrize("version", [1, 7])
def test_save_of_another_version_is_refused(version: int) -> None:
    person = factories.user()
    petition = making.draft(creator=person)

    with pytest.raises(errors.StaleVersion):
        creators.save(
            petition_id=petition.pk,
            user=person,
            version=version,
            council=petition.council,
            title="Another",
            text="Text",
            language="en",
        )

    petition.refresh_from_db()
    assert petition.title == making.TITLE


def test_open_freezes_the_text_and_copies_the_rule() -> None:
    council = making.council(threshold=5, collecting_days=30, answer_days=10)

    petition = making.collecting(of=council)

    stored = Petition.objects.get()
    assert stored.opened_at is not None
    assert (stored.state, stored.threshold, stored.answer_days) == (State.COLLECTING, 5, 10)
    assert stored.collecting_until == clocks.end_of_day(start=stored.opened_at, days=30, zone="UTC")
    assert stored.frozen_text_hash == wording.fingerprint(
        title=making.TITLE, text=making.TEXT, language="en"
    )
    assert stored.is_intact
    assert petition.signature_count == stored.signature_count == 1


def test_open_tells_the_record_without_the_words() -> None:
    petition = making.collecting()

    line = RecordLine.objects.get()
    assert (line.kind, line.subject) == ("petition.opened", f"/petitions/{petition.pk}/")
    assert line.facts["threshold"] == 3
    assert line.facts["council"] == petition.council.slug
    assert line.personal_hash
    assert "pumps" not in str(line.facts)
    assert petition.frozen_text_hash not in str(line.facts)


def test_open_petition_keeps_its_rule_when_the_council_changes_it() -> None:
    petition = making.collecting(threshold=3)
    before = Petition.objects.values().get()

    councils.establish(
        slug=petition.council.slug,
        name="Renamed",
        population=9,
        threshold_number=1,
        collecting_days=1,
        answer_days=1,
    )

    assert Petition.objects.values().get() == before
    assert Council.objects.get().threshold_number == 1


def test_open_petitions_text_cannot_be_saved() -> None:
    person = factories.user()
    petition = making.collecting(creator=person)

    with pytest.raises(errors.IllegalTransition):
        creators.save(
            petition_id=petition.pk,
            user=person,
            version=petition.version,
            council=petition.council,
            title="Something else",
            text="entirely",
            language="en",
        )

    assert Petition.objects.get().title == making.TITLE


def test_open_without_confirmed_address_changes_nothing() -> None:
    person = factories.user(verified_email=False)
    petition = making.draft(creator=person)

    with pytest.raises(errors.EmailNotVerified):
        creators.open_for_signatures(petition_id=petition.pk, user=person, version=0)

    petition.refresh_from_db()
    assert petition.state == State.DRAFT
    assert RecordLine.objects.count() == 0


def test_open_of_another_version_is_refused() -> None:
    person = factories.user()
    petition = making.draft(creator=person)

    with pytest.raises(errors.StaleVersion):
        creators.open_for_signatures(petition_id=petition.pk, user=person, version=4)


def test_open_with_threshold_one_crosses_at_once() -> None:
    petition = making.collecting(threshold=1)

    assert Petition.objects.get().threshold_reached_at is not None
    assert petition.reviews.count() == 1


def test_withdraw_keeps_the_page_and_ends_the_signatures() -> None:
    person = factories.user()
    petition = making.collecting(creator=person)

    creators.withdraw(petition_id=petition.pk, user=person)

    stored = Petition.objects.get()
    assert stored.state == State.WITHDRAWN
    assert stored.closed_at is not None
    assert stored in Petition.objects.public()
    assert stored not in Petition.objects.collecting()
    assert RecordLine.objects.filter(kind="petition.withdrawn").count() == 1


def test_withdraw_of_a_draft_stays_private() -> None:
    person = factories.user()
    petition = making.draft(creator=person)

    creators.withdraw(petition_id=petition.pk, user=person)

    assert list(Petition.objects.public()) == []
    assert list(Petition.objects.of_creator(person)) == []
    assert RecordLine.objects.count() == 0


def test_draft_that_is_thrown_away_loses_its_words_at_once() -> None:
    petition = making.draft()

    creators.withdraw(petition_id=petition.pk, user=petition.creator)

    stored = Petition.objects.get()
    assert {stored.title, stored.text} == {creators.NO_WORDS}
    assert "pumps" not in stored.search_words


def test_withdrawn_petition_keeps_the_words_that_people_signed() -> None:
    petition = making.collecting()

    creators.withdraw(petition_id=petition.pk, user=petition.creator)

    assert Petition.objects.get().text == making.TEXT
    assert not creators.forget_draft(petition_id=petition.pk)


def test_withdraw_after_crossing_is_refused() -> None:
    person = factories.user()
    review = making.review(creator=person)

    with pytest.raises(errors.WithCouncil):
        creators.withdraw(petition_id=review.petition_id, user=person)

    assert Petition.objects.get().state == State.COLLECTING


@pytest.mark.parametrize("act", ["save", "open", "withdraw"])
def test_creators_acts_are_refused_to_others(act: str) -> None:
    petition, stranger = making.draft(), factories.user()
    words = {"council": petition.council, "title": "x", "text": "y", "language": "en"}
    acts = {
        "save": lambda: creators.save(petition_id=petition.pk, user=stranger, version=0, **words),
        "open": lambda: creators.open_for_signatures(
            petition_id=petition.pk, user=stranger, version=0
        ),
        "withdraw": lambda: creators.withdraw(petition_id=petition.pk, user=stranger),
    }

    with pytest.raises(errors.NotCreator):
        acts[act]()

    petition.refresh_from_db()
    assert (petition.state, petition.title) == (State.DRAFT, making.TITLE)


def test_petition_outlives_its_creators_account() -> None:
    person = factories.user()
    petition = making.collecting(creator=person)

    person.delete()

    petition.refresh_from_db()
    assert petition.creator is None
    assert petition.signature_count == 1


def test_nearly_there_begins_with_the_smallest_gap() -> None:
    far = making.collecting(threshold=10)
    near = making.collecting(threshold=4)
    making.sign(near)
    crossed = making.collecting(threshold=1)

    assert list(Petition.objects.nearly_there()) == [near, far]
    assert set(Petition.objects.collecting()) == {near, far, crossed}


def test_collecting_leaves_out_what_the_clock_has_ended() -> None:
    petition = making.collecting()
    assert timedelta(0) < petition.collecting_until - petition.opened_at

    making.let_deadline_pass(petition)

    assert list(Petition.objects.collecting()) == []
