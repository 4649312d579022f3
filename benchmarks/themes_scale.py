"""Time and memory of themes by number of comments, beside BERTopic's defaults on the same vectors.

Ours is `voc themes fit` and `voc themes assign` from file to file, each in a process of its own: start,
reading, encoding and writing are in the figures. BERTopic gets a process that reads the same file, encodes
with the same encoder and calls `fit_transform`. The comments are sentences of `training/corpus` put together
anew, no text twice.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from table import ROOT

sys.path.insert(0, str(ROOT))

from training.data.corpus import read_corpus
from training.evaluate.markdown import table
from voc_nlp.text.prepare import prepare

SIZES = (1_000, 10_000, 100_000)
LARGEST = 1_000_000
BERTOPIC_SIZES = (1_000, 10_000)
SENTENCES = (1, 1, 2, 2, 3)
"""How many sentences a comment is made of; each is as likely."""

SEED = 20261121
_KIBIBYTES = 1024

# What a user of BERTopic runs; key words over content words, since Japanese has no spaces.
BERTOPIC = """
import json, sys
sys.path.insert(0, sys.argv[2])
from themes_systems import bertopic_by_default, cut_documents
from voc_nlp.loading import load_embedder
from voc_nlp.text.prepare import prepare
with open(sys.argv[1], encoding="utf-8") as lines:
    rows = [json.loads(line) for line in lines]
