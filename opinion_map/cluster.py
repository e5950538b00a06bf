"""The map of votes that are spread over several processes or machines. Needs the extra `cluster`.

Dask's workers read the pieces, sort them into the same blocks as one process would, and keep them;
sums over blocks come back block by block and are added in the order of the blocks, so that the map
has the same bytes. What is left to the caller is a few numbers for each participant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, overload

import numpy as np
from dask import delayed
from dask.delayed import Delayed
from distributed import Client, LocalCluster
from numpy.typing import NDArray

from opinion_map.maths import OpinionMap, Parameters, Votes
from opinion_map.maths.blocks import BlockOfVotes, DistantBlock
from opinion_map.maths.pipeline import DEFAULTS, from_matrix
from opinion_map.maths.threads import one_blas_thread
from opinion_map.maths.vote_matrix import (
    Block,
    VoteMatrix,
    block_bounds,
    columns_of,
    from_blocks,
    indexed,
    sorted_block,
)
from opinion_map.polis_files import VoteRows

Result = TypeVar("Result")
Bound = tuple[int, int]
Ids = NDArray[np.int64]

TASK_BLOCKS = 4
"""Neighbouring blocks that one task works on."""
CONNECT_SECONDS = 10


@contextmanager
def local(processes: int) -> Iterator[Client]:
    """Some worker processes on this machine, for as long as the context lasts."""
    with (
        LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            # Its pages are not looked at, and a fixed port may be taken.
            dashboard_address="127.0.0.1:0",
        ) as workers,
        Client(workers) as client,
    ):
        yield client


@contextmanager
def at(address: str) -> Iterator[Client]:
    """A cluster that already runs, by its scheduler's address.

    Raises
    ------
    OSError
        Nobody answers there.
    """
    with Client(address, timeout=CONNECT_SECONDS) as client:
        yield client


def compute(
    parts: Sequence[Delayed],
    *,
    client: Client,
    excluded: Iterable[int] = (),
    statements: Iterable[int] = (),
    previous: Mapping[str, Any] | None = None,
    parameters: Parameters = DEFAULTS,
) -> OpinionMap:
    """Draw the map of votes in parts: what `maths.compute` draws of all rows together.

    Parameters
    ----------
    parts : sequence of Delayed
        Each gives VoteRows or Votes. They may overlap; a row of a later part replaces one of an
        earlier part, unless timestamps say otherwise. Most is gained where a part holds
        neighbouring participants: then a row is sent to another worker only at its edges.
    client : distributed.Client
        Its workers need this package in the same version.
    excluded, statements : iterable of int
        Statements that the map leaves out, and live ones to list without votes.
    previous, parameters
        As in `maths.compute`.
    """
    with one_blas_thread():
        matrix = spread(parts, client=client, excluded=excluded, statements=statements)
        return from_matrix(matrix, previous=previous, parameters=parameters)


def spread(
    parts: Sequence[Delayed],
    *,
    client: Client,
    excluded: Iterable[int] = (),
    statements: Iterable[int] = (),
) -> VoteMatrix:
    """The vote matrix, its blocks with the workers."""
    known = list(_handed_on(client, [delayed(_ids)(part) for part in parts]))
    nobody = np.zeros(0, np.int64)
    people = np.unique(np.concatenate([nobody, *(who for who, _ in known)]))
    voted = np.unique(np.concatenate([nobody, *(what for _, what in known)]))
    left_out = np.array(sorted(excluded), dtype=np.int64)
    listed = np.array(sorted(statements), dtype=np.int64)
    live = np.setdiff1d(np.union1d(voted, listed), left_out)
    bounds = block_bounds(len(people))
    groups = [bounds[low : low + TASK_BLOCKS] for low in range(0, len(bounds), TASK_BLOCKS)]
    packed = [_task(group, people, live, parts, known) for group in groups]
    blocks = SpreadBlocks(client, client.persist(packed) if packed else [])
    return from_blocks(people, live, blocks, excluded=np.setdiff1d(voted, live))


class SpreadBlocks(Sequence[BlockOfVotes]):
    """Blocks that the workers keep; work is sent to them (`blocks.Elsewhere`).

    Parameters
    ----------
    client : distributed.Client
    kept : sequence of Delayed
        Each a list of neighbouring blocks, persisted.
    """

    def __init__(self, client: Client, kept: Sequence[Delayed]) -> None:
        self._client = client
        self._kept = kept
        self._fetched: tuple[int, str, list[NDArray[Any]]] = (-1, "", [])
        self._blocks: list[BlockOfVotes] = []
        self._groups: list[slice] = []
        for number, shapes in enumerate(self._results(_outlines, [()] * len(kept))):
            self._groups.append(slice(len(self._blocks), len(self._blocks) + len(shapes)))
            self._blocks += [
                DistantBlock(start, offsets, partial(self._fetch, number, place))
                for place, (start, offsets) in enumerate(shapes)
            ]

    def each(
        self, work: Callable[..., Result], per_person: Sequence[NDArray[Any]]
    ) -> Iterator[Result]:
        """The results of `work` in the order of the blocks, each computed where its block is."""
        shared = delayed(work, pure=False, traverse=False)
        arguments = [
            (shared, [[one[block.rows] for one in per_person] for block in self._blocks[group]])
            for group in self._groups
        ]
        for results in self._results(_on_each, arguments):
            yield from results

    def _results(
        self, work: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]
    ) -> Iterator[Result]:
        """Of one task for each list of blocks."""
        tasks = [
            delayed(work, pure=False)(kept, *more)
            for kept, more in zip(self._kept, arguments, strict=True)
        ]
        return _handed_on(self._client, tasks)

    def _fetch(self, group: int, place: int, name: str) -> NDArray[Any]:
        """A block's columns or values, brought here with those of its neighbours."""
        if self._fetched[:2] != (group, name):
            task = delayed(_named, pure=False)(self._kept[group], name)
            self._fetched = (group, name, self._client.compute(task).result())
        return self._fetched[2][place]

    def __len__(self) -> int:
        return len(self._blocks)

    @overload
    def __getitem__(self, place: int) -> BlockOfVotes: ...
    @overload
    def __getitem__(self, place: slice) -> list[BlockOfVotes]: ...
    def __getitem__(self, place: int | slice) -> BlockOfVotes | list[BlockOfVotes]:
        return self._blocks[place]


