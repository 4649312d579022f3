"""Queued comments worked off: memory of the worker, comments a second, and /healthz of the service meanwhile.

It starts a service and workers of its own, on a fresh SQLite file or on the empty database of --database.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
from table import ROOT, show

MEBIBYTE = 1 << 20
_EVERY_S = 0.05
_NDJSON = "application/x-ndjson"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", help="URL of an empty database; a SQLite file of its own without it")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    if not Path("/proc/self/statm").exists():
        raise SystemExit("resident memory is read from /proc, which this system has not; run it on Linux")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voc-jobs-")))
        key, port = secrets.token_urlsafe(32), free_port()
        environment = {
            **os.environ,
            "VOC_DATABASE_URL": options.database or f"sqlite:///{folder / 'jobs.sqlite3'}",
            "VOC_BOOTSTRAP_KEY": key,
            "VOC_LOG_LEVEL": "warning",
        }
        stack.callback(stop, start(["serve", "--port", str(port)], environment))
        client = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {key}"},
                timeout=120.0,
                trust_env=False,
            )
        )
        wait_until_ready(client)
        idle = [probe(client) for _ in range(100)]
        workers = [start(["worker", "--interval-s", "0.5"], environment) for _ in range(options.workers)]
        for worker in workers:
            stack.callback(stop, worker)
        run_job(client, 1_000, [worker.pid for worker in workers])  # the models are loaded with the first job
        rows = [("/healthz, idle, median", 1000 * statistics.median(idle), "ms")]
        for number in options.comments:
            rows += run_job(client, number, [worker.pid for worker in workers])
    show(f"jobs, {options.workers} worker(s)", rows, options.out)


def run_job(client: httpx.Client, number: int, workers: list[int]) -> list[tuple[str, float, str]]:
    """Send one job and watch it."""
    began = time.perf_counter()
    sent = client.post("/v1/jobs", content=uploaded(number), headers={"Content-Type": _NDJSON})
    sent.raise_for_status()
    received_s = time.perf_counter() - began
    path = sent.headers["Location"]
    ended = threading.Event()
    answered: list[float] = []
    resident = [list(map(resident_bytes, workers))]
    watching = threading.Thread(target=watch, args=(client, ended, answered))
    watching.start()
    while (job := client.get(path).json())["ended_at"] is None:
        resident.append(list(map(resident_bytes, workers)))
        time.sleep(0.5)
    worked_s = time.perf_counter() - began - received_s
    ended.set()
    watching.join()
    read = 0
    began = time.perf_counter()
    with client.stream("GET", f"{path}/results", headers={"Accept": _NDJSON}) as response:
        response.raise_for_status()
        for piece in response.iter_bytes():
            read += piece.count(b"\n")
    read_s = time.perf_counter() - began
    if read != number or job["done"] != number:
        raise SystemExit(f"sent {number:,} comments, done {job['done']:,}, read {read:,}")
    quarter = max(1, len(resident) // 4)
    name = f"{number:,} comments"
    answered.sort()
    return [
        (f"{name}: received", number / received_s, "/s"),
        (f"{name}: worked off", number / worked_s, "/s"),
        (f"{name}: results read", number / read_s, "/s"),
        (f"{name}: refused", job["failed"], ""),
        (f"{name}: worker, before", largest(resident[:1]), "MiB"),
        (f"{name}: worker, most in the first quarter", largest(resident[:quarter]), "MiB"),
        (f"{name}: worker, most in the last quarter", largest(resident[-quarter:]), "MiB"),
        (f"{name}: worker, most", largest(resident), "MiB"),
        (f"{name}: /healthz meanwhile, median", 1000 * statistics.median(answered), "ms"),
        (f"{name}: /healthz meanwhile, 99%", 1000 * answered[int(len(answered) * 0.99)], "ms"),
        (f"{name}: /healthz meanwhile, slowest", 1000 * answered[-1], "ms"),
    ]


def uploaded(number: int) -> Iterator[bytes]:
    """Yield the bundled comments again and again, each time with other digits, a thousand lines at a time."""
    text = (ROOT / "samples" / "comments.jsonl").read_text(encoding="utf-8")
    samples = [json.loads(line) for line in text.splitlines()]
    for start_at in range(0, number, 1_000):
        lines = []
        for index in range(start_at, min(number, start_at + 1_000)):
            sample = samples[index % len(samples)]
            lines.append({**sample, "id": str(index), "text": f"{sample['text']} ({index})"})
        yield "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def watch(client: httpx.Client, ended: threading.Event, answered: list[float]) -> None:
    """Ask /healthz again and again."""
    with httpx.Client(base_url=client.base_url, trust_env=False) as own:
        while not ended.wait(_EVERY_S):
            answered.append(probe(own))
        answered.append(probe(own))


def probe(client: httpx.Client) -> float:
    """Ask /healthz once; gives seconds."""
    began = time.perf_counter()
    client.get("/healthz").raise_for_status()
    return time.perf_counter() - began


def largest(resident: list[list[int]]) -> float:
    """Return the most that one worker held, in MiB."""
    return max(max(one) for one in resident) / MEBIBYTE


def resident_bytes(process: int) -> int:
    """Read the resident memory of a process."""
    with open(f"/proc/{process}/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start ``python -m api ...``."""
    return subprocess.Popen([sys.executable, "-m", "api", *arguments], cwd=ROOT, env=environment)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process that `start` started."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_ready(client: httpx.Client) -> None:
    """Wait for the models, a minute at most."""
    for _ in range(600):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the service was not ready after a minute; start it by hand to see why")


def free_port() -> int:
    """Find a port on the loopback that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
