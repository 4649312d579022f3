"""What each part of the models adds, and what cascades reach: accuracy on the dev writer, time a comment.

Run from the checkout: ``.venv/bin/python benchmarks/parts.py --data ../shared/data``. Heads on the
static vector alone and on n-grams alone are trained here, with the settings of the shipped ones.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.config import read_config
from training.data.corpus import read_corpus
from training.data.labelled import Labelled
from training.data.mixture import read_public
from training.data.splits import split_by_writer
from training.evaluate.metrics import macro_f1
from training.heads.learner import HeadLearner
from training.heads.tasks import LABELS, target
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.heads import LinearHead
from voc_nlp.loading import load_analyzer, read_tier
from voc_nlp.text.normalize import normalize

ROOT = Path(__file__).resolve().parents[1]
CASCADES = (0.6, 0.75, 0.9)
TASKS = ("sentiment", "owner", "intent", "urgency", "churn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    arguments = parser.parse_args()
    parts = read_tier(ROOT / "models", "default")
    embedder = StaticEmbedder.load(ROOT / "models" / parts["encoder"])
    vocabulary = NgramVocabulary.load(ROOT / "models" / parts["ngrams"])
    network = ContextualEncoder.load(ROOT / "models" / parts["contextual"], embedder)
    split = split_by_writer([row for lang in ("ja", "en") for row in read_corpus(lang)])
    lengths = [len(row.text) for row in split.dev]
    print(f"dev writer f: {len(split.dev)} comments, {np.mean(lengths):.0f} characters on average\n")
    featurizer = Featurizer(embedder, vocabulary)
    pieces = embedder.pieces([normalize(row.text).text for row in split.dev])
    features = featurizer.featurize(pieces.whole(), network.run(pieces))
    answers: dict[str, dict[str, NDArray[np.float32]]] = {}
    for task in TASKS:
        linear = _head(parts, task)
        part = network.parts[task]
        silent = replace(
            linear,
            ngram_scales=linear.ngram_scales * 0,
            vector_weights=linear.vector_weights * 0,
            bias=linear.bias * 0,
        )
        alone = _without_context(features)
        for name, kind in (("vector", "vector"), ("n-grams", "ngrams")):
            learner = _learner(task, arguments.data, embedder, vocabulary, split.train, split.dev, kind)
            head = learner.learn(task, list(_config(task).sources))
            answers.setdefault(name, {})[task] = head.predict(_only(alone, kind))
        answers.setdefault("both: tier fast", {})[task] = linear.predict(alone)
        answers.setdefault("network", {})[task] = silent.with_context(part).predict(features)
        answers.setdefault("all: tier default", {})[task] = linear.with_context(part).predict(features)
    fast, default = answers["both: tier fast"], answers["all: tier default"]
    shares = {}
    for least in CASCADES:
        name = f"cascade, network below {least:.2f}"
        unsure = np.stack([fast[task].max(axis=1) < least for task in TASKS]).any(axis=0)
        shares[name] = float(unsure.mean())
        answers[name] = {
            task: np.where(unsure[:, None], default[task], fast[task]).astype(np.float32) for task in TASKS
        }
    seconds = {tier: _seconds(tier, split.dev) for tier in ("fast", "default")}
    _print(answers, split.dev, seconds, shares)


def _print(
    answers: dict[str, dict[str, NDArray[np.float32]]],
    rows: Sequence[Labelled],
    seconds: dict[str, float],
    shares: dict[str, float],
) -> None:
    columns = [f"{task} {lang}" for task in TASKS for lang in ("ja", "en")]
    print("| macro-F1 | " + " | ".join(columns) + " | mean | ms a comment |")
    print("| --- |" + " ---: |" * (len(columns) + 2))
    for name, by_task in answers.items():
        scores = []
        for task in TASKS:
            said = [LABELS[task][column] for column in by_task[task].argmax(axis=1)]
            for lang in ("ja", "en"):
                chosen = [place for place, row in enumerate(rows) if row.lang == lang]
                right = [str(target(rows[place], task)) for place in chosen]
                scores.append(macro_f1(right, [said[place] for place in chosen], LABELS[task]).value)
        cost = {"both: tier fast": seconds["fast"], "all: tier default": seconds["default"]}.get(name)
        if name in shares:
            cost = seconds["fast"] + shares[name] * seconds["default"]
        cells = [*(f"{score:.3f}" for score in scores), f"{np.mean(scores):.3f}"]
        print(f"| {name} | " + " | ".join(cells) + f" | {'' if cost is None else f'{1000 * cost:.2f}'} |")
    for name, share in shares.items():
        print(f"\n{name}: {share:.0%} of the comments need the network")


def _seconds(tier: str, rows: Sequence[Labelled]) -> float:
    """Measure the time of a whole analysis, one comment among many, on this thread."""
    analyzer = load_analyzer(tier=tier)
    texts = [row.text for row in rows]
    analyzer.analyze(texts[:100])
    start = time.process_time()
    analyzer.analyze(texts)
    return (time.process_time() - start) / len(texts)


def _config(task: str):  # type: ignore[no-untyped-def]
    return read_config("sentiment" if task == "sentiment" else "routing")


def _head(parts: dict[str, str], task: str) -> LinearHead:
    kind = "sentiment" if task == "sentiment" else "routing"
    model = open_folder(ROOT / "models" / parts[kind], kind)
    return LinearHead.from_arrays(model.tensors(task), model.config["heads"][task])


def _learner(task, data, embedder, vocabulary, train, dev, kind):  # type: ignore[no-untyped-def]
    config = _config(task)
    rows = [*train, *read_public(data, config.sources, seed=config.seed)]
    settings = config.settings["head"]
    learner = HeadLearner(
        embedder,
        vocabulary,
        rows,
        dev,
        config.sources,
        vector_scale=settings["vector_scale"],
        strength=settings["strength"],
    )
    whole = learner.features
    learner.features = lambda chosen: _only(whole(chosen), kind)  # type: ignore[method-assign]
    return learner


def _only(features: Features, kind: str) -> Features:
    """Keep one kind of features alone."""
    if kind == "vector":
        return replace(
            features, ngrams=features.ngrams[:0], values=features.values[:0], owners=features.owners[:0]
        )
    return replace(features, vectors=features.vectors * 0)


def _without_context(features: Features) -> Features:
    return replace(features, contextual=None)


if __name__ == "__main__":
    main()
