"""The database goes away, or its disk is full, under load: nothing acknowledged is lost, nothing is half."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from api.db.engine import Database
from api.db.upgrade import upgrade
from tests.api.conftest import BOOTSTRAP_KEY
from tests.api.postgres import binaries_folder, fresh_database, private_cluster
from tests.reliability import checks
from tests.reliability.load import Acknowledged, Load
from tests.reliability.processes import Installation


def post(client: TestClient, number: int, acknowledged: Acknowledged) -> int:
    """Send one comment, and remember what was said."""
    sent = {
        "source": "s",
        "external_id": str(number),
        "text": "配送が最悪です。" * 50,
        "customer_id": f"C-{number % 7}",
        "nps": 0,
    }
    acknowledged.sent.add(("s", str(number)))
    response = client.post("/v1/comments", json=sent)
    if response.status_code == 201:
        acknowledged.comments["s", str(number)] = response.json()
    return response.status_code


def test_a_full_disk_is_a_503_and_loses_nothing(make_app: Callable[[str], FastAPI], sqlite_url: str) -> None:
    app = make_app(sqlite_url)
    database: Database = app.state.database
    pages = {"limit": 2**30}

    def limit_pages(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages['limit']}")

    event.listen(database.engine, "checkout", limit_pages)
    client = TestClient(
        app, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}, raise_server_exceptions=False
    )
    acknowledged = Acknowledged()
    assert [post(client, number, acknowledged) for number in range(5)] == [201] * 5
    pages["limit"] = 1  # SQLite takes the present size as the least
    answers = [post(client, number, acknowledged) for number in range(5, 60)]
    assert set(answers) <= {201, 503}
    assert answers[-10:] == [503] * 10
    assert client.get("/v1/comments").status_code == 200
    pages["limit"] = 2**30
    assert [post(client, number, acknowledged) for number in range(5, 60)].count(503) == 0
    for number in range(5, 60):
        assert ("s", str(number)) in acknowledged.comments or post(client, number, acknowledged) == 200
    checks.check_comments(database, acknowledged)
    checks.check_tickets(database, acknowledged)
    checks.check_audit(database)


def test_postgres_crashes_and_comes_back_under_load(tmp_path: Path) -> None:
    if binaries_folder() is None:
        pytest.skip("no PostgreSQL: install the package postgresql")
    with private_cluster(durable=True) as cluster, fresh_database(cluster.url) as url:
        database = Database(url)
        upgrade(database)
        installation = Installation(url, tmp_path)
        installation.service.start()
        try:
            installation.wait_until_ready()
            load = Load(installation, clients=3, seed=1, kinds=("comments",))
            load.start()
            for _ in range(3):
                time.sleep(0.5)
                cluster.restart()
            time.sleep(0.5)
            load.stop()
            assert not load.acknowledged.unexpected, load.acknowledged.unexpected[:3]
            database.dispose()
            checks.check_comments(database, load.acknowledged)
            checks.check_tickets(database, load.acknowledged)
            checks.check_audit(database)
            assert len(load.acknowledged.comments) > 20
        finally:
            installation.service.stop()
            database.dispose()
