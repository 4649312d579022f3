"""What people do to tickets over HTTP: every move, its limits, its records; on both databases."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.tickets.states import MOVES, Action, Status
from tests.api.conftest import MovedClock
from tests.api.tickets.calls import (
    SOLVED,
    act,
    actions,
    check_records,
    history,
    opened,
    patch,
    resolve,
    ticket,
)

CALLS: dict[Action, tuple[str, dict[str, Any]]] = {
    Action.START: ("", {"status": "in_progress"}),
    Action.PUT_BACK: ("", {"status": "open"}),
    Action.WAIT: ("", {"status": "waiting"}),
    Action.HAND_OVER: ("", {"department": "billing"}),
    Action.RATE: ("", {"urgency": "low"}),
    Action.NOTE: ("/comment", {"kind": "internal", "text": "確認中 / looking"}),
    Action.ANSWER: ("/comment", {"kind": "answer", "text": "お詫び / sorry"}),
    Action.ESCALATE: ("/escalate", {"reason": "重大 / grave"}),
    Action.RESOLVE: ("/resolve", SOLVED),
    Action.REOPEN: ("/reopen", {"reason": "再発 / again"}),
    Action.FOLLOW_UP: ("/follow-up", {"told": "完了 / done"}),
}
WAYS: dict[Status, tuple[Action, ...]] = {
    Status.OPEN: (),
    Status.IN_PROGRESS: (Action.START,),
    Status.WAITING: (Action.WAIT,),
    Status.RESOLVED: (Action.RESOLVE,),
    Status.CLOSED: (Action.RESOLVE,),
}


def send(client: TestClient, ticket_id: str, action: Action) -> Any:
    path, body = CALLS[action]
    if path:
        return client.post(f"/v1/tickets/{ticket_id}{path}", json=body)
    return patch(client, ticket_id, **body)


@pytest.mark.parametrize("status", Status)
def test_every_call_in_every_state_does_what_the_table_says(client: TestClient, status: Status) -> None:
    for number, action in enumerate(CALLS):
        ticket_id = opened(client, str(number), customer_id=f"C-{status}-{number}")["id"]
        for step in WAYS[status]:
            assert send(client, ticket_id, step).status_code == 200
        if status is Status.CLOSED:
            act(client, ticket_id, "follow-up", satisfaction=4)
        before = ticket(client, ticket_id)
        assert before["status"] == status
        response, then = send(client, ticket_id, action), MOVES.get((status, action))
        after = ticket(client, ticket_id)
        if then is None and CALLS[action][1].get("status") == status:
            assert (response.status_code, after) == (200, before)  # it is so already
        elif then is None:
            assert (response.status_code, response.json()["code"]) == (409, "move_not_allowed")
            assert after == before
        else:
            assert response.status_code == 200, response.text
            assert response.headers["etag"] == f'"{after["version"]}"'
            assert after["status"] == then
            assert after["version"] > before["version"]
        check_records(client, ticket_id)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "チケットの状態は「open」のため「reopen」は実行できません"),
        ("en", "The ticket is 'open', and 'reopen'"),
    ],
)
def test_a_forbidden_move_is_explained(client: TestClient, language: str, words: str) -> None:
    ticket_id = opened(client)["id"]
    client.headers["Accept-Language"] = language
    refused = act(client, ticket_id, "reopen", expected=409, reason="x")
    assert words in refused["detail"]


def test_the_first_answer_stops_its_clock_and_waiting_stops_both(
    client: TestClient, clock: MovedClock
) -> None:
    sent = opened(client)
    assert sent["due_at"] == sent["first_answer_due_at"] == "2026-01-13T03:00:00Z"
    clock.forward(hours=1)
    done = act(client, sent["id"], "comment", kind="answer", text="お詫びしました")
    assert done["first_answered_at"] == "2026-01-09T02:00:00Z"
    assert done["due_at"] == done["resolution_due_at"] == sent["resolution_due_at"] == "2026-01-22T01:00:00Z"
    assert (done["status"], done["note_count"]) == ("in_progress", 1)
    act(client, sent["id"], "comment", kind="answer", text="もう一度")
    assert ticket(client, sent["id"])["first_answered_at"] == "2026-01-09T02:00:00Z"
    waiting = patch(client, sent["id"], status="waiting").json()
    assert waiting["waiting_since"] == "2026-01-09T02:00:00Z"
    clock.forward(days=4)  # Tuesday, 11:00: five business hours of Friday, two of Tuesday
    assert client.get("/v1/tickets", params={"overdue": True}).json()["items"] == []
    goes_on = patch(client, sent["id"], status="in_progress").json()
    assert (goes_on["waiting_since"], goes_on["due_at"]) == (None, "2026-01-23T01:00:00Z")
    assert actions(client, sent["id"]) == ["opened", "answered", "answered", "waiting", "resumed"]
    check_records(client, sent["id"])


def test_a_further_comment_ends_the_waiting(client: TestClient, clock: MovedClock) -> None:
    sent = opened(client)
    patch(client, sent["id"], status="waiting")
    clock.forward(hours=1)
    joined = opened(client, "2")
    assert (joined["id"], joined["status"], joined["waiting_since"]) == (sent["id"], "in_progress", None)
    assert joined["due_at"] == "2026-01-13T05:00:00Z"  # an hour later, over the lunch break


def test_a_late_answer_is_a_breach_even_when_no_worker_looked(client: TestClient, clock: MovedClock) -> None:
    sent = opened(client)
    clock.forward(days=10)
    done = act(client, sent["id"], "comment", kind="answer", text="x")
    assert done["breached_at"] == done["first_answer_breached_at"] == sent["first_answer_due_at"]


def test_another_department_gets_full_hours_and_one_that_is_not_there_is_named(
    client: TestClient, clock: MovedClock
) -> None:
    sent = opened(client)
    clock.forward(days=3)
    moved = patch(client, sent["id"], department="billing", urgency="high", status="in_progress").json()
    assert (moved["department"], moved["department_name"]["ja"]) == ("billing", "請求・決済")
    assert (moved["status"], moved["urgency"]) == ("in_progress", "high")
    assert moved["due_at"] == "2026-01-13T05:00:00Z"  # Monday is a holiday; Tuesday morning + 4 h
    [_, entry] = history(client, sent["id"])
    assert entry["to"]["department"] == "billing"
    refused = patch(client, sent["id"], department="nowhere")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/department"


def test_a_customer_keeps_one_open_ticket_a_department(client: TestClient) -> None:
    delivery = opened(client)["id"]
    bill = opened(client, "2", "請求が遅い")["id"]
    refused = patch(client, delivery, department="billing")
    assert (refused.status_code, refused.json()["code"]) == (409, "open_ticket_exists")
    assert bill in refused.json()["detail"]
    resolve(client, delivery)
    patch(client, bill, department="logistics")
    refused = act(client, delivery, "reopen", expected=409, reason="x")
    assert refused["code"] == "open_ticket_exists"
    assert ticket(client, delivery)["status"] == "resolved"


def test_raising_by_hand_goes_up_only_and_never_lengthens(client: TestClient, clock: MovedClock) -> None:
    sent = opened(client)
    clock.forward(hours=1)
    raised = act(client, sent["id"], "escalate", reason="3 回目 / third time")
    assert raised["level"] == "department"
    assert raised["due_at"] < sent["due_at"] or raised["due_at"] == sent["due_at"]
    top = act(client, sent["id"], "escalate", reason="社長へ", level="executive")
    assert top["level"] == "executive"
    for body in ({}, {"level": "frontline"}, {"level": "executive"}):
        refused = act(client, sent["id"], "escalate", expected=409, reason="x", **body)
        assert refused["code"] == "level_not_higher"
    entries = history(client, sent["id"])
    assert [entry["reason"].get("from_level") for entry in entries] == [None, "frontline", "department"]
    notes = ticket(client, sent["id"])["notes"]
    assert [note["kind"] for note in notes] == ["escalation"] * 2
    assert notes[0]["text"] == "3 回目 / third time"
    assert "3 回目" not in str(entries)
    assert entries[1]["reason"]["note_id"] == notes[0]["id"]


def test_resolving_needs_a_known_cause_an_action_and_a_disposition(client: TestClient) -> None:
    ticket_id = opened(client)["id"]
    for change in (
        {"root_cause": "bad_luck"},
        {"root_cause": None},
        {"action": "  "},
        {"disposition": "gone"},
        {"action": "\x00"},
        {"more": 1},
    ):
        response = client.post(f"/v1/tickets/{ticket_id}/resolve", json={**SOLVED, **change})
        assert response.status_code == 422, change
        [name] = change
        assert response.json()["errors"][0]["pointer"] == f"/{name}"
    assert ticket(client, ticket_id)["status"] == "open"


def test_a_resolution_tells_cause_action_and_time(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    clock.forward(hours=1)
    patch(client, ticket_id, status="waiting")
    clock.forward(days=2)
    waiting = act(client, ticket_id, "escalate", reason="x")
    assert (waiting["status"], waiting["waiting_since"]) == ("waiting", "2026-01-09T02:00:00Z")
    clock.forward(days=2)
    done = resolve(client, ticket_id, told="再送をお伝えした。電話は 090-1234-5678")
    assert (done["status"], done["root_cause"], done["disposition"]) == ("resolved", "carrier_delay", "fixed")
    assert done["resolved_at"] == done["first_answered_at"] == "2026-01-13T02:00:00Z"
    assert done["breached_at"] is None
    detail = ticket(client, ticket_id)
    [resolution] = detail["resolutions"]
    assert (resolution["business_hours"], resolution["is_late"]) == (1.0, False)
    assert [note["kind"] for note in detail["notes"]] == ["escalation", "action", "told"]
    assert [note["id"] for note in detail["notes"][1:]] == [
        resolution["action_note_id"],
        resolution["told_note_id"],
    ]
    assert "090-1234-5678" not in detail["notes"][2]["text"]
    assert "[電話番号1]" in detail["notes"][2]["text"]
    events = check_records(client, ticket_id)
    assert "再送" not in str([event.payload for event in events])


def test_an_unhappy_customer_reopens_one_level_higher_and_a_satisfied_one_closes(
    client: TestClient, clock: MovedClock
) -> None:
    ticket_id = opened(client)["id"]
    resolve(client, ticket_id)
    clock.forward(days=1)
    unhappy = act(client, ticket_id, "follow-up", satisfaction=2, told="説明した")
    assert (unhappy["outcome"], unhappy["status"], unhappy["level"]) == ("reopened", "open", "department")
    assert (unhappy["resolved_at"], unhappy["root_cause"], unhappy["reopen_count"]) == (None, None, 1)
    clock.forward(days=1)
    resolve(client, ticket_id, root_cause="contractor")
    kept = act(client, ticket_id, "follow-up", satisfaction=3)
    assert (kept["outcome"], kept["status"], kept["satisfaction"]) == ("kept", "resolved", 3)
    closed = act(client, ticket_id, "follow-up", satisfaction=5)
    assert (closed["outcome"], closed["status"]) == ("closed", "closed")
    first, second = ticket(client, ticket_id)["resolutions"]
    assert (first["satisfaction"], first["reopened_at"]) == (2, "2026-01-10T01:00:00Z")
    assert (second["satisfaction"], second["reopened_at"], second["root_cause"]) == (5, None, "contractor")
    again = act(client, ticket_id, "follow-up", satisfaction=1)
    assert (again["outcome"], again["level"], again["closed_at"]) == ("reopened", "executive", None)
    assert actions(client, ticket_id) == [
        *("opened", "resolved", "followed_up", "reopened", "resolved"),
        *("followed_up", "followed_up", "closed", "followed_up", "reopened"),
    ]
    check_records(client, ticket_id)


def test_an_unhappy_customer_with_a_further_open_ticket_raises_that(
    client: TestClient, clock: MovedClock
) -> None:
    first = opened(client)["id"]
    resolve(client, first)
    clock.forward(days=20)
    second = opened(client, "2")["id"]
    assert second != first
    answer = act(client, first, "follow-up", satisfaction=1)
    assert (answer["outcome"], answer["other_ticket_id"], answer["status"]) == (
        "raised_other",
        second,
        "resolved",
    )
    assert ticket(client, second)["level"] == "department"
    assert history(client, second)[-1]["reason"]["ticket_id"] == first


@pytest.mark.parametrize(
    ("action", "body", "pointer"),
    [
        ("comment", {"kind": "shout", "text": "x"}, "/kind"),
        ("comment", {"kind": "internal", "text": ""}, "/text"),
        ("comment", {"kind": "internal", "text": "x" * 20_001}, "/text"),
        ("comment", {"kind": "internal", "text": "\ud800"}, "/text"),
        ("escalate", {}, "/reason"),
        ("escalate", {"reason": "x", "level": "boss"}, "/level"),
        ("reopen", {"reason": "x", "why": "y"}, "/why"),
        ("follow-up", {}, ""),
        ("follow-up", {"satisfaction": 6}, "/satisfaction"),
        ("follow-up", {"satisfaction": "5"}, "/satisfaction"),
    ],
)
def test_unusable_bodies_are_named(
    plain_client: TestClient, action: str, body: dict[str, Any], pointer: str
) -> None:
    ticket_id = opened(plain_client)["id"]
    response = plain_client.post(
        f"/v1/tickets/{ticket_id}/{action}",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("body", [{}, {"status": "resolved"}, {"department": "A B"}, {"level": "executive"}])
def test_a_change_that_cannot_be_meant_is_refused(plain_client: TestClient, body: dict[str, Any]) -> None:
    assert patch(plain_client, opened(plain_client)["id"], **body).status_code == 422


def test_a_change_needs_the_version_and_actions_check_it_when_it_is_sent(client: TestClient) -> None:
    ticket_id = opened(client)["id"]
    path = f"/v1/tickets/{ticket_id}"
    missing = client.patch(path, json={"status": "waiting"})
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_missing")
    act(client, ticket_id, "comment", kind="internal", text="x")
    stale = {"If-Match": '"1"'}
    calls = [("PATCH", "", {"status": "waiting"})] + [
        ("POST", where, body) for where, body in CALLS.values() if where
    ]
    for method, where, body in calls:
        response = client.request(method, path + where, json=body, headers=stale)
        assert (response.status_code, response.json()["code"]) == (412, "version_changed"), where
    assert actions(client, ticket_id) == ["opened", "updated"]
    for tag in ('"2"', '"1", "2"', "*"):
        note = {"kind": "internal", "text": tag}
        version = ticket(client, ticket_id)["version"]
        response = client.post(
            path + "/comment", json=note, headers={"If-Match": tag.replace('"2"', f'"{version}"')}
        )
        assert response.status_code == 200
    weak = client.post(path + "/comment", json=note, headers={"If-Match": 'W/"5"'})
    assert weak.status_code == 412


def test_moving_needs_the_scope_and_the_tenant(client: TestClient, make_key: Callable[..., str]) -> None:
    ticket_id = opened(client)["id"]
    client.headers["Authorization"] = f"Bearer {make_key(client, scopes='read,score')}"
    for where, body in CALLS.values():
        method = "POST" if where else "PATCH"
        response = client.request(
            method, f"/v1/tickets/{ticket_id}{where}", json=body, headers={"If-Match": "*"}
        )
        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
    client.headers["Authorization"] = f"Bearer {make_key(client, tenant='other')}"
    for where, body in CALLS.values():
        method = "POST" if where else "PATCH"
        for one in (ticket_id, "tkt_none", "%00"):
            response = client.request(
                method, f"/v1/tickets/{one}{where}", json=body, headers={"If-Match": "*"}
            )
            assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_events_name_everyone_concerned(client: TestClient) -> None:
    ticket_id = opened(client, text="配送でやけど。解約します")["id"]
    [event] = check_records(client, ticket_id)
    roles = [one["role"] for one in event.payload["concerned"]]
    assert roles[0] == "department"
    assert all(one["id"] for one in event.payload["concerned"])


def test_lists_take_states_customers_and_missed_first_answers(client: TestClient, clock: MovedClock) -> None:
    answered = opened(client, "1", customer_id="A")["id"]
    act(client, answered, "comment", kind="answer", text="x")
    done = opened(client, "2", customer_id="B")["id"]
    resolve(client, done)
    silent = opened(client, "3", customer_id="D")["id"]
    clock.forward(days=10)

    def listed(query: str) -> list[str]:
        response = client.get(f"/v1/tickets?{query}")
        assert response.status_code == 200, response.text
        return [item["id"] for item in response.json()["items"]]

    assert listed("status=open&status=in_progress") == [silent, answered]
    assert listed("status=resolved") == [done]
    assert listed("customer_id=B") == [done]
    assert listed("first_answer_overdue=true") == [silent]
    assert listed("first_answer_overdue=false") == [done, answered]
    assert listed("overdue=true") == [silent]
    assert client.get("/v1/tickets?customer_id=%00").status_code == 422


def test_the_root_causes_are_a_tree_in_both_languages(plain_client: TestClient) -> None:
    items = plain_client.get("/v1/root-causes").json()["items"]
    assert 25 <= len(items) <= 40
    ids = {item["id"] for item in items}
    for item in items:
        assert all(item["name"].values())
        assert item["parent"] is None or item["parent"] in ids
        assert item["path"][0] == item["id"]
