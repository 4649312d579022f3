"""`voc analyze --engine ray` beside the engine local: wall time, start, memory of all processes and store.

The comments are those of batch_scale.py. Each run is a process of its own from file to file; OUT of both
engines must be equal byte for byte. The start is the wall time of the same command over a single comment.
Ray's processes are below the command's, so they are counted; what they share, the object store among it, is
taken from /dev/shm as well. Linux only.
"""

import argparse
import hashlib
import json
import platform
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from table import ROOT
from watching import MEBIBYTE, Watched, check_system, keep_to_cores, watch

sys.path.insert(0, str(ROOT))

from perturbed import write_perturbed

from training.evaluate.markdown import table

SEED = 20261122
STORE = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table; memory in MiB."""

    engine: str
    workers: int
    tier: str
    comments: int
    seconds: float
    start_seconds: float
    cpu_seconds: float
    processes: int
    peak: float
    together: float
    store: float

    @property
    def rate(self) -> float:
        """Comments a second, start included."""
        return self.comments / self.seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--engines", nargs="+", choices=["local", "ray"], default=["local", "ray"])
    parser.add_argument("--tier", choices=["fast", "default"], default="fast")
    parser.add_argument("--cores", type=int, default=2, help="keep to that many cores")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, help="where IN and OUT lie meanwhile, 4 kB a comment")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    check_system()
    keep_to_cores(options.cores)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="voc-overhead-", dir=options.folder) as folder:
        whole, single = Path(folder) / "whole.jsonl", Path(folder) / "single.jsonl"
        write_perturbed(whole, max(options.sizes), options.seed)
        first_lines(whole, single, 1)
        pairs = [(engine, workers) for workers in options.workers for engine in options.engines]
        starts = {pair: run(single, *pair, options.tier)[0].seconds for pair in pairs}
        for size in options.sizes:
            source = Path(folder) / "in.jsonl"
            first_lines(whole, source, size)
            sums = set()
            for pair in pairs:
                found, digest, store = run(source, *pair, options.tier)
                sums.add(digest)
                figures.append(figure(pair, options.tier, size, starts[pair], found, store))
                print(f"{size:,}: {pair}: {figures[-1].rate:,.0f} comments/s", file=sys.stderr, flush=True)
            if len(sums) != 1:
                raise SystemExit(f"the answers to {size:,} comments differ between engines or workers")
    note = f"Python {platform.python_version()}, {platform.machine()}, {options.cores} cores"
    print(f"Measured on {note}.\n\n{report(figures)}")
    if options.out is not None:
        written = {"title": "ray overhead", "note": note, "figures": [asdict(one) for one in figures]}
        options.out.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def run(source: Path, engine: str, workers: int, tier: str) -> tuple[Watched, str, float]:
    """Run the command; give what it took, the digest of OUT and the most that lay in the object store."""
    target = source.with_suffix(".out.jsonl")
    command = [sys.executable, "-m", "voc_nlp.cli", "analyze", "--engine", engine, "--tier", tier]
    most, ended = [0.0], threading.Event()
    before = stored()

    def look() -> None:
        while not ended.wait(0.2):
            most[0] = max(most[0], stored() - before)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    found = watch([*command, "--workers", str(workers), str(source), str(target)])
    ended.set()
    looking.join()
    if found.code not in (0, 3):
        raise SystemExit(f"{engine} with {workers} workers ended with {found.code}: {found.errors}")
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    target.unlink()
    return found, digest, most[0]


def stored() -> float:
    """Return the bytes that files of shared memory really hold."""
    held = 0
    for path in STORE.iterdir() if STORE.is_dir() else []:
        try:
            held += path.stat().st_blocks * 512
        except OSError:
            continue
    return float(held)


def first_lines(source: Path, target: Path, lines: int) -> None:
    """Copy the first lines of a file."""
    with source.open("rb") as file, target.open("wb") as cut:
        cut.writelines(islice(file, lines))


def figure(
    pair: tuple[str, int], tier: str, comments: int, start: float, found: Watched, store: float
) -> Figure:
    """Put the figures of a run together."""
    return Figure(
        *pair,
        tier,
        comments,
        found.seconds,
        start,
        found.cpu_seconds,
        found.processes(),
        found.peak_mib(),
        found.together_mib(),
        store / MEBIBYTE,
    )


def report(figures: list[Figure]) -> str:
    """Lay out the table; each engine beside the engine local with as many workers."""
    header = [
        "comments", "engine", "workers", "tier", "seconds", "of which start", "comments/s", "times local",
        "CPU seconds", "processes", "peak of a process, MiB", "all processes, MiB", "object store, MiB",
    ]  # fmt: skip
    local = {(one.comments, one.workers): one.seconds for one in figures if one.engine == "local"}
    rows = []
    for one in figures:
        beside = local.get((one.comments, one.workers))
        rows.append(
            [
                f"{one.comments:,}",
                one.engine,
                str(one.workers),
                one.tier,
                f"{one.seconds:,.1f}",
                f"{one.start_seconds:,.1f}",
                f"{one.rate:,.0f}",
                f"{one.seconds / beside:.2f}" if beside else "",
                f"{one.cpu_seconds:,.1f}",
                str(one.processes),
                f"{one.peak:,.0f}",
                f"{one.together:,.0f}",
                f"{one.store:,.0f}",
            ]
        )
    return table(header, rows)


if __name__ == "__main__":
    main()
