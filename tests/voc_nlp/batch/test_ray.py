"""Scoring with Ray Data gives what scoring locally gives, in little memory, whatever dies."""

import builtins
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from voc_nlp.batch import local, ray
from voc_nlp.batch.chunks import ScoredRecord
from voc_nlp.batch.errors import (
    DifferentVersionsError,
    MissingEngineError,
    UnreachableClusterError,
    WorkerCrashedError,
)
from voc_nlp.batch.ray import cluster, scoring, wire, worker
from voc_nlp.errors import MissingArtifactError
from voc_nlp.records import Record, RecordReader
from voc_nlp.schema import Comment, Refusal

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

_HERE = Path(__file__).resolve()


def ray_itself() -> Any:
    """Import Ray as the engine does; skip where it is not installed and need not be."""
    if find_spec("ray") is None and os.environ.get("VOC_REQUIRE_RAY") != "1":
        pytest.skip("the extra ray is not installed")
    return cluster.import_ray(None)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start Ray as the engine does, yield its address; workers find the double and this package."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "RAY_AUTH_MODE"):
            patch.setenv(name, "")
            patch.delenv(name)
        patch.setenv("RAY_AUTH_TOKEN", "0123456789abcdef0123456789abcdef")
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(_HERE.parent), str(_HERE.parents[3])]))
        patch.syspath_prepend(str(_HERE.parent))
        folders = set(Path(tempfile.gettempdir()).glob("voc-ray-*"))
        module = ray_itself()
        with cluster.running_ray(2, None):
            yield module.get_runtime_context().gcs_address
        assert not module.is_initialized()
        assert set(Path(tempfile.gettempdir()).glob("voc-ray-*")) <= folders
    sys.modules.pop("analyzer_double", None)


def numbered(texts: list[str]) -> Iterator[Record]:
    """Yield a record a text."""
    for number, text in enumerate(texts, start=1):
        yield Record(number, Comment(str(number), text), {"text": text})


def both(count: int) -> list[str]:
    """Make texts of both languages in turn."""
    return [f"{number} 配送が遅い" if number % 2 else f"{number} late" for number in range(count)]


def test_a_ray_of_our_own_is_for_this_machine_alone(running: str) -> None:
    host, _, _ = running.rpartition(":")
    assert host == "127.0.0.1"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert os.environ["RAY_AUTH_MODE"] == "token"


@pytest.mark.usefixtures("running")
def test_the_same_as_local_in_order_ahead_by_little_loaded_once(tmp_path: Path) -> None:
    double = import_module("analyzer_double")
    source, loads = tmp_path / "in.jsonl", tmp_path / "loads"
    loads.mkdir()
    odd = ["broken", '{"text": "\\ud800"}', '{"text": "RAISE"}', '{"text": "late", "nps": 3, "csat": 4.25}']
    rows = [json.dumps({"text": text, "店舗": "渋谷"}, ensure_ascii=False) for text in both(300)]
    source.write_text("\n".join([*odd, *rows, *odd]), "utf-8")
    with RecordReader(source) as records:
        expected = list(local.score_records(records, double.load, chunk_size=4))
    read = 0
    ahead: list[int] = []

    def counted(records: RecordReader) -> Iterator[Record]:
        nonlocal read
        for record in records:
            read += 1
            yield record

    scored: list[ScoredRecord] = []
    with RecordReader(source) as records:
        load = partial(double.load_noted, str(loads))
        for one in ray.score_records(counted(records), load, workers=2, chunk_size=4):
            scored.append(one)
            ahead.append(read - len(scored))
    assert scored == expected
    assert [one.record.line for one in scored] == list(range(1, 309))
    assert max(ahead) < 2 * scoring._CHUNKS_AHEAD * 4
    pids = [path.name.partition("-")[0] for path in loads.iterdir()]
    assert len(pids) == len(set(pids)) == 2


@pytest.mark.usefixtures("running")
def test_lost_workers_are_replaced_and_the_comment_that_ends_them_is_refused(tmp_path: Path) -> None:
    double = import_module("analyzer_double")
    texts = both(40)
    expected = list(local.score_records(numbered(texts), double.load))
    texts[20] = "CRASH"
    scored: list[ScoredRecord] = []
    load = partial(double.load_noted, str(tmp_path))
    for one in ray.score_records(numbered(texts), load, workers=2, chunk_size=4):
        scored.append(one)
        if len(scored) == 1:
            victim = next(tmp_path.iterdir()).name.partition("-")[0]
            os.kill(int(victim), signal.SIGKILL)
    assert scored[20].error_code == "internal_error"
    assert "ended its worker process each time" in scored[20].answer["error"]["message"]
    assert scored[:20] + scored[21:] == expected[:20] + expected[21:]


PROGRAM = """
import os, signal, sys
import analyzer_double
from voc_nlp.batch import resumable
from voc_nlp.batch.checkpoint import Checkpoint
from voc_nlp.batch.ray import scoring
from voc_nlp.cli import main

save, saved = Checkpoint.save, []

def save_and_die(self, path):
    save(self, path)
    saved.append(path)
    if len(saved) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    sys.modules["voc_nlp.loading"] = analyzer_double
    scoring.read_tier = lambda *_: {"version": analyzer_double.AnalyzerDouble.model_version}
    resumable.ResumableWriter.__init__.__kwdefaults__["every"] = 512
    if "KILL" in os.environ:
        Checkpoint.save = save_and_die
    main()
"""


