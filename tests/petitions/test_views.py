"""The public's pages: the list, one petition, signing."""

from html import unescape

import pytest
from django.test import Client

from petitions import signers
from petitions.models import CouncilReview, Petition
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


def as_person(person: object) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: object) -> str:
    return unescape(response.content.decode())


def post(client: Client, petition: Petition, action: str, **fields: object) -> object:
    return client.post(petition.get_absolute_url(), {"action": action, **fields})


@pytest.mark.parametrize("show", ["collecting", "council", "answered", "all"])
@pytest.mark.parametrize("people", [1, 30])
def test_list_takes_the_same_queries_for_one_and_for_thirty(
    show: str, people: int, client: Client, django_assert_num_queries
) -> None:
    make = {
        "collecting": making.collecting,
        "council": making.review,
        "answered": making.answered,
        "all": making.answered,
    }[show]
    for _ in range(people):
        make(of=making.council(threshold=1))

    # How many, one page with its councils, the councils' names, the reviews with their outcomes.
    with django_assert_num_queries(4):
        response = client.get("/petitions/", {"show": show})

    assert len(response.context["petitions"]) == min(people, 20)


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("", {"collecting", "crossed"}),
        ("collecting", {"collecting", "crossed"}),
        ("council", {"crossed"}),
        ("answered", {"answered"}),
        ("all", {"collecting", "crossed", "answered"}),
        ("nonsense", {"collecting", "crossed"}),
        ("mine", {"collecting", "crossed"}),
    ],
)
def test_list_shows_what_is_asked_for(client: Client, show: str, expected: set[str]) -> None:
    making.draft(title="draft")
    making.collecting(title="collecting")
    making.review(title="crossed")
    making.answered(title="answered")

    response = client.get("/petitions/", {"show": show})

    assert {petition.title for petition in response.context["petitions"]} == expected


def test_list_of_ones_own_holds_drafts_and_nobody_elses() -> None:
    person = factories.user()
    making.draft(creator=person, title="my draft")
    making.collecting(creator=person, title="my petition")
    making.draft(title="another draft")

    response = as_person(person).get("/petitions/", {"show": "mine"})

    titles = [petition.title for petition in response.context["petitions"]]
    assert titles == ["my petition", "my draft"]


@pytest.mark.parametrize(("words", "found"), [("PUMPS", 1), ("summer", 1), ("trains", 0), ("%", 0)])
def test_list_finds_words(client: Client, words: str, found: int) -> None:
    making.collecting()

    response = client.get("/petitions/", {"q": words})

    assert len(response.context["petitions"]) == found
    assert response.context["listing"].words == words


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "page=" + "9" * 5000,
        "q=%00",
        "q=%FF%FE",
        "q=" + "x" * 5000,
        "show=%00",
        "show=mine&show=all",
    ],
)
def test_list_takes_junk(client: Client, query: str) -> None:
    making.collecting()

    assert client.get(f"/petitions/?{query}").status_code == 200


def test_list_keeps_what_was_asked_for_on_the_next_page(client: Client) -> None:
    for _ in range(21):
        making.collecting()

    first = text_of(client.get("/petitions/", {"show": "all", "q": "pumps"}))
    second = client.get("/petitions/", {"show": "all", "q": "pumps", "page": 2})

    assert "?show=all&q=pumps&page=2" in first
    assert len(second.context["petitions"]) == 1


@pytest.mark.parametrize("people", [0, 30])
def test_petition_takes_the_same_queries_however_many_sign(
    people: int, client: Client, django_assert_num_queries
) -> None:
    petition = making.collecting(threshold=20)
    making.sign(petition, people=people)

    # The petition, its council's names, its review with the outcome, its history.
    with django_assert_num_queries(4):
        client.get(petition.get_absolute_url())


