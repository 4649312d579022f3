"""Comments in: stored once, masked, with their ticket in the same transaction; on both databases."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.db.engine import Database
from api.db.tables import AnalysisRow, AuditRow, CommentRow, EventRow, TicketCommentRow, TicketRow
from tests.api.doubles import WordAnalyzer

PHONE_JA = "配送が最悪。090-1234-5678に電話ください"
PHONE_EN = "The delivery was late. Call 03-1234-5678 please"


def comment(external_id: str = "r-1", text: str = "配送が最悪です", **fields: object) -> dict[str, object]:
    return {"source": "survey", "external_id": external_id, "text": text, **fields}


def counts(client: TestClient) -> dict[str, int]:
    tables = (CommentRow, AnalysisRow, TicketRow, TicketCommentRow, AuditRow, EventRow)
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in tables
        }


@pytest.mark.parametrize(("text", "language"), [("配送が最悪です", "ja"), ("The delivery was late", "en")])
def test_a_comment_is_answered_with_analysis_and_ticket(client: TestClient, text: str, language: str) -> None:
    sent = comment(text=text, nps=1, customer_id="C-1", created_at="2026-01-09T09:00:00+09:00", 店舗="渋谷")
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["comment"] | {"id": "", "received_at": ""} == {
        "id": "",
        "source": "survey",
        "external_id": "r-1",
        "text": text,
        "lang": "auto",
        "channel": None,
        "industry": None,
        "touchpoint": None,
        "customer_id": "C-1",
        "created_at": "2026-01-09T00:00:00Z",
        "nps": 1,
        "csat": None,
        "ces": None,
        "extra": {"店舗": "渋谷"},
        "received_at": "",
    }
    assert body["analysis"]["language"] == language
    assert body["analysis"]["id"] == body["comment"]["id"]
    ticket = body["ticket"]
    assert (ticket["department"], ticket["level"], ticket["status"]) == ("logistics", "frontline", "open")
    assert ticket["department_name"] == {"ja": "物流・配送", "en": "Logistics"}
    assert ticket["due_at"] == "2026-01-13T03:00:00Z"
    assert ticket["reason"] == {"rule": "detractor", "policy_version": "2026-01", "model_version": "words-1"}
    read = client.get(f"/v1/comments/{body['comment']['id']}")
    assert (read.status_code, read.json()) == (200, body)


def test_a_time_without_a_zone_is_local(client: TestClient) -> None:
    body = client.post("/v1/comments", json=comment(created_at="2026-01-09 09:00")).json()
    assert body["comment"]["created_at"] == "2026-01-09T00:00:00Z"


@pytest.mark.parametrize("text", ["最高です", "great", "特になし", "n/a", "", "  ", "😀"])
def test_no_rule_no_ticket(client: TestClient, text: str) -> None:
    body = client.post("/v1/comments", json=comment(text=text, nps=0)).json()
    assert body["ticket"] is None
    assert counts(client)["tickets"] == 0


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (PHONE_JA, "配送が最悪。[電話番号1]に電話ください"),
        (PHONE_EN, "The delivery was late. Call [PHONE1] please"),
    ],
)
def test_personal_data_is_masked_in_storage_and_spans_fit_each_text(
    client: TestClient, text: str, stored: str
) -> None:
    posted = client.post("/v1/comments", json=comment(text=text)).json()
    assert posted["comment"]["text"] == stored
    [found] = posted["analysis"]["pii"]
    assert text[found["start"] : found["end"]] in ("090-1234-5678", "03-1234-5678")
    assert posted["analysis"]["sentences"][0]["end"] == len(text)
    read = client.get(f"/v1/comments/{posted['comment']['id']}").json()
    [kept] = read["analysis"]["pii"]
    assert stored[kept["start"] : kept["end"]] in ("[電話番号1]", "[PHONE1]")
    assert read["analysis"]["sentences"][0]["end"] == len(stored)
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        rows = [*session.scalars(select(CommentRow.masked_text)), *session.scalars(select(AnalysisRow.body))]
    assert not any("1234" in json.dumps(row) for row in rows)


def test_the_same_comment_again_is_answered_with_the_first_result(
    client: TestClient, analyzer: WordAnalyzer
) -> None:
    sent = comment(text=PHONE_JA, nps=1)
    first = client.post("/v1/comments", json=sent)
    again = client.post("/v1/comments", json=sent)
    changed = client.post("/v1/comments", json=comment(text="最高です", nps=10))
    assert [response.status_code for response in (first, again, changed)] == [201, 200, 200]
    assert again.json() == first.json()
    assert changed.json()["comment"] == first.json()["comment"]
    assert changed.json()["analysis"]["sentiment"] == first.json()["analysis"]["sentiment"]
    assert analyzer.batches == [1]
    assert set(counts(client).values()) == {1}


def test_the_same_id_of_another_source_is_another_comment(client: TestClient) -> None:
    first = client.post("/v1/comments", json=comment()).json()
    other = client.post("/v1/comments", json={**comment(), "source": "app"}).json()
    assert first["comment"]["id"] != other["comment"]["id"]


def test_comment_ticket_history_and_event_are_stored_together(client: TestClient) -> None:
    assert client.post("/v1/comments", json=comment(nps=1)).status_code == 201
    assert set(counts(client).values()) == {1}
    assert client.post("/v1/comments", json=comment("r-2")).json()["ticket"] is None
    assert counts(client) == {
        "comments": 2,
        "analyses": 2,
        "tickets": 1,
        "ticket_comments": 1,
        "audit_log": 1,
        "events": 1,
    }


def test_nothing_is_kept_and_503_answered_when_the_commit_fails(client: TestClient) -> None:
    def fail(_session: Session) -> None:
        raise OperationalError("COMMIT", None, Exception("disk full"))

    event.listen(Session, "before_commit", fail)
    try:
        response = client.post("/v1/comments", json=comment(nps=1))
    finally:
        event.remove(Session, "before_commit", fail)
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response.headers["retry-after"] == "2"
    assert set(counts(client).values()) == {0}


def test_the_commit_comes_before_the_answer(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database
) -> None:
    app = make_app(database_url)
    body = json.dumps(comment(nps=1)).encode()
    seen: list[int | None] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 201
            with database.reading() as session:
                seen.append(session.scalar(select(func.count()).select_from(TicketRow)))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/comments",
        "raw_path": b"/v1/comments",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"authorization", b"Bearer bootstrap-key-of-the-tests"),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    asyncio.run(app(scope, receive, send))
    assert seen == [1]


def test_a_batch_keeps_order_and_tells_each_fate(client: TestClient, analyzer: WordAnalyzer) -> None:
    client.post("/v1/comments", json=comment("old"))
    sent = [
        comment("z", "配送が遅い", nps=1, customer_id="C-2"),
        comment("old"),
        comment("long", "長" * 20_001),
        comment("a", "The delivery was late", nps=2, customer_id="C-1"),
        comment("other", "Доставка опоздала"),
        comment("number", "x", nps=11),
        {"source": "survey", "external_id": "untexted"},
        comment("silent", "特になし"),
    ]
    response = client.post("/v1/comments/batch", json={"comments": sent})
    assert response.status_code == 200, response.text
    body = response.json()
    assert [(each["index"], each["status"], each["comment"]["external_id"]) for each in body["results"]] == [
        (0, 201, "z"),
        (1, 200, "old"),
        (3, 201, "a"),
        (7, 201, "silent"),
    ]
    assert [(each["index"], each["external_id"], each["error"]["code"]) for each in body["errors"]] == [
        (2, "long", "text_too_long"),
        (4, "other", "unsupported_language"),
        (5, "number", "invalid_record"),
        (6, "untexted", "invalid_record"),
    ]
    assert (body["succeeded"], body["failed"]) == (4, 4)
    assert [bool(each["ticket"]) for each in body["results"]] == [True, False, True, False]
    assert analyzer.batches == [1, 5]
    assert counts(client)["comments"] == 4
    again = client.post("/v1/comments/batch", json={"comments": sent}).json()
    assert [each["status"] for each in again["results"]] == [200] * 4
    assert counts(client)["tickets"] == 2


def test_a_batch_of_one_hundred_with_one_customer_makes_one_ticket(client: TestClient) -> None:
    sent = [comment(f"r-{number}", "配送が遅い", nps=1, customer_id="C-1") for number in range(100)]
    body = client.post("/v1/comments/batch", json={"comments": sent}).json()
    assert body["succeeded"] == 100
    assert len({each["ticket"]["id"] for each in body["results"]}) == 1
    assert counts(client) | {} == {
        "comments": 100,
        "analyses": 100,
        "tickets": 1,
        "ticket_comments": 100,
        "audit_log": 101,  # one more for the raise: many comments
        "events": 101,
    }


@pytest.mark.parametrize(
    ("comments", "pointer"),
    [
        ([comment("a"), comment("a")], "/comments/1/external_id"),
        ([comment("a"), {"source": "survey", "text": "x"}], "/comments/1/external_id"),
        ([{"external_id": "1", "text": "x"}], "/comments/0/source"),
        ([comment("a"), comment("b"), "text"], "/comments/2/source"),
        ([comment("a"), comment("")], "/comments/1/external_id"),
        ([comment("a"), comment("\ud800")], "/comments/1/external_id"),
        ([], "/comments"),
        ([comment(str(number)) for number in range(101)], "/comments"),
    ],
)
def test_a_batch_whose_ids_do_not_tell_is_refused_whole(
    plain_client: TestClient, comments: list[object], pointer: str
) -> None:
    content = json.dumps({"comments": comments})
    response = plain_client.post(
        "/v1/comments/batch", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_request"
    assert response.json()["errors"][0]["pointer"] == pointer
    assert counts(plain_client)["comments"] == 0
