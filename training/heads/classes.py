"""Classes of few examples: what is too few, how rare ones are lifted, how folds hold some of each."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.labelled import Labelled
from training.heads.tasks import target

FOLDS = 5
"""Parts that examples are cut into where a head is calibrated on what it did not learn."""


def check_classes(
    rows: Sequence[Labelled],
    held_out: Sequence[Labelled],
    labels: Mapping[str, Sequence[str]],
    tasks: Sequence[str],
    *,
    least: int,
) -> None:
    """Check that every class has examples enough.

    Parameters
    ----------
    rows : Sequence[Labelled]
        What is learnt from.
    held_out : Sequence[Labelled]
        What is not, for the message.
    labels : Mapping[str, Sequence[str]]
        Classes by task.
    tasks : Sequence[str]
        Tasks to look at.
    least : int
        Least examples of a class.

    Raises
    ------
    ValueError
        If a class has fewer; the message names every such class and its count.
    """
    faults = []
    for task in tasks:
        learnt, kept = (Counter(target(row, task) for row in part) for part in (rows, held_out))
        faults += [
            f"{task} {label!r} has {learnt[label]} examples to learn from ({kept[label]} more are held out)"
            for label in labels[task]
            if learnt[label] < least
        ]
    if faults:
        raise ValueError(
            f"expected at least {least} examples of every class: {'; '.join(faults)}. "
            "Label more comments, or take the class out of the file and of [labels]"
        )


def class_weights(
    weights: NDArray[np.float64], targets: Sequence[str], balance: float
) -> NDArray[np.float64]:
    """Lift the examples of rare classes; the weights keep their sum.

    Parameters
    ----------
    weights : NDArray[np.float64]
        Weight of each example, shape (n,).
    targets : Sequence[str]
        Class of each.
    balance : float
        0 leaves the weights; at 1 all classes weigh the same; between, by that power of their rarity.

    Returns
    -------
    NDArray[np.float64]
        Shape (n,).
    """
    total: dict[str, float] = {}
    for weight, label in zip(weights.tolist(), targets, strict=True):
        total[label] = total.get(label, 0.0) + weight
    lifted = weights * np.asarray([max(total[label], 1e-9) ** -balance for label in targets])
    scaled: NDArray[np.float64] = lifted * (weights.sum() / max(float(lifted.sum()), 1e-9))
    return scaled


def folds_of(rows: Sequence[Labelled], targets: Sequence[str]) -> Iterator[NDArray[np.bool_]]:
    """Cut examples into folds that hold some of each class, always the same ones.

    Parameters
    ----------
    rows : Sequence[Labelled]
        The examples.
    targets : Sequence[str]
        Class of each.

    Yields
    ------
    NDArray[np.bool_]
        Which examples are in the fold, shape (n,).
    """
    keys = [(label, _digest(row)) for label, row in zip(targets, rows, strict=True)]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}  # a text that is there twice: one fold
    fold = np.asarray([ranks[key] % FOLDS for key in keys], dtype=np.int64)
    for number in range(FOLDS):
        yield fold == number


def _digest(row: Labelled) -> bytes:
    return hashlib.sha256(row.text.encode("utf-8", "replace")).digest()
