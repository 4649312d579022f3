"""What tests of tickets send and look up."""

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from api.audit import chain
from api.db.engine import Database
from api.db.tables import EventRow

SOLVED = {"root_cause": "carrier_delay", "action": "再送した / sent again", "disposition": "fixed"}


def opened(client: TestClient, number: str = "1", text: str = "配送が遅い", **fields: object) -> Any:
    """Post a comment that opens (or joins) a ticket; return the ticket."""
    sent = {"source": "s", "external_id": number, "text": text, "nps": 0, "customer_id": "C", **fields}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    return response.json()["ticket"]


def ticket(client: TestClient, ticket_id: str) -> Any:
    """Read a ticket."""
    response = client.get(f"/v1/tickets/{ticket_id}")
    assert response.status_code == 200, response.text
    return response.json()


def patch(client: TestClient, ticket_id: str, **change: object) -> Response:
    """Change a ticket as its latest reader."""
    version = ticket(client, ticket_id)["version"]
    return client.patch(f"/v1/tickets/{ticket_id}", json=change, headers={"If-Match": f'"{version}"'})


def act(client: TestClient, ticket_id: str, move: str, /, expected: int = 200, **body: object) -> Any:
    """Do something to a ticket; return the answer."""
    response = client.post(f"/v1/tickets/{ticket_id}/{move}", json=body)
    assert response.status_code == expected, response.text
    return response.json()


def resolve(client: TestClient, ticket_id: str, /, **fields: object) -> Any:
    """Resolve a ticket."""
    return act(client, ticket_id, "resolve", **{**SOLVED, **fields})


def history(client: TestClient, ticket_id: str) -> list[dict[str, Any]]:
    """Read what happened to a ticket."""
    items: list[dict[str, Any]] = client.get(f"/v1/tickets/{ticket_id}/history").json()["items"]
    return items


def actions(client: TestClient, ticket_id: str) -> list[str]:
    """Name what happened to a ticket."""
    return [entry["action"] for entry in history(client, ticket_id)]


def database_of(client: TestClient) -> Database:
    """Return the database of a client."""
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database


def check_records(client: TestClient, ticket_id: str) -> list[EventRow]:
    """Check that the chain is whole, and that every entry has its event; return the events."""
    with database_of(client).reading() as session:
        verdict = chain.verify(session, "default")
        assert verdict.broken_at is None, verdict
        query = select(EventRow).where(EventRow.subject_id == ticket_id).order_by(EventRow.id)
        events = list(session.scalars(query))
    assert [event.type for event in events] == [f"ticket.{name}" for name in actions(client, ticket_id)]
    return events
