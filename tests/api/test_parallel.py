"""A hundred at once: one comment, one ticket, nothing lost, nobody refused; on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import AuditRow, CommentRow, EventRow, TicketCommentRow, TicketRow

THREADS = 100


def at_once(app: FastAPI, path: str, bodies: list[dict[str, Any]]) -> list[Any]:
    """Send every body from a thread of its own, all at the same moment."""
    gate = Barrier(len(bodies))

    def send(body: dict[str, Any]) -> Any:
        client = TestClient(app, headers={"Authorization": "Bearer bootstrap-key-of-the-tests"})
        gate.wait()
        return client.post(path, json=body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_comment_from_a_hundred_threads_is_one(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database
) -> None:
    sent = {"source": "s", "external_id": "1", "text": "配送が最悪です", "customer_id": "C", "nps": 0}
    responses = at_once(make_app(database_url), "/v1/comments", [sent] * THREADS)
    assert Counter(response.status_code for response in responses) == {201: 1, 200: THREADS - 1}
    first = responses[0].json()
    assert all(response.json() == first for response in responses)
    for table in (CommentRow, TicketRow, TicketCommentRow, AuditRow, EventRow):
        assert count(database, table) == 1, table


def test_different_comments_of_one_customer_join_one_ticket(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database
) -> None:
    sent = [
        {"source": "s", "external_id": str(number), "text": text, "customer_id": "C", "nps": 0}
        for number, text in enumerate(["配送が最悪です", "The delivery was late"] * (THREADS // 2))
    ]
    responses = at_once(make_app(database_url), "/v1/comments", sent)
    assert Counter(response.status_code for response in responses) == {201: THREADS}
    assert len({response.json()["ticket"]["id"] for response in responses}) == 1
    with database.reading() as session:
        [ticket] = session.scalars(select(TicketRow)).all()
        actions = Counter(session.scalars(select(AuditRow.action)))
    assert ticket.comment_count == THREADS
    assert ticket.version == THREADS + 1
    assert actions == {"opened": 1, "joined": THREADS - 1, "escalated": 1}  # many comments raise it once
    assert count(database, TicketCommentRow) == THREADS


def test_overlapping_batches_in_opposite_orders_do_not_block_each_other(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database
) -> None:
    comments = [
        {"source": "s", "external_id": str(n), "text": "配送が遅い", "customer_id": f"C-{n % 7}", "nps": 0}
        for n in range(30)
    ]
    batches = [{"comments": comments if n % 2 else comments[::-1]} for n in range(8)]
    responses = at_once(make_app(database_url), "/v1/comments/batch", batches)
    assert [response.status_code for response in responses] == [200] * len(batches)
    statuses = Counter(each["status"] for response in responses for each in response.json()["results"])
    assert statuses == {201: 30, 200: 30 * 7}
    assert count(database, CommentRow) == count(database, TicketCommentRow) == 30
    assert count(database, TicketRow) == 7


def test_the_same_batch_from_a_hundred_threads_is_one(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database
) -> None:
    comments = [
        {"source": "s", "external_id": str(n), "text": text, "nps": 0, "customer_id": customer}
        for n, (text, customer) in enumerate(
            [("配送が遅い", "A"), ("The delivery was late", "A"), ("請求が最悪", "A"), ("配送が最悪", None)]
        )
    ]
    responses = at_once(make_app(database_url), "/v1/comments/batch", [{"comments": comments}] * THREADS)
    assert Counter(response.status_code for response in responses) == {200: THREADS}
    statuses = Counter(each["status"] for response in responses for each in response.json()["results"])
    assert statuses == {201: 4, 200: 4 * (THREADS - 1)}
    tickets = {tuple(each["ticket"]["id"] for each in response.json()["results"]) for response in responses}
    assert len(tickets) == 1
    assert count(database, TicketRow) == 3
    assert count(database, CommentRow) == count(database, TicketCommentRow) == 4
    with database.reading() as session:
        assert chain.verify(session, "default").broken_at is None


def test_a_hundred_threads_with_rules_for_several_departments_open_one_ticket_each(
    make_app: Callable[[str], FastAPI], database_url: str, database: Database
) -> None:
    app = make_app(database_url)
    low = {"nps_at_most": 6}
    rules = [
        {"id": "own", "level": "frontline", "when": low},
        {"id": "legal", "level": "department", "department": "compliance", "when": low},
    ]
    client = TestClient(app, headers={"Authorization": "Bearer bootstrap-key-of-the-tests"})
    stored = client.put("/v1/policy", json={"match": "all", "rules": rules}, headers={"If-Match": "*"})
    assert stored.status_code == 200
    sent = [
        {"source": "s", "external_id": str(number // 2), "text": text, "customer_id": "C", "nps": 0}
        for number, text in enumerate(["配送が最悪です", "The delivery was late"] * (THREADS // 2))
    ]
    responses = at_once(app, "/v1/comments", sent)
    assert Counter(response.status_code for response in responses) == {201: THREADS // 2, 200: THREADS // 2}
    assert len({response.json()["ticket"]["id"] for response in responses}) == 1
    assert len({response.json()["further_tickets"][0]["id"] for response in responses}) == 1
    assert count(database, TicketRow) == 2
    assert count(database, TicketCommentRow) == THREADS
