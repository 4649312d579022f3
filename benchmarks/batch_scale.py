"""`voc analyze` over very many comments: comments a second, memory of every process from start to end.

The comments are our own (training/corpus and samples), repeated and perturbed (perturbed.py). Beside it,
each on the first comments of the same file: the same loop written naively over the library, one comment a
call, and MiniLM's encoding alone. Their own start is left out of their time; that of `voc analyze` is in it.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from table import ROOT
from watching import Watched, check_system, keep_to_cores, watch

sys.path.insert(0, str(ROOT))

from perturbed import write_perturbed

from training.evaluate.markdown import table

SEED = 20261122

# What somebody writes who knows the library and nothing of batches.
NAIVE = """
import itertools, json, sys, time
from voc_nlp.loading import load_analyzer
analyzer = load_analyzer(tier=sys.argv[3])
start = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2], "w", encoding="utf-8") as target:
    for line in itertools.islice(source, int(sys.argv[4])):
        row = json.loads(line)
        (answer,) = analyzer.analyze([row["text"]])
        target.write(json.dumps({**row, **answer.to_dict()}, ensure_ascii=False) + "\\n")
print(time.perf_counter() - start)
"""

MINILM = """
import itertools, json, sys, time
sys.path.insert(0, sys.argv[3])
from encoders import load_minilm
import torch
model = load_minilm()
torch.set_num_threads(int(sys.argv[4]))
with open(sys.argv[1], encoding="utf-8") as source:
    texts = [json.loads(line)["text"] for line in itertools.islice(source, int(sys.argv[2]))]
model.encode(texts[:64], batch_size=32)
start = time.perf_counter()
model.encode(texts, batch_size=32)
print(time.perf_counter() - start)
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table; memory in MiB, `first` and `last` the peaks of a tenth of the time."""

    system: str
    comments: int
    seconds: float
    cpu_seconds: float
    processes: int
    peak: float
    first: float
    last: float
    together: float

    @property
    def rate(self) -> float:
        """Comments a second."""
        return self.comments / self.seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000, help="comments for `voc analyze`")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], help="numbers of workers")
    parser.add_argument("--tiers", nargs="+", default=["fast"], help="which models")
    parser.add_argument(
        "--naive", type=int, default=20_000, help="comments for the naive loop; 0: leave it out"
    )
    parser.add_argument("--minilm", type=int, default=5_000, help="comments for MiniLM; 0: leave it out")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2], help="threads of MiniLM")
    parser.add_argument("--cores", type=int, default=2, help="keep to that many cores")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, help="where IN and OUT lie meanwhile, 4 kB a comment")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    check_system()
    keep_to_cores(options.cores)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="voc-batch-", dir=options.folder) as folder:
        source, target = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        size = max(options.comments, options.naive, options.minilm)
        equal = write_perturbed(source, size, options.seed)
        machine = f"Python {platform.python_version()}, {platform.machine()}, {options.cores} cores"
        megabytes = source.stat().st_size / 1e6
        note = f"{size:,} comments, {megabytes:,.0f} MB, {equal:,} equal to an earlier one; {machine}"
        print(note, file=sys.stderr, flush=True)
        for tier in options.tiers:
            for workers in options.workers if options.comments else []:
                figures.append(analyze(source, target, tier, workers, options.comments))
            if options.naive:
                figures.append(naive(source, target, tier, options.naive))
        for threads in options.threads if options.minilm else []:
            figures.append(minilm(source, options.minilm, threads))
    print(f"Measured on {note}.\n\n{report(figures)}")
    if options.out is not None:
        written = {"title": "batch scale", "note": note, "figures": [asdict(one) for one in figures]}
        options.out.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def analyze(source: Path, target: Path, tier: str, workers: int, comments: int) -> Figure:
    """Run the command from file to file and look whether every record came out."""
    command = [sys.executable, "-m", "voc_nlp.cli", "analyze", "--tier", tier, "--workers", str(workers)]
    with first_lines(source, comments) as cut:
        found = watch([*command, str(cut), str(target)])
    lines = count_lines(target)
    if lines != comments:
        raise SystemExit(f"voc analyze wrote {lines:,} lines for {comments:,} comments: {found.errors}")
    target.unlink()
    return row_of(f"`voc analyze --tier {tier} --workers {workers}`", comments, found, found.seconds)


def naive(source: Path, target: Path, tier: str, comments: int) -> Figure:
    """Run the naive loop."""
    found = watch([sys.executable, "-c", NAIVE, str(source), str(target), tier, str(comments)])
    target.unlink()
    return row_of(f"naive loop over the library, tier {tier}", comments, found, float(found.output))


def minilm(source: Path, comments: int, threads: int) -> Figure:
    """Run MiniLM's encoding."""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-W", "ignore", "-c", MINILM, str(source), str(comments), here, str(threads)]
    found = watch(command)
    name = f"MiniLM, encoding alone, {threads} thread{'s' if threads > 1 else ''}"
    return row_of(name, comments, found, float(found.output.split()[-1]))


@contextmanager
def first_lines(path: Path, lines: int) -> Iterator[Path]:
    """Give the file itself, or its first lines where it has more."""
    if count_lines(path) == lines:
        yield path
        return
    cut = path.with_suffix(".cut.jsonl")
    with path.open("rb") as source, cut.open("wb") as target:
        target.writelines(line for _, line in zip(range(lines), source, strict=False))
    yield cut
    cut.unlink()


def count_lines(path: Path) -> int:
    """Count the lines of a file."""
    with path.open("rb") as file:
        return sum(1 for _ in file)


def row_of(system: str, comments: int, found: Watched, seconds: float) -> Figure:
    """Put the figures of a run together."""
    if found.code not in (0, 3):
        raise SystemExit(f"{system} ended with {found.code}")
    print(f"{system}: {comments / seconds:,.0f} comments/s", file=sys.stderr, flush=True)
    return Figure(
        system,
        comments,
        seconds,
        found.cpu_seconds,
        found.processes(),
        found.peak_mib(),
        found.peak_mib(0.0, 0.1),
        found.peak_mib(0.9, 1.0),
        found.together_mib(),
    )


def report(figures: list[Figure]) -> str:
    """Lay out the table, and how the systems compare with the first."""
    header = [
        "what", "comments", "seconds", "comments/s", "times the first", "CPU seconds", "processes",
        "peak of a process, MiB", "in the first tenth", "in the last tenth", "all processes, MiB",
    ]  # fmt: skip
    rows = [
        [
            one.system,
            f"{one.comments:,}",
            f"{one.seconds:,.1f}",
            f"{one.rate:,.0f}",
            f"{one.rate / figures[0].rate:.2f}",
            f"{one.cpu_seconds:,.1f}",
            str(one.processes),
            f"{one.peak:,.0f}",
            f"{one.first:,.0f}",
            f"{one.last:,.0f}",
            f"{one.together:,.0f}",
        ]
        for one in figures
    ]
    return table(header, rows)


if __name__ == "__main__":
    main()
