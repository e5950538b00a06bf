"""What a process remembers of its voters is bounded by what it takes, not only by how many."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from deliberate import bearers, seats
from deliberate.models import Conversation


@pytest.fixture(autouse=True)
def _remembered_anew() -> None:
    seats.forget_all()


def seat(votes: int) -> seats.Seat:
    now = datetime.now(UTC)
    numbers = range(votes)
    nobody = bearers.Bearer(user_id=None, person_key=None, browser_key=None)
    return seats.Seat(
        bearer=nobody,
        name=b"",
        participant=None,
        votes=dict.fromkeys(numbers, 1),
        times=dict.fromkeys(numbers, now),
    )


def kept(monkeypatch: pytest.MonkeyPatch, *, votes: int, most: int) -> int:
    monkeypatch.setattr(seats, "MOST_BYTES", most)
    conversation = Conversation(pk=1)
    for _ in range(300):
        seats._keep(conversation, str(uuid4()), seat(votes))
    return len(seats._seats)


def test_seats_of_a_long_conversation_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 100 * seats._bytes(seat(200))

    assert kept(monkeypatch, votes=200, most=most) <= 100 + seats.WEIGHED_EVERY
    seats.forget_all()
    assert kept(monkeypatch, votes=0, most=most) == 300


def test_seat_that_was_used_last_is_kept_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "WEIGHED_EVERY", 1)

    assert kept(monkeypatch, votes=10, most=1) == 1
