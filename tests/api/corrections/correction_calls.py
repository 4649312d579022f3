"""Calls that the tests of the corrections share."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.theme_calls import post


def stored(client: TestClient, external_id: str, text: str, **fields: object) -> str:
    """Store a comment; gives its id."""
    return str(post(client, external_id, text, **fields)["comment"]["id"])


def correct(client: TestClient, comment_id: str, task: str, label: object, **more: object) -> dict[str, Any]:
    """Correct a label and expect that it works."""
    sent = {"comment_id": comment_id, "task": task, "label": label, **more}
    response = client.post("/v1/corrections", json=sent)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


def shown(client: TestClient, comment_id: str) -> list[dict[str, Any]]:
    """Read the corrections that stand beside a comment."""
    answer: list[dict[str, Any]] = client.get(f"/v1/comments/{comment_id}").json()["corrections"]
    return answer
