"""Score records with Ray Data, over the cores of one machine or over a cluster.

The comments travel through Ray's object store, which spills to disk, in blocks;
the records themselves wait in a temporary file here. Every node needs this
package, the extra ``ray`` and the model folder under the same path.
"""

import json
import logging
import os
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from voc_nlp.batch.errors import MissingEngineError, WorkerCrashedError
from voc_nlp.records import Record
from voc_nlp.records.fields import FIELDS
from voc_nlp.records.jsonl import dump, encode_line
from voc_nlp.schema import Comment, Refusal

if TYPE_CHECKING:
    import pyarrow as pa


def score_records(
    records: Iterable[Record], load: LoadAnalyzer, *, workers: int = 1, chunk_size: int = CHUNK_SIZE
) -> Generator[ScoredRecord, None, None]:
    """Score a stream of records; all of it is read before the first answer comes.

    A Ray that runs already (``ray.init`` of the caller, or ``RAY_ADDRESS``) is
    used and left running; else one is started on this machine and stopped again.

    Parameters
    ----------
    records : Iterable[Record]
        The stream.
    load : LoadAnalyzer
        Loads the analyzer, once in each actor; picklable.
    workers : int
        Actors that analyse, of one core each.
    chunk_size : int
        Records that are analysed in one call.

    Yields
    ------
    ScoredRecord
        One a record, in the order of `records`.

    Raises
    ------
    MissingEngineError
        When Ray is not installed.
    WorkerCrashedError
        When an actor cannot load the analyzer or dies.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingEngineError(
            "the engine ray needs Ray Data, which is not installed; "
            "install it with: pip install 'voc-nlp[ray]', or use the engine local."
        ) from error

    with tempfile.TemporaryDirectory(prefix="voc-ray-") as folder, _running_ray(workers):
        spool = Path(folder) / "records.jsonl"
        parts = _spooled(chunks(records, chunk_size), spool)
        try:
            yield from put_together(_read_spool(spool), _answers(parts, load, workers))
        except ray.exceptions.RayError as error:
            raise WorkerCrashedError(
                f"a Ray actor failed ({type(error).__name__}). Check that every node has this package and "
                "the model folder; the engine local shows what is wrong with the models themselves."
            ) from error


def _answers(parts: Iterator[list[Record]], load: LoadAnalyzer, workers: int) -> Iterator[Answer]:
    """Answer the comments of all parts, in order."""
    import ray
    import ray.data

    blocks: list[Any] = [ray.put(_block(part)) for part in parts]
    if not blocks:
        return iter(())
    data: Any = ray.data.from_arrow_refs(blocks)
    data.context.execution_options.preserve_order = True
    data.context.enable_progress_bars = False
    answered: Any = data.map_batches(
        _AnalyzeBlock,
        fn_constructor_args=(load,),
        batch_size=None,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    return (
        json.loads(line)
        for table in answered.iter_batches(batch_size=None, batch_format="pyarrow")
        for line in table.column("answer").to_pylist()
        if line is not None
    )


class _AnalyzeBlock:
    """An actor: the analyzer, loaded once, and a call a block."""

    def __init__(self, load: LoadAnalyzer) -> None:
        self._analyzer: CommentAnalyzer = load()

    def __call__(self, block: "pa.Table") -> "pa.Table":
        """Answer one block of comments; a block without comments has one null."""
        import pyarrow as pa

        comments = [Comment(**json.loads(line)) for line in block.column("comment").to_pylist() if line]
        answers: list[str | None] = [dump(answer) for answer in analyze_chunk(self._analyzer, comments)]
        return pa.table({"answer": pa.array(answers or [None], type=pa.string())})


@contextmanager
def _running_ray(workers: int) -> Iterator[None]:
    """Use the Ray that runs, or start one for the time being."""
    import ray

    if ray.is_initialized():
        yield
        return
    if os.environ.get("RAY_ADDRESS"):
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    else:
        # Nothing about customers' work leaves the machine unasked, so no usage report.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # One core more than there are actors: Ray Data schedules its own small tasks too.
        ray.init(
            num_cpus=workers + 1, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
        )
    try:
        yield
    finally:
        ray.shutdown()


def _block(chunk: list[Record]) -> "pa.Table":
    """Put the comments of a chunk into a block; the further columns stay here."""
    import pyarrow as pa

    rows: list[str | None] = [_comment_row(comment) for comment in comments_of(chunk)]
    return pa.table({"comment": pa.array(rows or [None], type=pa.string())})


def _comment_row(comment: Comment) -> str:
    """Write a comment without its further columns as JSON, which holds any text."""
    return dump({name: value for name, value in asdict(comment).items() if name != "extra"})


def _spooled(parts: Iterator[list[Record]], spool: Path) -> Iterator[list[Record]]:
    """Pass chunks on and keep their records in a file."""
    with spool.open("wb") as file:
        for part in parts:
            for record in part:
                kind = "refusal" if isinstance(record.item, Refusal) else "comment"
                item = {name: value for name, value in asdict(record.item).items() if name != "extra"}
                file.write(encode_line({"line": record.line, "columns": record.columns, kind: item}))
            yield part


def _read_spool(spool: Path) -> Iterator[Record]:
    """Yield the records that were kept."""
    with spool.open("rb") as file:
        for line in file:
            row: dict[str, Any] = json.loads(line)
            columns = row["columns"]
            if "refusal" in row:
                yield Record(row["line"], Refusal(**row["refusal"]), columns)
                continue
            extra = {name: value for name, value in columns.items() if name not in FIELDS}
            yield Record(row["line"], Comment(**row["comment"], extra=extra), columns)
