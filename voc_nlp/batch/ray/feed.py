"""Where Ray Data reads from: a stream whose end nobody knows, handed out chunk by chunk."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

from voc_nlp.batch.ray.wire import chunk_block

if TYPE_CHECKING:
    import pyarrow as pa


class Feed:
    """An actor beside the driver: it holds the chunks that are on their way, and how often each was begun.

    A chunk stays until its answer was taken, so that Ray may read it again when a
    worker or a node is lost. How many there are is bounded by the driver, which
    sends a chunk only when an older one came back.
    """

    def __init__(self) -> None:
        self._chunks: dict[int, bytes] = {}
        self._begun: Counter[int] = Counter()
        self._alone: dict[int, int] = {}
        self._fatal: dict[int, set[int]] = {}
        self._first = 0
        self._end: int | None = None
        self._news = asyncio.Condition()

    async def put(self, number: int, packed: bytes, first: int) -> None:
        """Take a chunk, and forget those whose answers were taken.

        Parameters
        ----------
        number : int
            Of the chunk, from 0 without gaps.
        packed : bytes
            Its comments.
        first : int
            The first chunk whose answers were not taken yet.
        """
        async with self._news:
            self._chunks[number] = packed
            for done in range(self._first, first):
                for kept in (self._chunks, self._begun, self._alone, self._fatal):
                    kept.pop(done, None)
            self._first = first
            self._news.notify_all()

    async def end(self, number: int) -> None:
        """Say that there are no more chunks.

        Parameters
        ----------
        number : int
            How many there were.
        """
        async with self._news:
            self._end = number
            self._news.notify_all()

    async def get(self, number: int) -> bytes | None:
        """Wait for a chunk.

        Parameters
        ----------
        number : int
            Of the chunk.

        Returns
        -------
        bytes | None
            Its comments, nothing when its answers were taken already; None at the end.
        """
        async with self._news:
            await self._news.wait_for(lambda: number in self._chunks or self._passed(number))
        if self._end is not None and number >= self._end:
            return None
        return self._chunks.get(number, b"[]")

    async def begin(self, number: int) -> tuple[int, list[int]]:
        """Note that the analysis of a chunk begins.

        Parameters
        ----------
        number : int
            Of the chunk.

        Returns
        -------
        tuple[int, list[int]]
            How often it was begun before, and the places of the comments over which, alone, a worker ended.
        """
        before = self._begun[number]
        self._begun[number] += 1
        if number in self._alone:
            self._fatal.setdefault(number, set()).add(self._alone.pop(number))
        return before, sorted(self._fatal.get(number, ()))

    async def alone(self, number: int, place: int | None) -> None:
        """Note which comment of a chunk is analysed alone from now on.

        Parameters
        ----------
        number : int
            Of the chunk.
        place : int | None
            Of the comment, from 0; None when all came to an end.
        """
        self._alone.pop(number, None)
        if place is not None:
            self._alone[number] = place

    def _passed(self, number: int) -> bool:
        """Say whether a chunk will never come: it is behind the end, or done with."""
        return number < self._first or (self._end is not None and number >= self._end)


def start_feed() -> Any:
    """Start the actor on this node; it takes no core.

    Returns
    -------
    Any
        Its handle.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    # Every worker's question may wait in here at once.
    return ray.remote(Feed).options(num_cpus=0, scheduling_strategy=here, max_concurrency=1000).remote()


def feed_dataset(feed: Any) -> Any:
    """Make a dataset of what the feed hands out: one block a chunk, read only as they are asked for.

    Parameters
    ----------
    feed : Any
        The actor's handle.

    Returns
    -------
    Any
        A `ray.data.Dataset`, not executed yet.
    """
    import ray.data
    from ray.data.block import BlockMetadata

    class FeedSource(ray.data.Datasource):  # type: ignore[misc]
        """One read task, which goes on for as long as there are chunks."""

        def estimate_inmemory_data_size(self) -> None:
            """Nobody knows."""

        def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[Any]:
            """Give the one task."""
            unknown = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
            return [ray.data.ReadTask(lambda: _chunks_of(feed), unknown)]

        @property
        def supports_distributed_reads(self) -> bool:
            """Keep the task beside the feed."""
            return False

    # A task without a core of its own: it waits most of the time, and differs so from the workers that
    # Ray Data does not fuse both into one.
    return ray.data.read_datasource(FeedSource(), num_cpus=0, override_num_blocks=1)


def _chunks_of(feed: Any) -> Iterator["pa.Table"]:
    """Read chunk after chunk; the same again when Ray repeats the task."""
    import ray

    for number in count():
        packed = ray.get(feed.get.remote(number))
        if packed is None:
            return
        yield chunk_block(number, packed)