def test_petition_shows_progress_deadline_and_rules(client: Client) -> None:
    council = making.council(threshold=1500, time_zone="Asia/Karachi")
    petition = making.collecting(of=council)
    Petition.objects.update(
        opened_at="2030-01-01T00:00Z", collecting_until="2031-01-21T18:59:59.999999Z"
    )

    page = text_of(client.get(petition.get_absolute_url()))

    assert '<progress value="1" max="1500"' in page
    assert '<time datetime="2031-01-21">Jan. 21, 2031</time>' in page
    assert "Signatures until" in page
    assert petition.frozen_text_hash[:16] in page


def test_petition_shows_the_answer_in_the_councils_name(client: Client) -> None:
    council = making.council()
    outcome = making.answered(of=council, by=making.clerk(council, display_name="Zubaida"))

    page = text_of(client.get(outcome.review.petition.get_absolute_url()))

    assert "The pumps are in this year's budget." in page
    assert "Accepted" in page
    assert council.name in page
    assert "Zubaida" not in page
    assert 'value="sign"' not in page


def test_petition_in_review_does_not_say_who_has_it(client: Client) -> None:
    from petitions import reviews

    council = making.council()
    review = making.review(of=council)
    reviews.check_out(review_id=review.pk, user=making.clerk(council, display_name="Zubaida"))

    page = text_of(client.get(review.petition.get_absolute_url()))

    assert "The council is working on its answer." in page
    assert "60 days left to answer" in page
    assert "Zubaida" not in page


