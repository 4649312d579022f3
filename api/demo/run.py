"""Runs the demonstration: start, send the samples, wait for the worker, show what came of them."""

import json
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from rich.console import Console

from api.demo.processes import DemoError, running_service
from api.demo.show import show_comments, show_summary

_SOURCE = "hinode-demo"
_CHUNK = 50
_WORKER_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the service answered.

    Parameters
    ----------
    texts : mapping
        The texts as they were sent, by external id.
    answers : list of dict
        The results of the batches, in the order in which they were sent.
    errors : list of dict
        The comments that were refused.
    tickets : list of dict
        All tickets, newest first, read after the worker's pass.
    seconds : mapping
        How long each step took.
    """

    texts: Mapping[str, str]
    answers: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    tickets: list[dict[str, Any]]
    seconds: Mapping[str, float]


def run_demo(samples: Path) -> int:
    """Show the whole path on sample comments.

    Parameters
    ----------
    samples : Path
        Comments, one JSON object a line.

    Returns
    -------
    int
        0 when everything worked, 1 otherwise.
    """
    console = Console(width=None if sys.stdout.isatty() else 110)
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        records = _read_samples(samples)
        console.print(f"Starting the service and its worker for {len(records)} comments ...")
        result = _collect(records)
    except (DemoError, httpx.HTTPError) as error:
        sys.stderr.write(f"demo failed: {error}\n")
        return 1
    finally:
        signal.signal(signal.SIGTERM, previous)
    show_comments(console, result.texts, result.answers)
    show_summary(console, result.answers, result.errors, result.tickets, result.seconds)
    if not result.tickets:
        sys.stderr.write("demo failed: no ticket was opened; see config/policy.toml\n")
        return 1
    return 0


def _collect(records: list[dict[str, Any]]) -> DemoResult:
    """Send the comments to a service of our own and read back what came of them."""
    with running_service() as service:
        began = time.monotonic()
        answers: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for start in range(0, len(records), _CHUNK):
            comments = [_comment(record) for record in records[start : start + _CHUNK]]
            body = _ok(service.client.post("/v1/comments/batch", json={"comments": comments}))
            answers += body["results"]
            errors += body["errors"]
        sent = time.monotonic()
        _wait_for_worker(service.client)
        passed = time.monotonic()
        tickets = _all_tickets(service.client)
    seconds = {
        "service ready": service.seconds_to_ready,
        "comments analysed and stored": sent - began,
        "worker's pass": passed - sent,
    }
    return DemoResult({record["id"]: record["text"] for record in records}, answers, errors, tickets, seconds)


def _read_samples(path: Path) -> list[dict[str, Any]]:
    """Read the samples; every record needs an id and a text."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DemoError(f"{path} cannot be read ({error.strerror}); pass --samples FILE") from error
    records: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise DemoError(f"{path}, line {number}: not JSON ({error.msg})") from error
        if not isinstance(record, dict) or not {"id", "text"} <= record.keys():
            raise DemoError(f"{path}, line {number}: expected an object with id and text")
        records.append(record)
    if not records:
        raise DemoError(f"{path} holds no comments")
    return records


def _comment(record: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a sample into a comment of the API."""
    rest = {name: value for name, value in record.items() if name != "id"}
    return {"source": _SOURCE, "external_id": str(record["id"]), **rest}


def _wait_for_worker(client: httpx.Client) -> None:
    """Wait until a pass of the worker that began after the last comment is complete."""
    sent_at = datetime.now(UTC)
    deadline = time.monotonic() + _WORKER_WITHIN_S
    while time.monotonic() < deadline:
        passed_at = _ok(client.get("/readyz"))["worker_last_pass_at"]
        if passed_at is not None and datetime.fromisoformat(passed_at) >= sent_at:
            return
        time.sleep(0.1)
    raise DemoError(f"the worker completed no pass within {_WORKER_WITHIN_S:.0f} s")


def _all_tickets(client: httpx.Client) -> list[dict[str, Any]]:
    """Read all tickets, page by page."""
    tickets: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 100} | ({"cursor": cursor} if cursor else {})
        page = _ok(client.get("/v1/tickets", params=parameters))
        tickets += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return tickets


def _ok(response: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer that is one, or stop."""
    if response.status_code != 200:
        raise DemoError(f"{response.request.url.path} answered {response.status_code}: {response.text[:500]}")
    body: dict[str, Any] = response.json()
    return body


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Leave by an exception, so that the processes and files are cleaned up."""
    raise SystemExit(143)
