"""What the tests of jobs share: sending lines, a lane, reading results."""

import json
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.db.engine import Database
from api.worker.jobs import JobLane
from tests.api.conftest import MovedClock
from tests.api.doubles import WordAnalyzer

NDJSON = {"Content-Type": "application/x-ndjson"}
JA, EN = "配送が最悪です。田中さん 03-1234-5678", "The delivery is late, but I love the staff"


def database_of(client: TestClient) -> Database:
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database


def lines(documents: Iterable[object]) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents).encode()


def comments(number: int) -> list[dict[str, Any]]:
    return [{"id": f"c-{n}", "text": JA if n % 2 else EN} for n in range(number)]


def send(client: TestClient, content: bytes, **headers: str) -> dict[str, Any]:
    response = client.post("/v1/jobs", content=content, headers=NDJSON | headers)
    assert response.status_code == 202, response.text
    body: dict[str, Any] = response.json()
    return body


def lane(client: TestClient, clock: MovedClock, analyzer: WordAnalyzer | None = None) -> JobLane:
    return JobLane(database_of(client), lambda: analyzer or WordAnalyzer(), clock)


def read(client: TestClient, job_id: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
    return body


def results(client: TestClient, job_id: str) -> list[dict[str, Any]]:
    response = client.get(f"/v1/jobs/{job_id}/results", headers={"Accept": "application/x-ndjson"})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.content.splitlines()]
