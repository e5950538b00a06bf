"""A petition's words: how they are tidied, how long they may be, and their fingerprint."""

import hashlib

from deliberate.statements import tidy
from petitions import errors

LONGEST_TITLE = 150
LONGEST_TEXT = 5000
LONGEST_REASONS = 6000


def tidy_lines(text: str) -> str:
    """The text without control characters, its lines kept and at most one of them empty."""
    kept: list[str] = []
    for line in (tidy(line) for line in text.splitlines()):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def checked(*, title: str, text: str) -> tuple[str, str]:
    """Title and text as they are stored.

    Raises:
        WordingRefused: one is empty or too long.
    """
    title, text = tidy(title), tidy_lines(text)
    if not (0 < len(title) <= LONGEST_TITLE and 0 < len(text) <= LONGEST_TEXT):
        raise errors.WordingRefused
    return title, text


def fingerprint(*, title: str, text: str, language: str) -> str:
    """SHA-256 of what people sign, as hexadecimal digits.

    Neither a language code nor a title holds a line break, so no two petitions are alike in it.
    """
    return hashlib.sha256(f"{language}\n{title}\n{text}".encode()).hexdigest()
