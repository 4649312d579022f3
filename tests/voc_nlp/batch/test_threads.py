"""Processes that score calculate in one thread each."""

import os
import subprocess
import sys

import pytest

from voc_nlp.batch.threads import one_thread_each, use_one_thread

NAME = "OPENBLAS_NUM_THREADS"


def test_what_is_started_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with one_thread_each():
        asked = f"import os; print(os.environ['{NAME}'], os.environ['OMP_NUM_THREADS'])"
        told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1", "3"]
    assert NAME not in os.environ


def test_what_somebody_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "2")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MKL_NUM_THREADS", "1")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    use_one_thread()
    assert (os.environ[NAME], os.environ["TOKENIZERS_PARALLELISM"]) == ("2", "true")


def test_numpy_is_not_loaded_before_it_could_be_told() -> None:
    asked = "import sys, voc_nlp.cli.main; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
