"""Measure the library's answers task by task, each headline figure with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.labelled import Labelled
from training.evaluate.metrics import (
    Score,
    calibration_error,
    class_f1,
    confidence_error,
    macro_f1,
    pooled_f1,
    share,
)
from training.evaluate.predictions import SPAN, Prediction, truth_spans
from training.heads.tasks import LABELS, target

ClassFigures = dict[str, dict[str, float]]
"""Precision, recall, F1 and n by class."""


@dataclass(frozen=True, slots=True)
class Classified:
    """Figures of one task with single labels."""

    macro: Score
    classes: ClassFigures


@dataclass(frozen=True, slots=True)
class Owners:
    """Figures of the departments.

    Parameters
    ----------
    primary : Classified
        The first owner, nobody being a class of its own.
    accuracy : Score
        Share of right first owners.
    ece : float
        Calibration error of the first owner's probability, where an owner is named.
    as_set : Score
        Micro-F1 of all owners.
    abstained : Score
        Share of comments left to a person.
    accuracy_when_sure : Score
        Share of right first owners among the others.
    """

    primary: Classified
    accuracy: Score
    ece: float
    as_set: Score
    abstained: Score
    accuracy_when_sure: Score


@dataclass(frozen=True, slots=True)
class Terms:
    """Figures of the aspects: overlap of terms, and polarity where they overlap."""

    f1: Score
    precision: float
    recall: float
    polarity: Score
    overlapping: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one set of our corpus in one language."""

    n: int
    refused: int
    language: Score
    sentiment: Classified
    sentiment_ece: float
    confusion: NDArray[np.int64]
    owners: Owners
    intent: Classified
    urgency: Classified
    high_recall: Score
    churn: Score
    churn_precision: float
    churn_recall: float
    terms: Terms


def measure(rows: Sequence[Labelled], answers: Sequence[Prediction]) -> Figures:
    """Measure answers to comments that carry every label.

    Parameters
    ----------
    rows : Sequence[Labelled]
        Comments of our corpus, of one language.
    answers : Sequence[Prediction]
        What was answered, in the same order.

    Returns
    -------
    Figures
        All tasks.
    """
    truth = {task: [str(target(row, task)) for row in rows] for task in LABELS}
    churn = [str(answer.churn).lower() for answer in answers]
    churn_classes = class_f1(truth["churn"], churn, LABELS["churn"])["true"]
    urgency = [answer.urgency for answer in answers]
    high = [level == "high" for level in truth["urgency"]]
    columns = [LABELS["sentiment"].index(label) for label in truth["sentiment"]]
    return Figures(
        n=len(rows),
        refused=sum(answer.refused for answer in answers),
        language=_accuracy([row.lang for row in rows], [answer.language for answer in answers]),
        sentiment=classified("sentiment", truth["sentiment"], [answer.sentiment for answer in answers]),
        sentiment_ece=calibration_error(
            np.asarray([answer.probabilities for answer in answers], dtype=np.float32), columns
        ),
        confusion=confusion(truth["sentiment"], [answer.sentiment for answer in answers]),
        owners=_owners(rows, answers),
        intent=classified("intent", truth["intent"], [answer.intent for answer in answers]),
        urgency=classified("urgency", truth["urgency"], urgency),
        high_recall=share([a and b == "high" for a, b in zip(high, urgency, strict=True)], high),
        churn=pooled_f1(_set_counts(_trues(truth["churn"]), _trues(churn))),
        churn_precision=churn_classes["precision"],
        churn_recall=churn_classes["recall"],
        terms=measure_terms([truth_spans(row) for row in rows], [answer.aspects for answer in answers]),
    )


def classified(task: str, truth: Sequence[str], answers: Sequence[str]) -> Classified:
    """Measure single labels.

    Parameters
    ----------
    task : str
        A key of `LABELS`.
    truth : Sequence[str]
        Right labels.
    answers : Sequence[str]
        Labels answered, in the same order.

    Returns
    -------
    Classified
        Macro-F1 and the figures of each class.
    """
    labels = LABELS[task]
    return Classified(macro_f1(truth, answers, labels), class_f1(truth, answers, labels))


