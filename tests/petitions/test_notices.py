"""News about petitions: who gets it, when, and what a mail must not say."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django_tasks_db.models import DBTaskResult

from accounts import follows
from accounts.models import Notice
from petitions import councils, creators, errors, lifecycle, signatures
from petitions.models import CouncilReview, Petition
from tests import factories
from tests.petitions import making
from tests.tasks import run_enqueued

pytestmark = pytest.mark.django_db


def send_all() -> list[EmailMessage]:
    run_enqueued()
    return mail.outbox


def test_crossing_tells_every_clerk_of_the_council_and_the_creator() -> None:
    council = making.council()
    clerks = [making.clerk(council) for _ in range(2)]
    dismissed = making.clerk(council)
    councils.dismiss(council=council, user=dismissed)
    making.clerk(making.council())
    creator = factories.user()
    review = making.review(of=council, creator=creator)

    sent = send_all()

    assert [message.to for message in sent] == [[person.email] for person in [*clerks, creator]]
    assert f"http://localhost:8000/council/reviews/{review.pk}/" in sent[0].body
    assert f"http://localhost:8000/petitions/{review.petition_id}/" in sent[-1].body


def test_crossing_tells_once() -> None:
    petition = making.collecting(threshold=2)
    assert not Notice.objects.exists()

    making.sign(petition, people=3)

    assert Notice.objects.count() == 1


def test_refused_signature_tells_nobody() -> None:
    petition = making.collecting(threshold=2)
    making.let_deadline_pass(petition)

    with pytest.raises(errors.PetitionClosed):
        signatures.sign(petition_id=petition.pk, user=factories.user())

    assert DBTaskResult.objects.count() == 0
    assert CouncilReview.objects.count() == 0


def test_answer_tells_the_creator_and_whoever_follows() -> None:
    creator, follower = factories.user(), factories.user()
    petition = making.review(creator=creator).petition
    follows.follow(follower, petition.get_absolute_url())
    send_all().clear()

    making.answer(petition.review)
    sent = send_all()

    assert sorted(message.to[0] for message in sent) == sorted([creator.email, follower.email])
    assert {message.subject for message in sent} == {"The council has answered a petition"}


def test_withdrawal_tells_whoever_follows() -> None:
    creator, follower = factories.user(), factories.user()
    petition = making.collecting(creator=creator)
    follows.follow(follower, petition.get_absolute_url())

    creators.withdraw(petition_id=petition.pk, user=creator)

    assert [message.to for message in send_all()] == [[follower.email]]


def test_deadline_tells_the_creator_unless_the_council_has_it() -> None:
    creator = factories.user()
    below = making.collecting(creator=creator)
    crossed = making.review().petition
    send_all().clear()
    for petition in (below, crossed):
        making.let_deadline_pass(petition)

    lifecycle.step()
    sent = send_all()

    assert [message.to for message in sent] == [[creator.email]]
    assert sent[0].subject == "The time for signatures has ended"


def test_mail_holds_no_word_of_the_petition_and_no_name() -> None:
    council = making.council()
    clerk = making.clerk(council, display_name="Zubaida")
    making.answered(
        of=council,
        by=clerk,
        creator=factories.user(display_name="Karim"),
        title="Secretwish",
        text="Secretwhy",
    )

    sent = send_all()

    assert len(sent) == 3
    for message in sent:
        said = f"{message.subject} {message.body} {message.alternatives[0][0]}"
        assert not any(word in said for word in ("Secret", "Zubaida", "Karim", "budget"))


def test_mail_is_not_sent_to_whoever_left_meanwhile() -> None:
    council = making.council()
    clerk = making.clerk(council)
    creator = factories.user()
    making.review(of=council, creator=creator)
    clerk.delete()
    creator.delete()

    assert send_all() == []


def test_mail_is_in_the_accounts_language_or_else_the_petitions() -> None:
    chosen, silent = factories.user(language="en"), factories.user()
    for creator in (chosen, silent):
        petition = making.collecting(creator=creator, language="ur")
        making.let_deadline_pass(petition)

    lifecycle.step()
    subjects = {message.to[0]: message.subject for message in send_all()}

    assert subjects[chosen.email].isascii()
    assert not subjects[silent.email].isascii()


def test_mail_gives_the_day_by_the_councils_calendar() -> None:
    council = making.council(time_zone="Asia/Karachi")
    making.clerk(council)
    making.review(of=council)
    # 18:59 UTC on the 21st is the end of that day in Karachi; 19:00 would be the 22nd.
    Notice.objects.update(
        facts={"due": "2031-01-21T18:59:59.999999+00:00", "zone": "Asia/Karachi", "needed": 1}
    )

    sent = send_all()

    assert "Jan. 21, 2031" in sent[0].body


def test_petition_that_lost_its_creator_tells_nobody() -> None:
    petition = making.collecting()
    Petition.objects.filter(pk=petition.pk).update(creator=None)
    making.let_deadline_pass(petition)

    lifecycle.step()

    assert send_all() == []
