"""Calls that the tests of the themes share."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from api.clock import Clock
from api.themes.shelf import ThemeShelf
from api.worker.themes import ThemeLane
from tests.api.doubles import WordEmbedder, word_themes

JA = ["配送が遅い", "荷物が届かない", "請求が二重でした", "店員の接客が最高", "静かな雨の午後でした"]
EN = [
    "The delivery is late",
    "No parcel yet",
    "I was charged twice",
    "The staff were great",
    "A quiet rainy day",
]


def post(client: TestClient, external_id: str, text: str, **fields: object) -> dict[str, Any]:
    """Store a comment."""
    sent = {"source": "survey", "external_id": external_id, "text": text, **fields}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def fill(client: TestClient) -> list[str]:
    """Store five comments in each language; gives their ids, Japanese first."""
    return [post(client, str(number), text)["comment"]["id"] for number, text in enumerate([*JA, *EN])]


def etag(client: TestClient) -> str:
    """Read the ETag of the themes."""
    return str(client.get("/v1/themes").headers["etag"])


def change(client: TestClient, method: str, path: str, body: object, **query: object) -> Response:
    """Change the themes as they stand now."""
    headers = {"If-Match": etag(client), "Content-Type": "application/json"}
    content = json.dumps(body)  # the client's own way cannot send half of a surrogate pair
    return client.request(method, f"/v1/themes{path}", content=content, headers=headers, params=query)


def changed(client: TestClient, method: str, path: str, body: object, **query: object) -> dict[str, Any]:
    """Change the themes and expect that it works."""
    response = change(client, method, path, body, **query)
    assert response.status_code in (200, 201), response.text
    answer: dict[str, Any] = response.json()
    return answer


def table(client: TestClient) -> dict[str, list[str]]:
    """List the themes of every stored comment."""
    items = client.get("/v1/comments", params={"limit": 500}).json()["items"]
    return {item["comment"]["id"]: [one["id"] for one in item["analysis"]["themes"]] for item in items}


def counts(client: TestClient) -> dict[str, int]:
    """List the number of comments of every theme."""
    return {item["id"]: item["comments"] for item in client.get("/v1/themes").json()["items"]}


def theme_worker(client: TestClient, clock: Clock) -> ThemeLane:
    """Return a worker on the database of a client."""
    app = client.app
    assert isinstance(app, FastAPI)
    zone = app.state.rulebook.policy.calendar.zone
    embedder = WordEmbedder()
    return ThemeLane(app.state.database, lambda: ThemeShelf(embedder, word_themes(embedder)), zone, clock)
