"""Tickets: one per cause, joined and sharpened, read by their own tenant; on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from api.db.tables import AuditRow, EventRow
from tests.api.conftest import MovedClock


def post(client: TestClient, external_id: str, text: str, **fields: object) -> dict[str, Any]:
    sent = {"source": "survey", "external_id": external_id, "text": text, "customer_id": "C-1", **fields}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def history(client: TestClient, ticket_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/v1/tickets/{ticket_id}/history").json()["items"]
    return items


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("配送が遅い", "配送で やけどしました"),
        ("The delivery is late", "The delivery man: injured by the parcel"),
    ],
)
def test_a_further_comment_of_the_customer_joins_and_sharpens(
    client: TestClient, clock: MovedClock, first: str, second: str
) -> None:
    opened = post(client, "1", first, nps=3)
    clock.forward(minutes=10)
    joined = post(client, "2", second)
    assert joined["ticket"]["id"] == opened["ticket"]["id"]
    assert (opened["ticket"]["level"], joined["ticket"]["level"]) == ("frontline", "department")
    assert opened["ticket"]["due_at"] == "2026-01-13T03:00:00Z"
    assert joined["ticket"]["due_at"] == "2026-01-09T05:10:00Z"
    assert joined["ticket"]["comment_count"] == joined["ticket"]["version"] == 2
    assert joined["ticket"]["reason"]["rule"] == "detractor"
    [opening, joining] = history(client, opened["ticket"]["id"])
    assert (opening["action"], opening["actor"], opening["from"]) == ("opened", "key:bootstrap", {})
    assert opening["to"]["level"] == "frontline"
    assert opening["reason"]["comment_id"] == opened["comment"]["id"]
    assert joining["action"] == "joined"
    assert joining["from"]["level"] == "frontline"
    assert joining["to"]["level"] == "department"
    assert joining["reason"]["rule"] == "grave"
    assert joining["reason"]["model_version"] == "words-1"
    assert joining["at"] == "2026-01-09T01:10:00Z"


def test_a_milder_comment_joins_and_lowers_nothing(client: TestClient) -> None:
    opened = post(client, "1", "配送で やけどしました")["ticket"]
    joined = post(client, "2", "配送が遅い", nps=3)["ticket"]
    unchanged = ("id", "level", "due_at", "urgency", "opened_at")
    assert [joined[name] for name in unchanged] == [opened[name] for name in unchanged]
    assert history(client, opened["id"])[1]["to"] == {"comment_count": 2}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"customer_id": "C-1"}, {"customer_id": "C-2"}),
        ({"customer_id": "C-1"}, {"text": "請求が遅い"}),
        ({"customer_id": None}, {"customer_id": None}),
        ({"customer_id": " "}, {"customer_id": " "}),
    ],
)
def test_another_customer_department_or_nobody_gets_another_ticket(
    client: TestClient, first: dict[str, object], second: dict[str, object]
) -> None:
    one = post(client, "1", **{"text": "配送が遅い", "nps": 1, **first})["ticket"]  # type: ignore[arg-type]
    two = post(client, "2", **{"text": "配送が遅い", "nps": 1, **second})["ticket"]  # type: ignore[arg-type]
    assert one["id"] != two["id"]


def test_praise_of_the_same_customer_does_not_join(client: TestClient) -> None:
    post(client, "1", "配送が遅い", nps=1)
    assert post(client, "2", "配送が最高でした", nps=10)["ticket"] is None


def test_abstention_goes_to_triage(client: TestClient) -> None:
    assert post(client, "1", "担当不明だが最悪", nps=1)["ticket"]["department"] == "triage"
    assert post(client, "2", "who knows, terrible", nps=1)["ticket"]["department_name"]["en"] == "Triage"


def test_a_ticket_is_read_with_its_version_and_comments(client: TestClient) -> None:
    first = post(client, "1", "配送が遅い", nps=1)
    second = post(client, "2", "配送がまた遅い", nps=1)
    response = client.get(f"/v1/tickets/{first['ticket']['id']}")
    assert response.status_code == 200
    assert response.headers["etag"] == '"2"'
    expected = {
        **second["ticket"],
        "comment_ids": [first["comment"]["id"], second["comment"]["id"]],
        "notes": [],
        "resolutions": [],
    }
    assert response.json() == expected


def test_lists_are_filtered(client: TestClient, clock: MovedClock) -> None:
    late = post(client, "1", "配送が遅い", nps=1)["ticket"]["id"]
    grave = post(client, "2", "店員にやけどさせられた", customer_id="C-2")["ticket"]["id"]
    clock.forward(hours=5)
    fresh = post(client, "3", "請求が遅い", nps=1)["ticket"]["id"]

    def listed(**filters: object) -> list[str]:
        response = client.get("/v1/tickets", params={key: str(value) for key, value in filters.items()})
        assert response.status_code == 200, response.text
        return [item["id"] for item in response.json()["items"]]

    assert listed() == [fresh, grave, late]
    assert listed(department="logistics") == [late]
    assert listed(level="department") == [grave]
    assert listed(status="open", level="frontline") == [fresh, late]
    assert listed(status="resolved") == []
    assert listed(overdue="true") == [grave]
    assert listed(overdue="false") == [fresh, late]
    assert listed(department="nowhere") == []


@pytest.mark.parametrize(
    "query", ["status=lost", "level=boss", "overdue=maybe", "department=A%00B", "limit=0", "limit=501"]
)
def test_unusable_filters_are_named(plain_client: TestClient, query: str) -> None:
    response = plain_client.get(f"/v1/tickets?{query}")
    assert response.status_code == 422
    place = response.json()["errors"][0]["pointer"].split("/")
    assert place[:3] == ["", "query", query.partition("=")[0]]


def test_another_tenant_sees_nothing_and_shares_nothing(
    client: TestClient, make_key: Callable[..., str]
) -> None:
    mine = post(client, "1", "配送が遅い", nps=1)
    client.headers["Authorization"] = f"Bearer {make_key(client, tenant='other')}"
    for path in (
        f"/v1/tickets/{mine['ticket']['id']}",
        f"/v1/tickets/{mine['ticket']['id']}/history",
        f"/v1/comments/{mine['comment']['id']}",
        "/v1/tickets/tkt_none",
        "/v1/tickets/%00",
        "/v1/comments/特になし",
    ):
        response = client.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
    assert client.get("/v1/tickets").json()["items"] == client.get("/v1/comments").json()["items"] == []
    theirs = post(client, "1", "配送が遅い", nps=1)
    assert theirs["comment"]["id"] != mine["comment"]["id"]
    assert theirs["ticket"]["id"] != mine["ticket"]["id"]


def test_events_tell_of_every_change_without_the_text(client: TestClient) -> None:
    post(client, "1", "配送が遅い", nps=1)
    post(client, "2", "配送が最悪", nps=1)
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        events = session.scalars(select(EventRow).order_by(EventRow.id)).all()
    assert [row.type for row in events] == ["ticket.opened", "ticket.joined"]
    assert events[1].payload["ticket"]["comment_count"] == 2
    assert "最悪" not in str([row.payload for row in events])


@pytest.mark.parametrize("change", [update(AuditRow).values(actor="nobody"), delete(AuditRow)])
def test_the_history_cannot_be_changed(client: TestClient, change: Any) -> None:
    post(client, "1", "配送が遅い", nps=1)
    app = client.app
    assert isinstance(app, FastAPI)
    with pytest.raises(DBAPIError, match="append-only"), app.state.database.writing() as session:
        session.execute(change)
