"""POST /v1/jobs and what follows: records in order, pages, cancelling, deleting; on both databases."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.db.tables import JobInputRow, JobOutputRow, JobPartRow, JobRow
from api.jobs import lines as cutting
from api.main import create_app
from api.settings import Settings
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.doubles import WordAnalyzer
from tests.api.jobs.job_calls import EN, JA, NDJSON, comments, database_of, lane, lines, read, results, send


def count(client: TestClient, table: type) -> int:
    with database_of(client).reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_job_from_its_acceptance_to_its_results(client: TestClient, clock: MovedClock) -> None:
    response = client.post("/v1/jobs", json={"kind": "score", "comments": comments(3)})
    assert response.status_code == 202
    job = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert response.headers["retry-after"] == "5"
    assert (job["state"], job["total"], job["done"], job["failed"]) == ("queued", 3, 0, 0)
    waiting = client.get(f"/v1/jobs/{job['id']}")
    assert (waiting.json(), waiting.headers["retry-after"]) == (job, "5")
    clock.forward(seconds=10)
    assert "voc_job_comments_waiting 3.0" in client.get("/metrics").text
    assert lane(client, clock).run_once().done == 1
    assert "voc_job_comments_waiting 0.0" in client.get("/metrics").text
    done = client.get(f"/v1/jobs/{job['id']}")
    assert "retry-after" not in done.headers
    body = done.json()
    assert (body["state"], body["done"], body["succeeded"], body["failed"]) == ("succeeded", 3, 3, 0)
    assert (body["started_at"], body["ended_at"]) == ("2026-01-09T01:00:10Z",) * 2
    assert body["expires_at"] == "2026-01-16T01:00:10Z"
    assert body["model_version"] == "words-1"
    records = results(client, job["id"])
    assert [(each["index"], each["line"], each["id"]) for each in records] == [
        (0, 1, "c-0"),
        (1, 2, "c-1"),
        (2, 3, "c-2"),
    ]
    assert records[0]["sentiment"]["label"] == "mixed"
    scored = client.post("/v1/score", json={"comments": comments(3)}).json()["results"]
    assert {key: value for key, value in records[0].items() if key not in ("index", "line")} == scored[0]


def test_what_is_broken_costs_the_others_nothing(client: TestClient, clock: MovedClock) -> None:
    sent = [
        lines([{"id": "good", "text": JA}]),
        b"{broken\n",
        b"\n",
        '{"id": "sjis", "text": "配送"}\n'.encode("cp932"),
        b'{"id": "nan", "text": "x", "csat": NaN}\n',
        b'{"id": "surrogate", "text": "\\ud800"}\n',
        b'{"id": "nul", "text": "a\\u0000b"}\n',
        b"[1]\n",
        b"null\n",
        b'{"id": "good", "text": "the same id again"}\r\n',
        b'{"text": "no id"}\n',
        b'{"id": 7, "text": "x"}\n',
        lines([{"id": "long", "text": "あ" * 20_001}]),
        b'{"id": "huge", "text": "' + b"x" * cutting.MAX_LINE_BYTES + b'"}\n',
        b"[" * 100_000 + b"\n",
        lines([{"id": "korean", "text": "배송이 늦어요"}]),
        lines([{"id": "last", "text": EN}]).rstrip(b"\n"),
    ]
    job = send(client, b"".join(sent), **{"Accept-Language": "ja"})
    assert job["total"] == 16
    lane(client, clock).run_once()
    body = read(client, job["id"])
    assert (body["state"], body["succeeded"], body["failed"]) == ("partial", 4, 12)
    records = results(client, job["id"])
    assert [record["index"] for record in records] == list(range(16))
    told = [(each["line"], each["id"], each["error"]["code"]) for each in records if "error" in each]
    assert told == [
        (2, "2", "invalid_json"),
        (4, "4", "invalid_json"),
        (5, "nan", "invalid_record"),
        (6, "surrogate", "invalid_text"),
        (7, "nul", "invalid_text"),
        (8, "8", "invalid_record"),
        (9, "9", "invalid_record"),
        (12, "12", "invalid_record"),
        (13, "long", "text_too_long"),
        (14, "14", "line_too_long"),
        (15, "15", "invalid_json"),
        (16, "korean", "unsupported_language"),
    ]
    assert "UTF-8 ではありません" in records[2]["error"]["message"]
    assert records[14]["language"] == "other"
    assert [record["id"] for record in records if "error" not in record] == ["good", "good", "11", "last"]


def test_a_json_body_says_the_same_as_lines(client: TestClient, clock: MovedClock) -> None:
    documents: list[Any] = [{"id": "a", "text": JA}, None, 5, {"id": "s", "text": "\ud800"}, {"text": EN}]
    body = json.dumps({"comments": documents})
    job = client.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"}).json()
    again = send(client, "".join(json.dumps(each) + "\n" for each in documents).encode())
    lane(client, clock).run_once()
    assert results(client, job["id"]) == results(client, again["id"])
    assert [record["line"] for record in results(client, job["id"])] == [1, 2, 3, 4, 5]


def test_a_job_of_nothing_but_refusals_has_failed(client: TestClient, clock: MovedClock) -> None:
    job = send(client, b"{\n}\n")
    lane(client, clock).run_once()
    body = client.get(f"/v1/jobs/{job['id']}", headers={"Accept-Language": "ja"}).json()
    assert (body["state"], body["error"]["code"]) == ("failed", "nothing_succeeded")
    assert "分析できたコメントがありません" in body["error"]["message"]


def test_personal_data_stays_in_no_table(client: TestClient, clock: MovedClock) -> None:
    job = send(client, lines([{"id": "1", "text": JA}]))
    assert count(client, JobInputRow) == 1
    lane(client, clock).run_once()
    assert count(client, JobInputRow) == 0
    [record] = results(client, job["id"])
    assert [aspect["term"] for aspect in record["aspects"]] == ["配送", "田中さん [電話番号1]"]
    person = record["aspects"][1]
    assert JA[person["start"] : person["end"]] == "田中さん 03-1234-5678"
    assert "03-1234" not in json.dumps(record, ensure_ascii=False)


def test_pages_of_results_while_it_runs_and_after(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "PART_DOCUMENTS", 4)
    job = send(client, lines(comments(10)))
    path = f"/v1/jobs/{job['id']}/results"
    before = client.get(path).json()
    assert (before["state"], before["items"]) == ("queued", [])
    worker = lane(client, clock)
    halted = lane_that_stops_after(worker, 1)
    assert halted == 1
    first = client.get(path, params={"cursor": before["next_cursor"], "limit": 3}).json()
    assert [item["index"] for item in first["items"]] == [0, 1, 2]
    second = client.get(path, params={"cursor": first["next_cursor"], "limit": 3}).json()
    assert (second["state"], [item["index"] for item in second["items"]]) == ("running", [3])
    early = client.get(path, headers={"Accept": "application/x-ndjson"})
    assert (early.status_code, early.json()["code"]) == (409, "job_not_finished")
    assert early.headers["retry-after"] == "5"
    lane(client, clock).run_once()
    seen, cursor = [], second["next_cursor"]
    while cursor:
        page = client.get(path, params={"cursor": cursor, "limit": 5}).json()
        seen += [item["index"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [4, 5, 6, 7, 8, 9]
    whole = client.get(path, params={"limit": 10}).json()
    assert (len(whole["items"]), whole["next_cursor"]) == (10, None)


def lane_that_stops_after(worker: Any, parts: int) -> int:
    """Let a lane work off so many parts."""
    finished = 0
    work_off = worker._work_off

    def counted(*arguments: Any) -> Any:
        nonlocal finished
        came_of_it = work_off(*arguments)
        finished += 1
        return came_of_it

    worker._work_off = counted
    worker._is_stopping = lambda: finished >= parts
    done: int = worker.run_once().done
    return done


def test_cancelling_keeps_what_was_done_and_drops_the_texts(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "PART_DOCUMENTS", 2)
    job = send(client, lines(comments(6)))
    lane_that_stops_after(lane(client, clock), 1)
    response = client.delete(f"/v1/jobs/{job['id']}")
    assert response.status_code == 200
    assert (response.json()["state"], response.json()["done"]) == ("cancelled", 2)
    assert count(client, JobInputRow) == 0
    assert lane(client, clock).run_once().done == 0
    assert [record["index"] for record in results(client, job["id"])] == [0, 1]
    assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert client.get(f"/v1/jobs/{job['id']}").status_code == 404
    assert client.delete(f"/v1/jobs/{job['id']}").status_code == 404
    assert [count(client, table) for table in (JobRow, JobPartRow, JobOutputRow)] == [0, 0, 0]


def test_jobs_are_kept_for_some_days(client: TestClient, clock: MovedClock) -> None:
    old = send(client, lines(comments(1)))
    lane(client, clock).run_once()
    clock.forward(days=6, hours=23)
    new = send(client, lines(comments(1)))
    lane(client, clock).run_once()
    assert read(client, old["id"])["state"] == "succeeded"
    clock.forward(hours=2)
    lane(client, clock).run_once()
    assert client.get(f"/v1/jobs/{old['id']}").status_code == 404
    assert len(results(client, new["id"])) == 1


def test_jobs_are_listed_newest_first(client: TestClient) -> None:
    ids = [send(client, lines(comments(1)))["id"] for _ in range(3)]
    page = client.get("/v1/jobs", params={"limit": 2}).json()
    rest = client.get("/v1/jobs", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_another_tenants_job_is_not_there(
    client: TestClient, clock: MovedClock, make_key: Callable[..., str]
) -> None:
    job = send(client, lines(comments(1)))
    lane(client, clock).run_once()
    other = {"Authorization": f"Bearer {make_key(client, tenant='other')}"}
    for method, path in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
        assert client.request(method, f"/v1/jobs/{job['id']}{path}", headers=other).status_code == 404
    assert client.get("/v1/jobs", headers=other).json()["items"] == []
    reader = {"Authorization": f"Bearer {make_key(client, scopes='read')}"}
    assert client.post("/v1/jobs", content=b"{}", headers=NDJSON | reader).status_code == 403
    nobody = {"Authorization": "Bearer none"}
    assert client.post("/v1/jobs", content=b"{}", headers=NDJSON | nobody).status_code == 401


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"", "application/x-ndjson", 422, "invalid_request"),
        (b"\n \r\n", "application/x-ndjson", 422, "invalid_request"),
        (b"", "application/json", 400, "invalid_json"),
        (b"{", "application/json", 400, "invalid_json"),
        (b"[" * 100_000, "application/json", 400, "invalid_json"),
        (b'{"comments": []}', "application/json", 422, "invalid_request"),
        (b'{"kind": "other", "comments": [1]}', "application/json", 422, "invalid_request"),
        (b"[]", "application/json", 422, "invalid_request"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"{}", "application/x-ndjson-but-not-quite", 415, "unsupported_media_type"),
    ],
)
def test_what_is_no_job_is_refused(
    plain_client: TestClient, content: bytes, content_type: str, status: int, code: str
) -> None:
    response = plain_client.post("/v1/jobs", content=content, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert plain_client.get("/v1/jobs").json()["items"] == []


@pytest.mark.parametrize("cursor", ["?", "YQ==", "MS4y-", "é"])
def test_a_cursor_of_ours_is_needed(plain_client: TestClient, cursor: str) -> None:
    job = send(plain_client, lines(comments(1)))
    response = plain_client.get(f"/v1/jobs/{job['id']}/results", params={"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


def limited(url: str, clock: MovedClock, **limits: int) -> TestClient:
    settings = Settings(database_url=url, bootstrap_key=BOOTSTRAP_KEY, max_body_bytes=1_000, **limits)  # type: ignore[arg-type]
    app: FastAPI = create_app(settings, WordAnalyzer(), clock)
    return TestClient(app, headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"})


def test_lines_may_be_more_than_a_body_but_not_without_end(
    sqlite_url: str, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "PART_DOCUMENTS", 10)
    with limited(sqlite_url, clock, job_max_documents=100, job_max_bytes=20_000) as client:
        assert send(client, lines(comments(100)))["total"] == 100
        many = client.post("/v1/jobs", content=lines(comments(101)), headers=NDJSON)
        assert (many.status_code, many.json()["code"]) == (413, "job_too_large")
        assert "100" in many.json()["detail"]
        large = client.post("/v1/jobs", content=b"x" * 5_000 + b"\n" * 20_000, headers=NDJSON)
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
        assert "20,000" in large.json()["detail"]
        assert client.post("/v1/jobs", json={"comments": ["x" * 2_000]}).status_code == 413
        assert (count(client, JobRow), count(client, JobPartRow)) == (1, 10)


def test_compressed_lines_are_refused(plain_client: TestClient) -> None:
    response = plain_client.post("/v1/jobs", content=b"{}", headers=NDJSON | {"Content-Encoding": "gzip"})
    assert response.status_code == 415


def test_an_upload_whose_sender_goes_away_leaves_nothing(
    make_app: Callable[[str], FastAPI], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "PART_DOCUMENTS", 2)
    app = make_app(database_url)
    stored: list[int] = []
    status: list[int] = []

    def parts() -> int:
        with app.state.database.reading() as session:
            return len(session.scalars(select(JobPartRow)).all())

    async def receive() -> dict[str, Any]:
        if not stored:
            stored.append(0)
            return {"type": "http.request", "body": lines(comments(5)), "more_body": True}
        stored.append(parts())
        return {"type": "http.disconnect"}

    async def send_back(message: Any) -> None:
        status.append(message.get("status"))

    headers = [
        (b"authorization", f"Bearer {BOOTSTRAP_KEY}".encode()),
        (b"content-type", b"application/x-ndjson"),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/jobs",
        "raw_path": b"/v1/jobs",
        "query_string": b"",
        "headers": headers,
    }
    anyio.run(app, scope, receive, send_back)
    assert (stored[1], status[0]) == (2, 400)
    assert parts() == 0


def test_ten_thousand_comments(client: TestClient, clock: MovedClock) -> None:
    analyzer = WordAnalyzer()
    job = send(client, lines(comments(10_000)))
    assert lane(client, clock, analyzer).run_once().done == 20
    assert read(client, job["id"])["succeeded"] == 10_000
    records = results(client, job["id"])
    assert [record["id"] for record in records] == [f"c-{number}" for number in range(10_000)]
    assert max(analyzer.batches) <= 50


@pytest.mark.parametrize("as_lines", [True, False], ids=["lines", "json"])
def test_a_key_makes_one_job(client: TestClient, clock: MovedClock, as_lines: bool) -> None:
    def ask(documents: list[dict[str, Any]], key: str = "k-1") -> Any:
        headers = {"Idempotency-Key": key}
        if as_lines:
            return client.post("/v1/jobs", content=lines(documents), headers=NDJSON | headers)
        return client.post("/v1/jobs", json={"kind": "score", "comments": documents}, headers=headers)

    first, again = ask(comments(3)), ask(comments(3))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    other = ask(comments(4))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert ask(comments(3), "k-2").json()["id"] != first.json()["id"]
    lane(client, clock).run_once()
    assert ask(comments(3)).json()["state"] == "succeeded"
    assert count(client, JobRow) == 2


def test_twenty_copies_at_once_make_one_job(client: TestClient) -> None:
    def ask(_: int) -> Any:
        headers = NDJSON | {"Idempotency-Key": "k-1"}
        return client.post("/v1/jobs", content=lines(comments(700)), headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(client, JobRow) == 1
    assert count(client, JobInputRow) == 2
