"""The queue under several workers, dead ones, lost leases and broken analyses; on both databases."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db.engine import Database
from api.db.tables import JobOutputRow, JobPartRow, JobRow
from api.jobs import lines as cutting
from api.jobs import queue, scoring
from api.jobs.assembling import JobRequest
from api.jobs.queue import LEASE, MOST_ATTEMPTS, Outcome
from api.jobs.receiving import Limits, Receiver
from api.worker.jobs import JobLane
from api.worker.lanes import Pass
from tests.api.conftest import MovedClock
from tests.api.doubles import WordAnalyzer
from tests.api.jobs.job_calls import comments, database_of, lane, lines, read, results, send


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have five documents, and the worker show life after each."""
    monkeypatch.setattr(cutting, "PART_DOCUMENTS", 5)
    monkeypatch.setattr(scoring, "_SLICE", 1)


@pytest.mark.usefixtures("_small_parts")
def test_four_workers_at_once_do_every_part_once(client: TestClient, clock: MovedClock) -> None:
    jobs = [send(client, lines(comments(60))) for _ in range(2)]
    workers = [lane(client, clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        passes = list(pool.map(lambda worker: worker.run_once(), workers))
    assert (sum(one.done for one in passes), sum(one.failed for one in passes)) == (24, 0)
    for job in jobs:
        assert read(client, job["id"])["state"] == "succeeded"
        assert [record["index"] for record in results(client, job["id"])] == list(range(60))


@pytest.mark.usefixtures("_small_parts")
def test_jobs_take_turns(client: TestClient, clock: MovedClock) -> None:
    large, small = send(client, lines(comments(20))), send(client, lines(comments(10)))
    taken = []
    for _ in range(4):
        clock.forward(seconds=1)
        with database_of(client).writing() as session:
            found = queue.take(session, ["score"], clock())
        assert found is not None
        taken.append((found.job_id, found.number))
    assert taken == [(large["id"], 0), (small["id"], 0), (large["id"], 1), (small["id"], 1)]
    with database_of(client).writing() as session:
        assert queue.take(session, ["other"], clock()) is None


_KILLED_WORKER = """
import os, signal, sys
from datetime import datetime, UTC
from api.db.engine import Database
from api.jobs import queue
from api.worker.jobs import JobLane
from tests.api.doubles import WordAnalyzer

moment, url = sys.argv[1:]
finish, analyze = queue.finish, WordAnalyzer.analyze

def die_before_the_commit(*arguments):
    finish(*arguments)
    arguments[0].flush()
    os.kill(os.getpid(), signal.SIGKILL)

def die_in_the_analysis(self, batch):
    if len(self.batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return analyze(self, batch)

if moment == "commit":
    queue.finish = die_before_the_commit
else:
    WordAnalyzer.analyze = die_in_the_analysis
JobLane(Database(url), WordAnalyzer, lambda: datetime(2026, 1, 9, 1, tzinfo=UTC)).run_once()
"""


@pytest.mark.parametrize("moment", ["commit", "analysis"])
def test_the_part_of_a_killed_worker_is_taken_again_when_its_lease_ends(
    make_app: Callable[[str], FastAPI], database_url: str, clock: MovedClock, moment: str
) -> None:
    with TestClient(make_app(database_url), headers={"Authorization": "Bearer x"}) as client:
        client.headers["Authorization"] = "Bearer bootstrap-key-of-the-tests"
        job = send(client, lines(comments(700)))
        killed = subprocess.run(
            [sys.executable, "-c", _KILLED_WORKER, moment, database_url],
            check=False,
            cwd=Path(__file__).parents[3],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            timeout=60,
        )
        assert killed.returncode == -signal.SIGKILL
        body = read(client, job["id"])
        assert (body["state"], body["done"]) == ("running", 0)
        assert lane(client, clock).run_once() == Pass(1)
        assert read(client, job["id"])["done"] == 200
        clock.forward(seconds=LEASE.total_seconds())
        assert lane(client, clock).run_once() == Pass(1)
        body = read(client, job["id"])
        assert (body["state"], body["done"], body["failed"]) == ("succeeded", 700, 0)
        assert [record["index"] for record in results(client, job["id"])] == list(range(700))


@pytest.mark.usefixtures("_small_parts")
def test_who_lost_the_lease_writes_nothing(client: TestClient, clock: MovedClock) -> None:
    job = send(client, lines(comments(5)))
    database = database_of(client)
    with database.writing() as session:
        slow = queue.take(session, ["score"], clock())
    clock.forward(seconds=LEASE.total_seconds() + 1)
    with database.writing() as session:
        quick = queue.take(session, ["score"], clock())
    assert slow is not None
    assert quick is not None
    assert (slow.attempt, quick.attempt) == (1, 2)
    with database.writing() as session:
        assert queue.prolong(session, slow, clock()) is None
        assert not queue.finish(session, slow, Outcome(b"slow", 5, 0), clock())
    with database.writing() as session:
        assert queue.finish(session, quick, Outcome(b"quick", 5, 0), clock())
        assert not queue.finish(session, quick, Outcome(b"twice", 5, 0), clock())
    with database.reading() as session:
        assert session.scalars(select(JobOutputRow.body)).all() == [b"quick"]
    assert read(client, job["id"])["succeeded"] == 5


class _Meddler(WordAnalyzer):
    """Does something while it analyses its second batch."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._meddle = meddle

    def analyze(self, comments: Any) -> Any:
        if len(self.batches) == 1:
            self._meddle()
        return super().analyze(comments)


@pytest.mark.usefixtures("_small_parts")
def test_a_lease_is_prolonged_while_the_work_goes_on(client: TestClient, clock: MovedClock) -> None:
    job = send(client, lines(comments(5)))
    other = lane(client, clock)
    seen = []

    def meddle() -> None:
        clock.forward(seconds=LEASE.total_seconds() * 0.9)

    analyzer = _Meddler(meddle)
    analyze = analyzer.analyze

    def slow(batch: Any) -> Any:
        if len(analyzer.batches) == 3:
            clock.forward(seconds=LEASE.total_seconds() * 0.9)
            seen.append(other.run_once())
        return analyze(batch)

    analyzer.analyze = slow  # type: ignore[method-assign]
    assert lane(client, clock, analyzer).run_once() == Pass(1)
    assert seen == [Pass(0)]
    assert read(client, job["id"])["succeeded"] == 5


@pytest.mark.usefixtures("_small_parts")
def test_cancelling_stops_the_worker(client: TestClient, clock: MovedClock) -> None:
    job = send(client, lines(comments(5)))

    def cancel() -> None:
        assert client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
        clock.forward(seconds=LEASE.total_seconds() / 2)

    analyzer = _Meddler(cancel)
    assert lane(client, clock, analyzer).run_once() == Pass(0)
    assert len(analyzer.batches) == 2
    assert (read(client, job["id"])["done"], results(client, job["id"])) == (0, [])


@pytest.mark.usefixtures("_small_parts")
def test_a_worker_that_is_told_to_stop_gives_its_part_back(client: TestClient, clock: MovedClock) -> None:
    job = send(client, lines(comments(5)))
    stopped = JobLane(
        database_of(client), lambda: analyzer, clock, is_stopping=lambda: len(analyzer.batches) > 1
    )
    analyzer = WordAnalyzer()
    assert stopped.run_once() == Pass(0)
    with database_of(client).reading() as session:
        part = session.scalars(select(JobPartRow)).one()
        assert (part.state, part.attempts) == ("queued", 0)
    assert lane(client, clock).run_once() == Pass(1)
    assert read(client, job["id"])["state"] == "succeeded"


class _Broken(WordAnalyzer):
    """Cannot analyse some comments."""

    def analyze(self, comments: Any) -> Any:
        if any("毒" in comment.text or "poison" in comment.text for comment in comments):
            raise RuntimeError("cannot")
        return super().analyze(comments)


def test_a_comment_that_breaks_the_analysis_costs_the_others_nothing(
    client: TestClient, clock: MovedClock
) -> None:
    documents = [*comments(3), {"id": "ja", "text": "毒です"}, {"id": "en", "text": "poison"}, *comments(2)]
    job = send(client, lines(documents))
    assert lane(client, clock, _Broken()).run_once() == Pass(1)
    body = read(client, job["id"])
    assert (body["state"], body["succeeded"], body["failed"]) == ("partial", 5, 2)
    codes = [record.get("error", {}).get("code") for record in results(client, job["id"])]
    assert codes == [None, None, None, "analysis_failed", "analysis_failed", None, None]


@pytest.mark.usefixtures("_small_parts")
def test_a_part_that_stops_every_worker_is_given_up(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(client, lines(comments(10)))
    score_part = scoring.score_part

    def fail_on_the_first(analyzer: Any, taken: Any, *rest: Any) -> Any:
        if taken.number == 0:
            raise MemoryError()
        return score_part(analyzer, taken, *rest)

    monkeypatch.setattr(scoring, "score_part", fail_on_the_first)
    worker = lane(client, clock)
    assert worker.run_once() == Pass(1, 1)
    assert worker.run_once() == Pass(0)  # it rests
    for _ in range(MOST_ATTEMPTS):
        clock.forward(minutes=5)
        assert worker.run_once() == Pass(0, 1)
    body = read(client, job["id"])
    assert (body["state"], body["succeeded"], body["failed"]) == ("partial", 5, 5)
    records = results(client, job["id"])
    assert [record.get("error", {}).get("code") for record in records] == ["part_failed"] * 5 + [None] * 5
    assert records[0]["id"] == "c-0"


def test_an_upload_that_broke_off_is_thrown_away(database: Database, clock: MovedClock) -> None:
    def begin() -> Receiver:
        request = JobRequest("default", "key:k", "score", "en")
        receiver = Receiver(database, request, Limits(10_000, 10_000_000), clock)
        for part in receiver.feed(lines(comments(501))):
            receiver.store(part)
        return receiver

    def jobs() -> int:
        with database.reading() as session:
            return len(session.scalars(select(JobRow)).all())

    begin().discard()
    assert jobs() == 0
    lost = begin()
    worker = JobLane(database, WordAnalyzer, clock)
    assert worker.run_once() == Pass(0)  # nothing of it is worked on
    assert jobs() == 1
    clock.forward(minutes=61)
    worker.run_once()
    assert jobs() == 0
    with pytest.raises(Exception, match="thrown away"):
        lost.finish()


def test_a_job_survives_a_restart_of_the_service(
    make_app: Callable[[str], FastAPI], database_url: str, clock: MovedClock
) -> None:
    key = {"Authorization": "Bearer bootstrap-key-of-the-tests"}
    with TestClient(make_app(database_url), headers=key) as client:
        job = send(client, lines(comments(3)))
    with TestClient(make_app(database_url), headers=key) as client:
        assert read(client, job["id"])["state"] == "queued"
        lane(client, clock).run_once()
    with TestClient(make_app(database_url), headers=key) as client:
        assert len(results(client, job["id"])) == 3
