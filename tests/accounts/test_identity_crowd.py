"""One person is one row, however many phones register their number at once and however spelt."""

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from accounts import identity
from accounts.models import IdentityProof, User
from config import one_person
from deliberate import participants, votes
from deliberate.models import Choice, Conversation, Participant, Vote
from petitions import signatures, signers
from petitions.models import Petition, Signature
from tests import factories
from tests.petitions import making

NUMBER = "3660312345671"
DIGITS = [
    "0123456789",
    "".join(chr(0x0660 + digit) for digit in range(10)),  # Arabic-Indic
    "".join(chr(0x06F0 + digit) for digit in range(10)),  # extended, as in Urdu and Persian
    "".join(chr(0xFF10 + digit) for digit in range(10)),  # full width
]
BETWEEN = ["", " ", "-", "\u2011", "\u2013", "\u00a0", "\u2009", "\u200f"]
THREADS = 20


def spellings(count: int) -> list[str]:
    """The number in so many spellings, those of all digits and all separators among them."""
    chance = random.Random(5)
    found = []
    for place in range(count):
        digits = DIGITS[place % len(DIGITS)]
        letters = [digits[int(digit)] for digit in NUMBER]
        for cut in sorted(chance.sample(range(len(letters) + 1), chance.randint(0, 5)))[::-1]:
            letters.insert(cut, chance.choice(BETWEEN))
        found.append("".join(letters))
    return found


def register_at_once(
    users: list[User],
    numbers: list[str],
    *,
    threads: int,
    prove: Callable[..., object] = identity.prove,
) -> Counter[str]:
    """Prove each account with its number, from many threads; how often each thing came of it."""
    results, start = Counter[str](), threading.Barrier(threads)
    told: list[str] = []

    def run(mine: list[tuple[User, str]]) -> None:
        try:
            start.wait(timeout=30)
            for user, number in mine:
                try:
                    prove(user=user, provider="counter", number=number)
                    told.append("kept")
                except identity.AlreadyProved:
                    told.append("refused")
                except BaseException as error:
                    told.append(repr(error))
        finally:
            connection.close()

    pairs = list(zip(users, numbers, strict=True))
    crowd = [threading.Thread(target=run, args=(pairs[one::threads],)) for one in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=120)
    results.update(told)
    return results


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_thousand_registrations_of_one_number_at_once_are_one_row() -> None:
    users = User.objects.bulk_create(
        [User(email=f"one{number}@example.org") for number in range(1000)]
    )

    results = register_at_once(users, spellings(1000), threads=THREADS)

    assert results == {"kept": 1, "refused": 999}
    assert IdentityProof.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_registrations_of_one_number_at_once_are_one_row() -> None:
    users = User.objects.bulk_create(
        [User(email=f"one{number}@example.org") for number in range(60)]
    )

    results = register_at_once(users, spellings(60), threads=4)

    assert results == {"kept": 1, "refused": 59}
    assert IdentityProof.objects.count() == 1


def help_people(conversation: Conversation, petition: Petition, numbers: list[str]) -> None:
    """What a field worker enters for each: a vote on every statement, and a signature."""
    for number in numbers:
        proof = identity.remember(identity.name(number))
        key = identity.person_key(proof)
        helped = participants.enter_assisted(
            conversation=conversation, person_key=key, has_account=False
        )
        for statement in conversation.statements.all():
            counted = votes.cast_one(
                participant=helped, statement_number=statement.number, choice=Choice.AGREE
            )
            participants.note_help(helped, changed=counted.changed)
        signatures.sign_assisted(petition_id=petition.pk, participation_key=key)


@pytest.mark.parametrize(
    ("people", "threads"),
    [pytest.param(200, THREADS, marks=pytest.mark.postgres), (24, 4)],
)
@pytest.mark.django_db(transaction=True)
def test_crowd_that_registers_somebody_who_was_helped_leaves_one_voice(
    people: int, threads: int
) -> None:
    conversation, petition = factories.conversation(), making.collecting(threshold=50)
    for _ in range(2):
        factories.statement(conversation=conversation)
    help_people(conversation, petition, [NUMBER, "3660312345672", "3660312345673"])
    users = User.objects.bulk_create(
        [User(email=f"one{number}@example.org") for number in range(people)]
    )
    for user in users[::2]:
        own = participants.enter(conversation=conversation, user=user, session={})
        votes.cast_one(participant=own, statement_number=0, choice=Choice.DISAGREE)

    results = register_at_once(users, spellings(people), threads=threads, prove=one_person.prove)

    assert results == {"kept": 1, "refused": people - 1}
    (proof,) = IdentityProof.objects.exclude(user=None)
    assert proof.user is not None
    mine = participants.find(conversation=conversation, user=proof.user, session={})
    assert mine is not None
    has_own = proof.user in users[::2]
    assert list(
        Vote.objects.filter(participant=mine)
        .order_by("statement__number")
        .values_list("choice", flat=True)
    ) == [Choice.DISAGREE if has_own else Choice.AGREE, Choice.AGREE]
    voting = Participant.objects.filter(votes__isnull=False).distinct()
    assert voting.count() == len(users[::2]) + 2 + (not has_own)
    assert signers.has_signed(petition=petition, user=proof.user)
    assert petition.signatures.filter(state=Signature.State.VALID).count() == 1 + 3


@pytest.mark.django_db(transaction=True)
def test_one_account_that_registers_at_once_is_kept_once() -> None:
    user = factories.user()

    results = register_at_once([user] * 20, spellings(20), threads=4)

    assert results == {"kept": 20}
    assert IdentityProof.objects.get().user == user


def test_spellings_are_many_and_of_one_number() -> None:
    found = spellings(1000)

    assert len(set(found)) > 600
    assert {identity.canonical(one) for one in found} == {NUMBER}
