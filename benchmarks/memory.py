"""How much memory a scoring process holds, by tier, after it has scored the whole corpus."""

import argparse
import subprocess
import sys
from pathlib import Path

from table import ROOT, show

MEBIBYTE = 1 << 20
TIERS = ("fast", "default")

# Run in a process of its own, so that a tier pays for what it imports and nothing else.
SCORE = """
import os, resource, sys
from training.data.corpus import read_corpus
from voc_nlp.loading import load_analyzer
from voc_nlp.schema import Analysis

def resident():
    with open("/proc/self/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

texts = [row.text for lang in ("ja", "en") for row in read_corpus(lang)]
analyzer = load_analyzer(tier=sys.argv[1])
loaded = resident()
for start in range(0, len(texts), 1000):
    analyzer.analyze(texts[start : start + 1000])
print(loaded, resident(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    if not Path("/proc/self/statm").exists():
        raise SystemExit("resident memory is read from /proc, which this system has not; run it on Linux")
    rows = []
    for tier in TIERS:
        run = subprocess.run(
            [sys.executable, "-c", SCORE, tier], check=True, capture_output=True, text=True, cwd=ROOT
        )
        loaded, scored, peak = (int(number) / MEBIBYTE for number in run.stdout.split())
        rows += [
            (f"{tier}: models loaded", loaded, "MiB"),
            (f"{tier}: corpus scored", scored, "MiB"),
            (f"{tier}: most at any time", peak, "MiB"),
        ]
    show("resident memory of one scoring process", rows, options.out)


if __name__ == "__main__":
    main()
