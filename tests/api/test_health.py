"""Operations: alive, ready, versions, figures, settings, commands."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.__main__ import main
from api.db.engine import Database
from api.main import create_app
from api.settings import Settings
from tests.api.conftest import MovedClock


def test_alive_and_versions(plain_client: TestClient) -> None:
    del plain_client.headers["Authorization"]
    assert plain_client.get("/healthz").json() == {"status": "ok"}
    versions = plain_client.get("/version").json()
    assert (versions["model_version"], versions["policy_version"]) == ("words-1", "2026-01")


def test_ready_when_models_and_database_are_there(client: TestClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "models": "loaded",
        "database": "ok",
        "worker_last_pass_at": None,
    }


def test_not_ready_and_503_without_models(sqlite_url: str, clock: MovedClock) -> None:
    app = create_app(Settings(database_url=sqlite_url, bootstrap_key="k"), None, clock)  # type: ignore[arg-type]
    client = TestClient(app, headers={"Authorization": "Bearer k"})  # not entered: nothing is loaded
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json()["models"] == "missing"
    assert client.get("/version").json()["model_version"] is None
    response = client.post("/v1/score", json={"comments": [{"id": "1", "text": "great"}]})
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert client.get("/v1/tickets").status_code == 200


def test_not_ready_without_a_database(make_app: Callable[[str], FastAPI], tmp_path: Path) -> None:
    with TestClient(make_app(f"sqlite:///{tmp_path / 'untabled.sqlite3'}")) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.json()["database"]) == (503, "unreachable")
        assert client.get("/healthz").status_code == 200


def test_an_unreachable_postgresql_is_503(make_app: Callable[[str], FastAPI], tmp_path: Path) -> None:
    app = make_app(f"postgresql://nobody@/nothing?host={tmp_path}")
    with TestClient(app, headers={"Authorization": "Bearer bootstrap-key-of-the-tests"}) as client:
        response = client.get("/v1/tickets")
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_metrics_count_requests_by_pattern_and_tickets_by_level(
    client: TestClient, clock: MovedClock
) -> None:
    sent = {"source": "s", "external_id": "1", "text": "店員にやけどさせられた"}
    client.post("/v1/comments", json=sent)
    client.get("/v1/tickets/tkt_secret")
    clock.forward(days=10)
    text = client.get("/metrics").text
    assert 'voc_http_requests_total{method="POST",route="/v1/comments",status="201"} 1.0' in text
    assert 'route="/v1/tickets/{ticket_id}",status="404"' in text
    assert 'voc_tickets_unresolved{level="department",overdue="true"} 1.0' in text
    assert "voc_worker_last_pass_timestamp_seconds 0.0" in text
    assert "tkt_secret" not in text


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///a.db", "sqlite:///a.db"),
        ("postgresql://u:p%40s@h/d", "postgresql+psycopg://u:p%40s@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
    ],
)
def test_database_urls(given: str, used: str) -> None:
    assert Settings(database_url=given).database_url == used


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:", "nonsense", ""])
def test_unusable_database_urls_are_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="database_url"):
        Settings(database_url=url)


def test_a_blank_bootstrap_key_opens_no_door(sqlite_url: str, clock: MovedClock) -> None:
    settings = Settings(database_url=sqlite_url, bootstrap_key=" ")  # type: ignore[arg-type]
    assert settings.bootstrap_key is None
    client = TestClient(create_app(settings, None, clock))
    assert client.get("/v1/tickets", headers={"Authorization": "Bearer  "}).status_code == 401


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point the commands at a database of their own; return its path."""
    path = tmp_path / "var" / "commands.sqlite3"
    monkeypatch.setenv("VOC_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setattr("api.__main__.configure_logs", lambda settings: None)
    return path


def test_commands_migrate_and_make_keys(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["create-key", "--tenant", "acme", "--scopes", "read,score"]) == 0
    key_id, secret = capsys.readouterr().out.split()
    assert secret.startswith("voc_")
    assert main(["revoke-key", key_id]) == 0
    assert main(["revoke-key", key_id]) == 2
    assert main(["create-key", "--scopes", "root"]) == 2
    assert main(["verify-audit"]) == 0
    assert main(["worker", "--once"]) == 0
    assert "clock: 0 done, 0 failed" in capsys.readouterr().out
    assert main(["migrate", "--down-to", "base"]) == 0
    assert environment.exists()
    Database(f"sqlite:///{environment}").dispose()


def test_a_wrong_setting_is_named_and_exits_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("VOC_DATABASE_URL", "mysql://root:secret@h/d")
    assert main(["migrate"]) == 2
    printed = capsys.readouterr().err
    assert "VOC_DATABASE_URL" in printed
    assert "secret" not in printed
    monkeypatch.setenv("VOC_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("VOC_CONFIG_DIR", str(tmp_path))
    assert main(["worker", "--once"]) == 2
    assert "policy.toml" in capsys.readouterr().err


def test_help_needs_no_models() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api", "--help"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "VOC_DATABASE_URL": "sqlite:////nowhere/x"},
        timeout=60,
    )
    assert done.returncode == 0
    assert "create-key" in done.stdout
