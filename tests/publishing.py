"""Publishes what may be published of every conversation, as the background work does."""

from deliberate import tallies
from opinion_map import worker


def publish(_conversation_id: int = 0) -> int:
    """Bring counts and maps up to date where they may move; how many maps are new."""
    tallies.step()
    return worker.draw_stale()
