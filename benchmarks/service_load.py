"""The service under load, beside a bare FastAPI endpoint that echoes the same bodies; needs wrk.

The real service on a SQLite file of its own, one API process and its analysis processes, tier by tier.
Loads alternate with the echo's. Everything shares this machine's cores: run it alone.
"""

import argparse
import json
import os
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from table import ROOT, show

sys.path.insert(0, str(ROOT))

from training.data.corpus import read_corpus

Row = tuple[str, float, str]
HERE = Path(__file__).parent
KEY = "load-test-key"
START_S = 120
BODIES = 400
"""Different requests that are sent in turn."""

ARRIVE_S = 4
QUEUED = 1_000
"""Batches that wait while /healthz is asked."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="length of one load")
    parser.add_argument("--repeats", type=int, default=3, help="loads a figure; the median is shown")
    parser.add_argument("--connections", type=int, default=64, help="of wrk, single comments")
    parser.add_argument("--processes", type=int, default=1, help="VOC_ANALYSIS_PROCESSES")
    parser.add_argument("--tiers", nargs="+", default=["fast", "default"], help="which models")
    parser.add_argument("--skip-queued", action="store_true", help="leave the 1,000 queued batches out")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; it makes the load")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * QUEUED)), hard))
    single, batches = bodies(1, BODIES), bodies(100, 40)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, echo() as echo_port:
        folder = Path(name)
        for tier in options.tiers:
            with service(folder, tier, options.processes) as (port, process):
                rows += [
                    (f"{tier}: {what}", value, unit)
                    for what, value, unit in measure(
                        folder, port, echo_port, process.pid, single, batches, options
                    )
                ]
    show("the service under load", rows, options.out)


def measure(
    folder: Path,
    port: int,
    echo_port: int,
    pid: int,
    single: list[str],
    batches: list[str],
    options: argparse.Namespace,
) -> Iterator[Row]:
    """Load the service of one tier in every way."""
    wrk(folder, port, "/v1/score", batches, 2, 3)
    for kind, megabytes in memory(pid).items():
        yield f"memory of the {kind}, before", megabytes, "MB"
    rates: dict[str, list[float]] = {"echo": [], "score": []}
    for _ in range(options.repeats):
        for name, at, path in (("echo", echo_port, "/echo"), ("score", port, "/v1/score")):
            rates[name].append(wrk(folder, at, path, single, options.connections, options.seconds))
    echoed, scored = (statistics.median(rates[name]) for name in ("echo", "score"))
    yield "one comment, echo", echoed, "requests/s"
    yield "one comment, /v1/score", scored, "requests/s"
    yield "one comment, score / echo", 100 * scored / echoed, "%"
    for share in (0.5,):
        found = calls(port, "POST", "/v1/score", single, rate=scored * share, seconds=options.seconds * 2)
        for percent in (50, 99):
            latency = percentile(found["latencies_ms"], percent)
            yield f"one comment at half that load, p{percent}", latency, "ms"
        yield "one comment at half that load, errors", failures(found), "requests"
    hundreds = [wrk(folder, port, "/v1/score", batches, 4, options.seconds) for _ in range(options.repeats)]
    yield "batches of 100, 4 at a time", 100 * statistics.median(hundreds), "comments/s"
    for kind, megabytes in memory(pid).items():
        yield f"memory of the {kind}, after", megabytes, "MB"
    if not options.skip_queued:
        yield from queued(port, batches)
        for kind, megabytes in memory(pid).items():
            yield f"memory of the {kind}, after the queue", megabytes, "MB"


def queued(port: int, batches: list[str]) -> Iterator[Row]:
    """Let 1,000 batches wait, ask /healthz all the while, then hang up on those that still wait."""
    waits_s = 20.0
    told = {"port": port, "method": "POST", "path": "/v1/score", "bodies": batches, "key": KEY}
    sender = start_calls({**told, "count": QUEUED, "within_s": ARRIVE_S, "seconds": waits_s})
    asked = calls(port, "GET", "/healthz", [""], rate=100, seconds=ARRIVE_S)
    yield f"{QUEUED} batches arrive in {ARRIVE_S} s: /healthz longest", max(asked["latencies_ms"]), "ms"
    asked = calls(port, "GET", "/healthz", [""], rate=100, seconds=waits_s - ARRIVE_S - 4)
    longest = gauge(port)
    printed, _ = sender.communicate(timeout=waits_s * 6)
    answered = json.loads(printed)
    yield f"{QUEUED} batches queued: /healthz p50", percentile(asked["latencies_ms"], 50), "ms"
    yield f"{QUEUED} batches queued: /healthz p99", percentile(asked["latencies_ms"], 99), "ms"
    yield f"{QUEUED} batches queued: /healthz longest", max(asked["latencies_ms"]), "ms"
    yield f"{QUEUED} batches queued: comments that still waited at the end", longest, "comments"
    yield f"{QUEUED} batches queued: answered meanwhile", answered["statuses"].get("200", 0), "batches"
    yield f"{QUEUED} batches queued: refused or broken", failures(answered), "batches"
    start = time.perf_counter()
    while gauge(port) and time.perf_counter() - start < 30:
        time.sleep(0.1)
    yield f"{QUEUED} batches queued: places given up after", time.perf_counter() - start, "s"


def bodies(comments: int, count: int) -> list[str]:
    """Make requests of comments in both languages, mixed."""
    texts = [row.text for lang in ("ja", "en") for row in read_corpus(lang)]
    random.Random(7).shuffle(texts)
    wanted = [texts[number % len(texts)] for number in range(comments * count)]
    return [
        json.dumps(
            {
                "comments": [
                    {"id": f"c-{at}", "text": text}
                    for at, text in enumerate(wanted[first : first + comments])
                ]
            },
            ensure_ascii=False,
        )
        for first in range(0, len(wanted), comments)
    ]


@contextmanager
def echo() -> Iterator[int]:
    """Run the bare application."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / "service_echo.py"), str(port)])
    try:
        wait_for(process, f"http://127.0.0.1:{port}/openapi.json")
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def service(folder: Path, tier: str, processes: int) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run the service; its log goes to a file, as it would in production."""
    port = free_port()
    environment = {
        **os.environ,
        "VOC_DATABASE_URL": f"sqlite:///{folder}/{tier}.sqlite3",
        "VOC_BOOTSTRAP_KEY": KEY,
        "VOC_TIER": tier,
        "VOC_ANALYSIS_PROCESSES": str(processes),
        "VOC_ANALYSIS_QUEUE": str(QUEUED * 100),
    }
    with (folder / f"{tier}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", str(port)], cwd=ROOT, env=environment, stderr=log
        )
        try:
            wait_for(process, f"http://127.0.0.1:{port}/readyz")
            yield port, process
        finally:
            process.terminate()
            process.wait()


def wrk(folder: Path, port: int, path: str, sent: Sequence[str], connections: int, seconds: float) -> float:
    """Load with wrk; return the requests/s that were answered well."""
    script = folder / f"load-{len(sent)}.lua"
    if not script.exists():
        (folder / f"bodies-{len(sent)}").write_text("\n".join(sent) + "\n", encoding="utf-8")
        script.write_text(_LUA.format(file=folder / f"bodies-{len(sent)}", key=KEY), encoding="utf-8")
    run = subprocess.run(
        [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "60s",
            "-s",
            script,
            f"http://127.0.0.1:{port}{path}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = json.loads(run.stdout.strip().splitlines()[-1])
    if figures["errors"]:
        raise SystemExit(f"{figures['errors']} requests to {path} failed")
    return float(figures["requests"] / figures["seconds"])


_LUA = """
local requests, number = {{}}, 0
function init(args)
  local headers = {{["Content-Type"] = "application/json", ["Authorization"] = "Bearer {key}"}}
  for line in io.lines("{file}") do
    requests[#requests + 1] = wrk.format("POST", nil, headers, line)
  end
end
function request()
  number = number % #requests + 1
  return requests[number]
end
function done(summary, latency, _)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format('\\n{{"requests": %d, "seconds": %f, "errors": %d}}\\n',
    summary.requests, summary.duration / 1e6, errors))
