"""Who votes in a conversation, many at once: the participant, what they have voted, what is next.

A seat is one session's place in one conversation as this process knows it. Whether the session
still holds and its bearer may vote is asked of the database each time; what a seat remembers
beyond that is about REFRESH seconds old at most, for the same person may vote elsewhere.
"""

import itertools
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from deliberate import (
    allowances,
    bearers,
    boards,
    conversation_keys,
    errors,
    orders,
    participants,
    positions,
    showing,
)
from deliberate.models import Choice, Conversation, Participant, Vote

# Seats that one process keeps; the ones not used for longest go first.
KEPT: Final = 5_000
# And what they may take together, about: in long conversations a seat is 50 KB and more. They grow
# while they are kept, so they are weighed again with every so many new ones.
MOST_BYTES: Final = 64_000_000
WEIGHED_EVERY: Final = 100
REFRESH: Final = 30.0
# Of a crowd that came at once not everybody's turn comes in the same batch: it would wait for all.
# Whoever is overdue by as long again does not wait for a turn.
TURNS_AT_ONCE: Final = 8
# Of two boards with the same statements a seat may go by the older one for so long.
BOARD_KEPT: Final = 5.0


@dataclass(slots=True, eq=False)
class Seat:
    """One session's place in one conversation."""

    bearer: bearers.Bearer
    # Under which the person is known in this conversation.
    name: bytes
    # None: not known to have taken part. That is asked again each time: their first act may come
    # by another way.
    participant: Participant | None
    # {statement number: choice}; None: not read yet, or not sure any more.
    votes: dict[int, int] | None = None
    times: dict[int, datetime] = field(default_factory=dict)
    sitting: int = 0
    voted: int = 0
    cast_at: datetime | None = None
    # Of the votes, for the place on the map.
    sums: positions.Sums = positions.NO_VOTES
    # Shown, but not voted on.
    passed: set[int] = field(default_factory=set)
    order: Any = None
    board: boards.Board | None = None
    read_at: float = 0.0
    seated_at: float = 0.0

    def note(self, number: int, choice: Choice | None, *, at: datetime) -> None:
        """Remember a ballot that was counted just now."""
        # Read once: another thread may forget them at any moment.
        votes = self.votes
        if votes is None or self.board is None:
            return
        is_new = choice is not None and number not in votes and number in self.board.numbers
        if choice is None:
            votes.pop(number, None)
            self.times.pop(number, None)
        else:
            votes[number] = int(choice)
            self.times[number] = at
        if not is_new or choice is None:
            self.sum_up(self.board)
            return
        self.voted += 1
        self.sitting = 1 if _rested(self.cast_at, at) else self.sitting + 1
        self.cast_at = at
        if self.board.placing is not None:
            self.sums = self.board.placing.with_vote(self.sums, number, int(choice))

    def is_behind(self, board: boards.Board, now: float) -> bool:
        """Whether it needs the newer board: at once for other statements, else after a while.

        In a busy room a map comes every second, and a crowd's orders are not made anew for each.
        """
        if self.board is board:
            return False
        return (
            self.board is None
            or self.board.numbers != board.numbers
            or now - self.seated_at > BOARD_KEPT
        )

    def sit_at(self, board: boards.Board, now: float) -> None:
        """Go by that board from now on."""
        if self.board is not board:
            self.order = orders.order(board.candidates, seed=self.name)
        self.board, self.seated_at = board, now
        self.sum_up(board)

    def sum_up(self, board: boards.Board) -> None:
        """What follows from the votes and their times."""
        times = [at for number, at in self.times.items() if number in board.numbers]
        self.voted = len(times)
        self.sitting = showing.sitting(times, now=timezone.now())
        self.cast_at = max(times, default=None)
        self.sums = positions.NO_VOTES
        if board.placing is not None:
            for number, choice in (self.votes or {}).items():
                self.sums = board.placing.with_vote(self.sums, number, choice)

    def pass_over(self, number: int) -> None:
        """They have seen that one, and asked for another; what is left is shown before it again."""
        votes = self.votes or {}
        unseen = [one for one in self.order.tolist() if one not in votes]
        if self.passed.issuperset(unseen):
            self.passed.clear()
        self.passed.add(number)

    def next(self) -> int | None:
        """The number of the statement to show next, or None when all have been voted on."""
        return orders.next_in(self.order, voted=self.votes or {}, passed=self.passed)

    @property
    def showing(self) -> showing.Showing:
        """How far through the conversation they are, and through this sitting."""
        total = len(self.board.numbers) if self.board else 0
        return showing.Showing(statement=None, voted=self.voted, total=total, sitting=self.sitting)

    @property
    def position(self) -> tuple[float, float] | None:
        """Where their own votes put them on the newest map."""
        if self.board is None or self.board.placing is None:
            return None
        return self.board.placing.place(self.sums)


