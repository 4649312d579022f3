"""`python -m api rescore`: orders, waits, works off by itself, words the report."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from api.__main__ import main
from api.commands import rescoring
from api.jobs.queue import JobState
from tests.api.jobs.job_calls import read
from tests.api.rescoring.rescore_calls import EN_LATE, JA_BILL, JA_LATE, NewerAnalyzer, analyses, receive


@pytest.fixture
def ids(plain_client: TestClient, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Store comments, and let the command have the newer models."""
    monkeypatch.setenv("VOC_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("VOC_RESCORE_COMMENTS_PER_S", "0")
    monkeypatch.setattr(rescoring, "models_of", lambda *_: SimpleNamespace(analyzer=NewerAnalyzer))
    return receive(plain_client, JA_LATE, EN_LATE, JA_BILL)


def test_it_orders_a_job(
    ids: list[str], plain_client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rescore", "--language", "ja", "--model-version", "any", "--tickets", "open"]) == 0
    job = read(plain_client, capsys.readouterr().out.strip())
    assert (job["state"], job["total"]) == (JobState.QUEUED, 2)
    assert (job["asked"]["tickets"], job["asked"]["language"]) == ("open", "ja")
    assert [len(analyses(plain_client, one)) for one in ids] == [1, 1, 1]


def test_it_waits_and_works_where_no_worker_is(
    ids: list[str], plain_client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rescore", "--wait"]) == 0
    told = capsys.readouterr()
    assert "3 of 3" in told.err
    assert "3 comments scored, 3 with another label" in told.out
    assert "| mixed | negative | 2 |" in told.out
    assert "| billing | 1 | 0 | 0 | 1 |" in told.out
    assert f"- {ids[2]}: billing -> store_operations (model)" in told.out
    assert JA_BILL not in told.out
    assert [len(analyses(plain_client, one)) for one in ids] == [2, 2, 2]


def test_the_report_as_json(ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rescore", "--wait", "--json", "--dry-run", "--theme", "theme-999"]) == 2
    assert "no theme 'theme-999'" in capsys.readouterr().err
    assert main(["rescore", "--wait", "--json", "--dry-run"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["dry_run"], report["scored"], report["changed"]) == (True, len(ids), 3)


@pytest.mark.parametrize("arguments", [["--from", "tomorrow"], ["--language", "fr"], ["--tickets", "close"]])
def test_what_cannot_be_read_is_refused(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["rescore", *arguments])


def test_an_end_before_the_start(ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rescore", "--from", "2026-02-02", "--to", "2026-02-01"]) == 2
    assert "--to lies before --from" in capsys.readouterr().err
