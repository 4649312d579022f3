"""Scoring in one process and in several: same answers, same order, no hang when a worker dies."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from voc_nlp.batch.chunks import analyze_chunk, chunks
from voc_nlp.batch.errors import WorkerCrashedError
from voc_nlp.batch.lines import MakeLines
from voc_nlp.batch.local import score_lines, score_records
from voc_nlp.errors import MissingArtifactError
from voc_nlp.records import Record, answer_columns
from voc_nlp.records.flat import ANALYSIS_LAYOUT, Layout
from voc_nlp.records.laying import Columns
from voc_nlp.schema import Comment, Refusal

ROOT = Path(__file__).resolve().parents[3]


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


@pytest.mark.parametrize("chunk_size", [1, 16])
def test_a_comment_that_ends_its_worker_is_refused_alone(double: Any, chunk_size: int) -> None:
    texts = {2: "CRASH", 3: "CRASH", 30: "CRASH"}
    records = [comment(n, texts.get(n, "配送が遅い" if n % 2 else "late")) for n in range(1, 40)]
    scored = list(score_records(records, double.load, workers=2, chunk_size=chunk_size))
    assert [one.record for one in scored] == records
    assert {n for n, one in enumerate(scored, start=1) if one.error_code} == set(texts)
    assert {one.error_code for one in scored} == {None, "internal_error"}
    assert [one.answer["id"] for one in scored] == [record.item.id for record in records]


def test_a_worker_that_is_killed_once_costs_nothing(double: Any, tmp_path: Path) -> None:
    records = [comment(n, f"CRASH ONCE {tmp_path / 'crashed'}" if n == 5 else "late") for n in range(1, 40)]
    scored = list(score_records(records, double.load, workers=2, chunk_size=3))
    assert (tmp_path / "crashed").exists()
    assert [one.record for one in scored] == records
    assert {one.error_code for one in scored} == {None}


def test_workers_that_end_at_every_comment_are_told_and_nothing_is_refused(double: Any) -> None:
    with pytest.raises(WorkerCrashedError, match="harmless comment"):
        list(score_records(mixed(40), double.load_crashing, workers=2, chunk_size=1))


def test_workers_end_with_their_parent(double: Any, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, analyzer_double\n"
        "from pathlib import Path\n"
        "from voc_nlp.batch.local import score_records\n"
        "from voc_nlp.records import Record\n"
        "from voc_nlp.schema import Comment\n"
        "if __name__ == '__main__':\n"
        "    records = [Record(1, Comment('1', f'PID {sys.argv[1]}'), {}), Record(2, Comment('2', ''), {})]\n"
        "    next(score_records(records, analyzer_double.load, workers=2, chunk_size=1))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "pid")],
        env={**os.environ, "PYTHONPATH": paths},
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    worker = Path("/proc") / (tmp_path / "pid").read_text()
    for _ in range(500):
        if not worker.exists() or (worker / "stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.02)
    pytest.fail("the worker lives on without its parent")


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


@pytest.mark.parametrize("layout", [None, ANALYSIS_LAYOUT])
def test_lines_made_in_workers_are_those_made_here(double: Any, layout: Layout | None) -> None:
    records = mixed(40)
    records[30] = Record(31, Comment("31", "遅い", nps=3), {"text": "遅い", "店舗": 3})
    make = MakeLines(answer_columns, layout)
    expected = list(make.of(score_records(records, double.load)))
    assert len(expected) == 39
    alone = list(score_lines(records, double.load, make, chunk_size=8))
    records[20] = comment(21, "CRASH")
    met = Columns(ANALYSIS_LAYOUT)
    lines = list(score_lines(records, double.load, make, workers=2, chunk_size=8))
    for line in lines:
        met.add(line.columns)
    assert [line.data for line in alone] == [line.data for line in expected]
    assert [line.refused for line in alone] == [line.refused for line in expected]
    assert lines[20].refused == "internal_error"
    assert [line.data for line in lines[:20] + lines[21:]] == [
        line.data for line in expected[:20] + expected[21:]
    ]
    assert ("店舗" in met.to_dict()) is (layout is not None)
