"""The front page and the pages of places: what is near comes first, and nobody is followed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import conversations, places
from deliberate.models import Place
from petitions import councils
from petitions.models import Council, CouncilReview
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def vehari() -> Place:
    return places.establish(slug="vehari", name="Vehari", kind="district", names={"ur": "وہاڑی"})


@pytest.fixture
def burewala(vehari: Place) -> Place:
    return places.establish(slug="burewala", name="Burewala", kind="town", within=vehari)


@pytest.fixture
def multan() -> Place:
    return places.establish(slug="multan", name="Multan", kind="district")


def council_of(place: Place, **rule: Any) -> Council:
    council = making.council(**rule)
    return councils.establish(
        slug=council.slug,
        name=f"Council of {place.name}",
        place=place,
        threshold_number=council.threshold_number,
        population=1000,
    )


def let_answer_be_late(review: CouncilReview, *, days: int) -> None:
    now = timezone.now()
    CouncilReview.objects.filter(pk=review.pk).update(
        crossed_at=now - timedelta(days=days + 60), answer_due_at=now - timedelta(days=days)
    )


def topics(answer: Any) -> list[str]:
    return [at.row.title_here for at in answer.context["going_on"].conversations]


def test_home_says_where_there_is_nothing(client: Client) -> None:
    page = client.get("/").content.decode()

    assert "No conversation is open at the moment." in page
    assert "No petition is collecting signatures at the moment." in page
    assert "No council has answered a petition yet." in page
    assert "No answer is late." in page


def test_home_shows_what_was_said_and_decided(client: Client) -> None:
    making.answered(title="Mend the pumps")

    page = client.get("/").content.decode()

    said = page[page.index("You said, they decided") : page.index("Late answers")]
    assert "Mend the pumps" in said
    assert "3 people signed" in said
    assert "Accepted" in said
    assert "<time datetime=" in said


def test_home_shows_late_answers_with_their_days(client: Client) -> None:
    late, in_time = making.review(title="Late lamps"), making.review(title="Early lamps")
    let_answer_be_late(late, days=12)

    page = client.get("/").content.decode()

    assert in_time.answer_due_at > timezone.now()
    overdue = page[page.index("Late answers") :]
    assert "Late lamps" in overdue
    assert "12 days late" in overdue
    assert "Early lamps" not in overdue


def test_home_orders_petitions_by_how_near_they_are(client: Client) -> None:
    far, near = making.collecting(threshold=10, title="Far"), making.collecting(title="Near")
    making.sign(near)

    answer = client.get("/")

    assert far.missing == 9
    petitions = [at.row.title for at in answer.context["going_on"].petitions]
    assert petitions == ["Near", "Far"]


def test_home_shows_the_readers_place_first_then_around_it_then_the_rest(
    client: Client, vehari: Place, burewala: Place, multan: Place
) -> None:
    for name, place in [("Town", burewala), ("District", vehari), ("Other", multan)]:
        factories.conversation(title=name, place=place)
    factories.conversation(title="Everywhere")
    before = topics(client.get("/"))

    client.get("/my-place/?place=burewala")
    after = topics(client.get("/"))
    client.get("/my-place/?place=multan")
    moved = topics(client.get("/"))

    assert before == ["Everywhere", "Other", "District", "Town"]
    assert after == ["Town", "District", "Everywhere", "Other"]
    assert moved == ["Other", "Everywhere", "District", "Town"]


def test_place_is_kept_only_when_it_is_chosen_and_can_be_forgotten(
    client: Client, vehari: Place
) -> None:
    read = [client.get(path) for path in ("/", "/places/", "/places/vehari/", "/search/?q=water")]

    chosen = client.get("/my-place/?place=vehari&next=/places/")
    seen = client.get("/").content.decode()
    forgotten = client.get("/my-place/?place=")

    assert [dict(answer.cookies) for answer in read] == [{}] * 4
    assert (chosen.status_code, chosen["Location"]) == (302, "/places/")
    assert chosen.cookies["place"]["httponly"]
    assert "First what goes on near you:" in seen
    assert forgotten.cookies["place"].value == ""


@pytest.mark.parametrize(
    ("query", "status", "to"),
    [
        ("place=atlantis", 404, None),
        ("place=%00", 404, None),
        ("place=vehari&next=https://evil.example/", 302, "/"),
        ("place=vehari&next=//evil.example", 302, "/"),
        ("", 302, "/"),
    ],
)
def test_choice_of_a_place_goes_nowhere_else(
    client: Client, vehari: Place, query: str, status: int, to: str | None
) -> None:
    answer = client.get(f"/my-place/?{query}")

    assert (answer.status_code, answer.headers.get("Location")) == (status, to)


@pytest.mark.parametrize("slug", ["atlantis", "VEHARI", "%00", "x" * 300])
def test_cookie_of_no_place_is_passed_over(client: Client, vehari: Place, slug: str) -> None:
    client.cookies["place"] = slug

    assert client.get("/").status_code == 200


def test_place_has_its_own_and_what_lies_in_it(
    client: Client, vehari: Place, burewala: Place, multan: Place
) -> None:
    for name, place in [("Town", burewala), ("District", vehari), ("Other", multan)]:
        factories.conversation(title=name, place=place)
        making.collecting(title=f"{name} petition", of=council_of(place))
    over = factories.conversation(title="Over", place=burewala)
    conversations.close(over)

    district = client.get("/places/vehari/")
    town = client.get("/places/burewala/")

    assert sorted(topics(district)) == ["District", "Town"]
    assert topics(town) == ["Town"]
    assert [at.row.title for at in town.context["going_on"].petitions] == ["Town petition"]
    assert [at.row.title_here for at in town.context["going_on"].closed] == ["Over"]
    assert 'href="/places/vehari/"' in town.content.decode()


def test_place_has_its_name_in_the_readers_language(client: Client, vehari: Place) -> None:
    urdu = client.get("/places/vehari/", headers={"accept-language": "ur"}).content.decode()
    estonian = client.get("/places/vehari/", headers={"accept-language": "et"}).content.decode()

    assert '<bdi lang="ur">وہاڑی</bdi>' in urdu
    assert '<bdi lang="en">Vehari</bdi>' in estonian


@pytest.mark.parametrize("slug", ["atlantis", "x" * 300])
def test_place_that_is_none_has_no_page(client: Client, slug: str) -> None:
    assert client.get(f"/places/{slug}/").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("path", ["/", "/places/vehari/", "/places/"])
def test_page_takes_few_queries_whatever_goes_on(
    client: Client, vehari: Place, django_assert_max_num_queries: Any, count: int, path: str
) -> None:
    council = council_of(vehari)
    for number in range(count):
        topic = factories.conversation(place=vehari)
        conversations.translate(topic, language="ur", title="x", introduction="", promise="")
        conversations.close(factories.conversation(place=vehari))
        making.collecting(of=council)
        if number < 3:
            making.answered(of=council)
            let_answer_be_late(making.review(of=council), days=3)
    client.force_login(factories.user())
    client.cookies["place"] = "vehari"

    with django_assert_max_num_queries(12):
        client.get(path, headers={"accept-language": "ur"})
