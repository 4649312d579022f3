"""Idempotency keys: done once, answered the same, given back when nothing happened; on both databases."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import func, select

from api.db.engine import Database
from api.db.tables import ApiKeyRow, CommentRow, IdempotencyRow, TicketRow
from api.deps import MayTicket, WriteSession
from api.errors import NotFoundError
from api.idempotency import service
from api.idempotency.errors import InFlightError, KeyReusedError
from api.idempotency.route import KeyedRoute
from api.idempotency.service import Answer, Claim, Keyed
from api.keys import service as keys
from api.worker.upkeep import UpkeepLane
from tests.api.conftest import BOOTSTRAP_KEY, MovedClock
from tests.api.theme_calls import etag

DAY = timedelta(hours=24)
COMMENT = {"source": "s", "external_id": "1", "text": "配送が最悪です", "customer_id": "C", "nps": 0}


class Made(BaseModel):
    """What the routes of this test answer."""

    number: int
    name: str
    note: str | None = None


class Work:
    """Routes of every shape that add one row a call, and count how often they run."""

    def __init__(self) -> None:
        self.calls = 0
        self.within: Callable[[], object] = lambda: None
        router = APIRouter(prefix="/v1/deeds", route_class=KeyedRoute)

        def add(session: Any, name: str) -> Made:
            self.calls += 1
            now = datetime.now(UTC)
            keys.create(session, tenant_id="t", name=name, scopes=["read"], now=now)
            self.within()
            return Made(number=self.calls, name=name)

        @router.post("/model", status_code=202, response_model_exclude_none=True)
        def model(body: Made, caller: MayTicket, session: WriteSession, response: Response) -> Made:
            response.headers["Location"] = f"/v1/deeds/{self.calls + 1}"
            return add(session, body.name)

        @router.post("/response")
        def response(body: Made, caller: MayTicket, session: WriteSession) -> Response:
            return JSONResponse(add(session, body.name).model_dump(), 201, {"ETag": '"1"'})

        @router.post("/later")
        async def later(body: Made, caller: MayTicket, session: WriteSession) -> Made:
            return add(session, body.name)

        @router.post("/plain")
        def plain(body: Made, caller: MayTicket) -> dict[str, Any]:
            self.calls += 1
            return {"number": self.calls, "名前": body.name}

        @router.post("/nothing", status_code=204)
        def nothing(body: Made, caller: MayTicket, session: WriteSession) -> None:
            add(session, body.name)

        self.router = router


SHAPES = ["model", "response", "later", "plain", "nothing"]


@pytest.fixture
def work() -> Work:
    """Return the routes."""
    return Work()


@pytest.fixture
def worked(make_app: Callable[[str], FastAPI], database_url: str, work: Work) -> Iterator[TestClient]:
    """Yield a client of the service with these routes, on both databases."""
    app = make_app(database_url)
    app.include_router(work.router)
    headers = {"Authorization": f"Bearer {BOOTSTRAP_KEY}"}
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        yield client


def rows(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def body(name: str = "一") -> dict[str, Any]:
    return {"number": 0, "name": name}


def effect(database: Database, claimed: Claim, answer: Answer, error: Exception | None = None) -> None:
    """Add a row and keep the answer in one transaction, which an error may end."""
    with database.writing() as session:
        keys.create(session, tenant_id="t", name="n", scopes=["read"], now=datetime.now(UTC))
        service.keep(session, claimed, answer)
        if error is not None:
            raise error


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_second_copy_has_the_first_answer(
    worked: TestClient, database: Database, work: Work, shape: str
) -> None:
    path = f"/v1/deeds/{shape}"
    bare = worked.post(path, json=body())
    first, second = (worked.post(path, json=body(), headers=keyed("k")) for _ in range(2))
    assert work.calls == 2
    assert rows(database, ApiKeyRow) == (0 if shape == "plain" else 2)
    assert (first.status_code, second.status_code) == (bare.status_code,) * 2
    assert first.content == second.content == bare.content.replace(b":1", b":2")
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    changing = {"x-request-id", "ratelimit", "idempotent-replayed", "location"}
    told = [{k: v for k, v in each.headers.items() if k not in changing} for each in (bare, first, second)]
    assert told[0] == told[1] == told[2]
    assert first.headers.get("location") == second.headers.get("location")
    assert ("location" in first.headers) is (shape == "model")


def test_another_request_under_the_key_is_refused(worked: TestClient, work: Work) -> None:
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 202
    for path, sent in (
        ("/v1/deeds/model", body("二")),
        ("/v1/deeds/later", body()),
        ("/v1/deeds/model?a=1", body()),
    ):
        response = worked.post(path, json=sent, headers={**keyed("k"), "Accept-Language": "ja"})
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
        assert "使用済み" in response.json()["detail"]
    assert work.calls == 1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("error", [NotFoundError(), RuntimeError("broken")])
def test_a_failed_request_has_no_effect_and_may_be_sent_again(
    worked: TestClient, database: Database, work: Work, shape: str, error: Exception
) -> None:
    def broken() -> None:
        raise error

    work.within = broken
    if shape != "plain":
        failed = worked.post(f"/v1/deeds/{shape}", json=body(), headers=keyed("k"))
        assert failed.status_code == (404 if isinstance(error, NotFoundError) else 500)
    assert rows(database, IdempotencyRow) == rows(database, ApiKeyRow) == 0
    work.within = lambda: None
    again = worked.post(f"/v1/deeds/{shape}", json=body("二"), headers=keyed("k"))
    assert again.status_code < 300
    assert "idempotent-replayed" not in again.headers


def test_an_invalid_body_leaves_the_key_free(worked: TestClient, database: Database) -> None:
    assert worked.post("/v1/deeds/model", json={}, headers=keyed("k")).status_code == 422
    assert rows(database, IdempotencyRow) == 0
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 202


def test_keys_of_tenants_are_their_own(worked: TestClient, work: Work, make_key: Callable[..., str]) -> None:
    other = {"Authorization": f"Bearer {make_key(worked, tenant='other')}"}
    first = worked.post("/v1/deeds/model", json=body(), headers=keyed("k"))
    second = worked.post("/v1/deeds/model", json=body("二"), headers={**other, **keyed("k")})
    assert (first.json()["number"], second.json()["number"]) == (1, 2)


def test_a_key_does_not_open_the_door(worked: TestClient, make_key: Callable[..., str]) -> None:
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 202
    for secret, status in (("wrong", 401), (make_key(worked, scopes="read"), 403)):
        headers = {"Authorization": f"Bearer {secret}", **keyed("k")}
        assert worked.post("/v1/deeds/model", json=body(), headers=headers).status_code == status


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("a", True),
        ("a b", True),
        ("x" * 255, True),
        ("x" * 256, False),
        ("", False),
        ("キー", False),
        ("\t", False),
    ],
)
def test_a_key_is_1_to_255_printable_characters(worked: TestClient, key: str, good: bool) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    response = worked.post("/v1/deeds/model", json=body(), headers=headers)
    assert response.status_code == (202 if good else 422)
    if not good:
        assert response.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"


def test_a_quoted_key_is_the_bare_one(worked: TestClient, work: Work) -> None:
    answers = [worked.post("/v1/deeds/model", json=body(), headers=keyed(key)) for key in ("k", '"k"')]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert work.calls == 1


def test_a_copy_in_flight_is_told_to_wait(
    worked: TestClient, database: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, copies = service.claim, []

    def and_then_a_copy_comes(*arguments: Any, **options: Any) -> Any:
        claimed = began(*arguments, **options)
        if not copies:
            copies.append(None)
            copies[0] = worked.post("/v1/deeds/model", json=body(), headers=keyed("k"))
        return claimed

    monkeypatch.setattr(service, "claim", and_then_a_copy_comes)
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 202
    [copy] = copies
    assert (copy.status_code, copy.json()["code"]) == (409, "idempotency_in_flight")
    assert copy.headers["retry-after"] == "2"
    assert work.calls == rows(database, ApiKeyRow) == 1


def test_what_a_killed_process_left_is_taken_over_when_its_lease_ran_out(
    worked: TestClient, database: Database, clock: MovedClock
) -> None:
    killed: list[Claim] = []
    began = service.claim

    with pytest.MonkeyPatch.context() as patch:

        def claim_and_die(*arguments: Any, **options: Any) -> Any:
            claimed = began(*arguments, **options)
            assert isinstance(claimed, Claim)
            killed.append(claimed)
            raise RuntimeError

        patch.setattr(service, "claim", claim_and_die)
        assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 500
    assert rows(database, IdempotencyRow) == 1
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 409
    clock.forward(seconds=61)
    assert worked.post("/v1/deeds/model", json=body("二"), headers=keyed("k")).status_code == 422
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 202
    with pytest.raises(InFlightError):
        effect(database, killed[0], Answer(202))
    assert rows(database, ApiKeyRow) == 1


def test_who_is_too_slow_loses_the_lease_and_its_effect(
    worked: TestClient, database: Database, work: Work, clock: MovedClock
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite lets nobody else write while the slow request does")

    def slow() -> None:
        work.within = lambda: None
        clock.forward(seconds=61)
        assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).json()["number"] == 2

    work.within = slow
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).status_code == 409
    assert rows(database, ApiKeyRow) == 1
    assert worked.post("/v1/deeds/model", json=body(), headers=keyed("k")).json()["number"] == 2


def test_effect_and_answer_are_committed_together(database: Database, clock: MovedClock) -> None:
    asked = Keyed("t", "k", "f")
    claimed = service.claim(database, asked, now=clock(), ttl=DAY)
    assert isinstance(claimed, Claim)
    answer = Answer(201, (("etag", "1"),), b"x")
    with pytest.raises(ZeroDivisionError):
        effect(database, claimed, answer, ZeroDivisionError())
    assert rows(database, ApiKeyRow) == 0
    with pytest.raises(InFlightError):
        service.claim(database, asked, now=clock(), ttl=DAY)
    effect(database, claimed, answer)
    assert service.claim(database, asked, now=clock(), ttl=DAY) == answer
    service.release(database, claimed)
    assert service.claim(database, asked, now=clock(), ttl=DAY) == answer
    with pytest.raises(KeyReusedError):
        service.claim(database, Keyed("t", "k", "g"), now=clock(), ttl=DAY)


def test_keys_are_kept_a_day(worked: TestClient, database: Database, clock: MovedClock) -> None:
    post = lambda name: worked.post("/v1/deeds/plain", json=body(name), headers=keyed("k"))  # noqa: E731
    assert post("一").json()["number"] == 1
    clock.forward(hours=23.9)
    assert post("一").json()["number"] == 1
    with database.writing() as session:
        assert service.forget_expired(session, now=clock(), ttl=DAY) == 0
    clock.forward(hours=0.2)
    assert post("二").json() == {"number": 2, "名前": "二"}
    clock.forward(hours=24.1)
    with database.writing() as session:
        assert service.forget_expired(session, now=clock(), ttl=DAY) == 1
    assert rows(database, IdempotencyRow) == 0


@pytest.mark.parametrize(
    ("path", "sent", "statuses"),
    [
        ("/v1/comments", COMMENT, (201, 201)),
        ("/v1/comments/batch", {"comments": [COMMENT]}, (200, 200)),
        ("/v1/score", {"comments": [{"id": "1", "text": "The delivery is late"}]}, (200, 200)),
    ],
)
def test_customers_words_are_not_kept_and_the_route_answers_the_same(
    client: TestClient, path: str, sent: dict[str, Any], statuses: tuple[int, int]
) -> None:
    first, second = (client.post(path, json=sent, headers=keyed("k")) for _ in range(2))
    assert (first.status_code, second.status_code) == statuses
    assert second.headers["idempotent-replayed"] == "true"
    assert json.loads(first.text.replace('"status":201', '"status":200')) == second.json()
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    with database.reading() as session:
        [row] = session.scalars(select(IdempotencyRow))
    assert (row.status, row.headers, row.body) == (statuses[0], None, None)
    other = client.post(path, json={**sent, "more": 1}, headers=keyed("k"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert rows(database, TicketRow) == rows(database, CommentRow) == (0 if path == "/v1/score" else 1)


def test_a_refused_comment_leaves_the_key_free(client: TestClient) -> None:
    assert client.post("/v1/comments", json={**COMMENT, "nps": 99}, headers=keyed("k")).status_code == 422
    assert client.post("/v1/comments", json=COMMENT, headers=keyed("k")).status_code == 201


def test_a_theme_is_added_once(client: TestClient) -> None:
    headers = {"If-Match": etag(client), **keyed("k")}
    group = {"kind": "group", "label": {"ja": "新", "en": "new"}}
    first, second = (client.post("/v1/themes", json=group, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    for name in ("etag", "location"):
        assert first.headers[name] == second.headers[name]
    assert client.post("/v1/themes", json=group, headers={"If-Match": headers["If-Match"]}).status_code == 412
    fit = {"If-Match": "*", **keyed("f")}
    first, second = (client.post("/v1/themes/fit", json={}, headers=fit) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.headers["location"] == second.headers["location"]


def test_answers_about_an_erased_customer_are_emptied(
    worked: TestClient, database: Database, work: Work
) -> None:
    for number, name in enumerate(['C-"1"é', "C-2"]):
        worked.post("/v1/deeds/model", json=body(name), headers=keyed(str(number)))
    with database.writing() as session:
        assert service.forget_mentions(session, "other", ['C-"1"é']) == 0
        assert service.forget_mentions(session, "default", ['C-"1"é', ""]) == 1
    emptied = worked.post("/v1/deeds/model", json=body('C-"1"é'), headers=keyed("0"))
    kept = worked.post("/v1/deeds/model", json=body("C-2"), headers=keyed("1"))
    assert (emptied.status_code, emptied.content, kept.json()["name"]) == (202, b"", "C-2")
    assert work.calls == 2


@pytest.mark.parametrize("path", ["/v1/deeds/model", "/v1/deeds/plain", "/v1/comments"])
def test_a_hundred_copies_at_once_have_one_effect(
    worked: TestClient, database: Database, work: Work, path: str
) -> None:
    app, gate = worked.app, Barrier(100)
    sent = COMMENT if path == "/v1/comments" else body()

    def send(_number: int) -> Any:
        client = TestClient(app, headers=dict(worked.headers), raise_server_exceptions=False)
        gate.wait()
        return client.post(path, json=sent, headers=keyed("k"))

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(send, range(100)))
    good = [answer for answer in answers if answer.status_code < 300]
    assert {answer.status_code for answer in answers} <= {200, 201, 202, 409}
    assert all(answer.json() == good[0].json() for answer in good)
    assert len({answer.status_code for answer in good}) == 1
    assert Counter("idempotent-replayed" in answer.headers for answer in good)[False] == 1
    if path == "/v1/comments":
        assert rows(database, CommentRow) == rows(database, TicketRow) == 1
    else:
        assert work.calls == 1
        assert rows(database, ApiKeyRow) == (1 if path == "/v1/deeds/model" else 0)


def test_every_post_takes_a_key(plain_client: TestClient) -> None:
    posts = {
        path: methods["post"]
        for path, methods in plain_client.get("/openapi.json").json()["paths"].items()
        if "post" in methods
    }
    assert len(posts) >= 8
    for path, operation in posts.items():
        if path == "/v1/incoming/{kind}":  # signed by its source, whose message id is the key
            continue
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert "Idempotency-Key" in names, f"give the router of {path} route_class=KeyedRoute"
        assert {"409", "422", "429"} <= set(operation["responses"])


def test_the_worker_deletes_old_keys(database: Database, clock: MovedClock) -> None:
    worker = UpkeepLane(database, clock, timedelta(hours=2))
    service.claim(database, Keyed("t", "k", "f"), now=clock(), ttl=DAY)
    clock.forward(hours=1)
    worker.run_once()
    assert rows(database, IdempotencyRow) == 1
    clock.forward(hours=1.1)
    worker.run_once()
    assert rows(database, IdempotencyRow) == 0


KILLED = """
import os, signal, sys
from datetime import timedelta
from api.clock import utc_now
from api.db.engine import Database
from api.idempotency import service
from api.idempotency.service import Answer, Keyed
from api.keys import service as keys

url, point = sys.argv[1:]
database = Database(url)
claimed = service.claim(database, Keyed("t", "k", "f"), now=utc_now(), ttl=timedelta(hours=24))
if point != "claimed":
    with database.writing() as session:
        keys.create(session, tenant_id="t", name="n", scopes=["read"], now=utc_now())
        service.keep(session, claimed, Answer(201, (), b"x"))
        if point == "kept":
            os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("point", "effects"), [("claimed", 0), ("kept", 0), ("committed", 1)])
def test_kill_9_leaves_all_or_nothing(
    database_url: str, database: Database, point: str, effects: int
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, point], cwd=Path(__file__).parents[2], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    asked, now = Keyed("t", "k", "f"), datetime.now(UTC)
    assert rows(database, ApiKeyRow) == effects
    if effects:
        assert service.claim(database, asked, now=now, ttl=DAY) == Answer(201, (), b"x")
        return
    with pytest.raises(InFlightError):
        service.claim(database, asked, now=now, ttl=DAY)
    claimed = service.claim(database, asked, now=now + service.LEASE + timedelta(seconds=1), ttl=DAY)
    assert isinstance(claimed, Claim)
    effect(database, claimed, Answer(201))
    assert rows(database, ApiKeyRow) == 1
