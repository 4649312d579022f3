"""One open ticket per cause: by customer or thread; what reopens, what raises; on both databases."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.tickets.intake import thread_key
from tests.api.conftest import MovedClock
from tests.api.tickets.calls import act, actions, check_records, history, opened, patch, resolve, ticket


@pytest.mark.parametrize(
    ("text", "days", "reopens"),
    [
        ("配送がまだ遅い", 1, True),
        ("still late delivery", 13, True),
        ("配送がまた遅い", 14, True),
        ("配送がまた遅い", 15, False),
        ("配送の解約", 1, False),  # opens a ticket, but says nothing bad
        ("請求が遅い", 1, False),
    ],
)
def test_a_negative_comment_soon_after_the_resolution_reopens(
    client: TestClient, clock: MovedClock, text: str, days: int, reopens: bool
) -> None:
    first = opened(client)["id"]
    resolve(client, first)
    clock.forward(days=days)
    second = opened(client, "2", text)
    assert (second["id"] == first) == reopens
    if not reopens:
        assert second["reopen_count"] == 0
        return
    assert (second["status"], second["reopen_count"], second["resolved_at"]) == ("open", 1, None)
    assert second["comment_count"] == 2
    assert actions(client, first) == ["opened", "resolved", "reopened"]
    assert history(client, first)[-1]["reason"]["because"] == "negative-comment"
    assert history(client, first)[-1]["reason"]["comment_id"] == ticket(client, first)["comment_ids"][1]
    check_records(client, first)


def test_a_closed_ticket_is_reopened_too_and_a_graver_comment_raises_it(
    client: TestClient, clock: MovedClock
) -> None:
    first = opened(client)["id"]
    resolve(client, first)
    act(client, first, "follow-up", satisfaction=5)
    clock.forward(days=1)
    again = opened(client, "2", "配送でやけど。最悪")
    assert (again["id"], again["level"], again["urgency"]) == (first, "department", "high")
    assert again["due_at"] == again["first_answer_due_at"] == "2026-01-13T03:00:00Z"


def test_who_writes_again_after_a_reopening_is_heard_one_level_higher_once(
    client: TestClient, clock: MovedClock
) -> None:
    first = opened(client)["id"]
    resolve(client, first)
    clock.forward(minutes=1)
    act(client, first, "reopen", reason="x")
    clock.forward(minutes=1)
    assert opened(client, "2")["level"] == "department"
    clock.forward(minutes=1)
    assert opened(client, "3")["level"] == "department"
    assert history(client, first)[-2]["reason"]["rule"] == "wrote-again-after-reopening"
    check_records(client, first)


def test_a_ticket_that_keeps_coming_back_comes_back_higher(client: TestClient, clock: MovedClock) -> None:
    first = opened(client)["id"]
    levels = []
    for _ in range(4):
        resolve(client, first)
        clock.forward(minutes=1)
        levels.append(act(client, first, "reopen", reason="x")["level"])
    assert levels == ["frontline", "department", "executive", "executive"]
    assert [entry["reason"].get("raised_by") for entry in history(client, first)][2::2] == [
        None,
        *["reopened-before"] * 3,
    ]


def test_many_comments_raise_once(client: TestClient) -> None:
    levels = [opened(client, str(number))["level"] for number in range(7)]
    assert levels == [*["frontline"] * 4, *["department"] * 3]


def test_comments_of_nobody_in_one_thread_share_a_ticket(client: TestClient, clock: MovedClock) -> None:
    def post(number: str, **fields: object) -> Any:
        return opened(client, number, **{"customer_id": None, "thread_id": "T-1", **fields})  # type: ignore[arg-type]

    first = post("1")["id"]
    assert post("2")["id"] == first
    assert post("3", text="請求が遅い")["id"] != first
    assert post("4", thread_id="T-2")["id"] != first
    assert post("5", source="other")["id"] != first
    assert post("6", customer_id="C")["id"] != first
    assert post("7", thread_id=None)["id"] != first
    resolve(client, first)
    clock.forward(days=1)
    again = post("8")
    assert (again["id"], again["status"]) == (first, "open")
    moved = patch(client, first, department="billing")
    assert moved.json()["code"] == "open_ticket_exists"


@pytest.mark.parametrize("thread", [None, True, 1.5, "", "  ", "x" * 201, ["a"], {"a": 1}])
def test_what_is_no_thread_makes_none(thread: object) -> None:
    assert thread_key("s", {"thread_id": thread}) is None


def test_threads_are_told_apart_by_source() -> None:
    keys = {thread_key("s", {"thread_id": one}) for one in ("1", 1, " 1 ")}
    assert len(keys) == 1
    assert thread_key("s1", {"thread_id": "1"}) != thread_key("s", {"thread_id": "11"})
