"""Reads CSV files, plain or gzip, row by row; one that cannot be read errs with its line.

Pure: the standard library alone, so that `python -m opinion_map` can use it without settings.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path

Refusal = Callable[[int | None, str], Exception]
"""Makes the error to raise, from the line (None: the file as a whole) and what is wrong."""
Progress = Callable[[int, int], None]
"""Called now and then with the bytes read and the size of the file."""

ROWS_BETWEEN = 100_000


def records(
    path: Path, *, refuse: Refusal, progress: Progress | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, the header too, each with the line where it begins."""
    try:
        with ExitStack() as opened:
            raw = opened.enter_context(path.open("rb"))
            # Known by how it begins, whatever its name.
            zipped = raw.peek(2)[:2] == b"\x1f\x8b"
            plain = opened.enter_context(gzip.open(raw)) if zipped else raw
            text = opened.enter_context(TextIOWrapper(plain, encoding="utf-8-sig", newline=""))
            reader = csv.reader(text, strict=True)
            size, line = max(path.stat().st_size, 1), 1
            for number, cells in enumerate(reader):
                if progress and number % ROWS_BETWEEN == 0:
                    progress(raw.tell(), size)
                if cells:
                    yield line, cells
                line = reader.line_num + 1
    except csv.Error as error:
        raise refuse(reader.line_num, str(error)) from error
    except UnicodeDecodeError as error:
        raise refuse(_first_line_in_another_code(path), "this is not UTF-8 text") from error
    except (OSError, EOFError, zlib.error) as error:
        raise refuse(None, f"cannot be read: {_reason(error)}") from error


def _first_line_in_another_code(path: Path) -> int | None:
    """Read again, for the decoder reads ahead and does not say how far it came."""
    with path.open("rb") as raw:
        zipped = raw.peek(2)[:2] == b"\x1f\x8b"
        with gzip.open(raw) if zipped else raw as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    return number
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the gzip file is damaged or cut short"
