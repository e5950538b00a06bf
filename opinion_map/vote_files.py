"""The map of the votes in files: a CSV read whole, Parquet in pieces, or spread over workers."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from deliberate.csv_files import Progress
from opinion_map.maths import OpinionMap, Parameters, Votes, compute
from opinion_map.maths.blocks import ScratchFile
from opinion_map.maths.chunks import OutOfOrder, from_chunks
from opinion_map.maths.pipeline import from_matrix
from opinion_map.polis_files import BadFile, read_votes

KEPT_ROWS = 1 << 25
"""Up to so many votes stay in memory; those of more go to a scratch file."""


@dataclass(frozen=True)
class Workers:
    """Who computes: this process alone, some on this machine, or a cluster that runs already."""

    processes: int = 1
    cluster: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What a map of some file is drawn with.

    Attributes
    ----------
    parameters : callable
        From the number of rows.
    listed, excluded : collection of int
        Live statements to list without votes, and those that the map leaves out.
    scratch : Path
        A folder with room for the votes of a conversation that is larger than memory.
    """

    parameters: Callable[[int], Parameters]
    listed: Iterable[int]
    excluded: frozenset[int]
    previous: Mapping[str, Any] | None
    workers: Workers
    scratch: Path


def draw(path: Path, wanted: Wanted, *, progress: Progress | None = None) -> OpinionMap:
    """The map of a votes.csv, of a Parquet file or of a folder of Parquet files.

    Raises
    ------
    BadFile
        The file cannot be used, or what is needed for it is not installed.
    """
    spread = wanted.workers.cluster is not None or wanted.workers.processes > 1
    if path.is_dir() or path.suffix == ".parquet":
        return _spread(path, wanted) if spread else _in_pieces(path, wanted)
    if spread:
        raise BadFile(path, None, "only Parquet files can be spread over processes")
    rows = read_votes(path, progress=progress)
    return _whole(rows.votes(excluded=wanted.excluded), len(rows.choices), wanted)


def _whole(votes: Votes, rows: int, wanted: Wanted) -> OpinionMap:
    return compute(
        votes,
        statements=wanted.listed,
        previous=wanted.previous,
        parameters=wanted.parameters(rows),
    )


def _in_pieces(path: Path, wanted: Wanted) -> OpinionMap:
    files = _extra("opinion_map.parquet_files", "parquet", path)
    parts = files.parts(path)
    rows = sum(part.rows for part in parts)
    live = set(wanted.listed).union(*(files.statements(part).tolist() for part in parts))
    try:
        matrix = from_chunks(
            files.pieces(path),
            statements=live - wanted.excluded,
            scratch=_scratch(wanted.scratch) if rows > KEPT_ROWS else None,
        )
    except OutOfOrder:
        return _whole(_joined(files, parts).votes(excluded=wanted.excluded), rows, wanted)
    return from_matrix(matrix, previous=wanted.previous, parameters=wanted.parameters(rows))


def _joined(files: Any, parts: list[Any]) -> Any:
    """All rows at once: those that do not come participant by participant need sorting."""
    read = [files.read(part) for part in parts]
    return read[0].followed_by(*read[1:]).in_time()


def _spread(path: Path, wanted: Wanted) -> OpinionMap:
    files = _extra("opinion_map.parquet_files", "parquet", path)
    cluster = _extra("opinion_map.cluster", "cluster", path)
    parts = files.parts(path)
    try:
        with _client(cluster, wanted.workers) as client:
            drawn: OpinionMap = cluster.compute(
                [cluster.delayed(files.read)(part) for part in parts],
                client=client,
                excluded=wanted.excluded,
                statements=wanted.listed,
                previous=wanted.previous,
                parameters=wanted.parameters(sum(part.rows for part in parts)),
            )
    except OSError as error:
        raise BadFile(wanted.workers.cluster or path, None, str(error).lower()) from error
    return drawn


def _client(cluster: Any, workers: Workers) -> AbstractContextManager[Any]:
    if workers.cluster is not None:
        return cluster.at(workers.cluster)
    return cluster.local(workers.processes)


def _scratch(folder: Path) -> ScratchFile:
    try:
        return ScratchFile(folder)
    except OSError as error:
        raise BadFile(folder, None, (error.strerror or "cannot be written").lower()) from error


def _extra(module: str, name: str, path: Path) -> Any:
    """A module that needs an optional package."""
    try:
        return import_module(module)
    except ImportError as error:
        needed = f"needs what pip install 'deliberate[{name}]' brings ({error.name} is missing)"
        raise BadFile(path, None, needed) from error
