"""Owners through the life of a ticket: handed over, waiting, reopened; several tickets a comment."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.tables import TicketCommentRow, TicketRow
from api.worker.assignment import AssignmentLane
from api.worker.clock import ClockLane
from api.worker.lanes import Pass
from tests.api.calendar import tokyo
from tests.api.conftest import MovedClock
from tests.api.staff_calls import add_member, add_team
from tests.api.test_worker import RULEBOOK
from tests.api.tickets.calls import act, check_records, database_of, history, opened, patch, resolve, ticket

LOW = {"nps_at_most": 6}
BOTH = [
    {"id": "own", "level": "frontline", "when": LOW},
    {"id": "legal", "level": "department", "department": "compliance", "when": LOW},
]


def lane(client: TestClient, clock: MovedClock) -> AssignmentLane:
    return AssignmentLane(database_of(client), RULEBOOK, clock)


def owner(shown: Any) -> tuple[Any, Any, Any]:
    return shown["assignee_id"], shown["team_id"], shown["queue_reason"]


def post(client: TestClient, number: str, text: str = "配送が遅い", **fields: object) -> Any:
    sent = {"source": "s", "external_id": number, "text": text, "nps": 0, "customer_id": "C", **fields}
    return client.post("/v1/comments", json=sent).json()


def store_rules(client: TestClient, rules: Any, match: str = "all") -> None:
    stored = client.put("/v1/policy", json={"match": match, "rules": rules}, headers={"If-Match": "*"})
    assert stored.status_code == 200, stored.text


def test_another_department_gives_the_ticket_to_one_of_its_own(client: TestClient) -> None:
    first = add_member(client, add_team(client))
    billing = add_team(client, "billing")
    add_member(client, billing, "Lee", capacity=0)
    clerk = add_member(client, billing, "山田", skills=["billing"])
    ticket_id = opened(client)["id"]
    assert ticket(client, ticket_id)["assignee_id"] == first
    moved = patch(client, ticket_id, department="billing").json()
    assert owner(moved) == (clerk, billing, None)
    changed, given = history(client, ticket_id)[-2:]
    assert (changed["action"], changed["from"]["assignee_id"], changed["to"]["assignee_id"]) == (
        "updated",
        first,
        None,
    )
    assert (given["action"], given["to"]) == ("assigned", {"assignee_id": clerk})
    assert given["reason"] == {"cause": "handed_over"}
    event = check_records(client, ticket_id)[-1]
    assert event.payload["concerned"][0] == {"role": "assignee", "id": clerk}


def test_a_department_without_people_leaves_it_in_the_queue(client: TestClient, clock: MovedClock) -> None:
    add_member(client, add_team(client))
    empty = add_team(client, "billing")
    ticket_id = opened(client)["id"]
    assert owner(patch(client, ticket_id, department="billing").json()) == (None, empty, "no_members")
    assert owner(patch(client, ticket_id, department="sales").json()) == (None, None, None)
    assert lane(client, clock).run_once() == Pass(0)


def test_who_waited_for_the_customer_was_not_idle(client: TestClient, clock: MovedClock) -> None:
    team_id = add_team(client)
    first = add_member(client, team_id)
    add_member(client, team_id)
    ticket_id = opened(client)["id"]
    patch(client, ticket_id, status="waiting")
    clock.now = tokyo("2026-01-14 10:00")
    assert lane(client, clock).run_once() == Pass(0)
    assert opened(client, "2", "The delivery is late")["status"] == "in_progress"
    clock.now = tokyo("2026-01-14 16:00")
    assert lane(client, clock).run_once() == Pass(0)
    clock.now = tokyo("2026-01-15 15:00")
    assert lane(client, clock).run_once() == Pass(1)
    assert ticket(client, ticket_id)["assignee_id"] != first


def test_work_counts_and_comments_that_come_in_do_not(client: TestClient, clock: MovedClock) -> None:
    team_id = add_team(client)
    worked, left = add_member(client, team_id), add_member(client, team_id)
    kept, taken = opened(client)["id"], opened(client, "2", customer_id="D")["id"]
    clock.now = tokyo("2026-01-09 16:00")
    act(client, kept, "comment", kind="internal", text="調査中 / looking")
    for number in range(4):
        opened(client, f"d{number}", "still late delivery", customer_id="D")
    assert ticket(client, taken)["level"] == "department"
    clock.now = tokyo("2026-01-13 11:01")
    assert lane(client, clock).run_once() == Pass(1)
    assert (ticket(client, kept)["assignee_id"], ticket(client, taken)["assignee_id"]) == (worked, worked)
    assert left


def test_a_reopened_ticket_is_its_owners_with_the_idle_time_anew(
    client: TestClient, clock: MovedClock
) -> None:
    team_id = add_team(client)
    first = add_member(client, team_id)
    ticket_id = opened(client)["id"]
    resolve(client, ticket_id)
    refused = client.post(f"/v1/tickets/{ticket_id}/assign", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "move_not_allowed")
    clock.now = tokyo("2026-01-14 10:00")
    assert opened(client, "2", "まだ遅い。配送が最悪")["id"] == ticket_id
    assert lane(client, clock).run_once() == Pass(0)
    assert ticket(client, ticket_id)["assignee_id"] == first


def test_a_comment_reopens_each_of_its_tickets(client: TestClient, clock: MovedClock) -> None:
    store_rules(client, BOTH)
    first = post(client, "1")
    ids = [first["ticket"]["id"], *[one["id"] for one in first["further_tickets"]]]
    assert len(ids) == 2
    for ticket_id in ids:
        resolve(client, ticket_id)
    clock.forward(days=1)
    again = post(client, "2", "still late delivery")
    assert [again["ticket"]["id"], *[one["id"] for one in again["further_tickets"]]] == ids
    for ticket_id in ids:
        shown = ticket(client, ticket_id)
        assert (shown["status"], shown["reopen_count"], shown["comment_count"]) == ("open", 1, 2)
        assert shown["comment_ids"] == [first["comment"]["id"], again["comment"]["id"]]
        check_records(client, ticket_id)
    with database_of(client).reading() as session:
        query = select(TicketCommentRow.rank).order_by(TicketCommentRow.comment_id, TicketCommentRow.rank)
        assert session.scalars(query).all() == [0, 1, 0, 1]


def test_a_thread_joins_each_of_its_tickets(client: TestClient) -> None:
    store_rules(client, BOTH)
    fields = {"customer_id": None, "thread_id": "T-1"}
    one, other = post(client, "1", **fields), post(client, "2", "late delivery", **fields)
    assert one["ticket"]["id"] == other["ticket"]["id"]
    assert one["further_tickets"][0]["id"] == other["further_tickets"][0]["id"]


def test_what_the_clock_and_people_do_names_the_tenants_rules(client: TestClient, clock: MovedClock) -> None:
    store_rules(client, BOTH[:1], "first")
    ticket_id = opened(client)["id"]
    clock.forward(days=4, hours=2)
    assert ClockLane(database_of(client), RULEBOOK, clock).run_once() == Pass(1, 0)
    patch(client, ticket_id, urgency="high")
    assert [entry["reason"]["policy_version"] for entry in history(client, ticket_id)] == ["v1"] * 3


def test_a_comment_from_before_the_resolution_does_not_reopen(client: TestClient, clock: MovedClock) -> None:
    old = post(client, "1", "請求が遅い", nps=None)
    assert old["ticket"] is None
    clock.forward(hours=1)
    ended = opened(client, "2", "請求が最悪")["id"]
    resolve(client, ended)
    clock.forward(hours=1)
    store_rules(client, [{"id": "bad", "level": "frontline", "when": {"sentiment": ["negative"]}}])
    period = {"from": "2026-01-01", "to": "2026-02-01"}
    told = client.post("/v1/policy/apply", json=period).json()
    assert (told["opened"], told["joined"], told["had_a_ticket"]) == (1, 0, 1)
    assert ticket(client, ended)["status"] == "resolved"
    with database_of(client).reading() as session:
        assert len(session.scalars(select(TicketRow)).all()) == 2
