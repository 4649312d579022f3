"""After a restored backup: what was erased since is erased again, and nothing else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.__main__ import main
from api.db.engine import Database
from api.db.tables import AuditRow, CommentRow, ErasureRow, TicketRow
from api.errors import ConfigurationError
from api.privacy.replaying import read_certificates, remember, replay
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.privacy.test_erasure import database_of, erase, everything, fill, found_in


def test_a_restored_backup_loses_again_what_was_erased(
    make_app: Callable[..., FastAPI],
    sqlite_url: str,
    tmp_path: Path,
    clock: MovedClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    app = make_app(sqlite_url)
    with TestClient(app, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}) as client:
        fill(client, "山田", "e")
        fill(client, "keep-me", "o")
        clock.forward(hours=1)
        database = database_of(client)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(path, tmp_path / "backup.sqlite3")
        erase(client, "山田")
    monkeypatch.setattr("api.__main__.configure_logs", lambda settings: None)
    monkeypatch.setenv("VOC_DATABASE_URL", sqlite_url)
    capsys.readouterr()
    assert main(["export-erasures"]) == 0
    exported = tmp_path / "erasures.jsonl"
    exported.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["replay-erasures"]) == 0  # nothing was restored yet
    assert "1 certificates (0 new), 0 customers found again" in capsys.readouterr().out

    restored = f"sqlite:///{tmp_path}/backup.sqlite3"
    monkeypatch.setenv("VOC_DATABASE_URL", restored)
    database = Database(restored)
    assert "comments" in found_in(everything(database), ["山田"])
    assert main(["replay-erasures", "--from", str(exported)]) == 0
    assert "1 certificates (1 new), 1 customers found again, 3 comments erased" in capsys.readouterr().out
    assert found_in(everything(database), ["山田"]) == set()
    with database.reading() as session:
        assert len(session.scalars(select(CommentRow)).all()) == 3
        assert [row.action for row in session.scalars(select(AuditRow)) if row.object_type == "erasure"] == [
            "erasure_replayed"
        ]
    database.dispose()


def test_what_came_after_the_erasure_stays(client: TestClient, clock: MovedClock) -> None:
    fill(client, "c-1", "e")
    certificate = erase(client, "c-1")
    clock.forward(minutes=1)
    fill(client, "c-1", "again")
    database = database_of(client)
    with database.writing() as session:
        assert remember(session, [certificate]) == 0
    assert replay(database, clock.now).customers == 0
    with database.writing() as session:  # as if an old row had come back
        row = session.scalars(select(CommentRow).order_by(CommentRow.id).limit(1)).one()
        row.received_at = clock.now.replace(year=2025)
        old = row.id
    done = replay(database, clock.now)
    assert (done.customers, done.comments) == (1, 1)
    with database.reading() as session:
        ids = set(session.scalars(select(CommentRow.id)))
        assert len(ids) == 2
        assert old not in ids
        assert {row.customer_id for row in session.scalars(select(TicketRow))} >= {"c-1"}


def test_certificates_from_outside_are_stored_once(client: TestClient) -> None:
    certificate = {**erase(client, "c-1"), "id": "era_" + "0" * 32}
    for count in (1, 0):
        with database_of(client).writing() as session:
            assert remember(session, read_certificates([json.dumps(certificate), "\n"])) == count
    with database_of(client).reading() as session:
        assert len(session.scalars(select(ErasureRow)).all()) == 2


@pytest.mark.parametrize("line", ["{", "{}", "[]", '{"id": "era_1"}', "null"])
def test_a_line_that_is_no_certificate_is_named(line: str) -> None:
    with pytest.raises(ConfigurationError, match="line 2 is no certificate"):
        list(read_certificates(["\n", line]))
