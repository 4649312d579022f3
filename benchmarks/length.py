"""What one long comment costs: time a character from 100 to 20,000 characters, by tier and language."""

from one_core import pin_to_one_core, seconds  # isort: skip  # before numpy and the tokenizer are loaded

import argparse
import random
import sys
from functools import partial
from pathlib import Path

from table import ROOT, show

sys.path.insert(0, str(ROOT))

from training.data.corpus import read_corpus
from voc_nlp.loading import load_analyzer

LENGTHS = (100, 1_000, 5_000, 10_000, 20_000)
REFERENCE = 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiers", nargs="+", default=["fast", "default"], help="which models")
    parser.add_argument("--repeats", type=int, default=5, help="runs a figure; the median is shown")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    pin_to_one_core()
    rows = []
    for tier in options.tiers:
        analyzer = load_analyzer(tier=tier)
        for lang in ("ja", "en"):
            whole = long_text(lang, max(LENGTHS))
            costs = {}
            for length in LENGTHS:
                taken = seconds(partial(analyzer.analyze, [whole[:length]]), options.repeats)
                costs[length] = taken / length
            for length, cost in costs.items():
                name = f"{tier}, {lang}: {length:,} characters"
                rows.append((name, cost * length * 1e3, "ms"))
                rows.append((f"{name}, each", cost * 1e6, "µs"))
                rows.append((f"{name}, each / at {REFERENCE:,}", cost / costs[REFERENCE], "times"))
    show("one comment on one core, by length", rows, options.out)


def long_text(lang: str, length: int) -> str:
    """Lay comments of the corpus end to end, in a fixed random order, up to a length."""
    texts = [row.text for row in read_corpus(lang)]
    random.Random(0).shuffle(texts)
    text = ""
    for one in texts:
        if len(text) >= length:
            break
        text += one + ("" if lang == "ja" else " ")
    return text[:length]


if __name__ == "__main__":
    main()
