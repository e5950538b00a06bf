"""Group commit: the ballots that reach one process at about the same time become one transaction.

Whoever comes while a batch is being stored waits for the next one, and one of those who wait stores
it for all. Nobody waits for company: alone, a ballot is stored at once. Each is answered after the
commit, never before it.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
)
from django.utils import timezone, translation

from deliberate import allowances, boards, errors, frames, metrics, room, seats, votes
from deliberate.models import Choice

logger = logging.getLogger(__name__)
# Ballots in one transaction: more make nobody faster, and hold the rows' locks for longer.
MOST_AT_ONCE: Final = 250
# Of a statement that is gone since its language was read, the one after it, and so on.
TRIES: Final = 3


class Ballot(NamedTuple):
    """One ballot as it came in."""

    statement: int
    # None takes a vote back.
    choice: Choice | None
    ballot_id: UUID | None


class Next(NamedTuple):
    """Which statement comes next? Behind the one that was shown last, if that is told."""

    passed: int | None = None


class Sync(NamedTuple):
    """Everything a page needs to be up to date after an outage."""


class Act(NamedTuple):
    """What somebody wants of a conversation: who holds the session says who they are."""

    # Its address. No id is remembered for it: a conversation may be imported anew.
    slug: str
    session_key: str
    language: str
    door: metrics.Door
    wants: Ballot | Next | Sync
    # By time.monotonic, where it has waited somewhere before it comes to the box.
    came_at: float | None = None
    # Where it came from (accounts/client_address.py), kept for no longer than the act.
    address: str = ""


Answer = dict[str, Any] | errors.DeliberateError


@dataclass(eq=False, slots=True)
class Slip:
    """An act that waits for its answer."""

    act: Act
    answer: Answer | None = None
    came_at: float = 0.0

    def __post_init__(self) -> None:
        self.came_at = self.came_at or self.act.came_at or time.monotonic()


class Box:
    """Where the ballots of one process wait; safe to use from any thread.

    A batch is stored by whoever gets the turn: the thread of a form's request, or a thread that
    the sockets' event loop lends for it.
    """

    def __init__(self) -> None:
        self._waiting: list[Slip] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def put(self, slips: Iterable[Slip]) -> None:
        """Add acts that somebody stores: call `serve` afterwards."""
        slips = list(slips)
        with self._lock:
            self._waiting.extend(slips)
        metrics.WAITING.inc(len(slips))

    def serve(self, slips: Sequence[Slip] = ()) -> None:
        """Store what waits, until nothing does or those slips have their answers."""
        while True:
            with self._turn:
                if slips and all(slip.answer is not None for slip in slips):
                    return
                batch = self._next_batch()
                if not batch:
                    return
                _store(batch)

    def cast(self, acts: Sequence[Act]) -> list[Answer]:
        """Store the acts of one request; an answer for each, in its place."""
        slips = [Slip(act) for act in acts]
        if connection.in_atomic_block:
            # Inside somebody's transaction nothing is committed when this returns, so no other
            # person's ballot may ride on it.
            _store(slips)
        elif _has_connection():
            self.put(slips)
            self.serve(slips)
        return [slip.answer if slip.answer is not None else errors.TryLater() for slip in slips]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is being stored."""
        return not self._waiting and not self._turn.locked()

    def _next_batch(self) -> list[Slip]:
        with self._lock:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        metrics.WAITING.dec(len(batch))
        return batch


BOX: Final = Box()


def _has_connection() -> bool:
    """Take a connection before the turn: who has the turn must never wait for one.

    Those who wait for the turn may hold all there are.
    """
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError):
        logger.exception("No connection to store ballots with.")
        return False
    return True


def words_of(error: errors.DeliberateError, *, language: str) -> dict[str, Any]:
    """A refusal as a browser gets it, in the reader's words."""
    with translation.override(language):
        content: dict[str, Any] = {"code": error.code, "message": str(error.sentence)}
    if isinstance(error, errors.StatementDuplicate) and error.number is not None:
        content["twin"] = error.number
    if error.retry_after:
        content["retry_after"] = error.retry_after
    return content


