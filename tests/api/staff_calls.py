"""Calls that the tests of staff and assignment share."""

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.db.engine import Database


def add_team(client: TestClient, department: str = "logistics", strategy: str = "round_robin") -> str:
    """Add a team; gives its id."""
    sent = {"department": department, "name": {"ja": "配送", "en": "delivery"}, "strategy": strategy}
    response = client.post("/v1/teams", json=sent)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def add_member(client: TestClient, team_id: str, name: str = "佐藤", **fields: Any) -> str:
    """Add a member; gives the id."""
    response = client.post("/v1/members", json={"team_id": team_id, "name": name, **fields})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def open_ticket(client: TestClient, external_id: str, text: str = "配送が遅い", **fields: Any) -> Any:
    """Store a comment of a detractor; gives its ticket."""
    sent = {"source": "s", "external_id": external_id, "text": text, "nps": 0, **fields}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    return response.json()["ticket"]


def database_of(client: TestClient) -> Database:
    """Return the database of a client."""
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database
