"""Our themes beside BERTopic, k-means and LDA: agreement with labels, key words, stability, both languages.

Every system runs in a process of its own on every set. What is imported or compiled
once a process is left out of the seconds, not of the memory. No text of a set is written anywhere.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from table import ROOT

sys.path.insert(0, str(ROOT))

from themes_metrics import (
    TOP_WORDS,
    Figures,
    agreement,
    both_languages,
    coherence,
    diversity,
    pairs_together,
    rand_index,
    retrieval,
)
from themes_report import report
from themes_sets import SETS, parallel_pairs, read_set
from themes_systems import OURS, SYSTEMS, Documents, Keywords, encode, fit, open_documents, warm_up
from themes_words import occurrence

JOURNAL = (ROOT / "samples" / "journal.jsonl",)
CACHE = ROOT / "var" / "minilm"
_MEBIBYTE = 1024
"""Peaks are counted in kibibytes."""

Measured = dict[str, dict[str, Figures]]
"""Figures by set and system."""


def main() -> None:
    """Measure and print."""
    options = _options()
    if options.child:
        print(json.dumps(_measure(*options.child.split("/"), options)))
        return
    measured: Measured = {}
    for name in options.sets:
        count = options.count
        for system in dict.fromkeys([OURS, *options.systems]):
            figures = _run_child(name, system, count, options)
            measured.setdefault(name, {})[system] = figures
            count = count or int(figures["themes_fitted"])
            print(f"{name}, {system}: {figures['seconds']:.1f} s", file=sys.stderr, flush=True)
    print(report(measured, SYSTEMS, _machine()))
    if options.out is not None:
        written = {"title": "quality of themes", "machine": _machine(), "figures": measured}
        options.out.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the public sets")
    parser.add_argument("--journal", type=Path, nargs="+", default=JOURNAL, help="files of the journal")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, help="which sets")
    parser.add_argument(
        "--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), help="ours is always run"
    )
    parser.add_argument(
        "--count", type=int, default=0, help="themes of k-means and LDA; as many as ours when 0"
    )
    parser.add_argument("--quick", action="store_true", help="one fit: no stability, no new comments")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"


def _run_child(name: str, system: str, count: int, options: argparse.Namespace) -> Figures:
    """Measure one system on one set in a process of its own, so that it pays for what it imports."""
    command = [sys.executable, __file__, "--child", f"{name}/{system}", "--count", str(count), "--journal"]
    command += [str(path) for path in options.journal]
    command += ["--data", str(options.data)] if options.data else []
    command += ["--quick"] if options.quick else []
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{system} failed on {name}:\n{run.stderr[-3000:]}")
    figures: Figures = json.loads(run.stdout.splitlines()[-1])
    return figures


def _measure(name: str, system: str, options: argparse.Namespace) -> Figures:
    """Fit a system on a set five times: whole, with another seed, on two samples, on four fifths."""
    from voc_nlp.loading import load_embedder

    warnings.simplefilter("ignore")
    comments = read_set(name, options.data, options.journal)
    embedder = load_embedder()
    documents, encoding = encode(
        system, open_documents([c.text for c in comments], [c.lang for c in comments]), embedder, CACHE
    )
    warm_up(system)

    def fitted(one: Documents, seed: int = 0) -> Any:
        return fit(system, one, embedder, seed=seed, count=options.count)

    start, worked = time.perf_counter(), time.process_time()
    first = fitted(documents)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    figures: Figures = {
        "comments": float(len(comments)),
        "encoding_seconds": encoding,
        "seconds": seconds + (0.0 if system == OURS else encoding),  # our fit encodes by itself
        "fit_cpu_seconds": worked,
        "peak_mib": _peak(),
        "themes_fitted": float(max(len(words) for words in first.keywords.values())),
        **agreement([c.label for c in comments], first.themes),
        **_words(first.keywords, documents),
    }
    if pairs := parallel_pairs(comments):
        figures["pairs"] = float(len(pairs))
        figures["both_languages"] = both_languages(first.themes, documents.langs)
        figures["pairs_together"] = pairs_together(first.themes, pairs)
        figures |= retrieval(first.compared, pairs)
    if first.plain_keywords is not None:
        plain = _words(first.plain_keywords(), documents)
        figures |= {f"plain_{key}": value for key, value in plain.items()}
    if options.quick:
        return figures
    figures["stable_seed"] = rand_index(first.themes, fitted(documents, 1).themes)
    figures["stable_sample"] = _stability(documents, fitted)
    order = random.Random(80).sample(range(len(comments)), len(comments))
    held = len(order) // 5
    model = fitted(documents.take(order[held:]))
    figures["unassigned_new"] = float(np.mean(model.assign(documents.take(order[:held])) < 0))
    return figures


def _peak() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBIBYTE


def _words(keywords: Keywords, documents: Documents) -> Figures:
    """Judge key words of each language over the documents in it."""
    figures = {}
    for lang in sorted(set(documents.langs)):
        texts = [one for one, own in zip(documents.prepared, documents.langs, strict=True) if own == lang]
        words = [one[:TOP_WORDS] for one in keywords.get(lang, ())]
        figures[f"npmi_{lang}"] = coherence(words, occurrence(texts), len(texts))
        figures[f"diversity_{lang}"] = diversity(words)
    return figures


def _stability(documents: Documents, fitted: Any) -> float:
    """Fit two samples of nine tenths and compare the themes of the comments that are in both."""
    places = range(len(documents.texts))
    size = round(0.9 * len(places))
    samples = [sorted(random.Random(seed).sample(places, size)) for seed in (1, 2)]
    themes = [
        dict(zip(sample, fitted(documents.take(sample)).themes.tolist(), strict=True)) for sample in samples
    ]
    common = sorted(set(samples[0]) & set(samples[1]))
    return rand_index(*(np.asarray([one[place] for place in common]) for one in themes))


if __name__ == "__main__":
    main()
