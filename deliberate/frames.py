"""The socket's frames: what comes in is parsed here, strictly, before anything acts on it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from deliberate import errors
from deliberate.models import Choice

# Longer frames close the socket.
LARGEST: Final = 16 * 1024
LONGEST_ID: Final = 64
LARGEST_NUMBER: Final = 2**31 - 1
CHOICES: Final = {"agree": Choice.AGREE, "pass": Choice.PASS, "disagree": Choice.DISAGREE}
CHOICE_WORDS: Final = {choice: word for word, choice in CHOICES.items()}


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


def parse(text: str) -> Frame:
    """Read one frame.

    Raises:
        MalformedFrame: not JSON, not the protocol's shape, or with unknown parts.
    """
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedFrame(_("The message is not JSON.")) from None
    if not isinstance(data, dict):
        raise MalformedFrame(_("The message must be an object."))
    frame_id = data.get("id")
    if frame_id is None or not _is_id(frame_id):
        raise MalformedFrame(_("The message needs an id: a short text or a whole number."))
    if set(data) - {"type", "id", "content"}:
        raise MalformedFrame(_("The message has unknown parts."), frame_id)
    kind = data.get("type")
    read = READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise MalformedFrame(_("There is no such kind of message."), frame_id)
    content = data.get("content", {})
    if not isinstance(content, dict):
        raise MalformedFrame(_("The content must be an object."), frame_id)
    try:
        act = read(**content)
    except TypeError:
        raise MalformedFrame(_("The content has missing or unknown parts."), frame_id) from None
    except ValueError as error:
        raise MalformedFrame(error, frame_id) from None
    if isinstance(act, CastVote | TakeBackVote):
        act = replace(act, ballot_id=as_uuid(frame_id))
    return Frame(id=frame_id, act=act)


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
    # A lone surrogate is valid JSON but no character that could be stored.
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(_("The text has characters that do not exist."))
    return text


def _read_next() -> NextStatement:
    return NextStatement()


def _read_sync(*, votes_version: Any) -> Sync:
    if isinstance(votes_version, bool) or not isinstance(votes_version, int):
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


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= LONGEST_ID
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _no_constant(name: str) -> None:
    raise ValueError(name)
