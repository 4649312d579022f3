"""MLflow: only where its variable is set, by its own client."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from training.tracking import check_tracking, log_run
from voc_nlp.artifacts import write_folder

METRICS = {"owner": {"ja": {"macro_f1": {"value": 0.5, "n": 12}, "ece": float("nan")}}, "text": "none"}


class Client(ModuleType):
    """Stands in for the package; notes what it was asked."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.calls: list[tuple[str, Any]] = []

    @contextmanager
    def start_run(self, run_name: str) -> Iterator[None]:
        self.calls.append(("start_run", run_name))
        yield
        self.calls.append(("end_run", None))

    def __getattr__(self, name: str) -> Any:
        if name not in ("set_experiment", "log_params", "log_metrics", "log_artifact"):
            raise AttributeError(name)
        return lambda given: self.calls.append((name, given))

    def given(self, name: str) -> list[Any]:
        return [value for called, value in self.calls if called == name]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setitem(sys.modules, "mlflow", made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = {f"key{number}": "あ" * 300 for number in range(120)}
    facts = {"seed": 7, "settings": settings, "sources": {"corpus": 1.0}}
    write_folder(tmp_path, kind="routing", name="routing", version="own-1", texts={"a.txt": "x"}, facts=facts)
    (tmp_path / "README.md").write_text("card", "utf-8")
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS), "utf-8")
    return tmp_path


def test_a_run_is_logged(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:///nowhere")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    log_run(folder, METRICS)
    assert client.given("set_experiment") == ["voc-nlp"]
    assert client.given("start_run") == ["routing own-1"]
    assert client.calls[-1] == ("end_run", None)
    parts = client.given("log_params")
    assert len(parts) == 2
    parameters = {key: value for part in parts for key, value in part.items()}
    assert parameters["seed"] == "7"
    assert parameters["sources.corpus"] == "1.0"
    assert max(map(len, parameters.values())) == 250
    assert client.given("log_metrics") == [{"owner/ja/macro_f1/value": 0.5, "owner/ja/macro_f1/n": 12.0}]
    names = [Path(path).name for path in client.given("log_artifact")]
    assert names == ["README.md", "config.json", "metrics.json"]


def test_an_experiment_of_ones_own(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:///nowhere")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    log_run(folder, METRICS)
    assert client.given("set_experiment") == []


def test_nothing_is_logged_without_the_variable(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    check_tracking()
    log_run(folder, METRICS)
    assert client.calls == []


def test_a_missing_client_is_said_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:///nowhere")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ValueError, match=r"mlflow is not installed; install it .* or unset"):
        check_tracking()
