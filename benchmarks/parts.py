"""What each part of the models adds, and what cascades of the tiers reach: macro-F1, time a comment.

The comments are those of the dev writer. Heads on the static vector alone and on n-grams alone are trained
here, on the public sets of --data and the corpus, with the settings of the shipped ones. All figures are of
the heads alone: the phrases that move urgency and churn risk in an answer are left out. The
shares of network and linear heads in tier default were chosen on the same comments.
"""

from one_core import pin_to_one_core, seconds  # isort: skip  # before numpy and the tokenizer are loaded

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from table import ROOT, show

sys.path.insert(0, str(ROOT))

from training.config import read_config
from training.data.corpus import read_corpus
from training.data.labelled import Labelled
from training.data.mixture import read_public
from training.data.splits import Split, split_by_writer
from training.evaluate.metrics import macro_f1
from training.heads.learner import HeadLearner
from training.heads.tasks import LABELS, target
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.heads import LinearHead
from voc_nlp.loading import load_analyzer, read_tier, shipped_models
from voc_nlp.text.normalize import normalize

TASKS = {"sentiment": ("sentiment",), "routing": ("owner", "intent", "urgency", "churn")}
"""Tasks by the kind of model that holds their heads."""

CASCADES = (0.6, 0.75, 0.9)
"""A comment goes on to tier default when tier fast is less sure than this of any task."""

FAST, DEFAULT = "both: tier fast", "all: tier default"

Answers = dict[str, dict[str, NDArray[np.float32]]]
"""Probabilities by name and task."""


@dataclass(frozen=True, slots=True)
class Models:
    """The shipped parts of tier default."""

    heads: Mapping[str, LinearHead]
    embedder: StaticEmbedder
    vocabulary: NgramVocabulary
    network: ContextualEncoder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--repeats", type=int, default=3, help="runs a time; the median is shown")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    pin_to_one_core()
    models = load_models()
    split = split_by_writer([row for lang in ("ja", "en") for row in read_corpus(lang)])
    answers = learn_parts(models, split, options.data) | answer_shipped(models, split.dev)
    shares = add_cascades(answers)
    rows = [row for name, by_task in answers.items() for row in score(name, by_task, split.dev)]
    rows += times(split.dev, shares, options.repeats)
    show(f"what each part adds, {len(split.dev):,} comments of the dev writer", rows, options.out)


def load_models() -> Models:
    """Load the parts of tier default one by one."""
    folder = shipped_models()
    parts = read_tier(folder, "default")
    heads = {}
    for kind, tasks in TASKS.items():
        model = open_folder(folder / parts[kind], kind)
        for task in tasks:
            heads[task] = LinearHead.from_arrays(model.tensors(task), model.config["heads"][task])
    embedder = StaticEmbedder.load(folder / parts["encoder"])
    vocabulary = NgramVocabulary.load(folder / parts["ngrams"])
    return Models(heads, embedder, vocabulary, ContextualEncoder.load(folder / parts["contextual"], embedder))


def learn_parts(models: Models, split: Split, data: Path) -> Answers:
    """Train heads on the vector alone and on n-grams alone, and let them answer."""
    answers: Answers = {"vector alone": {}, "n-grams alone": {}}
    for kind, tasks in TASKS.items():
        config = read_config(kind)
        rows = [*split.train, *read_public(data, config.sources, seed=config.seed)]
        settings = config.settings["head"]
        for name, keep in (("vector alone", vector_alone), ("n-grams alone", ngrams_alone)):
            learner = HeadLearner(
                models.embedder,
                models.vocabulary,
                rows,
                split.dev,
                config.sources,
                vector_scale=settings["vector_scale"],
                strength=settings["strength"],
                keep=keep,
            )
            features = learner.features(split.dev)
            for task in tasks:
                answers[name][task] = learner.learn(task, list(config.sources)).predict(features)
    return answers


def vector_alone(features: Features) -> Features:
    """Leave the n-grams out."""
    return replace(
        features, ngrams=features.ngrams[:0], values=features.values[:0], owners=features.owners[:0]
    )


def ngrams_alone(features: Features) -> Features:
    """Leave the vector out."""
    return replace(features, vectors=np.zeros_like(features.vectors))


def answer_shipped(models: Models, dev: Sequence[Labelled]) -> Answers:
    """Let the shipped heads answer: without the network, the network without them, and together."""
    pieces = models.embedder.pieces([normalize(row.text).text for row in dev])
    features = Featurizer(models.embedder, models.vocabulary).featurize(
        pieces.whole(), models.network.run(pieces)
    )
    answers: Answers = {FAST: {}, "network alone": {}, DEFAULT: {}}
    for task, head in models.heads.items():
        part = models.network.parts[task]
        answers[FAST][task] = head.predict(replace(features, contextual=None))
        answers["network alone"][task] = head.with_context(replace(part, linear_share=0.0)).predict(features)
        answers[DEFAULT][task] = head.with_context(part).predict(features)
    return answers


def add_cascades(answers: Answers) -> dict[str, float]:
    """Add what cascades answer; give the share of comments that each hands on to tier default."""
    fast, default = answers[FAST], answers[DEFAULT]
    surest = np.stack([probabilities.max(axis=1) for probabilities in fast.values()])
    shares = {}
    for least in CASCADES:
        unsure = (surest < least).any(axis=0)
        name = f"cascade, network below {least:.2f}"
        answers[name] = {task: np.where(unsure[:, None], default[task], fast[task]) for task in fast}
        shares[name] = float(unsure.mean())
    return shares


def score(
    name: str, by_task: Mapping[str, NDArray[np.float32]], dev: Sequence[Labelled]
) -> list[tuple[str, float, str]]:
    """Compare answers with the labels, by task and language, and take the mean of all."""
    rows = []
    for task, probabilities in by_task.items():
        said = [LABELS[task][column] for column in probabilities.argmax(axis=1)]
        for lang in ("ja", "en"):
            chosen = [place for place, row in enumerate(dev) if row.lang == lang]
            right = [str(target(dev[place], task)) for place in chosen]
            found = macro_f1(right, [said[place] for place in chosen], LABELS[task])
            rows.append((f"{name}: {task}, {lang}", found.value, "macro-F1"))
    mean = float(np.mean([value for _, value, _ in rows]))
    return [*rows, (f"{name}: mean", mean, "macro-F1")]


def times(dev: Sequence[Labelled], shares: Mapping[str, float], repeats: int) -> list[tuple[str, float, str]]:
    """Time whole analyses of both tiers; a cascade costs tier fast, and tier default for what it hands on."""
    texts = [row.text for row in dev]
    cost = {}
    for name, tier in ((FAST, "fast"), (DEFAULT, "default")):
        analyzer = load_analyzer(tier=tier)
        cost[name] = seconds(lambda analyzer=analyzer: analyzer.analyze(texts), repeats) / len(texts) * 1e3
    rows = [("characters a comment", float(np.mean([len(text) for text in texts])), "")]
    rows += [(f"{name}: time", value, "ms/comment") for name, value in cost.items()]
    for name, share in shares.items():
        rows.append((f"{name}: comments that need it", 100 * share, "%"))
        rows.append((f"{name}: time", cost[FAST] + share * cost[DEFAULT], "ms/comment"))
    return rows


if __name__ == "__main__":
    main()
