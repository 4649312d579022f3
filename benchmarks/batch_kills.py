"""Kills `voc analyze` at random points and compares its OUT in the end with that of a run left alone."""

import argparse
import filecmp
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from table import ROOT

sys.path.insert(0, str(ROOT))

from perturbed import write_perturbed

VOC = [sys.executable, "-m", "voc_nlp.cli"]


@dataclass(slots=True)
class Report:
    """What a run with kills has done; files are compared byte for byte."""

    out: str
    records: int
    workers: int
    kills: int = 0
    kills_while_starting: int = 0
    kills_while_laying_out: int = 0
    worker_kills: int = 0
    lines_repeated: int = 0
    undisturbed_s: float = 0.0
    killed_s: float = 0.0
    equal: bool = False
    processes_left: int = 0
    files_left: list[str] = field(default_factory=list)


def main() -> None:
    """Run every format and print a line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=50, help="kill -9 of the command")
    parser.add_argument("--worker-kills", type=int, default=5, help="kill -9 of one worker, where there are")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tier", default="fast")
    parser.add_argument("--out", nargs="+", default=["out.jsonl"], help="names of OUT; their endings count")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the reports there")
    options = parser.parse_args()
    reports = []
    with tempfile.TemporaryDirectory(prefix="voc-batch-kills-") as name:
        folder = Path(name)
        write_perturbed(folder / "in.jsonl", options.records, options.seed)
        for out in options.out:
            reports.append(run(folder, out, options))
            print(json.dumps(asdict(reports[-1])), flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in reports], indent=1) + "\n", "utf-8")
    if not all(one.equal and not one.processes_left and not one.files_left for one in reports):
        raise SystemExit("a run with kills differs from the undisturbed one, or left something behind")


def run(folder: Path, out: str, options: argparse.Namespace) -> Report:
    """Write OUT undisturbed and with kills, and compare."""
    chance = random.Random(options.seed)
    report = Report(out, options.records, options.workers)
    alone, killed = folder / "alone", folder / "killed"
    for each in (alone, killed):
        shutil.rmtree(each, ignore_errors=True)
    alone.mkdir()
    killed.mkdir()
    command = [*VOC, "analyze", str(folder / "in.jsonl")]
    more = ["--tier", options.tier, "--workers", str(options.workers)]

    started = time.monotonic()
    whole = largest(start([*command, f"{alone}/{out}", *more]), partial_of(alone / out))
    report.undisturbed_s = time.monotonic() - started

    # Spread over the run by the size of the partial file; beyond it, into the laying out where there is one.
    most = 1.0 if ".jsonl" in out else 1.05
    marks = sorted(chance.uniform(0, most) * whole for _ in range(options.kills))
    worker_kills = options.worker_kills if options.workers > 1 else 0
    hit = {chance.randrange(options.kills + 1) for _ in range(worker_kills)}
    before = orphans()
    started = time.monotonic()
    for number, mark in enumerate([*marks, None]):
        process = start([*command, f"{killed}/{out}", *more])
        if number in hit:
            kill_a_worker(process, chance, report)
        if mark is not None and kill_at(process, killed / out, mark, whole, chance, report):
            continue
        _, told = process.communicate()
        if process.returncode not in (0, 3):
            raise SystemExit(f"voc ended with {process.returncode}: {told}")
        break
    report.killed_s = time.monotonic() - started
    time.sleep(2)
    report.processes_left = orphans() - before
    report.files_left = sorted(p.name for p in killed.iterdir() if p.name != out.rstrip("/"))
    report.equal = same(alone / out, killed / out)
    return report


def start(command: list[str]) -> "subprocess.Popen[str]":
    """Start a command in the checkout; what it tells is kept."""
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def kill_at(
    process: "subprocess.Popen[str]",
    out: Path,
    mark: float,
    whole: int,
    chance: random.Random,
    report: Report,
) -> bool:
    """Kill the command when the partial file has reached a size; False when it ended before."""
    partial, laid = partial_of(out), out.with_name(f".{out.name}.voc-laid")
    behind = size(partial) >= mark
    if behind:
        # Lines up to here are certain already: kill while models are loaded and lines passed over.
        time.sleep(chance.uniform(0, 3))
    while not behind and process.poll() is None and size(partial) < mark:
        if mark > whole and laid.exists():
            break
        time.sleep(0.002)
    if process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    report.kills += 1
    report.kills_while_starting += behind
    report.kills_while_laying_out += laid.exists()
    if not partial.name.endswith(".gz.voc-part"):
        report.lines_repeated += uncertain_lines(partial)
    return True


def kill_a_worker(process: "subprocess.Popen[str]", chance: random.Random, report: Report) -> None:
    """Kill one worker process somewhere in its first seconds; the command goes on by itself."""
    time.sleep(chance.uniform(1, 5))
    workers = [
        int(pid) for pid, parent, line in processes() if parent == str(process.pid) and "spawn_main" in line
    ]
    if workers:
        os.kill(chance.choice(workers), signal.SIGKILL)
        report.worker_kills += 1


def uncertain_lines(partial: Path) -> int:
    """Count the lines on the disk that the checkpoint does not vouch for: they are written again."""
    checkpoint = partial.with_name(partial.name.replace(".voc-part", ".voc-checkpoint"))
    if not partial.exists() or not checkpoint.exists():
        return 0
    with partial.open("rb") as file:
        file.seek(json.loads(checkpoint.read_bytes())["length"])
        return file.read().count(b"\n")


def largest(process: "subprocess.Popen[str]", partial: Path) -> int:
    """Let a run end and tell how large its partial file became."""
    most = 0
    while process.poll() is None:
        most = max(most, size(partial))
        time.sleep(0.01)
    _, told = process.communicate()
    if process.returncode not in (0, 3):
        raise SystemExit(f"voc ended with {process.returncode}: {told}")
    return most


def partial_of(out: Path) -> Path:
    """Return the partial file of an OUT."""
    return out.with_name(f".{out.name}.voc-part")


def size(path: Path) -> int:
    """Return the size of a file, 0 when it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def same(one: Path, other: Path) -> bool:
    """Compare two files, or two folders of files, byte for byte."""
    if not one.is_dir():
        return filecmp.cmp(one, other, shallow=False)
    names = sorted(path.name for path in one.iterdir())
    return names == sorted(path.name for path in other.iterdir()) and all(
        filecmp.cmp(one / name, other / name, shallow=False) for name in names
    )


def processes() -> list[tuple[str, str, str]]:
    """Return the number, the parent's number and the command line of every process."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            parent = re.sub(r".*\)", "", (folder / "stat").read_text()).split()[1]
        except OSError:
            continue
        found.append((folder.name, parent, line))
    return found


def orphans() -> int:
    """Count the worker processes that have outlived their parent."""
    return sum(parent == "1" and "spawn_main" in line for _, parent, line in processes())


if __name__ == "__main__":
    main()
