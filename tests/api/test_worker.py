"""The worker: escalates what is past due, level by level, once; several at once; on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.engine import Database
from api.db.tables import AuditRow, EventRow, WorkerRow
from api.heartbeat import last_pass_at
from api.policy.rulebook import load_rulebook
from api.settings import Settings
from api.tickets.timing import check_next
from api.worker import clock as worker_module
from api.worker.clock import ClockLane
from api.worker.lanes import Pass, run_lane
from tests.api.conftest import MovedClock

RULEBOOK = load_rulebook(Path(Settings.model_fields["config_dir"].default))


def post(client: TestClient, external_id: str, **fields: object) -> Any:
    sent = {"source": "s", "external_id": external_id, "text": "配送が遅い", "nps": 0, **fields}
    return client.post("/v1/comments", json=sent).json()["ticket"]


def database_of(client: TestClient) -> Database:
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database


def test_a_ticket_climbs_once_per_missed_due_time(client: TestClient, clock: MovedClock) -> None:
    ticket_id = post(client, "1")["id"]
    worker = ClockLane(database_of(client), RULEBOOK, clock)

    def ticket() -> Any:
        return client.get(f"/v1/tickets/{ticket_id}").json()

    assert worker.run_once() == Pass(0, 0)
    clock.forward(days=4, hours=2)  # Tuesday 12:00 in Tokyo, the moment it is due
    assert worker.run_once() == Pass(1, 0)
    raised = ticket()
    assert (raised["level"], raised["due_at"]) == ("department", "2026-01-14T05:00:00Z")
    assert raised["breached_at"] == "2026-01-13T03:00:00Z"
    assert worker.run_once() == Pass(0, 0)
    clock.forward(days=1, hours=2)
    worker.run_once()
    assert (ticket()["level"], ticket()["due_at"]) == ("executive", "2026-01-15T01:00:00Z")
    clock.forward(days=1)
    assert worker.run_once() == Pass(1, 0)
    assert worker.run_once() == Pass(0, 0)
    clock.forward(days=30)
    assert worker.run_once() == Pass(1, 0)  # the resolution is overdue too
    clock.forward(days=30)
    assert worker.run_once() == Pass(0, 0)
    assert ticket()["level"] == "executive"
    assert ticket()["breached_at"] == "2026-01-13T03:00:00Z"
    history = client.get(f"/v1/tickets/{ticket_id}/history").json()["items"]
    assert [entry["action"] for entry in history] == [
        "opened",
        "escalated",
        "escalated",
        "overdue",
        "overdue",
    ]
    assert [entry["actor"] for entry in history][1:] == ["worker"] * 4
    assert history[1]["from"]["level"] == "frontline"
    assert history[1]["to"]["level"] == "department"
    assert history[1]["reason"]["rule"] == "past-due"
    assert [entry["reason"]["missed"] for entry in history[1:]] == [*["first_answer"] * 3, "resolution"]
    with database_of(client).reading() as session:
        events = session.scalars(select(EventRow.type).order_by(EventRow.id)).all()
    assert events == ["ticket.opened", *["ticket.escalated"] * 2, *["ticket.overdue"] * 2]


def test_a_comment_that_joins_after_the_last_escalation_wakes_nobody(
    client: TestClient, clock: MovedClock
) -> None:
    post(client, "1", customer_id="C", text="配送でやけど。解約します")
    worker = ClockLane(database_of(client), RULEBOOK, clock)
    clock.forward(days=10)
    assert worker.run_once() == Pass(1, 0)
    joined = post(client, "2", customer_id="C")
    assert (joined["level"], joined["comment_count"]) == ("executive", 2)
    clock.forward(days=10)
    assert worker.run_once() == Pass(0, 0)


def test_one_ticket_that_fails_does_not_stop_the_others(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = post(client, "1")["id"]
    good = post(client, "2")["id"]
    clock.forward(days=10)

    def fail_on_one(session: Any, rulebook: Any, now: Any, skipped: set[str]) -> Any:
        taken = check_next(session, rulebook, now, skipped)
        if taken and taken[0] == bad:
            raise RuntimeError("cannot")
        return taken

    monkeypatch.setattr(worker_module, "check_next", fail_on_one)
    assert ClockLane(database_of(client), RULEBOOK, clock).run_once() == Pass(1, 1)
    levels = {item["id"]: item["level"] for item in client.get("/v1/tickets").json()["items"]}
    assert levels == {bad: "frontline", good: "department"}
    monkeypatch.undo()
    assert ClockLane(database_of(client), RULEBOOK, clock).run_once() == Pass(1, 0)


def test_four_workers_at_once_escalate_each_ticket_once(client: TestClient, clock: MovedClock) -> None:
    comments = [{"source": "s", "external_id": str(n), "text": "配送が遅い", "nps": 0} for n in range(24)]
    client.post("/v1/comments/batch", json={"comments": comments})
    clock.forward(days=10)
    workers = [ClockLane(database_of(client), RULEBOOK, clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda worker: worker.run_once(), workers))
    assert sum(result.done for result in results) == 24
    assert sum(result.failed for result in results) == 0
    with database_of(client).reading() as session:
        actions = session.scalars(select(AuditRow.action)).all()
        assert len(session.scalars(select(WorkerRow)).all()) == 4
    assert actions.count("escalated") == 24


def test_the_loop_beats_and_stops(client: TestClient, clock: MovedClock) -> None:
    database = database_of(client)
    with database.reading() as session:
        assert last_pass_at(session) is None
    stop = Event()
    thread = Thread(target=run_lane, args=(ClockLane(database, RULEBOOK, clock), stop, 0.01))
    thread.start()
    try:
        for _ in range(500):
            if client.get("/readyz").json()["worker_last_pass_at"]:
                break
            stop.wait(0.01)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert client.get("/readyz").json()["worker_last_pass_at"] == clock().isoformat()


def test_the_loop_survives_a_database_that_is_away(
    make_app: Callable[[str], FastAPI], tmp_path: Path, clock: MovedClock
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'untabled.sqlite3'}")
    worker = ClockLane(database, RULEBOOK, clock)
    assert worker.run_once() == Pass(0, 2)  # neither deadlines counted nor tickets looked at
    database.dispose()
