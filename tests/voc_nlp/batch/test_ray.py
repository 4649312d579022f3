"""Scoring with Ray Data gives what scoring locally gives."""

import builtins
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from voc_nlp.batch import local, ray
from voc_nlp.batch.errors import MissingEngineError, WorkerCrashedError
from voc_nlp.records import RecordReader


@pytest.fixture
def running() -> Iterator[None]:
    """Start Ray once, with a path by which its workers find the double and the package."""
    ray_itself = pytest.importorskip("ray", reason="the extra ray is not installed")
    here = Path(__file__).resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(here.parent))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(here.parent), str(here.parents[3])]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray_itself.init(num_cpus=3, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        yield
        ray_itself.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("running")
def test_the_same_as_local(tmp_path: Path) -> None:
    double = import_module("analyzer_double")
    load = double.load
    path = tmp_path / "in.jsonl"
    rows = [
        '{"text": "配送が遅い", "店舗": "渋谷"}',
        "broken",
        '{"text": "\\ud800"}',
        '{"text": "late", "nps": 3}',
    ] * 5
    path.write_text("\n".join(rows), "utf-8")
    with RecordReader(path) as records:
        expected = list(local.score_records(records, load))
    with RecordReader(path) as records:
        assert list(ray.score_records(records, load, workers=2, chunk_size=3)) == expected
    assert list(ray.score_records([], load)) == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_failing_actor_is_told_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = pytest.importorskip("ray.exceptions", reason="the extra ray is not installed")

    def fail(*_: object) -> None:
        raise errors.ActorDiedError

    @contextmanager
    def running_ray(workers: int) -> Iterator[None]:
        yield

    monkeypatch.setattr(ray, "_running_ray", running_ray)
    monkeypatch.setattr(ray, "_answers", fail)
    with pytest.raises(WorkerCrashedError, match="a Ray actor failed"):
        next(ray.score_records([], lambda: None))  # type: ignore[arg-type, return-value]


def test_a_missing_ray_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_ray(name: str, *rest: Any, **more: Any) -> Any:
        if name == "ray" or name.startswith("ray."):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    with pytest.raises(MissingEngineError, match=r"pip install 'voc-nlp\[ray\]'"):
        next(ray.score_records([], lambda: None))  # type: ignore[arg-type, return-value]