def _handed_on(client: Client, tasks: Sequence[Delayed]) -> Iterator[Any]:
    """The tasks' results in their order; a worker lets go of each once it is here."""
    # Dask refuses to compute nothing.
    waiting = client.compute(list(tasks))[::-1] if tasks else []
    while waiting:
        yield waiting.pop().result()


def _task(
    group: Sequence[Bound],
    people: Ids,
    live: Ids,
    parts: Sequence[Delayed],
    known: Sequence[tuple[Ids, Ids]],
) -> Delayed:
    """The task that sorts the rows of some neighbouring participants into blocks."""
    ids = people[group[0][0] : group[-1][1]]
    low, high = int(ids[0]), int(ids[-1])
    rows = [
        delayed(_between)(part, low, high)
        for part, (who, _) in zip(parts, known, strict=True)
        if len(who) and who[0] <= high and who[-1] >= low
    ]
    return delayed(_packed)(rows, ids, live, list(group))


# What follows runs on the workers.


def _ids(rows: VoteRows | Votes) -> tuple[Ids, Ids]:
    """The distinct participants and statements, each in increasing order."""
    return indexed(rows.participants)[0], indexed(rows.statements)[0]


def _between(rows: VoteRows | Votes, low: int, high: int) -> VoteRows:
    if isinstance(rows, Votes):
        nothing = np.zeros(0, np.int64)
        who, what = (one.astype(np.int64) for one in (rows.participants, rows.statements))
        rows = VoteRows(who, what, rows.choices.astype(np.int8), nothing)
    return rows.where((rows.participants >= low) & (rows.participants <= high))


def _packed(rows: Sequence[VoteRows], ids: Ids, live: Ids, bounds: Sequence[Bound]) -> list[Block]:
    ordered = rows[0].followed_by(*rows[1:]).in_time()
    voted, what = indexed(ordered.statements)
    column = columns_of(voted, live)[what]
    who = np.searchsorted(ids, ordered.participants) + bounds[0][0]

    def one(bound: Bound) -> Block:
        inside = (who >= bound[0]) & (who < bound[1])
        return sorted_block(bound, who[inside], column[inside], ordered.choices[inside], len(live))

    return [one(bound) for bound in bounds]


def _outlines(blocks: Sequence[Block]) -> list[tuple[int, NDArray[np.int32]]]:
    return [(block.start, block.offsets) for block in blocks]


def _named(blocks: Sequence[Block], name: str) -> list[NDArray[Any]]:
    return [getattr(block, name) for block in blocks]


def _on_each(
    blocks: Sequence[Block],
    work: Callable[..., Result],
    per_person: Sequence[Sequence[NDArray[Any]]],
) -> list[Result]:
    with one_blas_thread():
        return [work(block, *parts) for block, parts in zip(blocks, per_person, strict=True)]
