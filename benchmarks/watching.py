"""Runs a command and watches the memory of its process and of all processes that it starts; Linux only."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from table import ROOT

MEBIBYTE = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command took.

    Parameters
    ----------
    seconds : float
        Wall-clock time, start included.
    cpu_seconds : float
        Time on all cores together, of all its processes that had ended.
    code : int
        Exit code.
    output : str
        What it printed.
    errors : str
        The end of what it printed on stderr.
    samples : tuple[tuple[float, Mapping[int, int]], ...]
        Seconds since the start, and the resident bytes of each process then.
    """

    seconds: float
    cpu_seconds: float
    code: int
    output: str
    errors: str
    samples: tuple[tuple[float, Mapping[int, int]], ...]

    def peak_mib(self, start: float = 0.0, end: float = 1.0) -> float:
        """Return the most that any one process held, in a share of the time."""
        return (
            max((max(held.values(), default=0) for held in self._between(start, end)), default=0) / MEBIBYTE
        )

    def together_mib(self) -> float:
        """Return the most that all processes held at once; what they share is counted for each."""
        return max((sum(held.values()) for held in self._between(0.0, 1.0)), default=0) / MEBIBYTE

    def processes(self) -> int:
        """Return how many processes there were at most at once."""
        return max((len(held) for held in self._between(0.0, 1.0)), default=0)

    def _between(self, start: float, end: float) -> list[Mapping[int, int]]:
        return [held for at, held in self.samples if start * self.seconds <= at <= end * self.seconds]


def watch(command: Sequence[str], *, every_s: float = 0.2, limit_s: float = 86_400.0) -> Watched:
    """Run a command from the checkout and look at its processes now and then."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    samples: list[tuple[float, Mapping[int, int]]] = []
    ended = threading.Event()
    before = os.times()
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=errors)

        def look() -> None:
            while not ended.wait(every_s):
                samples.append((time.perf_counter() - start, resident_of_tree(child.pid)))

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            code = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            child.kill()
            code = child.wait()
        seconds = time.perf_counter() - start
        ended.set()
        looking.join()
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        output.seek(0)
        errors.seek(0)
        found = Watched(seconds, cpu, code, output.read(), errors.read()[-2000:], tuple(samples))
    if code not in (0, 3):
        print(f"{' '.join(command)[:200]} ended with {code}: {found.errors}", file=sys.stderr)
    return found


def resident_of_tree(root: int) -> dict[int, int]:
    """Return the resident bytes of a process and of all below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
    found = {}
    for process in parents:
        above: int | None = process
        while above is not None and above != root:
            above = parents.get(above)
        if above == root:
            try:
                pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
            except OSError:
                continue
            found[process] = int(pages) * _PAGE
    return found


def check_system() -> None:
    """End where memory cannot be looked at, or two cores cannot be kept to."""
    if not Path("/proc/self/statm").exists() or not hasattr(os, "sched_setaffinity"):
        raise SystemExit("resident memory is read from /proc, which this system has not; run it on Linux")


def keep_to_cores(cores: int) -> None:
    """Keep this process, and those that it starts, on the first cores that it may use."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