def _store(batch: Sequence[Slip]) -> None:
    """Give every slip its answer; what goes wrong with one conversation is no other's matter."""
    started = time.monotonic()
    by_conversation: dict[str, list[Slip]] = {}
    for slip in batch:
        by_conversation.setdefault(slip.act.slug, []).append(slip)
    # In one order everywhere, so that two processes cannot wait for each other both ways.
    for slug in sorted(by_conversation):
        _store_in(slug, by_conversation[slug])
    metrics.batch_stored(
        ballots=len(batch),
        seconds=time.monotonic() - started,
        oldest_waited=started - min(slip.came_at for slip in batch),
    )


def _store_in(slug: str, slips: Sequence[Slip]) -> None:
    try:
        _answer(slug, slips)
    except Exception as failed:  # whatever it was, everyone gets an answer and the box goes on
        # What was stored is told as stored. Nothing else was acknowledged, so nothing is lost:
        # whoever sent it keeps it and tries again.
        waiting = [slip for slip in slips if slip.answer is None]
        _log(failed, len(waiting))
        seats.forget_all()
        if isinstance(failed, IntegrityError) and len(waiting) > 1:
            # A row that was remembered is gone. One by one, so that whoever cannot be stored costs
            # nobody else their vote.
            for slip in waiting:
                _store_in(slug, [slip])
        else:
            for slip in waiting:
                slip.answer = errors.TryLater()


def _log(failed: Exception, ballots: int) -> None:
    """What went wrong; a database that is away is one line for each batch, not a page."""
    is_away = isinstance(failed, OperationalError | InterfaceError)
    words = "A batch of %d could not be stored: %s."
    logger.error(words, ballots, type(failed).__name__, exc_info=None if is_away else failed)


def _answer(slug: str, slips: Sequence[Slip], *, may_repeat: bool = True) -> None:
    moment = boards.now(slug)
    if moment is None:
        for slip in slips:
            slip.answer = errors.NotFound()
        return
    voting = [slip for slip in slips if isinstance(slip.act.wants, Ballot)]
    asking = [slip for slip in slips if not isinstance(slip.act.wants, Ballot)]
    taken = seats.take(
        moment,
        voters={slip.act.session_key: slip.act.address for slip in voting},
        readers=[slip.act.session_key for slip in asking],
    )
    if voting:
        _count(moment, voting, taken)
        gone = [slip for slip in voting if isinstance(slip.answer, errors.ParticipantGone)]
        if gone and may_repeat:
            # Remembered under another key: once more with a fresh look at who they are.
            for slip in gone:
                seats.drop(moment.board.conversation.pk, slip.act.session_key)
                slip.answer = None
            _answer(slug, gone, may_repeat=False)
    if asking:
        _ask(moment, asking, taken)
    if may_repeat:
        for slip in slips:
            if isinstance(slip.answer, errors.DeliberateError):
                metrics.refused(slip.answer.code)


Taken = Mapping[str, seats.Seat | errors.DeliberateError]


def _count(moment: boards.Moment, slips: Sequence[Slip], taken: Taken) -> None:
    """Have them stored.

    Who holds a session, and what they may do, was asked for this batch and is not asked again
    under the votes' locks: a vote that meets a suspension, or a proof that is taken back, counts
    as one that came just before it, which would stand as well. Erasure is another matter
    (presence.py): it promises that nothing is left.
    """
    now = time.monotonic()
    ballots: list[votes.Ballot] = []
    seated: list[tuple[Slip, seats.Seat]] = []
    for slip in slips:
        seat, ballot = taken[slip.act.session_key], slip.act.wants
        if isinstance(seat, errors.DeliberateError):
            slip.answer = seat
        elif seat.participant is None or not isinstance(ballot, Ballot):
            slip.answer = errors.ConversationClosed()
        elif not allowances.of(seat.name).take(now):
            slip.answer = errors.TooFast()
        else:
            ballots.append(votes.Ballot(seat.participant, *ballot))
            seated.append((slip, seat))
    # Committed when this returns.
    _tell(moment.board, seated, votes.cast(ballots), ballots)


