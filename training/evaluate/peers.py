"""Every peer side by side on the same sets: what each answers, and how well that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.labelled import Labelled
from training.data.splits import Split
from training.evaluate.metrics import Score, macro_f1
from training.evaluate.peer_models import MODELS, PeerModels
from training.evaluate.peer_tools import THREE, TOOLS, PeerTool, PeerUnavailableError, read_texts, tune
from training.evaluate.predictions import Prediction
from training.evaluate.sets import EvaluationSet
from training.heads.tasks import LABELS, target

Key = tuple[str, str]
"""(name of the set or of the task, language)."""

TEST = "our test writers"
TASKS = ("owner", "intent", "urgency", "churn")
"""Tasks beside sentiment that learnt peers answer too."""


@dataclass(slots=True)
class SystemFigures:
    """Macro-F1 of one system, filled set by set.

    Parameters
    ----------
    title : str
        Name in the tables.
    three, four : dict of (str, str) to Score
        Sentiment by set and language; three classes leave the mixed comments out.
    published : dict of (str, str) to Score
        Three classes by the rule that a tool's authors publish.
    tasks : dict of (str, str) to Score
        Other tasks on our test writers, by task and language.
    """

    title: str
    three: dict[Key, Score] = field(default_factory=dict)
    four: dict[Key, Score] = field(default_factory=dict)
    published: dict[Key, Score] = field(default_factory=dict)
    tasks: dict[Key, Score] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peers:
    """All peers that ran, and why the others did not."""

    systems: tuple[SystemFigures, ...]
    unavailable: tuple[tuple[str, str], ...]


def measure_peers(
    splits: Mapping[str, Split], public: Sequence[EvaluationSet], python: Path, cache: Path
) -> Peers:
    """Run every peer.

    Parameters
    ----------
    splits : Mapping[str, Split]
        Our corpus by language: peers learn from train, choose settings by dev.
    public : Sequence[EvaluationSet]
        Further sets.
    python : Path
        Interpreter of an environment that has the lexicon tools.
    cache : Path
        Folder of the cache.

    Returns
    -------
    Peers
        Learnt peers first.
    """
    models = {name: SystemFigures(title) for name, title in MODELS.items()}
    tools, unavailable = [], []
    for lang, split in splits.items():
        sets = list_sets(split, public, lang)
        texts = [row.text for one in sets for row in one.rows]
        train, dev = ([row.text for row in part] for part in (split.train, split.dev))
        learner = PeerModels(lang, train, dev, texts, cache)
        for name, figures in models.items():
            for task in ("sentiment", *TASKS):
                labels = ([str(target(row, task)) for row in part] for part in (split.train, split.dev))
                found = learner.predict(name, task, *labels)
                if task == "sentiment":
                    score_sentiment(figures, sets, found)
                else:
                    answers = [LABELS[task][column] for column in found[: len(split.test)].argmax(axis=1)]
                    truth = [str(target(row, task)) for row in split.test]
                    figures.tasks[(task, lang)] = macro_f1(truth, answers, LABELS[task])
        for tool in (tool for tool in TOOLS if tool.lang == lang):
            try:
                tools.append(_measure_tool(tool, split.dev, sets, python, cache))
            except PeerUnavailableError as error:
                unavailable.append((tool.title, str(error)))
    return Peers((*models.values(), *tools), tuple(unavailable))


def list_sets(split: Split, public: Sequence[EvaluationSet], lang: str) -> list[EvaluationSet]:
    """List the sets of one language, our test writers first.

    Parameters
    ----------
    split : Split
        Our corpus of that language.
    public : Sequence[EvaluationSet]
        Further sets of both languages.
    lang : str
        ``ja`` or ``en``.

    Returns
    -------
    list[EvaluationSet]
        In the order of the tables.
    """
    return [EvaluationSet(TEST, lang, split.test), *(one for one in public if one.lang == lang)]


def score_answers(
    figures: SystemFigures, sets: Sequence[EvaluationSet], answers: Mapping[str, Sequence[Prediction]]
) -> None:
    """Add the library's own sentiment to the tables.

    Parameters
    ----------
    figures : SystemFigures
        Filled in place.
    sets : Sequence[EvaluationSet]
        The sets of one language.
    answers : Mapping[str, Sequence[Prediction]]
        Answers by name of the set.
    """
    rows = [answer.probabilities for one in sets for answer in answers[one.name]]
    score_sentiment(figures, sets, np.asarray(rows, dtype=np.float32))


def score_sentiment(
    figures: SystemFigures, sets: Sequence[EvaluationSet], probabilities: NDArray[np.float32]
) -> None:
    """Score sentiment given as probabilities; for three classes the likeliest of the three counts.

    Parameters
    ----------
    figures : SystemFigures
        Filled in place.
    sets : Sequence[EvaluationSet]
        The sets of one language.
    probabilities : NDArray[np.float32]
        For the rows of all sets in their order; shape (n, 4).
    """
    labels = LABELS["sentiment"]
    columns = [labels.index(label) for label in THREE]
    four = [labels[column] for column in probabilities.argmax(axis=1)]
    three = [THREE[column] for column in probabilities[:, columns].argmax(axis=1)]
    _score(figures.four, sets, four, labels)
    _score(figures.three, sets, three, THREE)


def _measure_tool(
    tool: PeerTool, dev: Sequence[Labelled], sets: Sequence[EvaluationSet], python: Path, cache: Path
) -> SystemFigures:
    texts = [row.text for row in dev] + [row.text for one in sets for row in one.rows]
    version, readings = read_texts(tool, texts, python, cache)
    figures = SystemFigures(f"{tool.title} {version}")
    known, asked = readings[: len(dev)], readings[len(dev) :]
    truth = [str(row.sentiment) for row in dev]
    three, four = tune(known, truth, mixed=False), tune(known, truth, mixed=True)
    _score(figures.published, sets, [tool.published.label(one) for one in asked], THREE)
    _score(figures.three, sets, [three.label(one) for one in asked], THREE)
    _score(figures.four, sets, [four.label(one) for one in asked], LABELS["sentiment"])
    return figures


def _score(
    into: dict[Key, Score], sets: Sequence[EvaluationSet], answers: Sequence[str], labels: Sequence[str]
) -> None:
    """Score each set, without the rows whose label is not among `labels`."""
    start = 0
    for one in sets:
        chosen = answers[start : start + len(one.rows)]
        pairs = [(str(row.sentiment), answer) for row, answer in zip(one.rows, chosen, strict=True)]
        kept = [(truth, answer) for truth, answer in pairs if truth in labels]
        into[(one.name, one.lang)] = macro_f1([t for t, _ in kept], [a for _, a in kept], labels)
        start += len(one.rows)
