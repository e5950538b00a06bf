"""The catalogues, read once for all tests of them."""

import pytest

from config import catalogues
from tests.frontend.entries import COMPLETE, Words


@pytest.fixture(scope="session")
def all_words() -> dict[str, Words]:
    """The catalogue of each complete language."""
    found = {}
    for code in COMPLETE:
        entries = catalogues.read(catalogues.path(code))
        assert not entries.obsolete, "obsolete entries: run `make messages`"
        found[code] = {(entry.context, entry.id): entry for entry in entries if entry.id}
    return found


@pytest.fixture
def words(all_words: dict[str, Words], code: str) -> Words:
    """The catalogue of the language that the test is about."""
    return all_words[code]


@pytest.fixture
def urdu(all_words: dict[str, Words]) -> Words:
    """The catalogue of Urdu, which has what Django and allauth say too."""
    return all_words["ur"]