def _ask(moment: boards.Moment, slips: Sequence[Slip], taken: Taken) -> None:
    """Answer those who only ask; whoever may not vote is shown what a stranger is."""
    found = [taken[slip.act.session_key] for slip in slips]
    seated = [seat if isinstance(seat, seats.Seat) else seats.guest() for seat in found]
    for slip, seat in zip(slips, seated, strict=True):
        if slip.act.door != "socket":
            # Over HTTP the next request may come to another process, so they are read each time.
            seat.votes = None
    seats.refresh(moment.board, seated)
    for slip, seat in zip(slips, seated, strict=True):
        act, wants = slip.act, slip.act.wants
        if isinstance(wants, Next) and wants.passed is not None:
            seat.pass_over(wants.passed)
        answer = {
            "next": _next(seat, moment.board, act.language),
            **room.progress(seat.showing),
        }
        if isinstance(wants, Sync):
            answer |= _state(moment, act.language)
        slip.answer = answer


def _state(moment: boards.Moment, language: str) -> dict[str, Any]:
    state = moment.snapshot(language)
    newest = [moment.board.described(row["id"], language) for row in state["newest"]]
    return {**state, "newest": [row for row in newest if row is not None]}


def _tell(
    board: boards.Board,
    seated: Sequence[tuple[Slip, seats.Seat]],
    answers: Sequence[votes.Counted | errors.DeliberateError],
    ballots: Sequence[votes.Ballot],
) -> None:
    """Everyone's answer, with where they are in the conversation after their ballot."""
    cast_at = timezone.now()
    for (slip, seat), ballot, answer in zip(seated, ballots, answers, strict=True):
        if isinstance(answer, errors.DeliberateError):
            slip.answer = answer
        elif answer.is_repeated:
            metrics.repeated()
            # Another process counted it, maybe, and others since.
            seat.votes = None
        else:
            metrics.acknowledged(1, door=slip.act.door)
            seat.note(ballot.statement_number, ballot.choice, at=cast_at)
        if slip.act.door == "form" and not isinstance(answer, errors.DeliberateError):
            # Its answer is a page, which reads for itself what comes next.
            slip.answer = {"repeated": answer.is_repeated}
    counted = [
        (slip, seat, ballot)
        for (slip, seat), ballot in zip(seated, ballots, strict=True)
        if slip.answer is None
    ]
    try:
        seats.refresh(board, [seat for _slip, seat, _ballot in counted])
        for slip, seat, ballot in counted:
            slip.answer = _told(ballot, seat, board, slip.act.language)
    except Exception as failed:  # whatever it was: these ballots are on disk, and that is told
        _log(failed, 0)
        seats.forget_all()
        for slip, seat, ballot in counted:
            slip.answer = slip.answer or _told_alone(ballot, seat)


def _told_alone(ballot: votes.Ballot, seat: seats.Seat) -> dict[str, Any]:
    """That it is counted, and no more: what is next could not be read."""
    told: dict[str, Any] = {"statement": ballot.statement_number, **room.progress(seat.showing)}
    if ballot.choice is not None:
        told |= {"choice": frames.CHOICE_WORDS[ballot.choice], "next": None, "position": None}
    return told


def _told(
    ballot: votes.Ballot, seat: seats.Seat, board: boards.Board, language: str
) -> dict[str, Any]:
    """The content of the `ok` reply."""
    progress = room.progress(seat.showing)
    if ballot.choice is None:
        return {"statement": ballot.statement_number, **progress}
    position = seat.position
    return {
        "statement": ballot.statement_number,
        "choice": frames.CHOICE_WORDS[ballot.choice],
        "next": _next(seat, board, language),
        "position": list(position) if position else None,
        **progress,
    }


def _next(seat: seats.Seat, board: boards.Board, language: str) -> dict[str, Any] | None:
    for _ in range(TRIES):
        number = seat.next()
        if number is None:
            return None
        described = board.described(number, language)
        if described is not None:
            return described
        seat.passed.add(number)
    return None
