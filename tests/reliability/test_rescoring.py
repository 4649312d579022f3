"""Workers that re-score are killed again and again: every comment is scored exactly once."""

import json
import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from api.clock import utc_now
from api.db.engine import Database
from api.db.tables import AnalysisRow, JobOutputRow, JobPartRow, JobRow
from api.jobs.assembling import JobRequest
from api.jobs.lines import unpack
from api.jobs.ordering import order_rescoring
from api.rescoring.asking import KIND, Ask, Makers
from tests.api.conftest import BOOTSTRAP_KEY
from tests.reliability.processes import Child, Installation
from tests.reliability.rescore_worker import COMMENTS, PARTS, fill

_KILLS = 4
_WITHIN_S = 300.0


def test_every_comment_is_scored_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.jobs.ordering.PART_COMMENTS", COMMENTS // PARTS)
    chance = random.Random(3)
    fill(database_url, BOOTSTRAP_KEY)
    database = Database(database_url)
    ask = Ask(present=Makers("words-2", "-"))
    job, _ = order_rescoring(database, JobRequest("default", "test", KIND, "en"), ask, None, UTC, utc_now)
    assert (job.total, job.parts) == (COMMENTS, PARTS)
    worker: Child = Installation(database_url, tmp_path).worker_of("tests.reliability.rescore_worker")
    worker.start()
    deadline = time.monotonic() + _WITHIN_S
    kills = 0
    while state(database, job.id) not in ("succeeded", "partial", "failed"):
        assert time.monotonic() < deadline, (tmp_path / "rescore_worker.log").read_text()[-2000:]
        time.sleep(chance.uniform(0.05, 0.3))
        if kills < _KILLS and finished(database, job.id) > kills:
            worker.kill()
            kills += 1
            end_leases(database, job.id)
            worker.start()
    worker.stop()
    assert kills == _KILLS
    assert state(database, job.id) == "succeeded"
    check(database, job.id)
    database.dispose()


def state(database: Database, job_id: str) -> str:
    with database.reading() as session:
        return session.scalars(select(JobRow.state).where(JobRow.id == job_id)).one()


def finished(database: Database, job_id: str) -> int:
    with database.reading() as session:
        query = select(JobPartRow.number).where(JobPartRow.job_id == job_id, JobPartRow.state == "done")
        return len(session.scalars(query).all())


def end_leases(database: Database, job_id: str) -> None:
    """Do what two minutes do: the part of the killed worker may be taken again."""
    with database.writing() as session:
        running = update(JobPartRow).where(JobPartRow.job_id == job_id, JobPartRow.state == "running")
        session.execute(running.values(free_at=datetime(2026, 1, 1, tzinfo=UTC)))


def check(database: Database, job_id: str) -> None:
    """Each comment has its first analysis and one new one; the counts and lines say the same."""
    with database.reading() as session:
        job = session.get_one(JobRow, job_id)
        rows = session.execute(
            select(AnalysisRow.comment_id, AnalysisRow.model_version, AnalysisRow.is_current)
        ).all()
        outputs = session.scalars(select(JobOutputRow).where(JobOutputRow.job_id == job_id)).all()
    assert (job.succeeded, job.failed, job.total) == (COMMENTS, 0, COMMENTS)
    by_comment: dict[str, list[tuple[str, bool]]] = {}
    for comment_id, version, is_current in rows:
        by_comment.setdefault(comment_id, []).append((version, is_current))
    assert len(by_comment) == COMMENTS
    assert all(sorted(found) == [("words-1", False), ("words-2", True)] for found in by_comment.values())
    lines = [json.loads(line)["id"] for row in outputs for line in unpack(row.body) if line]
    assert Counter(lines) == Counter(by_comment.keys())
    scored = sum(json.loads(unpack(row.report or b"")[0])["counts"]["scored"] for row in outputs)
    assert scored == COMMENTS