def confusion(truth: Sequence[str], answers: Sequence[str]) -> NDArray[np.int64]:
    """Count the sentiment answered for each right sentiment.

    Parameters
    ----------
    truth : Sequence[str]
        Right labels.
    answers : Sequence[str]
        Labels answered, in the same order.

    Returns
    -------
    NDArray[np.int64]
        Rows are right labels, columns answers; shape (4, 4).
    """
    labels = LABELS["sentiment"]
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for right, answer in zip(truth, answers, strict=True):
        counts[labels.index(right), labels.index(answer)] += 1
    return counts


def measure_terms(truth: Sequence[Sequence[SPAN]], found: Sequence[Sequence[SPAN]]) -> Terms:
    """Measure aspects: a span counts when it overlaps one of the other side.

    Parameters
    ----------
    truth : Sequence[Sequence[SPAN]]
        Right spans of each text.
    found : Sequence[Sequence[SPAN]]
        Found spans of each text.

    Returns
    -------
    Terms
        A found term's polarity is compared with that of the right term it overlaps most.
    """
    counts, right, pairs = [], [], []
    for real, guess in zip(truth, found, strict=True):
        partners = [max(real, key=lambda one: _overlap(one, span), default=None) for span in guess]
        met = [(a, b) for a, b in zip(guess, partners, strict=True) if b is not None and _overlap(a, b) > 0]
        reached = sum(any(_overlap(one, span) > 0 for span in guess) for one in real)
        counts.append((len(met), len(guess), reached, len(real)))
        right.append(sum(a[2] == b[2] for a, b in met))
        pairs.append(len(met))
    table = np.asarray(counts, dtype=np.int64).reshape(-1, 4)
    hits, named, reached_all, real_all = (int(total) for total in table.sum(axis=0))
    return Terms(
        f1=pooled_f1(table),
        precision=hits / max(named, 1),
        recall=reached_all / max(real_all, 1),
        polarity=share(right, pairs),
        overlapping=hits,
    )


def _owners(rows: Sequence[Labelled], answers: Sequence[Prediction]) -> Owners:
    truth = [str(target(row, "owner")) for row in rows]
    owners = [answer.owner for answer in answers]
    right = [a == b for a, b in zip(truth, owners, strict=True)]
    sure = [not answer.abstained for answer in answers]
    named = [
        (answer.confidence, hit)
        for answer, hit in zip(answers, right, strict=True)
        if answer.confidence is not None
    ]
    return Owners(
        primary=classified("owner", truth, owners),
        accuracy=share(right, [1] * len(right)),
        ece=confidence_error(
            np.asarray([confidence for confidence, _ in named], dtype=np.float32),
            np.asarray([hit for _, hit in named], dtype=np.bool_),
        ),
        as_set=pooled_f1(
            _set_counts([row.departments or () for row in rows], [answer.departments for answer in answers])
        ),
        abstained=share([answer.abstained for answer in answers], [1] * len(answers)),
        accuracy_when_sure=share([a and b for a, b in zip(right, sure, strict=True)], sure),
    )


def _set_counts(truth: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Count shared and all members of the two sets of each example."""
    shared = [len(set(a) & set(b)) for a, b in zip(truth, found, strict=True)]
    counts = [(hit, len(b), hit, len(a)) for hit, a, b in zip(shared, truth, found, strict=True)]
    return np.asarray(counts, dtype=np.int64).reshape(-1, 4)


def _trues(labels: Sequence[str]) -> list[tuple[str, ...]]:
    return [("true",) if label == "true" else () for label in labels]


def _accuracy(truth: Sequence[str], answers: Sequence[str]) -> Score:
    return share([a == b for a, b in zip(truth, answers, strict=True)], [1] * len(truth))


def _overlap(one: SPAN, other: SPAN) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])
