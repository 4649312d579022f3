"""Kills service and worker at random points during load, starts them again, checks that nothing is amiss."""

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.db.engine import Database
from tests.reliability import checks
from tests.reliability.load import Load
from tests.reliability.processes import Installation
from tests.reliability.receiver import Receiver

_DRAINED_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True)
class KillReport:
    """What a run saw; that it returns at all means that every check held."""

    service_kills: int
    worker_kills: int
    comments: int
    tickets: int
    events: int
    deliveries_seen_twice: int
    notes: int
    jobs: int
    retries: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return asdict(self)


def run(
    database_url: str,
    folder: Path,
    *,
    kills: int,
    clients: int = 4,
    seed: int = 0,
    with_models: bool = False,
    with_jobs: bool = True,
    settings: Mapping[str, str] | None = None,
) -> KillReport:
    """Load the service, kill service or worker `kills` times, drain, check; raises when a check fails."""
    chance = random.Random(seed)
    began = time.monotonic()
    receiver = Receiver(fails=True)
    installation = Installation(
        database_url,
        folder,
        with_models=with_models,
        settings={
            "VOC_WEBHOOK_ALLOW_HTTP": "true",
            "VOC_WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
            "VOC_WEBHOOK_TIMEOUT_S": "2",
            "VOC_TIER": "fast",
            **(settings or {}),
        },
    )
    installation.service.start()
    installation.wait_until_ready()
    installation.worker.start()
    load = Load(
        installation,
        clients,
        seed,
        kinds=("comments", "notes", "jobs") if with_jobs else ("comments", "notes"),
    )
    counts = {"service": 0, "worker": 0}
    try:
        with installation.client() as client:
            answer = client.post("/v1/webhooks", json={"url": receiver.url, "description": "kills"})
            assert answer.status_code == 201, answer.text
            receiver.secret = answer.json()["secret"]
        load.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.05, 0.8))
            name = "service" if chance.random() < 0.6 else "worker"
            child = installation.service if name == "service" else installation.worker
            child.kill()
            counts[name] += 1
            child.start()
            if name == "service":
                installation.wait_until_ready()
        load.stop()
        assert not load.acknowledged.unexpected, load.acknowledged.unexpected[:5]
        database = Database(database_url)
        try:
            events = _drain(installation, receiver, database)
            jobs = _finish_jobs(installation, load)
            checks.check_comments(database, load.acknowledged)
            checks.check_tickets(database, load.acknowledged)
            checks.check_audit(database)
            checks.check_notes(database, load.acknowledged)
            tickets = checks.count_tickets(database)
        finally:
            database.dispose()
        assert set(receiver.seen) == events, "an event was lost, or one was made up"
        assert receiver.forged == 0
    finally:
        installation.worker.stop()
        installation.service.stop()
        receiver.close()
    return KillReport(
        counts["service"],
        counts["worker"],
        len(load.acknowledged.comments),
        tickets,
        len(events),
        sum(count - 1 for count in receiver.seen.values()),
        len(load.acknowledged.notes),
        jobs,
        load.acknowledged.retries,
        round(time.monotonic() - began, 1),
    )


def _drain(installation: Installation, receiver: Receiver, database: Database) -> set[str]:
    """Wait until the worker has delivered every event; their ids."""
    deadline = time.monotonic() + _DRAINED_WITHIN_S
    events = checks.event_ids(database)
    while time.monotonic() < deadline and not events <= set(receiver.seen):
        assert not installation.worker.has_ended(), installation.log_tail("worker")
        threading.Event().wait(0.2)
    return events


def _finish_jobs(installation: Installation, load: Load) -> int:
    """Wait until every acknowledged job is done, and check that its results are whole."""
    deadline = time.monotonic() + _DRAINED_WITHIN_S
    with installation.client() as client:
        for name, job_id in load.acknowledged.jobs.items():
            while True:
                job = client.get(f"/v1/jobs/{job_id}").json()
                if job["state"] in ("succeeded", "partial", "failed", "cancelled"):
                    break
                assert time.monotonic() < deadline, f"a job is still {job['state']}"
                time.sleep(0.1)
            assert job["state"] == "succeeded", job
            accept = {"Accept": "application/x-ndjson"}
            lines = client.get(f"/v1/jobs/{job_id}/results", headers=accept).text.splitlines()
            assert len(lines) == 20, f"{name}: {len(lines)} results"
    return len(load.acknowledged.jobs)