def test_a_killed_run_goes_on_with_ray_as_if_undisturbed_with_the_engine_local(
    running: str, tmp_path: Path
) -> None:
    source, target, alone = tmp_path / "in.jsonl", tmp_path / "out.csv", tmp_path / "alone.csv"
    rows = [json.dumps({"text": text}, ensure_ascii=False) for text in both(900)]
    source.write_text("\n".join([*rows, "broken"]), "utf-8")
    joined = ["--engine", "ray", "--address", running, "--workers", "2"]

    def voc(out: Path, *options: str, **more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", PROGRAM, "analyze", str(source), str(out), *options]
        env = {**os.environ, **more}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=env)

    assert voc(alone).returncode == 3
    assert voc(target, *joined, KILL="1").returncode == -signal.SIGKILL
    assert not target.exists()
    done = voc(target, *joined)
    assert done.returncode == 3, done.stderr
    assert "going on after 512 records" in done.stderr
    assert "901 records, 900 analysed, 1 refused (broken_record 1)" in done.stderr
    assert target.read_bytes() == alone.read_bytes()


def test_voc_with_its_models_joins_a_cluster_and_ends_cleanly_on_ctrl_c(running: str) -> None:
    module = ray_itself()
    texts = [json.dumps({"text": text}, ensure_ascii=False) for text in both(200)]
    voc = [sys.executable, "-m", "voc_nlp.cli", "analyze", "--tier", "fast"]
    stopped = subprocess.Popen(
        [*voc, "--engine", "ray", "--address", running, "--workers", "2", "-", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert stopped.stdin is not None
    assert stopped.stdout is not None
    # More than is read ahead, and not more than a pipe holds beyond that.
    stopped.stdin.write("\n".join(texts * 12).encode())
    stopped.stdin.flush()
    assert b'"sentiment"' in stopped.stdout.readline()
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 130, told
    assert b"voc: interrupted" in told
    end = time.monotonic() + 20
    while module.available_resources().get("CPU") != 2 and time.monotonic() < end:
        time.sleep(0.1)
    assert module.available_resources()["CPU"] == 2


def test_missing_models_are_told_as_by_the_engine_local() -> None:
    ray_itself()
    double = import_module("analyzer_double") if "analyzer_double" in sys.modules else _double()
    block = wire.chunk_block(7, wire.pack_comments([Comment("1", "遅い")]))
    answered = wire.read_answered(worker.AnalyzeChunk(double.load_missing, None)(block))
    assert answered.number == 7
    assert answered.failure is not None
    told = scoring._error(answered.failure)
    assert isinstance(told, MissingArtifactError)
    assert "models are missing (on node " in str(told)


def _double() -> Any:
    """Import the double by its file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_HERE.parent))
        return import_module("analyzer_double")


def test_a_failure_that_is_not_ours_is_a_crash() -> None:
    told = scoring._error(wire.Failure("ImportError", "no module named x"))
    assert isinstance(told, WorkerCrashedError)
    assert "ImportError: no module named x" in str(told)


def test_workers_with_other_models_are_refused() -> None:
    expected = worker.versions(None, "2026.11")
    scoring._check(expected, worker.versions(None, "2026.11"))
    with pytest.raises(DifferentVersionsError, match=r"has voc-nlp .*, models 2026.10; expected .*2026.11"):
        scoring._check(expected, worker.versions(None, "2026.10"))


@pytest.mark.parametrize(
    "text", ["配送が遅い", "late", "\ud800", "\ud83d\ude00", "😀", "a\0b", 'say "no"\n\u2028', ""]
)
def test_any_text_survives_the_way_to_a_worker(text: str) -> None:
    comment = Comment("c-1", text, lang="ja", nps=3, csat=0.1, created_at="2026-11-22")
    number, comments = wire.read_chunk(wire.chunk_block(3, wire.pack_comments([comment])))
    assert (number, comments) == (3, [comment])
    refusal = Refusal("c-1", "invalid_text", text).to_dict()
    answered = wire.Answered(3, [refusal], "v", [text])
    assert wire.read_answered(wire.answered_block(answered)) == answered


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
        ("head", "'head' is no address"),
        ("ray://127.0.0.1:10001", "of the Ray client"),
    ],
)
def test_an_address_without_a_cluster_is_told_at_once(address: str, told: str) -> None:
    ray_itself()
    with pytest.raises(UnreachableClusterError, match=told):
        cluster._join(address)


def test_what_listens_but_is_no_ray_is_told_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.1)
    told = r"answers at 127.0.0.1:\d+ \(timed out\)"
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(UnreachableClusterError, match=told),
    ):
        cluster._knock(f"127.0.0.1:{silent.getsockname()[1]}")


def test_a_missing_ray_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_ray(name: str, *rest: Any, **more: Any) -> Any:
        if name == "ray" or name.startswith("ray."):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    with pytest.raises(MissingEngineError, match=r"pip install 'voc-nlp\[ray\]'"):
        next(ray.score_records([], lambda: None))  # type: ignore[arg-type, return-value]
