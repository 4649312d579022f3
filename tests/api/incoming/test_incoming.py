"""Signed messages come in once, forged and stale ones not at all; on both databases."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.db.tables import AuditRow, CommentRow, IncomingMessageRow, IncomingSourceRow, TicketRow
from api.webhooks.secrets import new_secret
from api.webhooks.signing import signed_headers
from tests.api.conftest import MovedClock
from tests.api.incoming.test_mapping import FORMBRICKS_LIKE, QUALTRICS_LIKE

FORMBRICKS_MAPPING = {
    "external_id": "/data/id",
    "text": ["/data/data/理由", "/data/data/wish"],
    "nps": "/data/data/nps",
    "customer_id": "/data/contact/userId",
    "created_at": "/data/createdAt",
    "page": "/data/meta/url",
}
QUALTRICS_MAPPING = {"external_id": "/responseId", "text": "/values/QID2_TEXT", "nps": "/values/QID1"}


def add(client: TestClient, mapping: Any = None, **fields: Any) -> dict[str, Any]:
    sent = {"name": "NPS 調査", "mapping": mapping or FORMBRICKS_MAPPING, **fields}
    response = client.post("/v1/incoming-sources", json=sent)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def send(
    client: TestClient,
    source: dict[str, Any],
    payload: Any,
    clock: MovedClock,
    *,
    message_id: str = "msg-1",
    secret: str | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    body = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    signed = signed_headers(message_id, body, [secret or source["secret"]], clock())
    plain = TestClient(client.app, raise_server_exceptions=False)  # without a key
    return plain.post(
        source["path"],
        content=body.encode(),
        headers={"Content-Type": "application/json", **signed, **(headers or {})},
    )


def count(client: TestClient, table: type) -> int:
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("payload", "mapping", "text", "nps", "external_id"),
    [
        (FORMBRICKS_LIKE, FORMBRICKS_MAPPING, "荷物が届かない。\n電話をつながりやすく", 2, "resp-1"),
        (QUALTRICS_LIKE, QUALTRICS_MAPPING, "The staff were great.", 9, "R_1"),
    ],
)
def test_a_message_becomes_a_comment(
    client: TestClient,
    clock: MovedClock,
    payload: Any,
    mapping: Any,
    text: str,
    nps: int,
    external_id: str,
) -> None:
    source = add(client, mapping)
    response = send(client, source, payload, clock)
    assert (response.status_code, response.json()["result"]) == (201, "stored"), response.text
    answer = client.get(f"/v1/comments/{response.json()['comment_id']}").json()
    comment = answer["comment"]
    assert (comment["text"], comment["nps"], comment["external_id"]) == (text, nps, external_id)
    assert comment["source"] == "NPS 調査"
    ticket = answer["ticket"]
    assert response.json()["ticket_id"] == (ticket["id"] if ticket else None)
    assert (ticket is not None) == (nps == 2)


def test_the_same_message_again_has_no_second_effect(client: TestClient, clock: MovedClock) -> None:
    source = add(client)
    first = send(client, source, FORMBRICKS_LIKE, clock)
    replayed = send(client, source, FORMBRICKS_LIKE, clock)
    clock.forward(hours=3)
    repeated = send(client, source, FORMBRICKS_LIKE, clock)
    renamed = send(client, source, FORMBRICKS_LIKE, clock, message_id="msg-2")
    changed = {**FORMBRICKS_LIKE, "data": {**FORMBRICKS_LIKE["data"], "id": "resp-2"}}
    disguised = send(client, source, changed, clock)
    for response in (replayed, repeated, renamed, disguised):
        assert (response.status_code, response.json()["result"]) == (200, "seen_before")
        assert response.json()["comment_id"] == first.json()["comment_id"]
    assert (count(client, CommentRow), count(client, TicketRow)) == (1, 1)
    assert count(client, IncomingMessageRow) == 2


def test_twenty_copies_at_once_are_one_comment(client: TestClient, clock: MovedClock) -> None:
    source = add(client)
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: send(client, source, FORMBRICKS_LIKE, clock), range(20)))
    assert sorted(response.status_code for response in responses) == [200] * 19 + [201]
    assert len({response.json()["comment_id"] for response in responses}) == 1
    assert (count(client, CommentRow), count(client, TicketRow)) == (1, 1)


def test_forged_and_stale_messages_are_refused(client: TestClient, clock: MovedClock) -> None:
    source, other = add(client), add(client)
    good = signed_headers(
        "msg-1", json.dumps(FORMBRICKS_LIKE, ensure_ascii=False), [source["secret"]], clock()
    )
    wrong: list[Any] = [
        send(client, source, FORMBRICKS_LIKE, clock, secret=new_secret()),
        send(client, source, FORMBRICKS_LIKE, clock, secret=other["secret"]),
        send(client, source, FORMBRICKS_LIKE, clock, headers={"webhook-id": "msg-9"}),
        send(client, source, FORMBRICKS_LIKE, clock, headers={"webhook-signature": "v1,AAAA"}),
        send(client, source, FORMBRICKS_LIKE, clock, headers={"webhook-signature": ""}),
        send(client, source, FORMBRICKS_LIKE, clock, headers={"webhook-timestamp": "1"}),
        send(client, source, {**FORMBRICKS_LIKE, "more": 1}, clock, headers=good),
        send(client, {**source, "path": other["path"]}, FORMBRICKS_LIKE, clock),
        send(
            client, {**source, "path": "/v1/incoming/generic?source=inc_" + "0" * 32}, FORMBRICKS_LIKE, clock
        ),
    ]
    clock.forward(minutes=5, seconds=1)
    wrong.append(send(client, source, FORMBRICKS_LIKE, clock, headers=good))
    clock.forward(minutes=-11)
    wrong.append(send(client, source, FORMBRICKS_LIKE, clock, headers=good))
    for response in wrong:
        assert (response.status_code, response.json()["code"]) == (401, "invalid_signature"), response.text
    assert count(client, CommentRow) == 0
    keyed = client.post(source["path"], json=FORMBRICKS_LIKE)
    assert keyed.status_code == 401, "a key does not stand for a signature"


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"event": "responseFinished", "data": {"id": "r", "data": {"nps": 2}}}, 200),
        ({"event": "ping"}, 200),
        ([], 200),
        ("{", 400),
        ("[" * 100_000, 400),
        ({"data": {"id": "r", "data": {"理由": "あ" * 20_001}}}, 422),
        ({"data": {"id": "r", "data": {"理由": "x\x00"}}}, 422),
        ('{"data": {"id": "r", "data": {"理由": "\\ud800"}}}', 422),
        ({"data": {"id": "x" * 201, "data": {"理由": "配送"}}}, 422),
        ({"data": {"id": {}, "data": {"理由": "配送"}}}, 422),
        ({"data": {"id": "r", "data": {"理由": "配送", "nps": "eleven"}}}, 422),
    ],
)
def test_what_holds_no_usable_comment_stores_nothing(
    client: TestClient, clock: MovedClock, payload: Any, status: int
) -> None:
    source = add(client)
    response = send(client, source, payload, clock)
    assert response.status_code == status, response.text
    if status == 200:
        assert response.json() == {"comment_id": None, "ticket_id": None, "result": "ignored"}
    assert count(client, CommentRow) == 0


def test_conditions_choose_the_messages(client: TestClient, clock: MovedClock) -> None:
    source = add(client, only={"/event": ["responseUpdated"]})
    assert send(client, source, FORMBRICKS_LIKE, clock).json()["result"] == "ignored"
    path = f"/v1/incoming-sources/{source['id']}"
    assert client.patch(path, json={"only": {"/event": ["responseFinished"]}}).status_code == 200
    assert send(client, source, FORMBRICKS_LIKE, clock).status_code == 201


def test_a_source_is_read_changed_rotated_and_deleted(client: TestClient, clock: MovedClock) -> None:
    given = new_secret()
    source = add(client, secret=given)
    assert source["secret"] == given
    path = f"/v1/incoming-sources/{source['id']}"
    assert client.get(path).json() == {name: value for name, value in source.items() if name != "secret"}
    assert client.get("/v1/incoming-sources").json()["items"] == [client.get(path).json()]
    rotated = client.post(f"{path}/rotate-secret", json={"overlap_hours": 1}).json()
    assert send(client, source, FORMBRICKS_LIKE, clock).status_code == 201
    clock.forward(hours=1)
    assert send(client, source, FORMBRICKS_LIKE, clock).status_code == 401
    assert send(client, rotated, FORMBRICKS_LIKE, clock).status_code == 200
    client.patch(path, json={"enabled": False})
    assert send(client, rotated, FORMBRICKS_LIKE, clock).status_code == 401
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert send(client, rotated, FORMBRICKS_LIKE, clock).status_code == 401
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        [row] = session.scalars(select(IncomingSourceRow))
        actions = session.scalars(
            select(AuditRow.action).where(AuditRow.object_id == source["id"]).order_by(AuditRow.sequence)
        ).all()
    assert row.secret == b""
    assert actions == ["created", "secret_rotated", "changed", "deleted"]


def test_scopes_and_tenants(client: TestClient, make_key: Callable[..., str]) -> None:
    source = add(client)
    path = f"/v1/incoming-sources/{source['id']}"
    reader = {"Authorization": f"Bearer {make_key(client, scopes='read')}"}
    stranger = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes='read,admin')}"}
    assert client.get(path, headers=reader).status_code == 200
    for method, where in (("PATCH", path), ("DELETE", path), ("POST", f"{path}/rotate-secret")):
        body = {"enabled": False} if method == "PATCH" else None
        assert client.request(method, where, json=body, headers=reader).status_code == 403
        assert client.request(method, where, json=body, headers=stranger).status_code == 404
    assert client.get(path, headers=stranger).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"mapping": {"text": "/a"}},
        {"mapping": {"external_id": "/a"}},
        {"mapping": {"text": "a", "external_id": "/a"}},
        {"mapping": {"text": [], "external_id": "/a"}},
        {"mapping": {"text": "/a", "external_id": "/a", "source": "/s"}},
        {"mapping": {"text": "/a\x00", "external_id": "/a"}},
        {"mapping": {"text": "/a", "external_id": "/a", "x" * 65: "/b"}},
        {"mapping": {"text": "/a", "external_id": "/a", **{f"f{n}": "/b" for n in range(60)}}},
        {"only": {"event": ["x"]}},
        {"only": {"/event": []}},
        {"name": ""},
        {"kind": "qualtrics"},
        {"secret": "short"},
    ],
)
def test_what_cannot_be_stored_as_a_source_is_422(plain_client: TestClient, wrong: dict[str, Any]) -> None:
    sent = {"name": "n", "mapping": FORMBRICKS_MAPPING, **wrong}
    response = plain_client.post("/v1/incoming-sources", json=sent)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
