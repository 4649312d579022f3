"""Score records in this process or over worker processes, in order and in little memory."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator

from voc_nlp.batch.chunks import (
    CHUNK_SIZE,
    LoadAnalyzer,
    ScoredRecord,
    analyze_chunk,
    chunks,
    comments_of,
    put_together,
)
from voc_nlp.batch.workers import Work, Workers
from voc_nlp.records import Record

_CHUNKS_AHEAD = 3
"""Chunks a worker that may wait to be worked on or to be written; bounds the memory."""


def score_records(
    records: Iterable[Record], load: LoadAnalyzer, *, workers: int = 1, chunk_size: int = CHUNK_SIZE
) -> Generator[ScoredRecord, None, None]:
    """Score a stream of records.

    Parameters
    ----------
    records : Iterable[Record]
        The stream; it is read as answers are asked for.
    load : LoadAnalyzer
        Loads the analyzer, once in each process.
    workers : int
        1 works in this process, more in that many worker processes.
    chunk_size : int
        Records that are analysed in one call.

    Yields
    ------
    ScoredRecord
        One a record, in the order of `records`, the same for any number of workers. A comment
        that ends worker processes is refused with code ``internal_error``; where they end at
        any comment, `WorkerCrashedError` is raised.
    """
    if workers > 1:
        yield from _score_in_workers(records, load, workers, chunk_size)
        return
    analyzer = load()
    for chunk in chunks(records, chunk_size):
        yield from put_together(chunk, analyze_chunk(analyzer, comments_of(chunk)))


def _score_in_workers(
    records: Iterable[Record], load: LoadAnalyzer, count: int, chunk_size: int
) -> Generator[ScoredRecord, None, None]:
    """Score over worker processes, at most a few chunks ahead of what was asked for."""
    workers = Workers(load, count)
    pending: deque[tuple[list[Record], Work]] = deque()
    try:
        for chunk in chunks(records, chunk_size):
            pending.append((chunk, workers.hand_in(comments_of(chunk))))
            if len(pending) >= count * _CHUNKS_AHEAD:
                yield from _first(pending)
        while pending:
            yield from _first(pending)
    except BaseException:
        workers.close(at_once=True)
        raise
    workers.close()


def _first(pending: deque[tuple[list[Record], Work]]) -> Iterator[ScoredRecord]:
    """Wait for the oldest chunk and yield its records."""
    chunk, work = pending.popleft()
    yield from put_together(chunk, work.answers.result())
