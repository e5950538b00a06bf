"""The clerks' pages."""

from html import unescape

import pytest
from django.test import Client

from petitions import councils, reviews, signatures
from petitions.models import CouncilMember, CouncilReview, Outcome
from tests import factories
from tests.just_signed_in import sign_in
from tests.petitions import making

pytestmark = pytest.mark.django_db

ANSWER = {"action": "answer", "kind": "rejected", "reasons": "There is no money.", "language": "en"}


def as_person(person: object) -> Client:
    return sign_in(Client(), person)


def text_of(response: object) -> str:
    return unescape(response.content.decode())


@pytest.fixture
def council():
    return making.council()


@pytest.fixture
def clerk(council):
    return making.clerk(council)


@pytest.fixture
def desk(clerk) -> Client:
    return as_person(clerk)


@pytest.fixture
def review(council) -> CouncilReview:
    return making.review(of=council)


@pytest.fixture
def held(review, clerk) -> CouncilReview:
    return reviews.check_out(review_id=review.pk, user=clerk)


def test_desk_asks_the_anonymous_to_sign_in(client: Client, review: CouncilReview) -> None:
    for address in ("/council/", review.get_absolute_url()):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"] == f"/accounts/login/?next={address}"
    assert client.post("/council/").status_code == 405
    assert client.post(address, {"action": "check-out"})["Location"].startswith("/accounts/")


@pytest.mark.parametrize("make", [factories.user, factories.moderator])
def test_desk_is_403_with_a_sentence_to_others(review: CouncilReview, make) -> None:
    client = as_person(make())

    queue, page = client.get("/council/"), client.get(review.get_absolute_url())
    act = client.post(review.get_absolute_url(), {"action": "check-out"})

    assert [queue.status_code, page.status_code, act.status_code] == [403, 403, 403]
    assert "This page is for people with another role." in text_of(queue)
    assert CouncilReview.objects.get().state == CouncilReview.State.WAITING


def test_review_of_another_council_is_403(review: CouncilReview) -> None:
    client = as_person(making.clerk(making.council()))

    assert "a council where you are not a clerk" in text_of(client.get(review.get_absolute_url()))
    assert client.get(review.get_absolute_url()).status_code == 403
    assert client.post(review.get_absolute_url(), ANSWER).status_code == 403
    assert client.get("/council/").context["reviews"].count() == 0


def test_desk_is_403_after_dismissal(desk: Client, clerk, council, review) -> None:
    assert desk.get("/council/").status_code == 200

    councils.dismiss(council=council, user=clerk)

    assert desk.get("/council/").status_code == 403
    assert desk.get(review.get_absolute_url()).status_code == 403


@pytest.mark.parametrize("address", ["/council/reviews/999/", f"/council/reviews/{'9' * 30}/"])
def test_unknown_review_is_404(desk: Client, address: str) -> None:
    assert desk.get(address).status_code == 404
    assert desk.post(address, ANSWER).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_queue_takes_the_same_queries_for_one_and_for_thirty(
    rows: int, django_assert_num_queries
) -> None:
    council = making.council(threshold=1)
    clerk = making.clerk(council)
    desk = as_person(clerk)
    for _ in range(rows):
        making.review(of=council)
        making.answered(of=council, by=clerk)

    # Session and account; roles and seats, at the door and for the queue; seats, their councils'
    # names; the queue and the answered ones, each with its councils' names; the frame: whose
    # desks, what news?
    with django_assert_num_queries(13):
        response = desk.get("/council/")

    assert len(response.context["reviews"]) == rows


def test_queue_says_who_has_it_without_a_name(council, review: CouncilReview) -> None:
    first = making.clerk(council, display_name="Zubaida")
    reviews.check_out(review_id=review.pk, user=first)

    own = text_of(as_person(first).get("/council/"))
    other = text_of(as_person(making.clerk(council)).get("/council/"))

    assert "Checked out by you until" in own
    assert "Checked out by another clerk of this council until" in other
    assert "Zubaida" not in other


def test_clerk_checks_out_and_answers(desk: Client, review: CouncilReview, client: Client) -> None:
    first = desk.get(review.get_absolute_url())
    assert 'value="check-out"' in text_of(first)
    assert 'value="answer"' not in text_of(first)

    taken = desk.post(review.get_absolute_url(), {"action": "check-out"}, follow=True)
    version = taken.context["review"].version
    done = desk.post(review.get_absolute_url(), {**ANSWER, "version": version})

    assert done.status_code == 302
    assert done["Location"] == review.petition.get_absolute_url()
    page = text_of(client.get(review.petition.get_absolute_url()))
    assert "There is no money." in page
    assert "Rejected" in page
    seen = desk.get(review.get_absolute_url())
    assert 'value="check-out"' not in text_of(seen)
    assert "There is no money." in text_of(seen)


def test_clerk_renews_and_releases(desk: Client, held: CouncilReview) -> None:
    renewed = desk.post(held.get_absolute_url(), {"action": "renew"})
    released = desk.post(held.get_absolute_url(), {"action": "release"})

    assert renewed["Location"] == held.get_absolute_url()
    assert released["Location"] == "/council/"
    assert CouncilReview.objects.get().state == CouncilReview.State.WAITING


