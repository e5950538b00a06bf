"""Reading votes from Parquet files, some million rows at a time. Needs the extra `parquet`.

A row is a vote: `participant`, `statement` and `choice`, or `voter-id`, `comment-id` and `vote` as
in a Polis export. A later row replaces an earlier one; where there is a `timestamp`, it says which
is the later one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from numpy.typing import NDArray
from pyarrow import parquet

from opinion_map.maths.vote_matrix import indexed
from opinion_map.maths.votes import Votes
from opinion_map.polis_files import BadFile, VoteRows

PART_ROWS = 1 << 21
NAMES = {
    "participant": ("participant", "voter-id"),
    "statement": ("statement", "comment-id"),
    "choice": ("choice", "vote"),
}


@dataclass(frozen=True)
class Part:
    """Some neighbouring row groups of one file, enough for one look at them."""

    path: Path
    groups: tuple[int, ...]
    rows: int


def parts(path: Path) -> list[Part]:
    """The parts of a Parquet file, or of all Parquet files in a folder in the order of their names.

    Raises
    ------
    BadFile
        There is none, one is not Parquet, or a column is missing.
    """
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise BadFile(path, None, "no Parquet file is in the folder")
    found: list[Part] = []
    timed: bool | None = None
    for file in files:
        with _opened(file) as source:
            names = source.schema_arrow.names
            for one in NAMES:
                _column_name(file, names, one)
            if timed is not None and timed != ("timestamp" in names):
                raise BadFile(file, None, "some files have a timestamp and others have not")
            timed = "timestamp" in names
            found += _parts_of(file, source.metadata)
    return found


def read(part: Part) -> VoteRows:
    """The rows of a part, as they stand there.

    Raises
    ------
    BadFile
    """
    with _opened(part.path) as source:
        names = source.schema_arrow.names
        chosen = [_column_name(part.path, names, one) for one in NAMES]
        timed = ["timestamp"] if "timestamp" in names else []
        table = source.read_row_groups(list(part.groups), columns=[*chosen, *timed])
        columns = [_ints(part.path, table, name) for name in [*chosen, *timed]]
    choices = columns[2]
    if len(choices) and not -1 <= choices.min() <= choices.max() <= 1:
        wrong = int(choices[np.flatnonzero(np.abs(choices) > 1)[0]])
        raise BadFile(part.path, None, f"a vote is -1, 0 or 1, not {wrong}")
    stamps = columns[3] if timed else np.zeros(0, np.int64)
    return VoteRows(columns[0], columns[1], choices.astype(np.int8), stamps)


def statements(part: Part) -> NDArray[np.int64]:
    """The distinct statements of a part, in increasing order, without reading the rest.

    Raises
    ------
    BadFile
    """
    with _opened(part.path) as source:
        name = _column_name(part.path, source.schema_arrow.names, "statement")
        table = source.read_row_groups(list(part.groups), columns=[name])
        return indexed(_ints(part.path, table, name))[0]


def pieces(path: Path) -> Iterator[Votes]:
    """The votes part by part, all of a participant in one piece if their rows are neighbours.

    Raises
    ------
    BadFile
    """
    waiting: VoteRows | None = None
    for part in parts(path):
        rows = read(part) if waiting is None else waiting.followed_by(read(part))
        if len(rows.choices) == 0:
            continue
        last = rows.participants == rows.participants.max()
        yield rows.where(~last).in_time().votes()
        waiting = rows.where(last)
    if waiting is not None:
        yield waiting.in_time().votes()


def _parts_of(file: Path, metadata: Any) -> Iterator[Part]:
    groups: list[int] = []
    rows = 0
    for number in range(metadata.num_row_groups):
        groups.append(number)
        rows += metadata.row_group(number).num_rows
        if rows >= PART_ROWS:
            yield Part(file, tuple(groups), rows)
            groups, rows = [], 0
    if groups:
        yield Part(file, tuple(groups), rows)


def _column_name(path: Path, names: list[str], wanted: str) -> str:
    for name in NAMES[wanted]:
        if name in names:
            return name
    raise BadFile(path, None, f"no column named {' or '.join(NAMES[wanted])}")


def _ints(path: Path, table: Any, name: str) -> NDArray[np.int64]:
    column = table.column(name)
    if column.null_count:
        raise BadFile(path, None, f"{name} is missing in {column.null_count} rows")
    if not (pyarrow.types.is_integer(column.type) or pyarrow.types.is_timestamp(column.type)):
        raise BadFile(path, None, f"{name} must be whole numbers, not {column.type}")
    numbers: NDArray[np.int64] = column.cast(pyarrow.int64()).to_numpy()
    return numbers


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with parquet.ParquetFile(path) as source:
            yield source
    except pyarrow.ArrowInvalid as error:
        raise BadFile(path, None, f"not readable as Parquet: {error}") from error
    except OSError as error:
        reason = error.strerror or str(error).partition("\n")[0]
        raise BadFile(path, None, reason.lower()) from error
