"""What everyone may know of a room at one moment, with the number of its latest news.

A page that has missed some asks for this instead; with the events that follow it is the same as
asking again (frontend/static/js/state.js moves it on).
"""

from collections.abc import Callable
from typing import Any, Final

from deliberate import wording
from deliberate.models import Conversation, PublishedTally

NEWEST_SHOWN: Final = 5

# Which version of the votes the newest map of a conversation was drawn from, 0 before the first.
MapVersion = Callable[[int], int]


def _no_map(conversation_id: int) -> int:
    return 0


# Imports point down, so the map's room hands this in when the site starts.
_map_version: list[MapVersion] = [_no_map]


def provide(map_version: MapVersion) -> None:
    """Ask this for the version of a conversation's map from now on."""
    _map_version[0] = map_version


def snapshot(conversation: Conversation) -> dict[str, Any]:
    """The public state of a conversation whose row was read just now, in the reader's language.

    The version is that of the row: what changes while the rest is read is told again by the
    events after that version, which change nothing when they say what is there already.
    """
    tally = PublishedTally.objects.filter(conversation=conversation).first()
    tally = tally or PublishedTally(conversation=conversation)
    newest = (
        conversation.statements.accepted()
        .prefetch_related("texts")
        .order_by("-number")[:NEWEST_SHOWN]
    )
    return {
        "version": conversation.room_version,
        "votes_version": tally.votes_version,
        "votes": tally.votes,
        "participants": tally.participants,
        "open": conversation.takes_votes,
        "map_version": _map_version[0](conversation.pk),
        "newest": [
            {"id": row.number, "text": here.text_here, "language": here.language_here}
            for row in newest
            for here in [wording.statement_here(row)]
        ],
    }
