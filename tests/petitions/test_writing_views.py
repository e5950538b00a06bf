"""A creator's pages: form, check, draft, change."""

from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from petitions import creators
from petitions.models import Petition
from tests import factories
from tests.petitions import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return factories.user()


@pytest.fixture
def own(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def typed(**fields: object) -> dict[str, object]:
    council = fields.pop("council", None) or making.council()
    return {
        "council": council.pk,
        "title": "Mend the pumps",
        "text": "Eleven are broken.\r\nMend them.",
        "language": "en",
        "draft_key": str(uuid4()),
        "version": 0,
        **fields,
    }


def text_of(response: object) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize("address", ["/petitions/new/", "/petitions/1/edit/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_writing_needs_an_account(client: Client, address: str, method: str) -> None:
    response = getattr(client, method)(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/")


def test_new_offers_councils_by_name(own: Client) -> None:
    council = making.council()

    page = text_of(own.get("/petitions/new/"))

    assert f'<option value="{council.pk}">{council.name}</option>' in page


def test_check_shows_what_was_written_and_stores_nothing(own: Client) -> None:
    response = own.post("/petitions/new/", typed(step="check"))

    assert response.status_code == 200
    assert "Mend the pumps" in text_of(response)
    assert 'value="save"' in text_of(response)
    assert Petition.objects.count() == 0


def test_change_gives_the_form_back_with_what_was_written(own: Client) -> None:
    response = own.post("/petitions/new/", typed(step="change"))

    assert response.status_code == 200
    assert 'value="Mend the pumps"' in text_of(response)
    assert "<textarea" in text_of(response)
    assert Petition.objects.count() == 0


def test_save_makes_one_draft_however_often_it_is_sent(own: Client, person) -> None:
    fields = typed(step="save")

    first = own.post("/petitions/new/", fields)
    second = own.post("/petitions/new/", fields)

    petition = Petition.objects.get()
    assert first["Location"] == second["Location"] == petition.get_absolute_url()
    assert (petition.creator, petition.text) == (person, "Eleven are broken.\nMend them.")
    assert "Only you see this draft." in text_of(own.get(petition.get_absolute_url()))


def test_checked_page_sends_what_it_shows(own: Client) -> None:
    page = own.post("/petitions/new/", typed(step="check"))

    hidden = {field.html_name: field.value() for field in page.context["form"]}
    own.post("/petitions/new/", {**hidden, "step": "save"})

    assert Petition.objects.get().title == "Mend the pumps"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 151},
        {"text": "\n \n"},
        {"text": "x" * 5001},
        {"text": "\x00"},
        {"council": 4711},
        {"council": "x"},
        {"council": "9" * 40},
        {"language": "xx"},
        {"draft_key": "x"},
        {"version": "-1"},
        {"version": "9" * 30},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
@pytest.mark.parametrize("step", ["check", "save", "change", "nonsense"])
def test_wrong_fields_are_422_with_what_was_written(
    own: Client, wrong: dict[str, object], step: str
) -> None:
    fields = {**typed(step=step), **wrong}

    response = own.post("/petitions/new/", fields)

    assert response.status_code == 422
    assert "There is a problem" in text_of(response)
    if "text" not in wrong:
        assert "Eleven are broken." in text_of(response)
    assert Petition.objects.count() == 0


def test_empty_form_is_422(own: Client) -> None:
    assert own.post("/petitions/new/", {}).status_code == 422


def test_text_is_measured_as_browsers_do(own: Client) -> None:
    longest = "\r\n".join(["x" * 49] * 100) + "y"

    response = own.post("/petitions/new/", typed(step="save", text=longest))

    assert response.status_code == 302
    assert len(Petition.objects.get().text) == 5000


def test_too_many_drafts_are_429_with_what_was_written(own: Client, person) -> None:
    council = making.council()
    for _ in range(creators.DRAFTS_AT_ONCE):
        making.draft(creator=person, of=council)

    response = own.post("/petitions/new/", typed(step="save", council=council))

    assert response.status_code == 429
    assert "You have many drafts already." in text_of(response)
    assert "Eleven are broken." in text_of(response)


def test_edit_changes_the_draft(own: Client, person) -> None:
    petition = making.draft(creator=person)
    address = f"/petitions/{petition.pk}/edit/"
    assert making.TITLE in text_of(own.get(address))

    response = own.post(address, typed(step="save", council=petition.council))

    assert response["Location"] == petition.get_absolute_url()
    petition.refresh_from_db()
    assert (petition.title, petition.version) == ("Mend the pumps", 1)


def test_edit_in_two_windows_is_409_with_what_was_written(own: Client, person) -> None:
    petition = making.draft(creator=person)
    address = f"/petitions/{petition.pk}/edit/"
    own.post(address, typed(step="save", council=petition.council, title="First window"))

    response = own.post(address, typed(step="save", council=petition.council, title="Second"))

    assert response.status_code == 409
    assert 'value="Second"' in text_of(response)
    petition.refresh_from_db()
    assert petition.title == "First window"


def test_edit_after_opening_is_409(own: Client, person) -> None:
    petition = making.collecting(creator=person)
    address = f"/petitions/{petition.pk}/edit/"

    seen = own.get(address)
    sent = own.post(address, typed(step="save", council=petition.council))

    assert (seen.status_code, sent.status_code) == (409, 409)
    assert "its text is fixed" in text_of(seen)
    assert "Eleven are broken." in text_of(sent)
    petition.refresh_from_db()
    assert petition.title == making.TITLE


def test_edit_of_anothers_open_petition_is_403(own: Client) -> None:
    petition = making.collecting()

    assert own.get(f"/petitions/{petition.pk}/edit/").status_code == 403
    assert own.post(f"/petitions/{petition.pk}/edit/", typed()).status_code == 403


def test_form_of_many_councils_takes_few_queries(
    own: Client, django_assert_max_num_queries
) -> None:
    for _ in range(30):
        making.council()

    # Session, account and the frame's questions; the councils and their names are two.
    with django_assert_max_num_queries(7):
        own.get("/petitions/new/")
