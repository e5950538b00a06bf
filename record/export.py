"""The record as JSON lines, so that anybody can keep a copy and check it without this site.

One sealed line of the record is one line of text, in the order of the chain:

    {"appended_at":"2026-01-31T12:00:00.000000+00:00","facts":{…},"kind":"statement.rejected",
     "line_hash":"…","personal_hash":"…","previous_hash":"…","sequence":12,"subject":"/…/"}

(without the line break). To check a copy: the first line has `sequence` 1 and a `previous_hash`
of 64 zeros; each later line has the next number and, as `previous_hash`, the `line_hash` before
it; and `line_hash` is the SHA-256, in hexadecimal, of the line without `line_hash` itself,
written as JSON with sorted keys, no spaces and \\uXXXX for everything beyond ASCII. As the lines
are exported in exactly that form, it is enough to cut `"line_hash":"…",` out of a line.

`personal_hash` is the SHA-256 of 32 secret random bytes followed by the personal words (UTF-8)
the line was about, or empty. The random bytes are not exported; once they are erased nobody can
tell what the words were, and the chain stays as it is.
"""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async

from record import chain
from record.models import RecordLine

LINES_AT_ONCE = 500


def batches(*, after: int) -> Iterator[str]:
    """The sealed lines behind number `after`, some hundred in each piece of text."""
    while True:
        after, text = _batch(after)
        if not text:
            return
        yield text


async def abatches(*, after: int) -> AsyncIterator[str]:
    """The same for an asynchronous server, which would else gather all of it in memory."""
    while True:
        after, text = await sync_to_async(_batch)(after)
        if not text:
            return
        yield text


def exported(line: RecordLine) -> str:
    """One sealed line as it is exported."""
    sealed = chain.contents(line, sequence=line.sequence or 0, previous_hash=line.previous_hash)
    return chain.canonical(sealed | {"line_hash": line.line_hash})


def _batch(after: int) -> tuple[int, str]:
    lines = list(RecordLine.objects.sealed().filter(sequence__gt=after)[:LINES_AT_ONCE])
    last = lines[-1].sequence if lines else None
    return (last or after, "".join(f"{exported(line)}\n" for line in lines))
