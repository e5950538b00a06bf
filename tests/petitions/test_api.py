"""Petitions over the HTTP API: what their pages show to everyone, and nothing else."""

import pytest
from django.test import Client

from accounts.models import User
from petitions import creators
from petitions.models import Petition
from tests.answers import checked, get
from tests.petitions import making

pytestmark = pytest.mark.django_db


def numbers(client: Client, query: str = "") -> list[int]:
    return [row["id"] for row in get(client, f"petitions/{query}")["items"]]


def test_petition_tells_what_its_page_tells(client: Client) -> None:
    petition = making.collecting(title="Mend the bridge")
    making.sign(petition)

    answer = get(client, f"petitions/{petition.pk}/")

    petition.refresh_from_db()
    assert (answer["title"], answer["text"]) == ("Mend the bridge", petition.text)
    assert answer["signatures"] == petition.signature_count
    assert answer["threshold"] == petition.threshold
    assert answer["text_sha256"] == petition.frozen_text_hash
    assert answer["creator"] == str(petition.creator)
    assert [step["action"] for step in answer["history"]] == ["open"]
    assert answer["review"] is None


def test_petition_answered_tells_the_outcome(client: Client) -> None:
    outcome = making.answered()

    answer = get(client, f"petitions/{outcome.review.petition_id}/")

    assert answer["review"]["state"] == "answered"
    assert answer["review"]["outcome"]["reasons"] == outcome.reasons
    assert [step["action"] for step in answer["history"]][-1] == "answer"
    assert answer["history"][-1]["actor"] == "council"


def test_petition_tells_nobody_who_signed_or_who_decided(client: Client) -> None:
    outcome = making.answered()
    others = User.objects.exclude(pk=outcome.review.petition.creator_id)

    text = client.get(f"/api/v1/petitions/{outcome.review.petition_id}/").content.decode()

    assert others.count() > 2
    assert [user for user in others if user.display_name in text or user.email in text] == []
    assert "person_key" not in text


def test_petition_of_a_closed_account_has_no_name(client: Client) -> None:
    petition = making.collecting()
    Petition.objects.update(creator=None)

    assert get(client, f"petitions/{petition.pk}/")["creator"] is None


def test_draft_is_told_to_nobody_even_to_its_creator(client: Client) -> None:
    draft = making.draft()
    client.force_login(draft.creator)
    path = f"/api/v1/petitions/{draft.pk}/"

    response = client.get(path)

    assert checked(response, "GET", path)["code"] == "not_found"
    assert response.status_code == 404
    assert numbers(client) == []


def test_draft_withdrawn_is_told_to_nobody(client: Client) -> None:
    draft = making.draft()
    creators.withdraw(petition_id=draft.pk, user=draft.creator)

    assert numbers(client) == []


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ("all", {"answered", "collecting", "waiting"}),
        ("answered", {"answered"}),
        ("council", {"waiting"}),
    ],
)
def test_petitions_are_chosen_by_where_they_stand(
    client: Client, show: str, shown: set[str]
) -> None:
    made = {
        "answered": making.answered().review.petition_id,
        "collecting": making.collecting().pk,
        "waiting": making.review().petition_id,
    }

    found = numbers(client, f"?show={show}")

    assert {name for name, pk in made.items() if pk in found} == shown


def test_petitions_are_found_by_their_words(client: Client) -> None:
    bridge = making.collecting(title="Mend the bridge")
    making.collecting(title="Plant trees")

    assert numbers(client, "?q=BRIDGE%00") == [bridge.pk]


def test_petitions_come_page_by_page_the_newest_first(client: Client) -> None:
    made = [making.collecting().pk for _ in range(3)]
    first = get(client, "petitions/?limit=2&show=collecting")
    making.collecting()

    second = get(client, first["next"].removeprefix("/api/v1/"))

    rows = [*first["items"], *second["items"]]
    assert [row["id"] for row in rows] == made[::-1]
    assert "show=collecting" in first["next"]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["?show=mine", "?show=", "?limit=0", "?cursor=x"])
def test_petitions_asked_for_nonsense_say_so(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/petitions/{query}")

    assert response.status_code == 400
    assert checked(response, "GET", "/api/v1/petitions/")["code"] == "bad_frame"


@pytest.mark.parametrize("rows", [1, 3])
def test_petitions_are_read_in_few_queries(
    client: Client, rows: int, django_assert_num_queries
) -> None:
    for _ in range(rows):
        making.answered()

    # The petitions, their reviews, the councils' names.
    with django_assert_num_queries(3):
        get(client, "petitions/")


@pytest.mark.parametrize("pk", ["0", "9223372036854775808", "9" * 30])
def test_petition_that_is_none_is_not_found(client: Client, pk: str) -> None:
    assert client.get(f"/api/v1/petitions/{pk}/").json()["code"] == "not_found"
