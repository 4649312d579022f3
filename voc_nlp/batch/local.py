"""Score records in this process or over worker processes, in order and in little memory."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from voc_nlp.batch.chunks import (
    CHUNK_SIZE,
    Answer,
    CommentAnalyzer,
    LoadAnalyzer,
    ScoredRecord,
    analyze_chunk,
    chunks,
    comments_of,
    put_together,
)
from voc_nlp.batch.errors import WorkerCrashedError
from voc_nlp.records import Record
from voc_nlp.schema import Comment

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
        One a record, in the order of `records`, the same for any number of workers.
    """
    if workers > 1:
        yield from _score_in_workers(records, load, workers, chunk_size)
        return
    analyzer = load()
    for chunk in chunks(records, chunk_size):
        yield from put_together(chunk, analyze_chunk(analyzer, comments_of(chunk)))


def _score_in_workers(
    records: Iterable[Record], load: LoadAnalyzer, workers: int, chunk_size: int
) -> Generator[ScoredRecord, None, None]:
    """Score over worker processes, at most a few chunks ahead of what was asked for."""
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(load,),
    )
    pending: deque[tuple[list[Record], Future[list[Answer]]]] = deque()
    try:
        for chunk in chunks(records, chunk_size):
            pending.append((chunk, pool.submit(_work, comments_of(chunk))))
            if len(pending) >= workers * _CHUNKS_AHEAD:
                yield from _first(pending)
        while pending:
            yield from _first(pending)
    except BrokenProcessPool as error:
        raise WorkerCrashedError(
            f"one of {workers} worker processes ended in the middle of its work, as when memory runs out. "
            "Nothing was written; use fewer workers, or one to see the cause."
        ) from error
    except BaseException:
        _end_at_once(pool)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _first(pending: deque[tuple[list[Record], "Future[list[Answer]]"]]) -> Iterator[ScoredRecord]:
    """Wait for the oldest chunk and yield its records."""
    chunk, future = pending.popleft()
    yield from put_together(chunk, future.result())


def _end_at_once(pool: ProcessPoolExecutor) -> None:
    """End the worker processes in the middle of their work: nobody waits for it any more."""
    # Until Python 3.14's terminate_workers, the pool has no public way to this.
    for process in list((pool._processes or {}).values()):
        process.terminate()


class _Worker:
    """What one worker process holds: how to load the analyzer, and then the analyzer."""

    load: LoadAnalyzer | None = None
    analyzer: CommentAnalyzer | None = None


def _start_worker(load: LoadAnalyzer) -> None:
    """Prepare a worker process: one thread of arithmetic each, and Ctrl-C left to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    _Worker.load = load


def _work(comments: Sequence[Comment]) -> list[Answer]:
    """Answer one chunk in a worker process; the first chunk loads the analyzer."""
    if _Worker.analyzer is None:
        assert _Worker.load is not None
        _Worker.analyzer = _Worker.load()
    return analyze_chunk(_Worker.analyzer, comments)
