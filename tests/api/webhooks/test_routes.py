"""The calls under /v1/webhooks; on both databases."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.engine import Database
from api.db.tables import AuditRow, WebhookDeliveryRow, WebhookEndpointRow
from api.webhooks.delivery import Limits
from api.webhooks.sending import Sender
from api.worker.delivery import DeliveryLane
from api.worker.lanes import Pass
from tests.api.conftest import MovedClock
from tests.api.webhooks.bench import LOOPBACK, by_name
from tests.api.webhooks.receivers import answer, receiving

URL = "https://hooks.example.com/in?key=hidden"
UNKNOWN = "whk_019d52a000007000a1b2c3d4e5f60801"


@pytest.fixture
def hooks(client: TestClient) -> TestClient:
    """Return a client whose service resolves one name."""
    app_of(client).state.resolver = by_name(
        hooks_example_com=["8.8.8.8"], inner_example_com=["8.8.8.8", "10.0.0.1"]
    )
    return client


def app_of(client: TestClient) -> FastAPI:
    app = client.app
    assert isinstance(app, FastAPI)
    return app


def database_of(client: TestClient) -> Database:
    database: Database = app_of(client).state.database
    return database


def add(client: TestClient, **fields: object) -> dict[str, Any]:
    response = client.post("/v1/webhooks", json={"url": URL, **fields})
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def complain(client: TestClient, external_id: str = "1") -> Any:
    sent = {"source": "s", "external_id": external_id, "text": "配送が遅い", "nps": 0, "customer_id": "C"}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    return response.json()["ticket"]


@pytest.mark.parametrize("description", ["基幹システム", "to the CRM"])
def test_add_read_change_delete(hooks: TestClient, description: str) -> None:
    made = add(hooks, types=["ticket.opened"], description=description)
    assert made["secret"].startswith("whsec_")
    path = f"/v1/webhooks/{made['id']}"
    read = hooks.get(path)
    assert "secret" not in read.json()
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}
    assert read.headers["ETag"] == '"1"'
    assert hooks.get("/v1/webhooks").json()["items"] == [read.json()]
    changed = hooks.patch(path, json={"types": None, "language": "en"}, headers={"If-Match": '"1"'})
    assert (changed.json()["types"], changed.json()["language"]) == (None, "en")
    assert changed.headers["ETag"] == '"2"'
    stale = hooks.patch(path, json={"description": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "webhook_changed")
    assert hooks.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert hooks.delete(path).status_code == 204
    assert hooks.get(path).status_code == hooks.delete(path).status_code == 404
    assert hooks.get("/v1/webhooks").json()["items"] == []
    with database_of(hooks).reading() as session:
        [row] = session.scalars(select(WebhookEndpointRow))
        assert (row.secret, row.target, row.url) == (b"", b"", "")
        entries = session.scalars(select(AuditRow).order_by(AuditRow.sequence)).all()
    assert [entry.action for entry in entries] == ["created", "changed", "deleted"]
    told = str([(entry.before, entry.after) for entry in entries])
    assert "hidden" not in told
    assert description not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://hooks.example.com/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://inner.example.com/"},
        {"url": "https://unknown.example.com/"},
        {"url": "https://a:b@hooks.example.com/"},
        {"url": ""},
        {"url": "https://\ud800.example.com/"},
        {"url": "https://hooks.example.com/\x00"},
        {"types": ["ticket.unheard"]},
        {"kind": "sink:store"},
        {"kind": "sink:unheard"},
        {"description": "a\x00b"},
        {"description": "x" * 501},
        {"language": "fr"},
        {"secret": "whsec_AAAA"},
    ],
)
def test_what_cannot_be_used_is_422_in_both_languages(
    plain_client: TestClient, wrong: dict[str, Any]
) -> None:
    app_of(plain_client).state.resolver = by_name(
        hooks_example_com=["8.8.8.8"], inner_example_com=["10.0.0.1"]
    )
    content = json.dumps({"url": URL, **wrong})
    for language in ("ja", "en"):
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        response = plain_client.post("/v1/webhooks", content=content, headers=headers)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request"), response.text
        assert response.json()["errors"]
    made = add(plain_client)
    if "url" in wrong:
        content = json.dumps(wrong)
        response = plain_client.patch(
            f"/v1/webhooks/{made['id']}", content=content, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 422


def test_scopes_and_tenants(hooks: TestClient, make_key: Callable[..., str]) -> None:
    made = add(hooks)
    path = f"/v1/webhooks/{made['id']}"
    reader = {"Authorization": f"Bearer {make_key(hooks, scopes='read')}"}
    stranger = {"Authorization": f"Bearer {make_key(hooks, tenant='other', scopes='read,admin')}"}
    worker = {"Authorization": f"Bearer {make_key(hooks, scopes='ticket,score')}"}
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"enabled": False}),
        ("DELETE", path, None),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/rotate-secret", {}),
        ("POST", f"{path}/replay", {"dead": True}),
    ]
    reads: list[tuple[str, str, Any]] = [("GET", path, None), ("GET", f"{path}/deliveries", None)]
    for method, where, body in changes:
        assert hooks.request(method, where, json=body, headers=reader).status_code == 403, where
    for method, where, _ in reads:
        assert hooks.request(method, where, headers=reader).status_code == 200, where
        assert hooks.request(method, where, headers=worker).status_code == 403, where
    for method, where, body in changes + reads:
        assert hooks.request(method, where, json=body, headers=stranger).status_code == 404, where
        assert hooks.request(method, where.replace(made["id"], UNKNOWN), json=body).status_code == 404
        assert hooks.request(method, where.replace(made["id"], "x"), json=body).status_code == 404
    assert hooks.get("/v1/webhooks", headers=stranger).json()["items"] == []
    assert hooks.post("/v1/webhooks", json={"url": URL}, headers=reader).status_code == 403


def test_a_comment_writes_its_event_and_delivery_and_the_log_tells(
    hooks: TestClient, clock: MovedClock
) -> None:
    app = app_of(hooks)
    app.state.address_rules = LOOPBACK
    with receiving(answer(500, body="お客様の声".encode())) as receiver:
        made = add(hooks, url=receiver.url())
        ticket = complain(hooks)
        path = f"/v1/webhooks/{made['id']}/deliveries"
        [waiting] = hooks.get(path).json()["items"]
        assert (waiting["state"], waiting["subject_id"], waiting["log"]) == ("pending", ticket["id"], [])
        sender = Sender(LOOPBACK, app.state.resolver, 2.0)
        lane = DeliveryLane(database_of(hooks), app.state.secret_box, sender, clock, Limits())
        assert lane.run_once() == Pass(1)
        [row] = hooks.get(path).json()["items"]
    assert row["state"] == "pending"
    assert row["next_attempt_at"] > waiting["next_attempt_at"]
    [attempt] = row["log"]
    assert (attempt["outcome"], attempt["status"], attempt["answer_bytes"]) == ("rejected", 500, 15)
    assert "お客様" not in hooks.get(path).text
    assert hooks.get(path, params={"state": "dead"}).json()["items"] == []
    assert hooks.get(path, params={"event_id": row["event_id"]}).json()["items"] == [row]
    assert hooks.get(path, params={"event_type": "ticket.joined"}).json()["items"] == []
    assert "配送" not in receiver.requests[0].body.decode()


def test_deliveries_are_paged(hooks: TestClient) -> None:
    made = add(hooks)
    for number in range(5):
        complain(hooks, str(number))
    path = f"/v1/webhooks/{made['id']}/deliveries"
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = hooks.get(path, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["sequence"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [6, 5, 4, 3, 2, 1], "the fifth comment raises the ticket besides"
    assert hooks.get(path, params={"cursor": "nonsense"}).status_code == 400


def test_test_event_rotation_and_replay(hooks: TestClient, clock: MovedClock) -> None:
    made, other = add(hooks), add(hooks)
    path = f"/v1/webhooks/{made['id']}"
    tested = hooks.post(f"{path}/test")
    assert (tested.status_code, tested.json()["event_type"]) == (202, "webhook.test")
    assert hooks.get(f"/v1/webhooks/{other['id']}/deliveries").json()["items"] == []
    rotated = hooks.post(f"{path}/rotate-secret", json={"overlap_hours": 2}).json()
    assert rotated["secret"] != made["secret"]
    until = (clock() + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    assert rotated["previous_secret_until"] == until
    assert hooks.post(f"{path}/rotate-secret").status_code == 200
    complain(hooks)
    assert hooks.patch(path, json={"enabled": False}).json()["state_reason"] == "by_request"
    assert hooks.post(f"{path}/test").status_code == 422
    with database_of(hooks).reading() as session:
        rows = session.scalars(
            select(WebhookDeliveryRow).where(WebhookDeliveryRow.endpoint_id == made["id"])
        ).all()
    assert {row.state for row in rows} == {"dead"}
    assert hooks.patch(path, json={"enabled": True}).json()["state"] == "enabled"
    assert hooks.post(f"{path}/replay", json={"dead": True}).json() == {"queued": 2, "next_since": None}
    for wrong in (
        {},
        {"dead": False},
        {"dead": True, "event_ids": ["evt_1"]},
        {"since": "2026-04-01T00:00:00"},
        {"since": "0001-01-01T00:00:00Z"},
        {"event_ids": []},
        {"event_ids": ["a\x00"]},
        {"event_ids": ["evt_unheard"]},
    ):
        assert hooks.post(f"{path}/replay", json=wrong).status_code == 422, wrong


def test_events_of_other_tenants_are_not_replayed(hooks: TestClient, make_key: Callable[..., str]) -> None:
    first = add(hooks)
    complain(hooks)
    [row] = hooks.get(f"/v1/webhooks/{first['id']}/deliveries").json()["items"]
    stranger = {"Authorization": f"Bearer {make_key(hooks, tenant='other', scopes='read,admin')}"}
    theirs = hooks.post("/v1/webhooks", json={"url": URL}, headers=stranger).json()
    path = f"/v1/webhooks/{theirs['id']}/replay"
    assert hooks.post(path, json={"event_ids": [row["event_id"]]}, headers=stranger).status_code == 422
    since = {"since": "2020-01-01T00:00:00Z"}
    assert hooks.post(path, json=since, headers=stranger).json()["queued"] == 0


def test_the_address_of_a_sink_is_its_secret_and_not_shown(hooks: TestClient) -> None:
    made = add(hooks, kind="sink:slack", url="https://hooks.example.com/services/T0/B0/hidden")
    assert made["url"] == "https://hooks.example.com/..."
    assert "hidden" not in hooks.get("/v1/webhooks").text


def test_a_tenant_has_a_bounded_number_of_webhooks(
    hooks: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.endpoints.MAX_ENDPOINTS", 2)
    add(hooks), add(hooks)
    assert hooks.post("/v1/webhooks", json={"url": URL}).status_code == 422


def test_the_figures_of_the_webhooks(hooks: TestClient, clock: MovedClock) -> None:
    made = add(hooks)
    stopped = add(hooks)
    complain(hooks)
    hooks.patch(f"/v1/webhooks/{stopped['id']}", json={"enabled": False})
    clock.forward(hours=2)
    complain(hooks, "2")
    text = hooks.get("/metrics").text
    assert 'voc_webhook_deliveries{age="under_1m",state="pending"} 1.0' in text
    assert 'voc_webhook_deliveries{age="under_1d",state="pending"} 1.0' in text
    assert 'voc_webhook_deliveries{age="under_1d",state="dead"} 1.0' in text
    assert 'voc_webhook_endpoints{reason="",state="enabled"} 1.0' in text
    assert 'voc_webhook_endpoints{reason="by_request",state="disabled"} 1.0' in text
    assert made["id"] not in text
