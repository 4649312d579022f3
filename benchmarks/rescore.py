"""Stored comments scored again, as a dry run and in earnest: comments a second and memory of the worker.

It fills a SQLite file of its own, or the empty database of --database, through the service in this process,
fast tier; `python -m api rescore --wait` then works each job off, held back by nothing.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import select
from table import ROOT, show

from api.db.engine import Database
from api.db.tables import JobRow
from api.db.upgrade import upgrade
from api.main import create_app
from api.settings import Settings

_BATCH = 100
_EVERY_S = 0.1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=20_000)
    parser.add_argument("--database", help="URL of an empty database; a SQLite file of its own without it")
    parser.add_argument(
        "--tier", default="fast", help="of the re-scoring; the database is filled by the fast one"
    )
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        raise SystemExit("resident memory is read from /proc, which this system has not; run it on Linux")
    with tempfile.TemporaryDirectory(prefix="voc-rescore-") as folder:
        url = options.database or f"sqlite:///{folder}/rescore.sqlite3"
        environment = {
            **os.environ,
            "VOC_DATABASE_URL": url,
            "VOC_BOOTSTRAP_KEY": secrets.token_urlsafe(32),
            "VOC_TIER": "fast",
            "VOC_LOG_LEVEL": "warning",
            "VOC_RESCORE_COMMENTS_PER_S": "0",
        }
        os.environ.update(environment)
        database = Database(url)
        upgrade(database)
        database.dispose()
        began = time.perf_counter()
        fill(options.comments)
        rows = [("filled", options.comments / (time.perf_counter() - began), "/s")]
        environment["VOC_TIER"] = options.tier
        for name, more in (("dry run", ["--dry-run"]), ("in earnest", [])):
            rows += rescore(name, more, url, environment, options.comments)
    show(f"re-scoring of {options.comments:,} comments, {options.tier} tier", rows, options.out)


def fill(number: int) -> None:
    """Send the bundled comments again and again, each time with other digits."""
    text = (ROOT / "samples" / "comments.jsonl").read_text(encoding="utf-8")
    samples = [json.loads(line)["text"] for line in text.splitlines()]
    key = {"Authorization": f"Bearer {os.environ['VOC_BOOTSTRAP_KEY']}"}
    with TestClient(create_app(Settings())) as client:
        for start in range(0, number, _BATCH):
            comments = [
                {
                    "source": "benchmark",
                    "external_id": str(index),
                    "text": f"{samples[index % len(samples)]} ({index})",
                    "customer_id": f"customer-{index // 3}",
                }
                for index in range(start, min(start + _BATCH, number))
            ]
            answer = client.post("/v1/comments/batch", json={"comments": comments}, headers=key)
            answer.raise_for_status()


def rescore(
    name: str, more: list[str], url: str, environment: Mapping[str, str], number: int
) -> list[tuple[str, float, str]]:
    """Order a re-scoring of everything, and have the ordering process work it off."""
    command = [sys.executable, "-m", "api", "rescore", "--model-version", "any", "--wait", "--json", *more]
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=dict(environment), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        most = 0.0
        while process.poll() is None:
            most = max(most, peak_mebibytes(process.pid))
            time.sleep(_EVERY_S)
        assert process.stdout is not None
        report = json.loads(process.stdout.read())
    whole_s = time.perf_counter() - began
    if report["scored"] != number:
        raise SystemExit(
            f"filled {number:,} comments, scored {report['scored']:,}, failed {report['failed']:,}"
        )
    database = Database(url)
    with database.reading() as session:
        job = session.scalars(select(JobRow).where(JobRow.id == report["job_id"])).one()
    database.dispose()
    assert job.started_at is not None
    assert job.ended_at is not None
    worked_s = (job.ended_at - job.started_at).total_seconds()
    return [
        (f"{name}: worked off", number / worked_s, "/s"),
        (f"{name}: start and choosing", whole_s - worked_s, "s"),
        (f"{name}: most memory", most, "MiB"),
        (f"{name}: with another label", report["changed"], ""),
    ]


def peak_mebibytes(process: int) -> float:
    """Read the most resident memory that a process had; 0 when it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return max(
        (int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), default=0.0
    )


if __name__ == "__main__":
    main()