_seats: OrderedDict[tuple[int, str], Seat] = OrderedDict()
_new: Final = itertools.count(1)


def take(
    moment: boards.Moment, *, voters: Mapping[str, str], readers: Iterable[str]
) -> dict[str, Seat | errors.DeliberateError]:
    """The seats of those who hold the sessions, or why they may not vote.

    Voters, who come with their addresses, become participants, unless the conversation is over;
    readers only if they are already.
    """
    voting = set(voters)
    wanted = voting.union(readers)
    conversation = moment.board.conversation
    if conversation_keys.is_destroyed(conversation):
        return {key: errors.KeyDestroyed() if key in voting else guest() for key in wanted}
    held = bearers.of(wanted)
    told: dict[str, Seat | errors.DeliberateError] = {
        key: _unheld(conversation, key) for key in wanted if key not in held
    }
    refusals = participants.refusals(
        conversation=conversation, user_ids=[bearer.user_id for bearer in held.values()]
    )
    names: dict[str, bytes] = {}
    remembered: dict[str, Seat] = {}
    for key, bearer in held.items():
        refused = refusals[bearer.user_id] if key in voting else None
        if refused is not None or bearer.person_key is None:
            told[key] = refused or _unheld(conversation, "")
            continue
        known = _known(conversation, key, bearer)
        if known is not None and known.participant is not None:
            told[key] = known
            continue
        names[key] = participants.pseudonym(conversation=conversation, person_key=bearer.person_key)
        if known is not None and known.name == names[key]:
            remembered[key] = known
    may_enter = voters if moment.takes_votes else {}
    for key, participant in _enter(conversation, held, names, may_enter).items():
        if isinstance(participant, errors.DeliberateError):
            told[key] = participant
            continue
        if participant is None and key in voting:
            told[key] = (
                errors.ParticipantGone() if key in may_enter else errors.ConversationClosed()
            )
            continue
        seat = remembered.get(key) or Seat(bearer=held[key], name=names[key], participant=None)
        if participant is not None:
            # Their votes are not known yet; what they were shown is.
            seat.participant, seat.votes = participant, None
        told[key] = _keep(conversation, key, seat)
    return told


def guest() -> Seat:
    """The seat of somebody who holds no session: everything is new to them, each time."""
    nobody = bearers.Bearer(user_id=None, person_key=None, browser_key=None)
    return Seat(bearer=nobody, name=showing.fresh_seed(), participant=None)


def refresh(board: boards.Board, seats: Sequence[Seat]) -> None:
    """Bring what the seats remember of their votes and their order up to that board."""
    now = time.monotonic()
    stale = [
        *(seat for seat in seats if seat.votes is None),
        *_whose_turn_it_is(
            {seat: seat.read_at for seat in seats if seat.votes is not None}, now, after=REFRESH
        ),
    ]
    votes: dict[int, list[tuple[int, int, datetime]]] = {
        seat.participant.pk: [] for seat in stale if seat.participant
    }
    if votes:
        rows = Vote.objects.filter(participant_id__any_of=list(votes)).order_by()
        for participant_id, number, choice, cast_at in rows.values_list(
            "participant_id", "statement__number", "choice", "cast_at"
        ):
            votes[participant_id].append((number, choice, cast_at))
    for seat in stale:
        rows_of = votes[seat.participant.pk] if seat.participant else []
        seat.votes = {number: choice for number, choice, _at in rows_of}
        seat.times = {number: at for number, _choice, at in rows_of}
        seat.read_at = now
        seat.sit_at(board, now)
    behind = [seat for seat in seats if seat.is_behind(board, now)]
    moved = [seat for seat in behind if seat.board is None or seat.board.numbers != board.numbers]
    patient = {seat: seat.seated_at for seat in set(behind).difference(moved)}
    for seat in (*moved, *_whose_turn_it_is(patient, now, after=BOARD_KEPT)):
        seat.sit_at(board, now)


