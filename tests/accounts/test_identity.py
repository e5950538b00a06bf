"""Proofs of identity: every spelling is one person, and the number is nowhere."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import identity, identity_keys
from accounts.eid import claims, presets
from accounts.models import IdentityProof
from config import one_person
from config.assisting import ConsentForm
from deliberate.models import Place
from petitions.models import Petition
from tests import factories
from tests.petitions import making

SPELLINGS = [
    "36603-1234567-1",
    "3660312345671",
    " 36603 1234567 1 ",
    "３６６０３１２３４５６７１",
    "٣٦٦٠٣-١٢٣٤٥٦٧-١",
    "۳۶۶۰۳۱۲۳۴۵۶۷۱",
    "36603\u20111234567\u20131",
    "\u202a3660312345671\u202c",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_identity_number_has_one_spelling(spelling: str) -> None:
    assert identity.canonical(spelling) == "3660312345671"


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "36603/1", "<script>", "3660\x00", "36603-1234567", "EE60001019906"]
)
def test_identity_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(identity.NotANumber):
        identity.canonical(text)


@pytest.mark.django_db
def test_identity_of_one_person_proves_one_account() -> None:
    identity.prove(user=factories.user(), provider="counter", number=SPELLINGS[0])

    for spelling in SPELLINGS:
        with pytest.raises(identity.AlreadyProved):
            identity.prove(user=factories.user(), provider="other", number=spelling)

    assert IdentityProof.objects.count() == 1


@pytest.mark.django_db
def test_identity_hash_needs_the_sites_key(settings: pytest.FixtureRequest) -> None:
    before = identity.fingerprint(SPELLINGS[0])

    settings.IDENTITY_KEY = "another key, as whoever stole the database must guess it"

    assert identity.fingerprint(SPELLINGS[0]) != before


@pytest.mark.django_db
def test_identity_number_is_in_no_column() -> None:
    proof = identity.prove(user=factories.user(), provider="counter", number=SPELLINGS[0])

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_identityproof WHERE id = %s", [proof.pk])
        row = " ".join(str(value) for value in cursor.fetchone())

    assert "1234567" not in row


@pytest.mark.django_db
def test_identity_proved_again_is_the_same_proof_and_never_less_sure() -> None:
    user = factories.user()
    identity.prove(user=user, provider="state", number=SPELLINGS[0], assurance="high", area="x")

    again = identity.prove(user=user, provider="counter", number=SPELLINGS[1])

    assert (again.provider, again.assurance, again.area) == ("state", "high", "x")
    assert IdentityProof.objects.count() == 1


@pytest.mark.django_db
def test_identity_proved_by_a_surer_provider_is_surer() -> None:
    user = factories.user()
    identity.prove(user=user, provider="counter", number=SPELLINGS[0], area="x")

    again = identity.prove(
        user=user, provider="state", number=SPELLINGS[1], assurance="high", over_16=False
    )

    assert (again.provider, again.assurance, again.area, again.over_16) == (
        "state",
        "high",
        "x",
        False,
    )


@pytest.mark.django_db
def test_identity_of_an_account_stays_the_first_persons() -> None:
    user = factories.user()
    first = identity.prove(user=user, provider="counter", number=SPELLINGS[0])

    with pytest.raises(identity.AnotherPerson):
        identity.prove(user=user, provider="counter", number="36603-7654321-1")

    assert IdentityProof.objects.get() == first


@pytest.mark.django_db
def test_identity_key_that_follows_another_finds_and_hashes_again(settings: Any) -> None:
    user = factories.user()
    settings.IDENTITY_KEY = "o" * 40
    before = identity.prove(user=user, provider="counter", number=SPELLINGS[0])
    settings.IDENTITY_KEY = f"2026:{'n' * 40},1:{'o' * 40}"

    with pytest.raises(identity.AlreadyProved):
        identity.prove(user=factories.user(), provider="counter", number=SPELLINGS[3])
    assert identity.by_key() == {"1": 1}
    again = identity.prove(user=user, provider="counter", number=SPELLINGS[4])

    assert again.pk == before.pk
    assert (again.key_id, again.number_hash) == ("2026", identity.fingerprint(SPELLINGS[0]))
    assert identity.by_key() == {"2026": 1}


@pytest.mark.parametrize(
    "text",
    [
        f"1:{'a' * 32},1:{'b' * 32}",
        f"1:{'a' * 32},too short",
        f"2:{'a' * 32},{'b' * 40}",
    ],
)
def test_identity_keys_that_are_mixed_up_are_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        identity_keys.parse(text)


def test_identity_key_without_an_id_is_the_first() -> None:
    assert dict(identity_keys.parse("a secret, with a comma: and a colon")) == {
        "1": "a secret, with a comma: and a colon"
    }


@pytest.mark.django_db
def test_rotation_report_counts_by_key_and_misses_none(settings: Any) -> None:
    settings.IDENTITY_KEY = f"1:{'o' * 40}"
    identity.prove(user=factories.user(), provider="counter", number=SPELLINGS[0])
    settings.IDENTITY_KEY = f"2:{'n' * 40},1:{'o' * 40},0:{'z' * 40}"
    told = StringIO()

    call_command("rotate_identity_key", stdout=told)

    assert "2 (in use): proofs 0" in told.getvalue()
    assert "1 (earlier): proofs 1" in told.getvalue()
    assert "Nothing is under 0 any more" in told.getvalue()
    settings.IDENTITY_KEY = f"2:{'n' * 40}"
    with pytest.raises(CommandError, match="does not name 1"):
        call_command("rotate_identity_key", stdout=told)


@pytest.mark.django_db
def test_rotation_lets_go_of_a_key_that_only_destroyed_secrets_were_made_with(
    settings: Any,
) -> None:
    settings.IDENTITY_KEY = f"1:{'o' * 40}"
    Petition.objects.filter(pk=making.collecting().pk).update(secret=b"")
    settings.IDENTITY_KEY = f"2:{'n' * 40},1:{'o' * 40}"
    told = StringIO()

    call_command("rotate_identity_key", stdout=told)

    assert "Nothing is under 1 any more" in told.getvalue()


def test_rotation_prints_a_key_that_can_be_put_first(settings: Any) -> None:
    told = StringIO()

    call_command("rotate_identity_key", new="2027", stdout=told)

    pair = told.getvalue().strip()
    assert list(identity_keys.parse(f"{pair},1:{'o' * 40}")) == ["2027", "1"]


def test_name_of_a_number_shows_no_hash() -> None:
    assert "hash" not in repr(identity.name(SPELLINGS[0]))


@pytest.mark.django_db
def test_prove_identity_command_keeps_what_the_counter_saw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = factories.user()
    Place.objects.create(slug="vehari", name="Vehari")
    monkeypatch.setattr("sys.stdin", StringIO(f"{SPELLINGS[2]}\n"))

    call_command("prove_identity", user.email, area="vehari", assurance="high", stdout=StringIO())

    proof = IdentityProof.objects.get()
    assert (proof.user, proof.area, proof.assurance) == (user, "vehari", "high")


@pytest.mark.django_db
def test_prove_identity_command_refuses_unknown_accounts() -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("prove_identity", "nobody@example.org")


ESTONIAN = [
    "60001019906",
    "EE60001019906",
    "ee 6000-1019906",
    "EE\u00a0٦٠٠٠١٠١٩٩٠٦",
    "ＥＥ６０００１０１９９０６",
    " 600010199\u201106",
]


@pytest.fixture
def _with_tara(settings: Any) -> None:
    entry = {"id": "tara", "preset": "tara", "client_id": "us", "client_secret": "between us"}
    app = presets.app(entry, may_be_plain=False)
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


@pytest.mark.usefixtures("_with_tara")
def test_number_with_its_countrys_prefix_is_the_number() -> None:
    assert {identity.canonical(spelling) for spelling in ESTONIAN} == {"60001019906"}


@pytest.mark.parametrize("number", ["LV60001019906", "EEE60001019906", "EE6000101990"])
@pytest.mark.usefixtures("_with_tara")
def test_number_with_another_prefix_is_none_of_here(number: str) -> None:
    with pytest.raises(identity.NotANumber):
        identity.canonical(number)


@pytest.mark.django_db
@pytest.mark.usefixtures("_with_tara")
@pytest.mark.parametrize("first", ["counter", "eid", "field worker"])
@pytest.mark.parametrize("spelling", ESTONIAN)
def test_person_is_one_at_the_counter_by_eid_and_with_a_field_worker(
    monkeypatch: pytest.MonkeyPatch, settings: Any, first: str, spelling: str
) -> None:
    user = factories.user()
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]

    def at_the_counter() -> None:
        monkeypatch.setattr("sys.stdin", StringIO(f"{spelling}\n"))
        call_command("prove_identity", user.email, stdout=StringIO())

    def by_eid() -> None:
        said = {"sub": "EE60001019906", "acr": "high"}
        known = claims.read(said, app["settings"], today=date(2026, 1, 1)).name
        one_person.prove(user=user, provider="tara", number=known, assurance="high")

    def with_a_field_worker() -> None:
        form = ConsentForm(
            {"agreed": "on", "consent": "spoken", "language": "en", "number": spelling}
        )
        assert form.is_valid(), form.errors
        identity.remember(form.cleaned_data["number"])

    ways = {"counter": at_the_counter, "eid": by_eid, "field worker": with_a_field_worker}
    for way in [ways.pop(first), *ways.values()]:
        way()

    assert IdentityProof.objects.get().user == user


@pytest.mark.django_db
def test_prove_identity_command_refuses_what_is_no_number_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("LV60001019906\n"))

    with pytest.raises(CommandError, match="no identity number"):
        call_command("prove_identity", factories.user().email)

    assert not IdentityProof.objects.exists()


def test_foreign_number_stays_as_it_is_written() -> None:
    written = ["DEabc1", "DEABC1", "DEabc-1", "DE abc1", "DEabc1 "]

    assert len({identity.foreign(one, provider="state") for one in written}) == len(written)