end
"""


def calls(port: int, method: str, path: str, sent: Sequence[str], **how: float) -> dict[str, Any]:
    """Send requests from a process of its own, and wait for it."""
    told = {"port": port, "method": method, "path": path, "bodies": list(sent), "key": KEY, **how}
    process = start_calls(told)
    printed, _ = process.communicate(timeout=600)
    found: dict[str, Any] = json.loads(printed)
    return found


def start_calls(told: dict[str, Any]) -> "subprocess.Popen[str]":
    """Start the process that sends requests."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "service_calls.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(told))
    process.stdin.close()
    process.stdin = None
    return process


def gauge(port: int) -> float:
    """Read how many comments wait."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line for line in lines if line.startswith("voc_analysis_queue_comments ")).split()[1])


def failures(found: dict[str, Any]) -> int:
    """Count the answers that are not 200."""
    return sum(count for status, count in found["statuses"].items() if status != "200")


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def memory(pid: int) -> dict[str, float]:
    """Read the resident memory of the API process and of its analysis processes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    threads = Path(f"/proc/{pid}/task").iterdir()
    for thread in threads:
        children += (thread / "children").read_text().split()
    analysis = sum(resident(int(child)) for child in set(children))
    return {"API process": resident(pid), "analysis processes": analysis}


def resident(pid: int) -> float:
    """Read the resident memory of one process in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until a server answers 200."""
    start = time.perf_counter()
    while time.perf_counter() - start < START_S and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} did not answer")


if __name__ == "__main__":
    main()
