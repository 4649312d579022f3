"""Measure heads on held-out examples, by language."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.labelled import Labelled
from training.evaluate.metrics import calibration_error, class_f1, macro_f1
from training.evaluate.slices import group_by_slice
from training.heads.learner import HeadLearner
from training.heads.tasks import target
from voc_nlp.heads import LinearHead


def measure_head(
    learner: HeadLearner, head: LinearHead, task: str, rows: Sequence[Labelled]
) -> dict[str, Any]:
    """Measure one head.

    Parameters
    ----------
    learner : HeadLearner
        Computes the features.
    head : LinearHead
        The head.
    task : str
        A key of `LABELS`.
    rows : Sequence[Labelled]
        Held-out examples.

    Returns
    -------
    dict[str, Any]
        By language: macro-F1 with interval, expected calibration error, figures of every class.
    """
    found = {}
    for lang in ("ja", "en"):
        chosen = [row for row in rows if row.lang == lang and target(row, task) is not None]
        if not chosen:
            continue
        probabilities = head.predict(learner.features(chosen))
        truth = [str(target(row, task)) for row in chosen]
        found[lang] = figures(probabilities, head.labels, truth)
    return found


def measure_slices(
    learner: HeadLearner, head: LinearHead, task: str, rows: Sequence[Labelled]
) -> list[dict[str, Any]]:
    """Measure one head on every slice that is large enough.

    Parameters
    ----------
    learner : HeadLearner
        Computes the features.
    head : LinearHead
        The head.
    task : str
        A key of `LABELS`.
    rows : Sequence[Labelled]
        Held-out examples.

    Returns
    -------
    list[dict[str, Any]]
        ``task``, ``lang``, ``slice`` and macro-F1 with interval and n.
    """
    known = [row for row in rows if target(row, task) is not None]
    groups = group_by_slice(known)
    if not groups:
        return []
    guess = [head.labels[column] for column in head.logits(learner.features(known)).argmax(axis=1)]
    truth = [str(target(row, task)) for row in known]
    return [
        {
            "task": task,
            "lang": lang,
            "slice": name,
            "macro_f1": macro_f1(
                [truth[place] for place in places], [guess[place] for place in places], head.labels
            ).to_dict(),
        }
        for (lang, name), places in groups.items()
    ]


def figures(
    probabilities: NDArray[np.float32], labels: Sequence[str], truth: Sequence[str]
) -> dict[str, Any]:
    """Compute what a card shows of one task in one language.

    Parameters
    ----------
    probabilities : NDArray[np.float32]
        Shape (n, classes).
    labels : Sequence[str]
        The classes, in the order of the columns.
    truth : Sequence[str]
        Right label of each example.

    Returns
    -------
    dict[str, Any]
        Macro-F1 with interval, expected calibration error, figures of every class.
    """
    guess = [labels[column] for column in probabilities.argmax(axis=1)]
    return {
        "macro_f1": macro_f1(truth, guess, labels).to_dict(),
        "ece": round(calibration_error(probabilities, [labels.index(t) for t in truth]), 4),
        "classes": class_f1(truth, guess, labels),
    }
