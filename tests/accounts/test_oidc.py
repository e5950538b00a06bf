"""Round trips with a real OpenID provider over HTTP: who is let in, who is not, what is left."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from accounts import identity
from accounts.eid import presets
from accounts.models import IdentityProof, User
from deliberate.models import Place
from tests import factories
from tests.accounts import oidc_peer
from tests.accounts.oidc_peer import Peer

pytestmark = pytest.mark.django_db

NUMBER = "60001019906"
PERSON = {
    "acr": "high",
    "given_name": "Zafirahnaz",
    "family_name": "Quettawala",
    "name": "Zafirahnaz Quettawala",
    "email": "zafirahnaz.quettawala@state.example",
    "district": "Vehari",
    "profile_attributes": {
        "given_name": "Zafirahnaz",
        "family_name": "Quettawala",
        "date_of_birth": "1987-06-05",
    },
}
# Whatever of the person's own data the provider sent.
TRACES = [NUMBER, "Zafirahnaz", "Quettawala", "state.example", "1987-06-05", "a secret between"]


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with oidc_peer.running() as running:
        yield running


@pytest.fixture(autouse=True)
def _configured(settings: Any, peer: Peer) -> None:
    configure(settings, peer)


def configure(settings: Any, peer: Peer, **more: Any) -> None:
    app = presets.app(oidc_peer.entry(peer, **more), may_be_plain=True)
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def signed_in(**fields: Any) -> tuple[Client, User]:
    client, user = Client(), factories.user(**fields)
    client.force_login(user)
    return client, user


def verify(client: Client, peer: Peer, *, back: str = "", sub: str = f"EE{NUMBER}") -> Any:
    address = oidc_peer.begin(client, back=back)
    return oidc_peer.come_back(client, peer.sign_in(address, sub=sub))


@pytest.mark.parametrize("back", ["home", "nowhere", "?page=2", "ع'\"<"])
def test_verification_goes_back_to_nothing_that_is_no_path(peer: Peer, back: str) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)

    answer = verify(client, peer, back=back)

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/identity/")


def test_first_verification_keeps_a_proof_and_goes_back(peer: Peer) -> None:
    Place.objects.create(slug="vehari", name="Vehari")
    client, user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)

    answer = verify(client, peer, back="/petitions/")

    assert (answer.status_code, answer["Location"]) == (302, "/petitions/")
    proof = IdentityProof.objects.get()
    assert (proof.user, proof.provider, proof.assurance) == (user, "state", "high")
    assert (proof.area, proof.over_16) == ("vehari", True)
    assert proof.number_hash == identity.fingerprint(NUMBER)


def test_number_shown_at_a_counter_is_the_same_person(peer: Peer) -> None:
    client, user = signed_in()
    identity.prove(user=user, provider="counter", number="6000-1019906")
    peer.knows(f"EE{NUMBER}", **PERSON)

    verify(client, peer)

    proof = IdentityProof.objects.get()
    assert (proof.user, proof.provider, proof.assurance) == (user, "state", "high")


def test_same_person_twice_is_one_proof(peer: Peer) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)

    verify(client, peer)
    again = verify(client, peer)

    assert again.status_code == 302
    assert IdentityProof.objects.count() == 1


def test_second_account_of_a_person_is_told_and_led_to_the_first(peer: Peer) -> None:
    first_client, first = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    verify(first_client, peer)
    client, second = signed_in()

    answer = verify(client, peer, back="/petitions/")

    assert answer.status_code == 409
    assert "One person has one voice" in answer.content.decode()
    assert first.email not in answer.content.decode()
    assert not IdentityProof.objects.filter(user=second).exists()
    address = oidc_peer.begin(client, act="sign-in", back="/petitions/")
    moved = oidc_peer.come_back(client, peer.sign_in(address, sub=f"EE{NUMBER}"))
    assert (moved.status_code, moved["Location"]) == (302, "/petitions/")
    assert client.session["_auth_user_id"] == str(first.pk)


def test_account_of_another_person_stays_theirs(peer: Peer) -> None:
    client, user = signed_in()
    identity.prove(user=user, provider="counter", number="38001085718")
    peer.knows(f"EE{NUMBER}", **PERSON)

    answer = verify(client, peer)

    assert answer.status_code == 409
    assert IdentityProof.objects.get().number_hash == identity.fingerprint("38001085718")


def test_sign_in_with_it_needs_an_account_that_was_verified_with_it(peer: Peer) -> None:
    peer.knows(f"EE{NUMBER}", **PERSON)
    user = factories.user()
    identity.prove(user=user, provider="counter", number=NUMBER)

    client = Client()
    answer = verify(client, peer)

    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1


def test_sign_in_with_it_enters_the_verified_account(peer: Peer) -> None:
    peer.knows(f"EE{NUMBER}", **PERSON)
    first, user = signed_in()
    verify(first, peer)

    client = Client()
    answer = verify(client, peer, back="/petitions/")

    assert (answer.status_code, answer["Location"]) == (302, "/petitions/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert User.objects.count() == 1


@pytest.mark.parametrize("acr", ["low", "", "very sure indeed", None, 3])
def test_too_little_assurance_is_refused(peer: Peer, acr: object) -> None:
    client, _user = signed_in()
    claims = {**PERSON, "acr": acr}
    peer.knows(f"EE{NUMBER}", **{name: one for name, one in claims.items() if one is not None})

    answer = verify(client, peer, back="/petitions/")

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "not sure enough" in page
    assert 'href="/petitions/"' in page
    assert not IdentityProof.objects.exists()


def test_provider_with_a_higher_demand_refuses_substantial(settings: Any, peer: Peer) -> None:
    configure(settings, peer, required="high")
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **{**PERSON, "acr": "substantial"})

    answer = verify(client, peer)

    assert answer.status_code == 403
    assert not IdentityProof.objects.exists()


@pytest.mark.parametrize("error", ["access_denied", "user_cancel"])
def test_cancelling_changes_nothing_and_leads_back(peer: Peer, error: str) -> None:
    client, user = signed_in()
    address = oidc_peer.begin(client, back="/petitions/")
    denied = peer.cancel(address).replace("access_denied", error)
    # The provider forgets to repeat the state, as the standard wants.
    denied += f"&state={oidc_peer.asked(address)['state']}"

    answer = oidc_peer.come_back(client, denied)

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "You stopped before you were identified." in page
    assert 'href="/petitions/"' in page
    assert client.session["_auth_user_id"] == str(user.pk)


def test_answer_with_another_state_is_refused(peer: Peer) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    address = oidc_peer.begin(client)
    back = peer.sign_in(address, sub=f"EE{NUMBER}")

    answer = oidc_peer.come_back(client, back.replace("state=", "state=x"))

    assert answer.status_code == 403
    assert not IdentityProof.objects.exists()


def test_answer_to_another_browser_is_refused(peer: Peer) -> None:
    client, _user = signed_in()
    other, _stranger = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    back = peer.sign_in(oidc_peer.begin(client), sub=f"EE{NUMBER}")

    answer = oidc_peer.come_back(other, back)

    assert answer.status_code == 403
    assert not IdentityProof.objects.exists()


def test_answer_to_another_nonce_is_refused(peer: Peer) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    address = oidc_peer.begin(client)
    nonce = oidc_peer.asked(address)["nonce"]

    back = peer.sign_in(address.replace(nonce, "of-another-attempt"), sub=f"EE{NUMBER}")
    answer = oidc_peer.come_back(client, back)

    assert answer.status_code == 403
    assert not IdentityProof.objects.exists()


def test_answer_counts_once(peer: Peer) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    back = peer.sign_in(oidc_peer.begin(client), sub=f"EE{NUMBER}")

    first, again = oidc_peer.come_back(client, back), oidc_peer.come_back(client, back)

    assert (first.status_code, again.status_code) == (302, 403)


def test_answer_after_another_account_signed_in_proves_nothing_of_it(peer: Peer) -> None:
    client, user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    back = peer.sign_in(oidc_peer.begin(client), sub=f"EE{NUMBER}")
    other = factories.user()
    kept = client.session["socialaccount_states"]
    client.force_login(other)
    session = client.session
    session["socialaccount_states"] = kept
    session.save()

    answer = oidc_peer.come_back(client, back)

    assert answer.status_code == 403
    assert not IdentityProof.objects.filter(user__in=[user, other]).exists()


def test_request_to_the_provider_has_state_nonce_and_pkce(peer: Peer) -> None:
    client, _user = signed_in()

    asked = oidc_peer.asked(oidc_peer.begin(client))

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid"
    assert asked["ui_locales"] == "en"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 16
    assert asked["redirect_uri"] == "http://testserver/accounts/identity/state/back/"


def test_provider_that_is_away_is_said_so(settings: Any, peer: Peer) -> None:
    configure(settings, Peer("http://localhost:9"))
    client, _user = signed_in()

    answer = client.post("/accounts/identity/state/", {"next": "/petitions/"})

    assert answer.status_code == 503
    assert 'href="/petitions/"' in answer.content.decode()


def test_provider_that_is_another_one_is_refused(settings: Any, peer: Peer) -> None:
    configure(settings, Peer(peer.url.replace("localhost", "127.0.0.1") + "/"))
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        f"{peer.url}/.well-known/openid-configuration"
    )
    client, _user = signed_in()

    answer = client.post("/accounts/identity/state/")

    assert answer.status_code == 503


def test_unknown_provider_is_not_there() -> None:
    client, _user = signed_in()

    assert client.post("/accounts/identity/other/").status_code == 404
    answer = client.get("/accounts/identity/openid_connect/back/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/identity/")


def test_next_on_another_site_is_not_followed(peer: Peer) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)

    answer = verify(client, peer, back="https://elsewhere.example/")

    assert answer["Location"] == "/accounts/identity/"


def test_page_says_what_is_kept_and_lets_its_forms_lead_to_the_provider(peer: Peer) -> None:
    client, _user = signed_in()
    peer.knows(f"EE{NUMBER}", **PERSON)
    verify(client, peer)

    answer = client.get("/accounts/identity/")

    assert "This is all that is kept of it:" in answer.content.decode()
    assert f"form-action 'self' {peer.url}" in answer["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_person_is_left_anywhere(
    peer: Peer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    Place.objects.create(slug="vehari", name="Vehari")
    peer.knows(f"EE{NUMBER}", **PERSON)
    client, _user = signed_in()
    caplog.clear()

    # The provider in this process logs for itself; what is ours is looked at.
    with caplog.at_level(logging.DEBUG):
        verify(client, peer)
        verify(Client(), peer)
        second, _other = signed_in()
        verify(second, peer)

    assert IdentityProof.objects.count() == 1
    stored = everything_stored()
    assert identity.fingerprint(NUMBER) in stored
    peers = {"oidc_provider_mock", "werkzeug", "authlib"}
    logged = "\n".join(
        record.getMessage() + str(record.exc_text or "")
        for record in caplog.records
        if record.name.partition(".")[0] not in peers
    )
    sessions = "\n".join(str(row.get_decoded()) for row in Session.objects.all())
    for trace in TRACES:
        assert trace not in stored
        assert trace not in logged
        assert trace not in sessions
    for model in (SocialAccount, SocialApp, SocialToken):
        assert not model.objects.exists()


def everything_stored() -> str:
    """Every byte of the database: SQLite's files, or each table's rows."""
    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        files = [file, *(file.with_name(file.name + end) for end in ("-wal", "-journal"))]
        return "".join(one.read_bytes().decode("latin-1") for one in files if one.exists())
    rows: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows)


def test_secret_of_a_provider_is_in_the_settings_alone() -> None:
    (app,) = site.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]

    assert app["secret"] == "a secret between the two"
    assert not SocialApp.objects.exists()
