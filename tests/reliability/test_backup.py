"""Backup and restore, rehearsed: a copy made under load is whole, and a service that starts on it goes on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from api.db.engine import Database
from api.db.tables import CommentRow
from tests.api.postgres import binaries_folder, fresh_database
from tests.reliability import checks
from tests.reliability.load import Load
from tests.reliability.processes import CHECKOUT, Installation


def _run(arguments: list[str], database_url: str) -> None:
    """Run one command of the service."""
    environment = {**os.environ, "VOC_DATABASE_URL": database_url}
    done = subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _back_up_and_restore(database_url: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """Copy the database the way docs/operations.md says; the URL of the restored copy."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        _run(["backup", str(folder / "copy.sqlite3")], database_url)
        return f"sqlite:///{folder / 'copy.sqlite3'}"
    programs = binaries_folder()
    assert programs is not None
    source = url.set(drivername="postgresql").render_as_string(hide_password=False)
    dump = str(folder / "voc.dump")
    subprocess.run([programs / "pg_dump", "--format=custom", "--file", dump, source], check=True)
    restored = fresh_database(request.getfixturevalue("postgres"))
    target = restored.__enter__()
    request.addfinalizer(lambda: restored.__exit__(None, None, None))
    plain = make_url(target).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([programs / "pg_restore", "--no-owner", "--dbname", plain, dump], check=True)
    return target


def test_a_copy_made_under_load_is_whole_and_goes_on(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "first").mkdir()
    installation = Installation(database_url, tmp_path / "first")
    installation.service.start()
    try:
        installation.wait_until_ready()
        load = Load(installation, clients=2, seed=2, kinds=("comments",))
        load.start()
        time.sleep(1.0)
        restored_url = _back_up_and_restore(database_url, tmp_path, request)
        load.stop()
    finally:
        installation.service.stop()
    _run(["verify-audit"], restored_url)
    restored = Database(restored_url)
    with restored.reading() as session:
        kept = {(row.source, row.external_id) for row in session.scalars(select(CommentRow))}
    assert kept
    assert kept <= load.acknowledged.sent
    checks.check_audit(restored)
    (tmp_path / "second").mkdir()
    again = Installation(restored_url, tmp_path / "second")
    again.service.start()
    try:
        again.wait_until_ready()
        with again.client() as client:
            for key, answer in load.acknowledged.comments.items():
                sent = {"source": key[0], "external_id": key[1], "text": "late", "customer_id": "C", "nps": 0}
                response = client.post("/v1/comments", json=sent)
                assert response.status_code == (200 if key in kept else 201)
                if key in kept:
                    assert response.json()["comment"]["id"] == answer["comment"]["id"]
    finally:
        again.service.stop()
        restored.dispose()
