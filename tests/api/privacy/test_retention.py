"""Retention: nothing by default; what is too old goes in batches, each with one entry of the audit."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.__main__ import main
from api.audit import chain
from api.db.engine import Database
from api.db.ids import new_id
from api.db.tables import (
    AuditRow,
    CommentOriginalRow,
    CommentRow,
    EventRow,
    TicketRow,
    WebhookAttemptRow,
    WebhookDeliveryRow,
)
from api.privacy.gone import gone_among
from api.privacy.retention import remove_some, rules_of
from api.settings import Settings
from api.worker.retention import RetentionLane
from tests.api.conftest import MovedClock
from tests.api.privacy.test_erasure import database_of, fill
from tests.api.theme_calls import post
from tests.api.vault.test_originals import give_key
from tests.api.webhooks.bench import Bench


def lane(client: TestClient, clock: MovedClock, **days: int) -> RetentionLane:
    settings = Settings(**{f"retention_{name}_days": count for name, count in days.items()})  # type: ignore[arg-type]
    return RetentionLane(database_of(client), rules_of(settings), clock)


def entries(client: TestClient) -> list[dict[str, Any]]:
    with database_of(client).reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.object_type == "retention")).all()
        assert chain.verify(session, "default").broken_at is None
        return [{"rule": row.object_id, "count": row.after["count"], "by": row.actor} for row in rows]


def test_nothing_is_limited_by_default() -> None:
    assert rules_of(Settings()) == []


def test_old_comments_go_and_those_of_open_tickets_wait(client: TestClient, clock: MovedClock) -> None:
    with_ticket = fill(client, "c-1", "old")[:2]
    old = [post(client, f"plain{number}", "配送が遅い")["comment"]["id"] for number in range(3)]
    clock.forward(days=31)
    new = post(client, "new", "The delivery is late")["comment"]["id"]
    themes = client.get("/v1/themes").headers["etag"]
    done = lane(client, clock, comments=30).run_once()
    assert (done.done, done.failed) == (4, 0)  # and the praise of c-1, which opened no ticket
    for comment_id, status in [*((one, 404) for one in old), *((one, 200) for one in [*with_ticket, new])]:
        assert client.get(f"/v1/comments/{comment_id}").status_code == status
    assert entries(client) == [{"rule": "comments", "count": 4, "by": "worker"}]
    assert client.get("/v1/themes").headers["etag"] != themes
    database = database_of(client)
    with database.writing() as session:
        assert gone_among(session, "default", old) == set(old)
        session.execute(update(TicketRow).values(resolved_at=clock.now, status="resolved"))
    assert lane(client, clock, comments=30).run_once().done == 2


def test_it_goes_in_batches_of_one_tenant(
    client: TestClient, clock: MovedClock, make_key: Callable[..., str]
) -> None:
    headers = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes='ticket')}"}
    for number in range(5):
        sent = {"source": "s", "external_id": str(number), "text": "最高"}
        client.post("/v1/comments", json=sent)
        client.post("/v1/comments", json=sent, headers=headers)
    clock.forward(days=2)
    [rule] = rules_of(Settings(retention_comments_days=1))
    database = database_of(client)
    counts = [remove_some(database, rule, clock.now, batch=3) for _ in range(5)]
    assert sorted(counts) == [0, 2, 2, 3, 3]
    assert counts[-1] == 0
    assert sorted(entry["count"] for entry in entries(client)) == [2, 2, 3, 3]


def test_originals_go_before_their_comments(vault_client: TestClient, clock: MovedClock) -> None:
    give_key(vault_client)
    comment_id = post(vault_client, "1", "03-1234-5678 に電話を")["comment"]["id"]
    clock.forward(days=8)
    post(vault_client, "2", "03-1234-5678 に電話を")
    assert lane(vault_client, clock, originals=7).run_once().done == 1
    path = f"/v1/comments/{comment_id}"
    assert vault_client.get(path).status_code == 200
    response = vault_client.get(f"{path}/original", params={"reason": "legal"})
    assert response.json()["code"] == "original_unavailable"
    with database_of(vault_client).reading() as session:
        assert len(session.scalars(select(CommentOriginalRow)).all()) == 1
        assert len(session.scalars(select(CommentRow)).all()) == 2


def test_closed_tickets_lose_the_customer_in_their_events_too(client: TestClient, clock: MovedClock) -> None:
    fill(client, "c-1", "a")
    fill(client, "c-2", "b")
    database = database_of(client)
    with database.writing() as session:
        session.execute(update(TicketRow).where(TicketRow.customer_id == "c-1").values(resolved_at=clock.now))
    clock.forward(days=2)
    assert lane(client, clock, closed_tickets=1).run_once().done == 2
    with database.reading() as session:
        assert {row.customer_id for row in session.scalars(select(TicketRow))} == {None, "c-2"}
        told = {row.payload["ticket"]["customer_id"] for row in session.scalars(select(EventRow))}
    assert told == {None, "c-2"}


def test_ended_deliveries_go_with_their_attempts_and_waiting_ones_stay(
    database: Database, clock: MovedClock
) -> None:
    bench = Bench(database)
    bench.clock = clock  # type: ignore[assignment]
    bench.endpoint("http://127.0.0.1:9/hook")
    events = [bench.happen(ticket) for ticket in ("物流-1", "billing-1", "waits")]
    rows = bench.deliveries()
    with database.writing() as session:
        for row, state in zip(rows[:2], ("delivered", "dead"), strict=True):
            ended = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id == row.id)
            session.execute(ended.values(state=state, ended_at=clock.now))
            session.add(
                WebhookAttemptRow(
                    id=new_id("att"),
                    tenant_id="default",
                    delivery_id=row.id,
                    at=clock.now,
                    outcome="answered",
                    status=204,
                    ms=5,
                    answer_bytes=0,
                )
            )
    settings = Settings(retention_deliveries_days=30)
    clock.forward(days=30)
    assert RetentionLane(database, rules_of(settings), clock).run_once().done == 0
    clock.forward(hours=1)
    assert RetentionLane(database, rules_of(settings), clock).run_once().done == 2
    assert [row.id for row in bench.deliveries()] == [rows[2].id]
    with database.reading() as session:
        assert session.scalars(select(WebhookAttemptRow)).all() == []
        assert set(session.scalars(select(EventRow.id))) >= set(events)
        [entry] = session.scalars(select(AuditRow).where(AuditRow.object_type == "retention")).all()
        assert (entry.object_id, entry.after["count"]) == ("deliveries", 2)


def test_the_lane_looks_once_an_hour(client: TestClient, clock: MovedClock) -> None:
    post(client, "1", "最高")
    clock.forward(days=1, seconds=1)
    worker = lane(client, clock, comments=1)
    assert worker.run_once().done == 1
    clock.forward(minutes=59)
    post(client, "2", "最高")
    with database_of(client).writing() as session:
        session.execute(update(CommentRow).values(received_at=clock.now.replace(year=2020)))
    assert worker.run_once().done == 0
    clock.forward(minutes=1)
    assert worker.run_once().done == 1


def test_the_command_counts_and_then_removes(
    client: TestClient,
    database_url: str,
    clock: MovedClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    post(client, "1", "最高")
    with database_of(client).writing() as session:
        session.execute(update(CommentRow).values(received_at=clock.now.replace(year=2020)))
    monkeypatch.setattr("api.__main__.configure_logs", lambda settings: None)
    monkeypatch.setenv("VOC_DATABASE_URL", database_url)
    assert main(["retention", "--dry-run"]) == 0
    assert "nothing is limited" in capsys.readouterr().out
    monkeypatch.setenv("VOC_RETENTION_COMMENTS_DAYS", "30")
    for arguments, left in ((["--dry-run"], 1), ([], 0)):
        assert main(["retention", *arguments]) == 0
        assert "comments older than 30 days, default: 1" in capsys.readouterr().out
        assert len(client.get("/v1/comments").json()["items"]) == left