def test_petition_escapes_what_people_write(client: Client) -> None:
    petition = making.collecting(title="<script>alert(1)</script>", text="<b>x</b>")

    page = client.get(petition.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_petition_and_list_in_urdu(client: Client) -> None:
    from petitions import councils

    council = councils.establish(
        slug="d", name="District", names={"ur": "ضلع کونسل"}, population=9, threshold_number=2
    )
    petition = making.collecting(of=council, title="پانی کے پمپ", text="مرمت کریں", language="ur")
    client.cookies["django_language"] = "ur"

    for address in (petition.get_absolute_url(), "/petitions/"):
        response = client.get(address)
        page = text_of(response)
        assert response.status_code == 200
        assert 'lang="ur" dir="rtl"' in page
        assert "ضلع کونسل" in page
        assert '<bdi lang="ur">پانی کے پمپ</bdi>' in page


@pytest.mark.parametrize("address", ["/petitions/999/", f"/petitions/{'9' * 30}/"])
def test_unknown_petition_is_404(address: str) -> None:
    client = as_person(factories.user())

    assert client.get(address).status_code == 404
    assert client.post(address, {"action": "sign"}).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_draft_is_404_to_everyone_but_its_creator(method: str) -> None:
    creator = factories.user()
    petition = making.draft(creator=creator)
    address = petition.get_absolute_url()
    others = [Client(), as_person(factories.user()), as_person(factories.moderator())]
    others.append(as_person(making.clerk(petition.council)))

    for client in others:
        response = getattr(client, method)(address, {"action": "sign"})
        # Who is not signed in is asked to first, whatever is there or not.
        is_asked = method == "post" and client is others[0]
        assert response.status_code == (302 if is_asked else 404)
        assert getattr(client, method)(f"{address}edit/").status_code in {302, 404}
    assert as_person(creator).get(address).status_code == 200


def test_withdrawn_draft_is_its_creators_only(client: Client) -> None:
    person = factories.user()
    petition = making.draft(creator=person)
    own = as_person(person)

    response = post(own, petition, "withdraw")

    assert response.status_code == 302
    assert own.get(petition.get_absolute_url()).status_code == 200
    assert client.get(petition.get_absolute_url()).status_code == 404


def test_sign_by_anonymous_leads_to_sign_in_and_back(client: Client) -> None:
    petition = making.collecting()

    response = post(client, petition, "sign")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/")
    assert Petition.objects.get().signature_count == 1


def test_sign_and_take_back_by_form() -> None:
    petition, person = making.collecting(threshold=9), factories.user()
    client = as_person(person)

    signed = client.post(petition.get_absolute_url(), {"action": "sign"}, follow=True)
    twice = client.post(petition.get_absolute_url(), {"action": "sign"}, follow=True)
    back = client.post(petition.get_absolute_url(), {"action": "withdraw-signature"}, follow=True)

    assert "Your signature is counted. 2 people have signed." in text_of(signed)
    assert 'value="withdraw-signature"' in text_of(signed)
    assert "your signature counts once" in text_of(twice)
    assert "Your signature no longer counts." in text_of(back)
    assert Petition.objects.get().signature_count == 1


def test_sign_after_the_deadline_is_409_with_a_sentence() -> None:
    petition = making.collecting()
    making.let_deadline_pass(petition)

    response = post(as_person(factories.user()), petition, "sign")

    assert response.status_code == 409
    assert "This petition is not open for signatures." in text_of(response)


def test_sign_without_confirmed_address_is_403_with_a_sentence() -> None:
    petition = making.collecting()

    response = post(as_person(factories.user(verified_email=False)), petition, "sign")

    assert response.status_code == 403
    assert "Confirm your e-mail address first." in text_of(response)


def test_sign_reaches_the_council() -> None:
    petition = making.collecting(threshold=2)

    post(as_person(factories.user()), petition, "sign")

    assert CouncilReview.objects.get().petition == petition


@pytest.mark.parametrize(
    "fields", [{}, {"action": "delete"}, {"action": "\x00"}, {"action": ["sign", "x"]}], ids=str
)
def test_unknown_action_is_422(fields: dict[str, object]) -> None:
    petition = making.collecting()

    response = as_person(factories.user()).post(petition.get_absolute_url(), fields)

    assert response.status_code == 422
    assert Petition.objects.get().signature_count == 1


@pytest.mark.parametrize("version", ["", "1", "x", "-1", "9" * 40, "\x00"])
def test_open_of_another_version_is_409(version: str) -> None:
    person = factories.user()
    petition = making.draft(creator=person)

    response = post(as_person(person), petition, "open", version=version)

    assert response.status_code == 409
    assert Petition.objects.get().state == "draft"


def test_open_by_form_shows_the_petition_to_everyone(client: Client) -> None:
    person = factories.user()
    petition = making.draft(creator=person)

    response = post(as_person(person), petition, "open", version=0)

    assert response.status_code == 302
    assert client.get(petition.get_absolute_url()).status_code == 200
    assert signers.has_signed(petition=petition, user=person)


def creator_of(petition: Petition) -> Client:
    return as_person(petition.creator)


def citizen(_petition: Petition) -> Client:
    return as_person(factories.user())


def anonymous(_petition: Petition) -> Client:
    return Client()


def clerk(petition: Petition) -> Client:
    return as_person(making.clerk(petition.council))


@pytest.mark.parametrize(
    ("make", "action", "status"),
    [
        (creator_of, "sign", 302),
        (creator_of, "withdraw-signature", 302),
        (creator_of, "open", 409),
        (creator_of, "withdraw", 302),
        (citizen, "sign", 302),
        (citizen, "withdraw-signature", 302),
        (citizen, "open", 409),
        (citizen, "withdraw", 403),
        (clerk, "sign", 302),
        (clerk, "withdraw-signature", 302),
        (clerk, "open", 409),
        (clerk, "withdraw", 403),
        (anonymous, "sign", 302),
        (anonymous, "withdraw-signature", 302),
        (anonymous, "open", 302),
        (anonymous, "withdraw", 302),
    ],
)
def test_role_and_action_on_an_open_petition(make, action: str, status: int) -> None:
    petition = making.collecting()

    response = post(make(petition), petition, action, version=0)

    assert response.status_code == status
    if make is anonymous:
        assert response["Location"].startswith("/accounts/")
    withdrawn = make is creator_of and action == "withdraw"
    assert (Petition.objects.get().state == "withdrawn") == withdrawn


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_405(client: Client, method: str) -> None:
    petition = making.collecting()

    assert getattr(client, method)(petition.get_absolute_url()).status_code == 405
    assert getattr(client, method)("/petitions/").status_code == 405
