"""Pages: complete, without repetition, and the same while comments and tickets come in."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def fill(client: TestClient, prefix: str, number: int) -> None:
    comments = [
        {"source": "s", "external_id": f"{prefix}-{each}", "text": "配送が遅い", "nps": 0}
        for each in range(number)
    ]
    assert client.post("/v1/comments/batch", json={"comments": comments}).json()["succeeded"] == number


def identity(item: dict[str, Any]) -> str:
    return str(item["comment"]["id"] if "comment" in item else item["id"])


@pytest.mark.parametrize("path", ["/v1/comments", "/v1/tickets"])
def test_pages_stay_the_same_under_inserts(client: TestClient, path: str) -> None:
    fill(client, "before", 23)
    everything = [identity(item) for item in client.get(path, params={"limit": 500}).json()["items"]]
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 23
    seen: list[str] = []
    cursor = None
    while True:
        page = client.get(path, params={"limit": "7"} | ({"cursor": cursor} if cursor else {})).json()
        seen += [identity(item) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        fill(client, f"while-{len(seen)}", 3)
    assert seen == everything


def test_default_is_fifty_and_the_last_page_has_no_cursor(client: TestClient) -> None:
    fill(client, "a", 50)
    page = client.get("/v1/comments").json()
    assert (len(page["items"]), page["next_cursor"]) == (50, None)
    fill(client, "b", 1)
    page = client.get("/v1/comments").json()
    assert len(page["items"]) == 50
    assert page["next_cursor"] is not None


@pytest.mark.parametrize("cursor", ["x", "////", "dGt0X25vbmU=", "カーソル", "%FF"])
@pytest.mark.parametrize("path", ["/v1/comments", "/v1/tickets"])
def test_an_unknown_cursor_is_400(plain_client: TestClient, path: str, cursor: str) -> None:
    response = plain_client.get(f"{path}?cursor={cursor}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_list_is_400(plain_client: TestClient) -> None:
    fill(plain_client, "a", 2)
    cursor = plain_client.get("/v1/comments?limit=1").json()["next_cursor"]
    assert plain_client.get("/v1/tickets", params={"cursor": cursor}).status_code == 400