prepared = [prepare(row["text"], row["lang"]) for row in rows]
vectors = load_embedder().embed([one.normalized.text for one in prepared])
model = bertopic_by_default()
themes, _ = model.fit_transform(cut_documents(prepared), embeddings=vectors)
print(json.dumps([len(set(themes) - {-1}), sum(theme == -1 for theme in themes) / len(themes)]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took.

    Parameters
    ----------
    seconds : float
        Wall-clock time, start included.
    cpu_seconds : float
        Time on all cores together, which other processes of the machine disturb less.
    peak_mib : float
        Most resident memory at any time.
    ended : bool
        False when it was stopped at the limit, or failed.
    output : str
        What it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    ended: bool
    output: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of comments")
    parser.add_argument("--all", action="store_true", help="also a million, and BERTopic at 100,000")
    parser.add_argument("--skip-bertopic", action="store_true", help="ours alone")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a process is stopped")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    sizes = sorted({*options.sizes, *((LARGEST,) if options.all else ())})
    largest_bertopic = 100_000 if options.all else max(BERTOPIC_SIZES)
    figures: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            source = Path(folder) / f"{size}.jsonl"
            write_comments(source, size)
            figures += measure_ours(source, size, options.limit)
            if size <= largest_bertopic and not options.skip_bertopic:
                figures.append(measure_bertopic(source, size, options.limit))
            source.unlink()
    print(report(figures))
    if options.out is not None:
        written = {"title": "scale of themes", "machine": machine(), "figures": figures}
        options.out.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def write_comments(path: Path, size: int) -> None:
    """Write that many different comments; the same size gives the same file."""
    with path.open("w", encoding="utf-8") as file:
        for place, (lang, text) in enumerate(distinct_comments(size)):
            file.write(
                json.dumps({"id": f"s-{place}", "lang": lang, "text": text}, ensure_ascii=False) + "\n"
            )


def distinct_comments(size: int) -> Iterator[tuple[str, str]]:
    """Put sentences of one language and one writer together until there are enough comments."""
    pools: dict[tuple[str, str], list[str]] = {}
    for lang in ("ja", "en"):
        for row in read_corpus(lang):
            text = prepare(row.text, lang)
            for one in text.sentences:
                sentence = text.normalized.text[one.start : one.end].strip()
                if sentence:
                    pools.setdefault((lang, row.group), []).append(sentence)
    generator = random.Random(SEED)
    keys = sorted(pools)
    weights = [len(pools[key]) for key in keys]
    seen: set[int] = set()
    while len(seen) < size:
        lang, group = generator.choices(keys, weights)[0]
        chosen = [generator.choice(pools[lang, group]) for _ in range(generator.choice(SENTENCES))]
        text = ("" if lang == "ja" else " ").join(dict.fromkeys(chosen))
        if hash((lang, text)) not in seen:
            seen.add(hash((lang, text)))
            yield lang, text


def measure_ours(source: Path, size: int, limit: float) -> list[dict[str, object]]:
    """Fit and assign with the commands."""
    model, target = source.with_suffix(".model"), source.with_suffix(".out.jsonl")
    voc = [sys.executable, "-m", "voc_nlp.cli", "themes"]
    fitted = run([*voc, "fit", str(source), "--out", str(model)], limit)
    rows = [_row("ours, fit", size, fitted, *_shape_of_model(model))]
    if fitted.ended:
        assigned = run([*voc, "assign", str(model), str(source), str(target)], limit)
        rows.append(
            _row("ours, assign", size, assigned, None, _unassigned(target) if assigned.ended else None)
        )
        both = Run(
            fitted.seconds + assigned.seconds,
            fitted.cpu_seconds + assigned.cpu_seconds,
            max(fitted.peak_mib, assigned.peak_mib),
            assigned.ended,
            "",
        )
        rows.append(_row("ours, both", size, both, None, None))
        target.unlink(missing_ok=True)
    return rows


def measure_bertopic(source: Path, size: int, limit: float) -> dict[str, object]:
    """Fit BERTopic with its defaults."""
    found = run(
        [sys.executable, "-W", "ignore", "-c", BERTOPIC, str(source), str(Path(__file__).parent)], limit
    )
    themes, unassigned = json.loads(found.output.splitlines()[-1]) if found.ended else (None, None)
    return _row("BERTopic, fit", size, found, themes, unassigned)


def run(command: Sequence[str], limit: float) -> Run:
    """Run a process and take its time and its peak of resident memory from the system."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=errors)
        watch = threading.Timer(limit, child.kill)
        watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        watch.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode not in (0, 3):
            print(
                f"ended with {child.returncode} after {seconds:.0f} s: {errors.read()[-500:]}",
                file=sys.stderr,
            )
        return Run(
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / _KIBIBYTES,
            child.returncode in (0, 3),
            output.read(),
        )


def _shape_of_model(folder: Path) -> tuple[int | None, float | None]:
    """Count the themes of a fitted model."""
    if not (folder / "config.json").is_file():
        return None, None
    return len(json.loads((folder / "config.json").read_text(encoding="utf-8"))["themes"]), None


def _unassigned(path: Path) -> float:
    """Give the share of answers without a theme."""
    with path.open(encoding="utf-8") as lines:
        empty = [not json.loads(line).get("themes") for line in lines]
    return sum(empty) / len(empty)


def _row(
    system: str, size: int, found: Run, themes: int | None, unassigned: float | None
) -> dict[str, object]:
    print(f"{system}, {size:,}: {found.seconds:.1f} s, {found.peak_mib:.0f} MiB", file=sys.stderr, flush=True)
    return {
        "system": system,
        "comments": size,
        "seconds": found.seconds,
        "cpu_seconds": found.cpu_seconds,
        "peak_mib": found.peak_mib,
        "ended": found.ended,
        "themes": themes,
        "unassigned": unassigned,
    }


def machine() -> str:
    """Name the machine."""
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"


def report(figures: Sequence[dict[str, object]]) -> str:
    """Lay out the table; a process that was stopped or failed is marked."""
    rows = []
    for one in sorted(figures, key=lambda one: str(one["system"])):
        mark = "" if one["ended"] else " (stopped or failed)"
        rows.append(
            [
                str(one["system"]),
                f"{one['comments']:,}",
                f"{one['seconds']:,.1f}{mark}",
                f"{one['cpu_seconds']:,.1f}",
                f"{one['peak_mib']:,.0f}",
                "-" if one["themes"] is None else f"{one['themes']}",
                "-" if one["unassigned"] is None else f"{one['unassigned']:.1%}",
            ]
        )
    header = ["system", "comments", "seconds", "CPU seconds", "peak MiB", "themes", "unassigned"]
    return f"Measured on: {machine()}\n\n{table(header, rows)}"


if __name__ == "__main__":
    if not hasattr(os, "wait4"):
        raise SystemExit("peaks are taken with wait4, which this system has not; run it on Linux")
    main()
