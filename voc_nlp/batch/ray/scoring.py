"""The driver's side: read records, hand their comments out, put the answers in order."""

import logging
import os
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from voc_nlp import errors
from voc_nlp.batch.chunks import (
    CHUNK_SIZE,
    Answer,
    LoadAnalyzer,
    ScoredRecord,
    ScoreRecords,
    chunks,
    comments_of,
    put_together,
)
from voc_nlp.batch.errors import DifferentVersionsError, WorkerCrashedError
from voc_nlp.batch.ray.cluster import import_ray, running_ray
from voc_nlp.batch.ray.feed import feed_dataset, start_feed
from voc_nlp.batch.ray.wire import Answered, Failure, pack_comments, read_answered
from voc_nlp.batch.ray.worker import AnalyzeChunk, versions
from voc_nlp.loading import read_tier, shipped_models
from voc_nlp.records import Record

_CHUNKS_AHEAD = 4
"""Chunks a worker that may be on their way; bounds the memory here and in the object store."""

_log = logging.getLogger(__name__)


def scorer_on(address: str | None, models_dir: Path | None, tier: str) -> ScoreRecords:
    """Choose the cluster, and the models that its workers must have.

    Parameters
    ----------
    address : str | None
        As `score_records` takes it.
    models_dir : Path | None
        Folder with ``registry.toml``; the shipped models when None.
    tier : str
        Name of a tier in the registry.

    Returns
    -------
    ScoreRecords
        `score_records` with this address and the version of this tier.
    """
    version = read_tier(models_dir or shipped_models(), tier)["version"]
    return partial(score_records, address=address, model_version=version)


def score_records(
    records: Iterable[Record],
    load: LoadAnalyzer,
    *,
    workers: int = 1,
    chunk_size: int = CHUNK_SIZE,
    address: str | None = None,
    model_version: str | None = None,
) -> Generator[ScoredRecord, None, None]:
    """Score a stream of records.

    A Ray that the caller has initialised is used and left running. Otherwise the
    cluster at `address`, or at ``RAY_ADDRESS``, is joined; without an address one
    is started on this machine and stopped again. On a cluster, every node needs
    this package with the extra ``ray`` and the model folder under the same path.

    A worker that is lost is replaced and its chunk repeated; a comment that ends
    worker after worker is refused with code ``internal_error``. Further errors are those
    of `voc_nlp.batch.errors`: Ray is not installed, the cluster cannot be reached, a worker
    has other versions than expected; and what loading the models raises.

    Parameters
    ----------
    records : Iterable[Record]
        The stream; it is read a few chunks ahead of what is asked for.
    load : LoadAnalyzer
        Loads the analyzer, once in each worker; picklable.
    workers : int
        Actors that analyse, of one core each.
    chunk_size : int
        Records that are analysed in one call.
    address : str | None
        ``auto`` or ``host:port`` of a running cluster.
    model_version : str | None
        Version of the models that the workers must have; None takes that of the first answer.

    Yields
    ------
    ScoredRecord
        One a record, in the order of `records`, the same as from the engine local.

    Raises
    ------
    WorkerCrashedError
        When the work cannot be carried on.
    """
    address = address or os.environ.get("RAY_ADDRESS") or None
    ray = import_ray(address)
    with running_ray(workers, address):
        try:
            yield from _score(records, load, workers, chunk_size, model_version)
        except (ray.exceptions.RayError, ray.data.exceptions.SystemException) as error:
            raise WorkerCrashedError(
                f"Ray could not carry on ({type(error).__name__}). Check that every node has this package "
                "and the model folder; the engine local shows what is wrong with the models themselves."
            ) from error


def _score(
    records: Iterable[Record], load: LoadAnalyzer, workers: int, chunk_size: int, model_version: str | None
) -> Iterator[ScoredRecord]:
    """Keep a bounded number of chunks on their way, and yield them in order."""
    import ray

    expected = None if model_version is None else versions(None, model_version)
    parts = enumerate(chunks(records, chunk_size))
    waiting: dict[int, list[Record]] = {}
    answers: dict[int, Iterable[Answer]] = {}
    first = sent = 0
    ended = False
    feed = start_feed()
    stream = _answered(feed, load, workers)
    try:
        while True:
            while not ended and len(waiting) < workers * _CHUNKS_AHEAD:
                number, part = next(parts, (sent, None))
                if part is None:
                    feed.end.remote(sent)
                    ended = True
                else:
                    waiting[number] = part
                    feed.put.remote(number, pack_comments(comments_of(part)), first)
                    sent += 1
            if not waiting:
                return
            while first not in answers:
                one = next(stream)
                if one.failure is not None:
                    raise _error(one.failure)
                expected = expected or one.versions
                _check(expected, one.versions)
                for line in one.notes:
                    _log.error("%s", line)
                if one.number >= first:
                    answers[one.number] = one.answers
            yield from put_together(waiting.pop(first), answers.pop(first))
            first += 1
    finally:
        stream.close()
        ray.kill(feed)


def _answered(feed: Any, load: LoadAnalyzer, workers: int) -> Generator[Answered, None, None]:
    """Yield what the workers send back, in any order."""
    import ray

    data = feed_dataset(feed)
    # Every row is a chunk: a block may hold no second one.
    data.context.target_max_block_size = 1
    data.context.enable_progress_bars = False
    # Whoever reads the answers may take as long as they like.
    data.context.execution_no_progress_timeout_s = -1
    answered = data.map_batches(
        AnalyzeChunk,
        fn_constructor_args=(load, feed),
        batch_size=None,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,  # Ray Data replaces a lost worker, and repeats its chunk, as often as it takes
    )
    for block in answered.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        yield read_answered(block)


def _check(expected: str, met: str) -> None:
    """Refuse answers of other versions than expected."""
    if met != expected:
        raise DifferentVersionsError(
            f"a Ray worker has {met}; expected {expected}. "
            "Give every node the same package and the same model folder."
        )


def _error(failure: Failure) -> Exception:
    """Make the error that the engine local would have raised."""
    kind = getattr(errors, failure.kind, None)
    if isinstance(kind, type) and issubclass(kind, errors.VocError):
        return kind(failure.message)
    return WorkerCrashedError(f"a Ray worker cannot work: {failure.kind}: {failure.message}")