def _whose_turn_it_is(since: Mapping[Seat, float], now: float, *, after: float) -> list[Seat]:
    """Some of those who have waited for longer than that, the longest first; all who wait twice."""
    due = sorted((one for one in since if now - since[one] > after), key=lambda one: since[one])
    overdue = sum(now - since[one] > 2 * after for one in due)
    return due[: max(TURNS_AT_ONCE, overdue)]


def forget(conversation_id: int, session_key: str) -> None:
    """What was remembered of that seat's votes is not sure any more."""
    seat = _seats.get((conversation_id, session_key))
    if seat is not None:
        seat.votes = None


def drop(conversation_id: int, session_key: str) -> None:
    """Whose that seat is is not sure any more."""
    _seats.pop((conversation_id, session_key), None)


def forget_all() -> None:
    """Nothing remembered is sure any more: rows that it stood on are gone."""
    _seats.clear()


def _unheld(conversation: Conversation, key: str) -> errors.SignInNeeded:
    """What to say to a voter who holds no session."""
    if conversation.participation != Conversation.Participation.ANYONE:
        return errors.SignInNeeded()
    return errors.SessionEnded() if key else errors.CookieNeeded()


def _known(conversation: Conversation, key: str, bearer: bearers.Bearer) -> Seat | None:
    """The seat as it is remembered, unless its bearer or the conversation is another by now."""
    seat = _seats.get((conversation.pk, key))
    if seat is None or seat.bearer != bearer:
        return None
    if seat.board is not None and seat.board.conversation.secret != conversation.secret:
        return None
    _seats.move_to_end((conversation.pk, key))
    return seat


def _keep(conversation: Conversation, key: str, seat: Seat) -> Seat:
    _seats[conversation.pk, key] = seat
    while len(_seats) > KEPT:
        _seats.popitem(last=False)
    if next(_new) % WEIGHED_EVERY == 0:
        excess = sum(map(_bytes, _seats.values())) - MOST_BYTES
        while excess > 0 and len(_seats) > 1:
            _key, oldest = _seats.popitem(last=False)
            excess -= _bytes(oldest)
    return seat


def _bytes(seat: Seat) -> int:
    """About what a seat takes: two dictionaries' entries for each vote, and the order."""
    votes = 0 if seat.votes is None else len(seat.votes)
    order = 0 if seat.order is None else len(seat.order)
    return 1_000 + 300 * votes + 8 * order + 60 * len(seat.passed)


def _enter(
    conversation: Conversation,
    held: Mapping[str, bearers.Bearer],
    names: Mapping[str, bytes],
    may_enter: Mapping[str, str],
) -> dict[str, Participant | errors.TooManyNew | None]:
    """The participants that there are for the sessions, or that are made now."""
    if not names:
        return {}
    found = participants.find_all(conversation=conversation, names=names.values())
    missing = [key for key, name in names.items() if name not in found and key in may_enter]
    for key in missing:
        bearer = held[key]
        if bearer.user_id is not None and bearer.browser_key:
            adopted = participants.adopt(
                conversation=conversation, name=names[key], browser_key=bearer.browser_key
            )
            if adopted is not None:
                found[names[key]] = adopted
    new = {key: held[key].user_id for key in missing if names[key] not in found}
    held_back = {
        key for key, user_id in new.items() if user_id is None and not _may_begin(may_enter[key])
    }
    found |= participants.enter_all(
        conversation=conversation,
        accounts={names[key]: user_id for key, user_id in new.items() if key not in held_back},
    )
    told: dict[str, Participant | errors.TooManyNew | None] = dict.fromkeys(names)
    told |= dict.fromkeys(held_back, errors.TooManyNew())
    return told | {
        key: Participant(pk=found[name], conversation=conversation, key=name)
        for key, name in names.items()
        if name in found
    }


def _may_begin(address: str) -> bool:
    """Whether one more person without an account may begin from there; "" is a door of our own."""
    return not address or allowances.of_newcomers(address).take(time.monotonic())


def _rested(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last > showing.REST
