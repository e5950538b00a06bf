"""What was being done when somebody had to sign in first: done afterwards, once, by its rules."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import Follow, Role, User
from deliberate.models import Conversation, Statement, Vote
from petitions import creators
from petitions.models import Petition, Signature
from tests import factories
from tests.accounts.signing_in import browser, code_for, join
from tests.petitions import making

pytestmark = pytest.mark.django_db


def finish(client: Client, answer, email: str = "new@example.org"):
    """From "give your address" to the page where it ends, with all that it says."""
    assert answer.status_code == 302, answer.content.decode()
    page = urlsplit(answer.url)
    asked = client.post(page.path, {"email": email} | _next(answer))
    return client.post(asked.url, {"code": code_for(email)}, follow=True)


def _next(answer) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.url).query).items()}


def start_signing(client: Client, petition: Petition):
    """Press "sign" on a petition's page, which keeps no cookie, and give an address."""
    fields = {"act": "sign", "next": petition.get_absolute_url(), "email": "new@example.org"}
    return client.post("/accounts/signup/", fields)


def test_signature_is_counted_once_after_the_code() -> None:
    petition, client = making.collecting(), browser()
    before = petition.signature_count

    asked = start_signing(client, petition)
    page = client.post(asked.url, {"code": code_for("new@example.org")}, follow=True)
    again = client.get(page.redirect_chain[0][0], follow=True)

    petition.refresh_from_db()
    assert page.redirect_chain[-1][0] == petition.get_absolute_url()
    assert "Your signature is counted" in page.content.decode()
    assert "Nothing waits here" in again.content.decode()
    assert petition.signature_count == before + 1


def test_page_of_one_step_says_what_waits() -> None:
    petition, client = making.collecting(), browser()

    page = client.get(f"/accounts/signup/?act=sign&next={petition.get_absolute_url()}")
    asked = start_signing(client, petition)
    second = client.get(asked.url)

    assert "then your signature is counted" in page.content.decode()
    assert "then your signature is counted" in second.content.decode()


def test_pages_of_one_step_name_the_petition() -> None:
    petition, client = making.collecting(title="Mend the <bridge>"), browser()
    fields = {"act": "sign", "next": petition.get_absolute_url()}

    page = client.get("/accounts/signup/", fields)
    second = client.get(start_signing(client, petition).url)
    login = client.get(client.post("/accounts/signup/", fields | {"way": "password"}).url)

    for shown in (page, second, login):
        assert "Mend the &lt;bridge&gt;</bdi>" in shown.content.decode()


@pytest.mark.parametrize("act", ["sign", "follow"])
@pytest.mark.parametrize("way", ["", "password"])
@pytest.mark.parametrize(
    "foreign",
    [
        "/accounts/2fa/totp/deactivate/",
        "/accounts/logout/",
        "/moderation/",
        "/petitions/",
        "/petitions/new/",
        "/petitions/999999/",
        "/nowhere/",
        "/accounts/2fa/totp/deactivate/?next=/petitions/1/",
        "{draft}",
        "//elsewhere.example{petition}",
    ],
)
def test_link_begins_no_act_on_another_page(act: str, way: str, foreign: str) -> None:
    petition, client = making.collecting(), browser()
    path = foreign.format(
        draft=making.draft().get_absolute_url(), petition=petition.get_absolute_url()
    )
    fields = {"act": act, "next": path, "email": "new@example.org", "way": way}

    page = client.get("/accounts/signup/", fields)
    client.post("/accounts/signup/", fields)

    assert 'name="act"' not in page.content.decode()
    assert "One step is left" not in page.content.decode()
    assert "kept_acts" not in client.session


def test_link_to_sign_begins_nothing_on_a_conversation() -> None:
    topic, client = factories.conversation(), browser()

    fields = {"act": "sign", "next": topic.get_absolute_url(), "email": "new@example.org"}
    client.post("/accounts/signup/", fields)

    assert "kept_acts" not in client.session


def test_link_with_a_query_begins_the_act_on_the_page_itself() -> None:
    petition, client = making.collecting(), browser()
    fields = {"act": "sign", "email": "new@example.org"}

    client.post("/accounts/signup/", fields | {"next": f"{petition.get_absolute_url()}?a=1#b"})

    kept = list(client.session["kept_acts"].values())
    assert [(act["path"], act["query"]) for act in kept] == [(petition.get_absolute_url(), "")]


def test_signature_is_counted_after_a_password_too() -> None:
    petition, client = making.collecting(), browser()
    password = "a long and quiet evening"
    factories.user(email="old@example.org", password=password)
    fields = {"act": "sign", "next": petition.get_absolute_url(), "way": "password"}

    asked = client.post("/accounts/signup/", fields)
    login = client.get(asked.url)
    answer = client.post(
        "/accounts/login/",
        {"login": "old@example.org", "password": password} | _next(asked),
        follow=True,
    )

    assert "then your signature is counted" in login.content.decode()
    assert "Your signature is counted" in answer.content.decode()


def test_signature_with_a_follow_keeps_both() -> None:
    petition, client = making.collecting(), browser()
    fields = {"act": "sign", "next": petition.get_absolute_url(), "follow": "yes"}

    join(client, "new@example.org", **fields)
    client.get(next(iter(_kept(client))))

    assert Follow.objects.filter(path=petition.get_absolute_url()).exists()
    assert Signature.objects.filter(petition=petition, state="valid").count() == 2


