"""The edge: headers on every answer, what is put into paths, queries and headers, deep nesting."""

import base64
import hashlib
import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

JSON = {"Content-Type": "application/json", "If-Match": "*"}
NESTS = [("[", "]"), ('{"a":', "}"), ('{"comments":[{"text":', "}]}"), ('{"label":', "}"), ("[", "")]
EVERYWHERE = (960, 100_000)
"""Depths that every call is tried with: near Python's own limit, and far beyond."""
OWN_WAYS = ("/v1/score", "/v1/comments", "/v1/jobs", "/v1/incoming/{source_id}")
"""Calls that read their bodies in ways of their own; they are tried with all depths."""
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/tickets", 200),
        ("GET", "/v1/tickets/x", 404),
        ("DELETE", "/v1/tickets", 405),
        ("POST", "/v1/score", 422),
        ("POST", "/v1/comments/%00", 404),
        ("GET", "/v1/tickets?limit=%00", 422),
        ("GET", "/nowhere", 404),
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/metrics", 200),
    ],
)
def test_every_answer_is_neither_run_nor_framed_nor_guessed_at(
    plain_client: TestClient, method: str, path: str, status: int
) -> None:
    response = plain_client.request(method, path)
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-security-policy"] == NOTHING_RUNS
    assert response.headers.get("cache-control") == ("no-store" if path.startswith("/v1") else None)
    assert "server" not in response.headers


def test_a_500_has_the_headers_too(plain_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(plain_client.app, FastAPI)
    monkeypatch.setattr(plain_client.app.state, "rates", None)
    response = plain_client.get("/v1/tickets")
    assert response.status_code == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"


def test_the_docs_may_run_their_own_script_and_no_other(plain_client: TestClient) -> None:
    response = plain_client.get("/docs")
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    [script] = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy["script-src"]
    assert "unsafe" not in policy["script-src"]
    assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
    assert "https://" not in response.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    assert len(loaded) == 3
    for address in loaded:
        file = plain_client.get(address)
        assert file.status_code == 200
        assert len(file.content) > 1000
    assert plain_client.get("/docs/main.py").status_code == 404
    assert "url: '/openapi.json'" in response.text


ODD_ADDRESSES = [
    ("/v1/comments/%00", 404),
    ("/v1/comments/cmt_%00", 404),
    ("/v1/tickets/%ff%fe", 404),
    ("/v1/tickets/..%2f..%2fetc", 404),
    ("/v1/themes/%F0%9F%98%80/comments", 404),
    ("/v1/themes/%ed%a0%80", 404),
    ("/v1/tickets/%0d%0aX-Injected:%201", 404),
    ("/v1/themes/a'%20OR%20'1'='1", 404),
    ("/v1/tickets?cursor=%00", 422),
    ("/v1/tickets?a%00b=1", 422),
    ("/v1/tickets?department=%27%20OR%201=1--", 422),
    ("/v1/tickets?cursor=%ff%fe", 400),
    ("/v1/themes/trends?by=%ff", 200),
    ("/v1/themes/trends?by=%ed%a0%80", 200),
    ("/v1/themes/trends?by=%27%3B%20DROP%20TABLE%20comments%3B--", 200),
    ("/v1/tickets?limit=1&limit=2", 200),
    ("/v1/tickets?limit=1&limit=x", 422),
    ("/v1/tickets?" + "limit=1&" * 500, 200),
]


def test_odd_addresses(client: TestClient) -> None:
    for path, status in ODD_ADDRESSES:
        response = client.get(path)
        assert response.status_code == status, (path, response.text)
        assert "x-injected" not in response.headers


@pytest.mark.parametrize("name", ["Accept-Language", "If-Match", "If-None-Match", "Accept", "Authorization"])
def test_odd_headers(plain_client: TestClient, name: str) -> None:
    for value in (b"\xff\xfe", b"a\xc3\x28", b"x" * 20_000, b',;="', b'"' * 300, b""):
        for path in ("/v1/themes", "/v1/themes/dictionary", "/v1/tickets/x"):
            assert plain_client.get(path, headers={name.encode(): value}).status_code in (200, 304, 401, 404)
        sent = {b"Content-Type": b"application/json", name.encode(): value}
        response = plain_client.post("/v1/themes/merge", content=b'{"themes": ["a", "b"]}', headers=sent)
        assert response.status_code in (401, 404, 412, 428), value


@pytest.mark.parametrize("forged", ["a\r\nX-Injected: 1", "a\nb", "あ", "a b", "x" * 101, ""])
def test_a_request_id_cannot_inject_a_header(plain_client: TestClient, forged: str) -> None:
    response = plain_client.get("/v1/tickets", headers={b"X-Request-Id": forged.encode()})
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
    assert "x-injected" not in response.headers


@pytest.mark.parametrize("depth", [40, 400, 900, 960, 1_000, 3_000, 100_000])
def test_deep_nesting(plain_client: TestClient, depth: int) -> None:
    assert isinstance(plain_client.app, FastAPI)
    document: dict[str, Any] = plain_client.app.openapi()
    calls = [
        (method.upper(), re.sub(r"{\w+}", "x", path))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation and (depth in EVERYWHERE or path in OWN_WAYS)
    ]
    assert calls
    for opening, closing in NESTS:
        content = (opening * depth + "1" + closing * depth).encode()
        for method, path in calls:
            response = plain_client.request(method, path, content=content, headers=JSON)
            if path == "/v1/jobs" and response.status_code == 202:
                continue  # what stands in a comment is its own matter, not the job's
            assert response.status_code in (400, 404, 413, 422), (method, path, opening)
            assert response.headers["content-type"] == "application/problem+json"
