"""Mail about petitions: who gets it, when, and what it must not say."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django_tasks_db.models import DBTaskResult

from petitions import councils, errors, lifecycle, signatures
from petitions.models import CouncilReview, Petition
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


def send_all() -> list[EmailMessage]:
    """Run what is enqueued, as the worker does, and give the mail that it sent."""
    for row in DBTaskResult.objects.order_by("enqueued_at"):
        args = row.args_kwargs
        row.task.call(*args["args"], **args["kwargs"])
    DBTaskResult.objects.all().delete()
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


def test_crossing_enqueues_once() -> None:
    petition = making.collecting(threshold=2)
    assert DBTaskResult.objects.count() == 0

    making.sign(petition, people=3)

    assert DBTaskResult.objects.count() == 1


def test_refused_signature_enqueues_nothing() -> None:
    petition = making.collecting(threshold=2)
    making.let_deadline_pass(petition)

    with pytest.raises(errors.PetitionClosed):
        signatures.sign(petition_id=petition.pk, user=factories.user())

    assert DBTaskResult.objects.count() == 0
    assert CouncilReview.objects.count() == 0


def test_answer_tells_the_creator() -> None:
    creator = factories.user()
    making.answered(creator=creator)

    message = send_all()[-1]

    assert message.to == [creator.email]
    assert message.subject == "The council has answered your petition"


def test_deadline_tells_the_creator_unless_the_council_has_it() -> None:
    creator = factories.user()
    below = making.collecting(creator=creator)
    crossed = making.review().petition
    send_all()
    mail.outbox.clear()
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

    for message in send_all():
        said = f"{message.subject} {message.body}"
        assert not any(word in said for word in ("Secret", "Zubaida", "Karim", "budget"))
        assert message.content_subtype == "plain"
        assert message.extra_headers["Auto-Submitted"] == "auto-generated"
        assert "\n" not in message.subject


def test_mail_is_not_sent_to_whoever_left_meanwhile() -> None:
    council = making.council()
    clerk = making.clerk(council)
    creator = factories.user()
    making.review(of=council, creator=creator)
    councils.dismiss(council=council, user=clerk)
    creator.delete()

    assert send_all() == []


def test_mail_gives_the_day_by_the_councils_calendar() -> None:
    council = making.council(time_zone="Asia/Karachi")
    making.clerk(council)
    review = making.review(of=council)
    # 18:59 UTC on the 21st is the end of that day in Karachi; 19:00 would be the 22nd.
    CouncilReview.objects.update(answer_due_at="2031-01-21T18:59:59.999999Z")

    sent = send_all()

    assert review.petition.council.time_zone == "Asia/Karachi"
    assert "Jan. 21, 2031" in sent[0].body


def test_mail_about_a_petition_that_lost_its_creator_is_not_sent() -> None:
    petition = making.collecting(threshold=1)
    Petition.objects.filter(pk=petition.pk).update(creator=None)

    assert send_all() == []
