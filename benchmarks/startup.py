"""How long a user waits before the first answer: import, command line, models, service."""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from table import ROOT, show

DEADLINE_S = 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="processes a figure; the median is shown")
    parser.add_argument("--skip-service", action="store_true", help="leave the service out")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    measures: list[tuple[str, Callable[[], float]]] = [
        ("python -c pass", lambda: run(sys.executable, "-c", "pass")),
        ("import voc_nlp (process)", lambda: run(sys.executable, "-c", "import voc_nlp")),
        ("import voc_nlp (alone)", lambda: inside("import voc_nlp")),
        ("voc --help", lambda: run(sys.executable, "-m", "voc_nlp.cli", "--help")),
        ("load_analyzer()", lambda: inside("from voc_nlp import load_analyzer; load_analyzer()")),
        (
            "load_analyzer() and a first answer",
            lambda: inside(
                "from voc_nlp import load_analyzer; load_analyzer().analyze(['配送が遅い', 'Late.'])"
            ),
        ),
    ]
    if not options.skip_service:
        measures.append(("service ready (/readyz)", service))
    rows = []
    for name, measure in measures:
        measure()
        rows.append((name, statistics.median(measure() for _ in range(options.repeats)), "s"))
    show("start-up", rows, options.out)


def run(*command: str) -> float:
    """Time one process from start to end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start


def inside(code: str) -> float:
    """Time a statement inside a new process, without the interpreter's own start."""
    timed = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    found = subprocess.run(
        [sys.executable, "-c", timed], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return float(found.stdout)


def service() -> float:
    """Time the service from start until it says that it is ready, on a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "VOC_DATABASE_URL": f"sqlite:///{folder}/voc.db"}
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not ready(f"http://127.0.0.1:{port}/readyz"):
                waited = time.perf_counter() - start
                if process.poll() is not None or waited > DEADLINE_S:
                    raise SystemExit(f"the service was not ready after {waited:.1f} s")
                time.sleep(0.02)
            return time.perf_counter() - start
        finally:
            process.terminate()
            process.wait(timeout=DEADLINE_S)


def ready(url: str) -> bool:
    """Ask once."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


if __name__ == "__main__":
    main()
