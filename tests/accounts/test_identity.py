"""Proofs of identity: every spelling is one person, and the number is nowhere."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import identity
from accounts.models import IdentityProof
from tests import factories

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


@pytest.mark.parametrize("text", ["", " ", "abc", "36603/1", "<script>", "3660\x00"])
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
def test_prove_identity_command_refuses_unknown_accounts() -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("prove_identity", "nobody@example.org")
