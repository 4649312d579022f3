"""Moves at the same moment: one wins, the others are told, nothing is done twice; on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.db.engine import Database
from api.policy.rulebook import load_rulebook
from api.settings import Settings
from api.worker.clock import ClockLane
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.tickets.calls import SOLVED, actions, check_records, opened, resolve, ticket

RULEBOOK = load_rulebook(Path(Settings.model_fields["config_dir"].default))


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"})


def at_once(app: FastAPI, calls: list[Callable[[TestClient], Any]]) -> list[Any]:
    """Make every call from a thread of its own, all at the same moment."""
    gate = Barrier(len(calls))

    def make(call: Callable[[TestClient], Any]) -> Any:
        client = client_of(app)
        gate.wait()
        return call(client)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def test_ten_resolve_at_once_and_one_does(make_app: Callable[[str], FastAPI], database_url: str) -> None:
    app = make_app(database_url)
    client = client_of(app)
    ticket_id = opened(client)["id"]
    path = f"/v1/tickets/{ticket_id}/resolve"
    calls = [lambda one: one.post(path, json=SOLVED)] * 5
    calls += [lambda one: one.post(path, json=SOLVED, headers={"If-Match": '"1"'})] * 5
    answers = at_once(app, calls)
    codes = Counter(answer.json().get("code", answer.status_code) for answer in answers)
    assert codes[200] == 1
    assert codes["move_not_allowed"] + codes["version_changed"] == 9
    assert actions(client, ticket_id) == ["opened", "resolved"]
    assert len(ticket(client, ticket_id)["resolutions"]) == 1
    check_records(client, ticket_id)


def test_everything_at_once_leaves_one_story(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database, clock: MovedClock
) -> None:
    app = make_app(database_url)
    client = client_of(app)
    ticket_id = opened(client)["id"]
    clock.forward(days=10)
    path = f"/v1/tickets/{ticket_id}"

    def note(number: int) -> Callable[[TestClient], Any]:
        body = {"kind": "answer" if number % 2 else "internal", "text": str(number)}
        return lambda one: one.post(f"{path}/comment", json=body)

    def joined(number: int) -> Callable[[TestClient], Any]:
        sent = {
            "source": "s",
            "external_id": f"j{number}",
            "text": "配送が遅い",
            "nps": 0,
            "customer_id": "C",
        }
        return lambda one: one.post("/v1/comments", json=sent)

    calls: list[Callable[[TestClient], Any]] = [note(number) for number in range(6)]
    calls += [joined(number) for number in range(3)]
    calls.append(lambda one: one.patch(path, json={"status": "waiting"}, headers={"If-Match": "*"}))
    calls.append(lambda one: one.post(f"{path}/escalate", json={"reason": "x"}))
    calls.append(lambda one: ClockLane(database, RULEBOOK, clock).run_once())
    answers = at_once(app, calls)
    assert {answer.status_code for answer in answers[:-1]} <= {200, 201, 409}
    after = ticket(client, ticket_id)
    assert (after["note_count"], after["comment_count"]) == (len(after["notes"]), 4)
    assert after["breached_at"] == "2026-01-13T03:00:00Z"
    told = Counter(actions(client, ticket_id))
    assert (told["answered"], told["joined"]) == (3, 3)
    check_records(client, ticket_id)


def test_a_reopening_and_a_new_comment_at_once_leave_one_open_ticket(
    make_app: Callable[[str], FastAPI], database_url: str, clock: MovedClock
) -> None:
    app = make_app(database_url)
    client = client_of(app)
    ticket_id = opened(client)["id"]
    resolve(client, ticket_id)
    clock.forward(days=20)  # too late for the comment to reopen it
    sent = {"source": "s", "external_id": "2", "text": "配送が遅い", "nps": 0, "customer_id": "C"}
    at_once(
        app,
        [
            lambda one: one.post(f"/v1/tickets/{ticket_id}/reopen", json={"reason": "x"}),
            lambda one: one.post("/v1/comments", json=sent),
        ],
    )
    statuses = ["open", "in_progress", "waiting"]
    assert len(client.get("/v1/tickets", params={"status": statuses}).json()["items"]) == 1
