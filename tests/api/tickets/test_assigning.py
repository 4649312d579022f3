"""Tickets get owners: at opening, by hand, by the worker; fair at once; on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.engine import Database
from api.db.tables import AuditRow, EventRow, TicketRow
from api.worker.assignment import AssignmentLane
from api.worker.lanes import Pass
from tests.api.calendar import tokyo
from tests.api.conftest import MovedClock
from tests.api.staff_calls import add_member, add_team, database_of, open_ticket
from tests.api.test_parallel import at_once
from tests.api.test_worker import RULEBOOK


def lane(client: TestClient, clock: MovedClock) -> AssignmentLane:
    return AssignmentLane(database_of(client), RULEBOOK, clock)


def assign(client: TestClient, ticket_id: str, body: Any, **headers: str) -> Any:
    return client.post(f"/v1/tickets/{ticket_id}/assign", json=body, headers=headers)


def ticket(client: TestClient, ticket_id: str) -> Any:
    return client.get(f"/v1/tickets/{ticket_id}").json()


def test_new_tickets_go_round(client: TestClient) -> None:
    team_id = add_team(client)
    members = [add_member(client, team_id, name) for name in ("佐藤", "Smith", "田中")]
    owners = [open_ticket(client, str(number))["assignee_id"] for number in range(6)]
    assert owners == members * 2
    shown = open_ticket(client, "7")
    assert (shown["team_id"], shown["queue_reason"], shown["status"]) == (team_id, None, "open")
    assert open_ticket(client, "8", "請求が最悪")["team_id"] is None
    history = client.get(f"/v1/tickets/{shown['id']}/history").json()["items"]
    assert [entry["action"] for entry in history] == ["opened", "assigned"]
    assert (history[1]["to"], history[1]["reason"]) == ({"assignee_id": members[0]}, {"cause": "opened"})
    with database_of(client).reading() as session:
        kinds = session.scalars(
            select(EventRow.type).where(EventRow.subject_id == shown["id"]).order_by(EventRow.id)
        ).all()
    assert kinds == ["ticket.opened", "ticket.assigned"]


def test_language_skill_load_and_absence_count(client: TestClient, clock: MovedClock) -> None:
    team_id = add_team(client, strategy="least_loaded")
    english = add_member(client, team_id, "Smith", languages=["en"])
    skilled = add_member(client, team_id, "佐藤", languages=["ja"], skills=["配送が遅い"], capacity=1)
    general = add_member(client, team_id, "田中", languages=["ja"])
    assert open_ticket(client, "1", "The delivery was late")["assignee_id"] == english
    assert open_ticket(client, "2")["assignee_id"] == skilled
    assert open_ticket(client, "3")["assignee_id"] == general
    away = {"from": "2026-01-09T00:00:00", "to": "2026-01-10T00:00:00"}
    client.post(f"/v1/members/{general}/absences", json=away)
    waiting = open_ticket(client, "4")
    assert (waiting["assignee_id"], waiting["team_id"], waiting["queue_reason"]) == (
        None,
        team_id,
        "capacity",
    )
    assert lane(client, clock).run_once() == Pass(0)
    clock.now = tokyo("2026-01-13 09:00")
    assert lane(client, clock).run_once() == Pass(1)
    assert ticket(client, waiting["id"])["assignee_id"] == general


def test_at_night_it_waits_and_is_given_in_the_morning(client: TestClient, clock: MovedClock) -> None:
    member_id = add_member(client, add_team(client))
    clock.now = tokyo("2026-01-09 20:00")
    waiting = open_ticket(client, "1")
    assert (waiting["assignee_id"], waiting["queue_reason"]) == (None, "out_of_hours")
    assert lane(client, clock).run_once() == Pass(0)
    clock.now = tokyo("2026-01-13 09:00")
    assert lane(client, clock).run_once() == Pass(1)
    given = ticket(client, waiting["id"])
    assert (given["assignee_id"], given["queue_reason"]) == (member_id, None)
    entry = client.get(f"/v1/tickets/{waiting['id']}/history").json()["items"][-1]
    assert (entry["actor"], entry["reason"]) == ("worker", {"cause": "waiting"})


def test_tickets_from_before_the_team_are_given_too(client: TestClient, clock: MovedClock) -> None:
    old = open_ticket(client, "1")
    assert old["team_id"] is None
    member_id = add_member(client, add_team(client), capacity=1)
    assert lane(client, clock).run_once() == Pass(1)
    assert ticket(client, old["id"])["assignee_id"] == member_id
    assert lane(client, clock).run_once() == Pass(0)


def test_an_idle_owner_loses_the_ticket_to_another(client: TestClient, clock: MovedClock) -> None:
    team_id = add_team(client)
    first, second = add_member(client, team_id), add_member(client, team_id)
    opened = open_ticket(client, "1")
    assert opened["assignee_id"] == first
    clock.now = tokyo("2026-01-13 10:59")  # 8 business hours after Friday 10:00 are Tuesday 11:00
    assert lane(client, clock).run_once() == Pass(0)
    clock.now = tokyo("2026-01-13 11:01")
    assert lane(client, clock).run_once() == Pass(1)
    assert ticket(client, opened["id"])["assignee_id"] == second
    entry = client.get(f"/v1/tickets/{opened['id']}/history").json()["items"][-1]
    assert (entry["from"]["assignee_id"], entry["reason"]) == (first, {"cause": "idle"})
    assert lane(client, clock).run_once() == Pass(0)


def test_a_touched_ticket_is_not_idle(client: TestClient, clock: MovedClock) -> None:
    add_member(client, add_team(client))
    opened = open_ticket(client, "1")
    with database_of(client).writing() as session:
        [row] = session.scalars(select(TicketRow))
        row.touched_at = tokyo("2026-01-09 16:00")
    clock.now = tokyo("2026-01-13 11:01")
    assert lane(client, clock).run_once() == Pass(0)
    with database_of(client).writing() as session:
        [row] = session.scalars(select(TicketRow))
        row.touched_at, row.status = None, "waiting"
    assert lane(client, clock).run_once() == Pass(0)
    assert ticket(client, opened["id"])["assignee_id"] is not None


def test_with_nobody_else_an_idle_ticket_waits_in_the_queue(client: TestClient, clock: MovedClock) -> None:
    member_id = add_member(client, add_team(client))
    opened = open_ticket(client, "1")
    clock.now = tokyo("2026-01-13 11:01")
    lane(client, clock)._take_idle()
    shown = ticket(client, opened["id"])
    assert (shown["assignee_id"], shown["queue_reason"]) == (None, "returned")
    assert member_id


def test_tickets_of_somebody_who_left_go_to_others(client: TestClient, clock: MovedClock) -> None:
    team_id = add_team(client)
    first, second = add_member(client, team_id), add_member(client, team_id)
    opened = open_ticket(client, "1")
    client.patch(f"/v1/members/{first}", json={"active": False}, headers={"If-Match": "*"})
    assert lane(client, clock).run_once() == Pass(1)
    assert ticket(client, opened["id"])["assignee_id"] == second


def test_by_hand_to_a_member_a_team_by_strategy_and_back(client: TestClient, clock: MovedClock) -> None:
    team_id, other_team = add_team(client), add_team(client, "billing")
    first = add_member(client, team_id)
    other = add_member(client, other_team, languages=["en"], capacity=0)
    ticket_id = open_ticket(client, "1")["id"]
    by_name = assign(client, ticket_id, {"member_id": other})
    assert (by_name.status_code, by_name.json()["assignee_id"], by_name.json()["team_id"]) == (
        200,
        other,
        other_team,
    )
    within = assign(client, ticket_id, {"team_id": other_team}).json()
    assert (within["assignee_id"], within["queue_reason"]) == (None, "language")
    assert assign(client, ticket_id, {}).json()["assignee_id"] == first
    back = assign(client, ticket_id, {"member_id": None}).json()
    assert (back["assignee_id"], back["team_id"], back["queue_reason"]) == (None, team_id, "by_hand")
    assert assign(client, ticket_id, {"member_id": None}).json()["version"] == back["version"]
    assert lane(client, clock).run_once() == Pass(0)
    actions = [item["action"] for item in client.get(f"/v1/tickets/{ticket_id}/history").json()["items"]]
    assert Counter(actions) == {"opened": 1, "assigned": 5}


def test_what_cannot_be_assigned(client: TestClient, make_key: Callable[..., str]) -> None:
    ticket_id = open_ticket(client, "1")["id"]
    for body in ({}, {"member_id": None}):
        assert assign(client, ticket_id, body).status_code == 422
    gone = add_member(client, add_team(client), active=False)
    for body, pointer in (
        ({"member_id": gone}, "/member_id"),
        ({"member_id": "mem_x"}, "/member_id"),
        ({"team_id": "tea_x"}, "/team_id"),
    ):
        response = assign(client, ticket_id, body)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)
    for body in ({"member_id": gone, "team_id": "x"}, {"team_id": None}, {"person": "x"}, None):
        assert assign(client, ticket_id, body).status_code == 422
    assert assign(client, ticket_id, {}, **{"If-Match": '"9"'}).status_code == 412
    assert assign(client, ticket_id, {}, **{"If-Match": '"1"'}).status_code == 200
    other = f"Bearer {make_key(client, tenant='other', scopes='ticket')}"
    assert assign(client, ticket_id, {}, Authorization=other).status_code == 404
    reader = f"Bearer {make_key(client, scopes='read')}"
    assert assign(client, ticket_id, {}, Authorization=reader).status_code == 403
    with database_of(client).writing() as session:
        [row] = session.scalars(select(TicketRow))
        row.status, row.resolved_at = "resolved", row.opened_at
    refused = assign(client, ticket_id, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "move_not_allowed")


@pytest.mark.parametrize("strategy", ["round_robin", "least_loaded"])
def test_twenty_openings_at_once_are_shared_fairly_and_no_capacity_is_passed(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database, strategy: str
) -> None:
    app = make_app(database_url)
    client = TestClient(app, headers={"Authorization": "Bearer bootstrap-key-of-the-tests"})
    team_id = add_team(client, strategy=strategy)
    members = [add_member(client, team_id, capacity=4) for _ in range(4)]
    sent = [{"source": "s", "external_id": str(n), "text": "配送が遅い", "nps": 0} for n in range(20)]
    assert [answer.status_code for answer in at_once(app, "/v1/comments", sent)] == [201] * 20
    with database.reading() as session:
        rows = session.execute(select(TicketRow.assignee_id, TicketRow.queue_reason)).all()
    assert Counter(row.assignee_id for row in rows) == {**dict.fromkeys(members, 4), None: 4}
    assert {row.queue_reason for row in rows if row.assignee_id is None} == {"capacity"}


def test_four_workers_at_once_give_each_ticket_once(client: TestClient, clock: MovedClock) -> None:
    for number in range(12):
        open_ticket(client, str(number))
    team_id = add_team(client)
    members = [add_member(client, team_id) for _ in range(3)]
    lanes = [lane(client, clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        passes = list(pool.map(lambda one: one.run_once(), lanes))
    assert (sum(one.done for one in passes), sum(one.failed for one in passes)) == (12, 0)
    with database_of(client).reading() as session:
        owners = Counter(session.scalars(select(TicketRow.assignee_id)))
        actions = Counter(session.scalars(select(AuditRow.action)))
    assert owners == dict.fromkeys(members, 4)
    assert actions["assigned"] == 12
