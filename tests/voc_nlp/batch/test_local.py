"""Scoring in one process and in several: same answers, same order, no hang when a worker dies."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from voc_nlp.batch.chunks import analyze_chunk, chunks
from voc_nlp.batch.errors import WorkerCrashedError
from voc_nlp.batch.local import score_records
from voc_nlp.errors import MissingArtifactError
from voc_nlp.records import Record
from voc_nlp.schema import Comment, Refusal


@pytest.fixture(autouse=True)
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import the double by a name that worker processes can import too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    yield import_module("analyzer_double")
    sys.modules.pop("analyzer_double", None)


def comment(number: int, text: str) -> Record:
    """Build a record that was read well."""
    return Record(number, Comment(str(number), text), {"text": text})


def refused(number: int) -> Record:
    """Build a record that was refused in reading."""
    return Record(number, Refusal(str(number), "broken_record", f"line {number}: broken"), {"raw": "x"})


def mixed(count: int) -> list[Record]:
    """Build a stream of both languages with refused records in it."""
    return [
        refused(n) if n % 7 == 3 else comment(n, "配送が遅い" if n % 2 else "late") for n in range(1, count)
    ]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("chunk_size", [3, 256])
def test_order_and_answers(double: Any, workers: int, chunk_size: int) -> None:
    records = mixed(50)
    scored = list(score_records(records, double.load, workers=workers, chunk_size=chunk_size))
    assert [one.record for one in scored] == records
    for one in scored:
        assert one.answer["id"] == one.record.item.id
        assert one.error_code == ("broken_record" if isinstance(one.record.item, Refusal) else None)
        if isinstance(one.record.item, Comment):
            assert one.answer["language"] == ("en" if one.record.item.text == "late" else "ja")


def test_reading_stays_only_a_few_chunks_ahead(double: Any) -> None:
    taken = 0

    def endless() -> Iterator[Record]:
        nonlocal taken
        while True:
            taken += 1
            yield comment(taken, "late")

    for workers, most in ((1, 10), (2, 2 * 3 * 10)):
        taken = 0
        scored = score_records(endless(), double.load, workers=workers, chunk_size=10)
        next(scored)
        assert taken <= most
        scored.close()  # type: ignore[attr-defined]


def test_a_dying_worker_is_told_and_does_not_hang(double: Any) -> None:
    records = [comment(1, "late"), comment(2, "CRASH"), *(comment(n, "late") for n in range(3, 40))]
    start = time.monotonic()
    with pytest.raises(WorkerCrashedError, match="one of 2 worker processes ended"):
        list(score_records(records, double.load, workers=2, chunk_size=1))
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("workers", [1, 2])
def test_missing_models_are_told_as_such(double: Any, workers: int) -> None:
    with pytest.raises(MissingArtifactError, match="models are missing"):
        list(score_records([comment(1, "late")], double.load_missing, workers=workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_one_comment_that_breaks_the_analysis_is_refused_alone(double: Any, workers: int) -> None:
    records = [comment(1, "late"), comment(2, "RAISE"), comment(3, "遅い")]
    scored = list(score_records(records, double.load, workers=workers))
    assert [one.error_code for one in scored] == [None, "internal_error", None]


def test_the_log_has_the_id_and_not_the_text(double: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        analyze_chunk(double.load(), [Comment("c-17", "RAISE")])
    assert "c-17" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "holds the text" not in caplog.text


@pytest.mark.parametrize("workers", [1, 2])
def test_no_records(double: Any, workers: int) -> None:
    assert list(score_records([], double.load, workers=workers)) == []


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (7, [3, 3, 1])])
def test_chunks(count: int, sizes: list[int]) -> None:
    assert [len(chunk) for chunk in chunks(mixed(count + 1), 3)] == sizes


def test_only_refused_records(double: Any) -> None:
    load: Callable[[], Any] = double.load
    scored = list(score_records([refused(1), refused(2)], load, workers=2))
    assert [one.error_code for one in scored] == ["broken_record"] * 2