def _kept(client: Client) -> list[str]:
    return [f"/accounts/go-on/{token}/" for token in client.session.get("kept_acts", {})]


def test_following_a_conversation_is_done_after_the_code() -> None:
    topic, client = factories.conversation(), browser()

    fields = {"act": "follow", "next": topic.get_absolute_url(), "email": "new@example.org"}
    asked = client.post("/accounts/signup/", fields)
    page = client.post(asked.url, {"code": code_for("new@example.org")}, follow=True)

    assert page.redirect_chain[-1][0] == topic.get_absolute_url()
    assert Follow.objects.get().path == topic.get_absolute_url()


def test_vote_where_an_account_is_needed_is_counted_after_the_code() -> None:
    topic = factories.conversation(participation=Conversation.Participation.ACCOUNT)
    statement = factories.statement(conversation=topic)
    client = browser()
    client.get(topic.get_absolute_url())
    vote = {"statement": statement.number, "choice": "agree", "ballot": "a" * 32}

    page = finish(client, client.post(topic.get_absolute_url(), vote))

    assert page.status_code == 200
    assert page.redirect_chain[-1][0].startswith(topic.get_absolute_url())
    assert [vote.choice for vote in Vote.objects.filter(statement=statement)] == [1]


def test_statement_where_an_account_is_needed_is_sent_after_the_code() -> None:
    topic = factories.conversation(participation=Conversation.Participation.ACCOUNT)
    client = browser()
    client.get(topic.get_absolute_url())

    answer = client.post(topic.get_absolute_url(), {"text": "Mend the bridge first.", "look": "1"})
    page = finish(client, answer)

    assert Statement.objects.get(conversation=topic).text == "Mend the bridge first."
    assert page.redirect_chain[-1][0] == topic.get_absolute_url()


def test_petition_that_was_written_comes_back_after_the_code() -> None:
    council = making.council()
    wording = {"title": "Mend the bridge", "text": "It is broken.", "council": council.pk}
    client = browser()

    answer = client.post(
        "/petitions/new/",
        wording | {"language": "en", "step": "check", "draft_key": "0" * 32},
    )
    page = finish(client, answer)

    assert "Mend the bridge" in page.content.decode()
    assert "It is broken." in page.content.decode()


def test_petition_that_closed_meanwhile_says_so_and_counts_nothing() -> None:
    petition, client = making.collecting(), browser()
    asked = start_signing(client, petition)
    creators.withdraw(petition_id=petition.pk, user=petition.creator)

    page = client.post(asked.url, {"code": code_for("new@example.org")}, follow=True)

    assert page.status_code == 409
    assert Signature.objects.filter(petition=petition, state="valid").count() == 1
    assert 'role="alert"' in page.content.decode()


def test_act_is_void_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    petition, client = making.collecting(), browser()
    start_signing(client, petition)
    later = time.time() + 3601
    monkeypatch.setattr("time.time", lambda: later)

    asked = client.post("/accounts/signup/", {"email": "new@example.org", "next": _kept(client)[0]})
    page = client.post(asked.url, {"code": code_for("new@example.org")}, follow=True)

    assert "Nothing waits here" in page.content.decode()
    assert Signature.objects.filter(petition=petition, state="valid").count() == 1


def test_somebody_else_who_signs_in_at_that_browser_does_not_sign() -> None:
    petition, client = making.collecting(), browser()
    start_signing(client, petition)

    join(client, "somebody.else@example.org")
    client.get("/")

    assert Signature.objects.filter(petition=petition, state="valid").count() == 1


def test_few_acts_are_kept_and_the_newest_of_them() -> None:
    client = browser()

    answers = [client.post("/notices/follow/", {"path": f"/petitions/{n}/"}) for n in range(9)]

    assert len(client.session["kept_acts"]) == 3
    assert _next(answers[-1])["next"] == _kept(client)[-1]


def test_act_of_another_browser_is_unknown() -> None:
    petition, client = making.collecting(), browser()
    start_signing(client, petition)
    other = browser()
    join(other, "other@example.org")

    page = other.get(_kept(client)[0], follow=True)

    assert "Nothing waits here" in page.content.decode()
    assert Signature.objects.filter(petition=petition, state="valid").count() == 1


def test_form_too_large_to_keep_leads_to_signing_in_alone() -> None:
    client = browser()

    answer = client.post("/petitions/new/", {"text": "x" * 70_000})

    assert answer.status_code == 302
    assert "kept_acts" not in client.session


def test_forged_form_is_kept_by_nobody() -> None:
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)

    answer = client.post("/notices/follow/", {"path": "/petitions/1/"})

    assert answer.status_code == 403
    assert "kept_acts" not in client.session


def test_office_form_whose_session_had_ended_is_shown_before_it_is_sent() -> None:
    statement = factories.statement(state=Statement.State.PENDING)
    moderator = factories.moderator(email="m@example.org")
    client = browser()
    path = f"/moderation/statements/{statement.pk}/"
    form = {"action": "reject", "explanation": "It names a neighbour.", "version": "1"}

    page = finish(client, client.post(path, form), email=moderator.email)

    statement.refresh_from_db()
    assert "It names a neighbour." in page.content.decode()
    assert f'action="{path}"' in page.content.decode()
    assert statement.state == Statement.State.PENDING
    assert User.objects.filter(role_grants__role=Role.MODERATOR).count() == 1
