"""Where blocks of votes are: in memory, in a scratch file, or with the workers of a cluster."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from opinion_map.maths.threads import over_blocks

Result = TypeVar("Result")


class BlockOfVotes(Protocol):
    """The votes of some neighbouring participants; see `vote_matrix.Block`."""

    @property
    def start(self) -> int: ...
    @property
    def offsets(self) -> NDArray[np.int32]: ...
    @property
    def columns(self) -> NDArray[np.integer]: ...
    @property
    def values(self) -> NDArray[np.int8]: ...
    @property
    def rows(self) -> slice: ...


@runtime_checkable
class Elsewhere(Protocol):
    """Blocks that work is sent to, because they are not in this process."""

    def each(
        self, work: Callable[..., Result], per_person: Sequence[NDArray[Any]]
    ) -> Iterator[Result]:
        """Results in the order of the blocks."""


def over_each(
    work: Callable[..., Result],
    blocks: Sequence[BlockOfVotes],
    *per_person: NDArray[Any],
) -> Iterator[Result]:
    """The results of `work` on each block and on its people's part of each array, in order.

    `work` may be sent to another process, so it should hold on to nothing large.
    """
    if isinstance(blocks, Elsewhere):
        return blocks.each(work, per_person)
    return over_blocks(
        lambda block: work(block, *(one[block.rows] for one in per_person)), list(blocks)
    )


@dataclass(frozen=True, eq=False)
class DistantBlock:
    """A block of which only the offsets are here: columns and values are fetched when asked for."""

    start: int
    offsets: NDArray[np.int32]
    fetch: Callable[[str], NDArray[Any]]

    @property
    def columns(self) -> NDArray[np.integer]:
        return self.fetch("columns")

    @property
    def values(self) -> NDArray[np.int8]:
        return self.fetch("values")

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + len(self.offsets) - 1)


class ScratchFile:
    """A nameless file that holds blocks while memory does not; it goes with its last block.

    Parameters
    ----------
    folder : Path, optional
        On a disk with room for three bytes a vote (five from 65,536 statements on); the system's
        own folder by default, which may be in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115

    def keep(self, block: BlockOfVotes) -> DistantBlock:
        """The same block with its votes in the file."""
        places = {}
        for name in ("columns", "values"):
            array = np.ascontiguousarray(getattr(block, name))
            places[name] = (self._written(array), array.nbytes, array.dtype)
        return DistantBlock(block.start, block.offsets, partial(self._read, places))

    def _written(self, array: NDArray[Any]) -> int:
        """Where in the file it now is."""
        start = self._file.seek(0, os.SEEK_END)
        rest = memoryview(array.tobytes())
        while len(rest):
            rest = rest[self._file.write(rest) :]
        return start

    def _read(self, places: dict[str, tuple[int, int, np.dtype[Any]]], name: str) -> NDArray[Any]:
        # pread has no position in the file, so that threads do not get into each other's way.
        start, length, kind = places[name]
        whole = bytearray(length)
        read = 0
        while read < length:
            read += os.preadv(self._file.fileno(), [memoryview(whole)[read:]], start + read)
        return np.frombuffer(whole, kind)
