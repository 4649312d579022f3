"""The paired bootstrap: what two models' answers to the same comments say of their difference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
_TOGETHER = 250
"""Draws whose counts are held in memory at a time."""

Finish = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Turns counts summed over comments, shape (draws, counts), into one figure a draw."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a figure is made of: counts of each comment, and what their sums become.

    Parameters
    ----------
    counts : NDArray[np.float32]
        Shape (comments, counts).
    finish : Finish
        The figure of sums.
    """

    counts: NDArray[np.float32]
    finish: Finish


@dataclass(frozen=True, slots=True)
class Paired:
    """Two figures over the same comments, and their difference.

    Parameters
    ----------
    n : int
        Comments.
    old, new : float
        The figures, 0 to 1.
    difference : float
        New less old.
    low, high : float
        95% interval of the difference.
    """

    n: int
    old: float
    new: float
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the interval leaves out 0, else ``same``."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "same"


def compare_paired(old: Tally, new: Tally, *, seed: int, draws: int = DRAWS) -> Paired:
    """Resample comments, the same ones for both, and take the difference of the figures.

    Parameters
    ----------
    old : Tally
        Of the old model.
    new : Tally
        Of the new one, for the same comments in the same order, at least one.
    seed : int
        Of the draws.
    draws : int
        How many.

    Returns
    -------
    Paired
        With the 95% percentile interval.

    References
    ----------
    Efron & Tibshirani (1993), An introduction to the bootstrap, ch. 13.
    Koehn (2004), Statistical significance tests for machine translation evaluation.
    """
    count = len(old.counts)
    generator = np.random.default_rng(seed)
    differences = []
    for start in range(0, draws, _TOGETHER):
        several = min(_TOGETHER, draws - start)
        picked = generator.integers(0, count, (several, count)) + np.arange(several)[:, None] * count
        weights = (
            np.bincount(picked.ravel(), minlength=several * count).reshape(several, count).astype(np.float32)
        )
        differences.append(new.finish(_sum(weights, new)) - old.finish(_sum(weights, old)))
    low, high = np.quantile(np.concatenate(differences), [0.025, 0.975]).tolist()
    whole = np.ones((1, count), dtype=np.float32)
    was, is_now = (float(one.finish(_sum(whole, one))[0]) for one in (old, new))
    return Paired(count, was, is_now, is_now - was, low, high)


def _sum(weights: NDArray[np.float32], tally: Tally) -> NDArray[np.float64]:
    """Sum counts, each comment's as often as it was drawn: whole numbers, exact in single precision."""
    return (weights @ tally.counts).astype(np.float64)


def tally_classes(truth: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Tally:
    """Prepare macro-F1 over the classes that occur among the right ones.

    Parameters
    ----------
    truth : Sequence[str]
        Right label of each comment.
    answers : Sequence[str]
        Answered label of each.
    labels : Sequence[str]
        All labels of both.

    Returns
    -------
    Tally
        Hits, truths and answers by class.
    """
    places = {label: place for place, label in enumerate(labels)}
    eye = np.eye(len(labels), dtype=np.float32)
    right, said = (eye[[places[label] for label in part]] for part in (truth, answers))
    size = len(labels)

    def macro(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        hits, real, named = sums[:, :size], sums[:, size : 2 * size], sums[:, 2 * size :]
        there = real > 0
        scores = np.where(there, 2 * hits / np.maximum(real + named, 1), 0.0)
        found: NDArray[np.float64] = scores.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        return found

    return Tally(np.concatenate([right * said, right, said], axis=1), macro)


def tally_sets(counts: NDArray[np.int64]) -> Tally:
    """Prepare F1 pooled over comments.

    Parameters
    ----------
    counts : NDArray[np.int64]
        Right findings, all findings, met truths, all truths of each comment; shape (n, 4).

    Returns
    -------
    Tally
        Of these.
    """

    def f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        hits, named, met, real = sums.T
        precision, recall = hits / np.maximum(named, 1), met / np.maximum(real, 1)
        found: NDArray[np.float64] = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        return found

    return Tally(counts.astype(np.float32), f1)