@pytest.mark.parametrize("action", ["renew", "check-out"])
def test_more_time_keeps_what_was_typed(desk: Client, held: CouncilReview, action: str) -> None:
    response = desk.post(
        held.get_absolute_url(), {**ANSWER, "action": action, "version": held.version}
    )

    assert response.status_code == 200
    assert "There is no money." in text_of(response)
    assert response.context["form"].initial["kind"] == "rejected"
    assert Outcome.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "maybe"},
        {"reasons": " \n"},
        {"reasons": "x" * 6001},
        {"language": "xx"},
        {"version": ""},
        {"version": "x"},
        {"version": "9" * 30},
    ],
    ids=lambda wrong: str(wrong)[:30],
)
def test_wrong_answer_is_422_with_what_was_typed(
    desk: Client, held: CouncilReview, wrong: dict[str, object]
) -> None:
    fields = {**ANSWER, "version": held.version, **wrong}

    response = desk.post(held.get_absolute_url(), fields)

    assert response.status_code == 422
    if "reasons" not in wrong:
        assert "There is no money." in text_of(response)
    assert Outcome.objects.count() == 0


@pytest.mark.parametrize("action", ["", "delete", "\x00"])
def test_unknown_action_is_422_with_what_was_typed(
    desk: Client, held: CouncilReview, action: str
) -> None:
    response = desk.post(held.get_absolute_url(), {**ANSWER, "action": action})

    assert response.status_code == 422
    assert "There is no money." in text_of(response)


def test_answer_after_the_time_ran_out_is_409_and_can_go_on(
    desk: Client, held: CouncilReview
) -> None:
    making.let_lease_expire(held)

    refused = desk.post(held.get_absolute_url(), {**ANSWER, "version": held.version})
    again = desk.post(held.get_absolute_url(), {**ANSWER, "action": "check-out"})
    done = desk.post(
        held.get_absolute_url(), {**ANSWER, "version": again.context["review"].version}
    )

    assert refused.status_code == 409
    assert "There is no money." in text_of(refused)
    assert 'value="check-out"' in text_of(refused)
    assert "There is no money." in text_of(again)
    assert done.status_code == 302


def test_answer_after_take_over_is_409_with_what_was_typed(
    desk: Client, council, held: CouncilReview
) -> None:
    making.let_lease_expire(held)
    reviews.check_out(review_id=held.pk, user=making.clerk(council))

    response = desk.post(held.get_absolute_url(), {**ANSWER, "version": held.version})

    assert response.status_code == 409
    assert "There is no money." in text_of(response)
    assert "Checked out by another clerk" in text_of(response)
    assert 'value="answer"' not in text_of(response)
    assert Outcome.objects.count() == 0


def test_answer_of_an_answered_review_is_409_and_changes_nothing(
    desk: Client, clerk, council
) -> None:
    outcome = making.answered(by=clerk, of=council)
    review = outcome.review

    response = desk.post(review.get_absolute_url(), {**ANSWER, "version": review.version})

    assert response.status_code == 409
    assert "answered already" in text_of(response)
    assert "There is no money." in text_of(response)
    assert Outcome.objects.get().reasons == outcome.reasons


def test_check_out_of_what_another_has_is_409(desk: Client, council, review) -> None:
    reviews.check_out(review_id=review.pk, user=making.clerk(council))

    response = desk.post(review.get_absolute_url(), {"action": "check-out"})

    assert response.status_code == 409
    assert "Another clerk of the council is working on this review." in text_of(response)


def test_desk_in_urdu(desk: Client, held: CouncilReview) -> None:
    desk.cookies["django_language"] = "ur"

    for address in ("/council/", held.get_absolute_url()):
        response = desk.get(address)
        assert response.status_code == 200
        assert 'dir="rtl"' in text_of(response)


@pytest.fixture
def reader(council) -> Client:
    """Somebody who may see the council's queue and do nothing in it."""
    person = factories.user()
    councils.appoint(council=council, user=person, role=CouncilMember.Role.READER)
    return as_person(person)


def test_reader_sees_the_queue_without_a_button_and_acts_on_nothing(reader: Client, review) -> None:
    queue, page = reader.get("/council/"), text_of(reader.get(review.get_absolute_url()))
    acts = [
        reader.post(review.get_absolute_url(), {**ANSWER, "action": action}).status_code
        for action in ("check-out", "renew", "release", "check", "answer", "nonsense")
    ]

    assert list(queue.context["reviews"]) == [review]
    assert "You may read this and decide nothing." in page
    assert 'name="action"' not in page
    assert acts == [403] * 6
    assert CouncilReview.objects.get().state == CouncilReview.State.WAITING


def test_reader_is_mailed_nothing_as_a_clerk(reader: Client, council) -> None:
    assert not councils.clerks_of(council.pk).exists()


@pytest.mark.parametrize("near", ["creator", "signatory"])
def test_clerk_neither_checks_out_nor_answers_what_is_theirs(
    desk: Client, clerk, review: CouncilReview, near: str
) -> None:
    if near == "creator":
        review.petition.creator = clerk
        review.petition.save()
    else:
        signatures.sign(petition_id=review.petition_id, user=clerk)

    page = text_of(desk.get(review.get_absolute_url()))
    refused = desk.post(review.get_absolute_url(), {"action": "check-out"})

    assert "You wrote or signed this petition, so somebody else answers it." in page
    assert 'value="check-out"' not in page
    assert refused.status_code == 403
    assert CouncilReview.objects.get().state == CouncilReview.State.WAITING


def test_clerk_who_signs_after_checking_out_gives_it_back_with_nothing_answered(
    desk: Client, clerk, held: CouncilReview
) -> None:
    signatures.sign(petition_id=held.petition_id, user=clerk)

    refused = desk.post(held.get_absolute_url(), {**ANSWER, "version": held.version})
    given_back = desk.post(held.get_absolute_url(), {"action": "release"})

    assert refused.status_code == 403
    assert "There is no money." in text_of(refused)
    assert given_back["Location"] == "/council/"
    assert Outcome.objects.count() == 0
