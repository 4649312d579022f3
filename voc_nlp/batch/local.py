"""Score records in this process or over worker processes, in order and in little memory."""

from collections import deque
from collections.abc import Generator, Iterable

from voc_nlp.batch.chunks import (
    CHUNK_SIZE,
    Done,
    Finish,
    LoadAnalyzer,
    ScoredRecord,
    analyze_chunk,
    answers_alone,
    chunks,
    comments_of,
    put_together,
)
from voc_nlp.batch.lines import MakeLines
from voc_nlp.batch.workers import Work, Workers
from voc_nlp.records import Record
from voc_nlp.records.ready import ReadyLine

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
    for chunk, answers in _chunks_done(records, load, answers_alone, workers, chunk_size):
        yield from put_together(chunk, answers)


def score_lines(
    records: Iterable[Record],
    load: LoadAnalyzer,
    make: MakeLines,
    *,
    workers: int = 1,
    chunk_size: int = CHUNK_SIZE,
) -> Generator[ReadyLine, None, None]:
    """Score a stream of records and make the lines of OUT, both in the worker processes.

    So this process, which all of them wait for, has little more to do than to read and to write.

    Parameters
    ----------
    records : Iterable[Record]
        The stream.
    load : LoadAnalyzer
        Loads the analyzer.
    make : MakeLines
        Makes the lines.
    workers : int
        As `score_records` takes it.
    chunk_size : int
        Records that are analysed in one call.

    Yields
    ------
    ReadyLine
        One a record, in order.
    """
    for _, lines in _chunks_done(records, load, make, workers, chunk_size):
        yield from lines


def _chunks_done(
    records: Iterable[Record], load: LoadAnalyzer, finish: Finish[Done], workers: int, chunk_size: int
) -> Generator[tuple[list[Record], list[Done]], None, None]:
    """Yield every chunk with what was made of it."""
    if workers > 1:
        yield from _done_in_workers(records, load, finish, workers, chunk_size)
        return
    analyzer = load()
    for chunk in chunks(records, chunk_size):
        yield chunk, finish(chunk, analyze_chunk(analyzer, comments_of(chunk)))


def _done_in_workers(
    records: Iterable[Record], load: LoadAnalyzer, finish: Finish[Done], count: int, chunk_size: int
) -> Generator[tuple[list[Record], list[Done]], None, None]:
    """Work over worker processes, at most a few chunks ahead of what was asked for."""
    workers = Workers(load, finish, count)
    pending: deque[tuple[list[Record], Work[Done]]] = deque()
    try:
        for chunk in chunks(records, chunk_size):
            pending.append((chunk, workers.hand_in(chunk)))
            if len(pending) >= count * _CHUNKS_AHEAD:
                yield _first(pending)
        while pending:
            yield _first(pending)
    except BaseException:
        workers.close(at_once=True)
        raise
    workers.close()


def _first(pending: deque[tuple[list[Record], Work[Done]]]) -> tuple[list[Record], list[Done]]:
    """Wait for the oldest chunk."""
    chunk, work = pending.popleft()
    return chunk, work.done.result()
