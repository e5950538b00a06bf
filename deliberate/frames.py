"""The socket's frames: what comes in is parsed here, strictly, before anything acts on it.

What goes out is named here too. docs/live-protocol.md and the AsyncAPI file beside it say of each
frame, code and close code what it means; tests/docs/test_live_protocol.py holds them to it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from deliberate import errors
from deliberate.models import Choice

# Longer frames close the socket.
LARGEST: Final = 16 * 1024
LONGEST_ID: Final = 64
LARGEST_NUMBER: Final = 2**31 - 1
# Beyond it a browser's numbers are no longer exact.
LARGEST_VERSION: Final = 2**53 - 1
CHOICES: Final = {"agree": Choice.AGREE, "pass": Choice.PASS, "disagree": Choice.DISAGREE}
CHOICE_WORDS: Final = {choice: word for word, choice in CHOICES.items()}


class Reply(StrEnum):
    """The type of a frame that answers another."""

    OK = "ok"
    ERROR = "error"


class Event(StrEnum):
    """The type of a frame that nobody asked for."""

    STATEMENT_ACCEPTED = "statement.accepted"
    STATEMENT_REMOVED = "statement.removed"
    TALLY = "tally"
    MAP_UPDATED = "map.updated"
    CONVERSATION_CHANGED = "conversation.changed"
    ROOM_CHANGED = "room.changed"
    HEARTBEAT = "heartbeat"
    RECONNECT = "reconnect"


class Close(IntEnum):
    """Why the server ends a connection."""

    FLOODED = 1008
    TOO_LARGE = 1009
    RESTART = 1012
    SESSION_ENDED = 4401
    WRONG_ORIGIN = 4403
    NO_SUCH_ROOM = 4404
    TOO_SLOW = 4408


@dataclass(frozen=True)
class CastVote:
    statement: int
    choice: Choice
    # The frame's id where it is a UUID: the same ballot may come again by another way.
    ballot_id: UUID | None = None


@dataclass(frozen=True)
class TakeBackVote:
    statement: int
    # As a vote's.
    ballot_id: UUID | None = None


@dataclass(frozen=True)
class SubmitStatement:
    text: str


@dataclass(frozen=True)
class FindSimilar:
    text: str


@dataclass(frozen=True)
class NextStatement:
    pass


@dataclass(frozen=True)
class Sync:
    votes_version: int


Act = CastVote | TakeBackVote | SubmitStatement | FindSimilar | NextStatement | Sync


@dataclass(frozen=True)
class Frame:
    """One request: its id comes back as `reply_to`."""

    id: str | int
    act: Act


class MalformedFrame(errors.BadFrame):
    """The frame breaks the protocol; `reply_to` is its id where it had one."""

    def __init__(self, sentence: object, reply_to: str | int | None = None) -> None:
        super().__init__(str(sentence))
        self.reply_to = reply_to


def encode(
    kind: Reply | Event, content: dict[str, Any], *, reply_to: str | int | None = None
) -> str:
    """One frame as it is sent; `reply_to` is the id of the frame that it answers."""
    frame: dict[str, Any] = {"type": kind, "content": content}
    if reply_to is not None:
        frame["reply_to"] = reply_to
    return ENCODER.encode(frame)


def parse(text: str | bytes) -> Frame:
    """Read one frame; nothing that a stranger sends makes it raise anything else.

    Raises:
        MalformedFrame: not JSON, not the protocol's shape, or with unknown parts.
    """
    data = _read_json(text)
    if not isinstance(data, dict):
        raise MalformedFrame(_("The message must be an object."))
    frame_id = data.get("id")
    if frame_id is None or not _is_id(frame_id):
        raise MalformedFrame(_("The message needs an id: a short text or a whole number."))
    if set(data) - {"type", "id", "content"}:
        raise MalformedFrame(_("The message has unknown parts."), frame_id)
    try:
        act = read(data.get("type"), data.get("content", {}))
    except errors.BadFrame as error:
        raise MalformedFrame(error.sentence, frame_id) from None
    if isinstance(act, CastVote | TakeBackVote):
        act = replace(act, ballot_id=as_uuid(frame_id))
    return Frame(id=frame_id, act=act)


def read(kind: object, content: object) -> Act:
    """What a frame of that type with that content asks for.

    Raises:
        BadFrame: there is no such type, or its content is another.
    """
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise errors.BadFrame(_("There is no such kind of message."))
    if not isinstance(content, dict):
        raise errors.BadFrame(_("The content must be an object."))
    try:
        return reader(**content)
    except TypeError:
        raise errors.BadFrame(_("The content has missing or unknown parts.")) from None
    except ValueError as error:
        raise errors.BadFrame(str(error)) from None


def _read_json(text: str | bytes) -> object:
    if not isinstance(text, str):
        raise MalformedFrame(_("Messages are sent as text, not as bytes."))
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        raise MalformedFrame(_("The message is not JSON.")) from None


def as_uuid(value: object) -> UUID | None:
    """The value as a UUID in its usual spelling, or None."""
    try:
        found = UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and str(found) == str(value).lower() else None


def read_vote(*, statement: Any, choice: Any) -> CastVote:
    """A vote's content.

    Raises:
        ValueError: it is none; the error says why.
    """
    if not _is_number(statement):
        raise ValueError(_("The statement must be a whole number."))
    if not isinstance(choice, str) or choice not in CHOICES:
        raise ValueError(_("The choice must be agree, disagree or pass."))
    return CastVote(statement=statement, choice=CHOICES[choice])


def _read_take_back(*, statement: Any) -> TakeBackVote:
    if not _is_number(statement):
        raise ValueError(_("The statement must be a whole number."))
    return TakeBackVote(statement=statement)


def _read_submission(*, text: Any) -> SubmitStatement:
    return SubmitStatement(text=_checked(text))


def _read_similar(*, text: Any) -> FindSimilar:
    return FindSimilar(text=_checked(text))


def _checked(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError(_("The text must be a text."))
    if not _is_sendable(text):
        raise ValueError(_("The text has characters that do not exist."))
    return text


def _read_next() -> NextStatement:
    return NextStatement()


def _read_sync(*, votes_version: Any) -> Sync:
    if not _is_number(votes_version, most=LARGEST_VERSION):
        raise ValueError(_("The version must be a whole number."))
    return Sync(votes_version=votes_version)


READERS: Final[dict[str, Callable[..., Act]]] = {
    "vote": read_vote,
    "vote.take_back": _read_take_back,
    "statement.submit": _read_submission,
    "statement.similar": _read_similar,
    "statement.next": _read_next,
    "sync": _read_sync,
}


def _is_number(value: object, *, most: int = LARGEST_NUMBER) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        # It goes back with the reply, and must be able to.
        return 0 < len(value) <= LONGEST_ID and _is_sendable(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_VERSION


def _is_sendable(text: str) -> bool:
    """Whether it is all characters: a lone surrogate is valid JSON and no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _each_part_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which every reader reads the same: which of two equal names counts is open."""
    parts = dict(pairs)
    if len(parts) != len(pairs):
        raise ValueError("a name twice")
    return parts


def _no_constant(name: str) -> None:
    raise ValueError(name)


# Made once: one of its own for each frame costs as much as the work.
ENCODER: Final = json.JSONEncoder(ensure_ascii=False)
DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_each_part_once)
