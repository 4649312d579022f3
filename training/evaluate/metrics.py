"""Metrics of classification, calibration and term finding, with bootstrap intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95% bootstrap interval and the number of examples."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, float | int]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, float | int]
            ``value``, ``low``, ``high`` rounded to four decimals, ``n``.
        """
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
        }


def bootstrap(statistic: Callable[[NDArray[np.int64]], float], count: int, *, seed: int = 0) -> Score:
    """Compute a statistic and its 95% percentile interval over resampled examples.

    Parameters
    ----------
    statistic : Callable[[NDArray[np.int64]], float]
        Takes the numbers of the examples that count, with repetition.
    count : int
        Number of examples, at least one.
    seed : int
        Seed of the resampling.

    Returns
    -------
    Score
        The statistic of all examples, with its interval.

    References
    ----------
    Efron & Tibshirani (1993), An introduction to the bootstrap, ch. 13.
    """
    generator = np.random.default_rng(seed)
    samples = generator.integers(0, count, (_RESAMPLES, count))
    low, high = np.quantile([statistic(rows) for rows in samples], [0.025, 0.975])
    return Score(statistic(np.arange(count)), float(low), float(high), count)


def share(part: Sequence[float], whole: Sequence[float], *, seed: int = 0) -> Score:
    """Compute a share pooled over examples, such as right answers of all answers.

    Parameters
    ----------
    part : Sequence[float]
        What counts, one number an example.
    whole : Sequence[float]
        Of how much, one number an example.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Score
        With a 95% interval; zero where there is nothing.
    """
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return bootstrap(lambda rows: float(above[rows].sum() / max(below[rows].sum(), 1)), len(above), seed=seed)


def pooled_f1(counts: NDArray[np.int64], *, seed: int = 0) -> Score:
    """Compute F1 from counts pooled over examples (micro-averaged).

    Parameters
    ----------
    counts : NDArray[np.int64]
        Right findings, all findings, met truths, all truths of each example; shape (n, 4).
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Score
        With a 95% interval.
    """

    def f1(rows: NDArray[np.int64]) -> float:
        hits, named, met, real = counts[rows].sum(axis=0)
        precision, recall = hits / max(named, 1), met / max(real, 1)
        return float(2 * precision * recall / max(precision + recall, 1e-9))

    return bootstrap(f1, len(counts), seed=seed)


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Compute the agreement of two annotators beyond chance.

    Parameters
    ----------
    first : Sequence[str]
        Labels of the first annotator.
    second : Sequence[str]
        Labels of the second annotator, in the same order.

    Returns
    -------
    float
        1 for full agreement, 0 for that of chance.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales.
    """
    count = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / count
    expected = sum(first.count(label) * second.count(label) for label in set(first)) / count**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def macro_f1(
    truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str], *, seed: int = 0
) -> Score:
    """Compute macro-averaged F1 over the labels that occur in `truth`.

    Parameters
    ----------
    truth : Sequence[str]
        Right and predicted label of each example.
    predicted : Sequence[str]
        Right and predicted label of each example.
    labels : Sequence[str]
        All labels.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Score
        With a 95% interval over resampled examples.
    """
    right = np.asarray([labels.index(label) for label in truth])
    guess = np.asarray([labels.index(label) for label in predicted])
    return bootstrap(lambda rows: _macro(right[rows], guess[rows], len(labels)), len(right), seed=seed)


def plain_macro_f1(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> float:
    """Compute macro-averaged F1 alone, to choose settings by.

    Parameters
    ----------
    truth : Sequence[str]
        Right label of each example.
    predicted : Sequence[str]
        Predicted label of each example.
    labels : Sequence[str]
        All labels.

    Returns
    -------
    float
        As the value of `macro_f1`.
    """
    right = np.asarray([labels.index(label) for label in truth])
    return _macro(right, np.asarray([labels.index(label) for label in predicted]), len(labels))


def class_f1(
    truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Compute precision, recall and F1 of every class.

    Parameters
    ----------
    truth : Sequence[str]
        Right and predicted label of each example.
    predicted : Sequence[str]
        Right and predicted label of each example.
    labels : Sequence[str]
        All labels.

    Returns
    -------
    dict[str, dict[str, float]]
        ``precision``, ``recall``, ``f1``, ``n`` by label.
    """
    found = {}
    for label in labels:
        hits = sum(t == label and p == label for t, p in zip(truth, predicted, strict=True))
        named, real = sum(p == label for p in predicted), sum(t == label for t in truth)
        precision, recall = hits / max(named, 1), hits / max(real, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        found[label] = {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(f1, 4),
            "n": float(real),
        }
    return found


def calibration_error(probabilities: NDArray[np.float32], truth: Sequence[int], *, bins: int = 15) -> float:
    """Compute the expected calibration error of the top class.

    Parameters
    ----------
    probabilities : NDArray[np.float32]
        Predicted probabilities.
    truth : Sequence[int]
        Right column of each example.
    bins : int
        Number of equally wide bins.

    Returns
    -------
    float
        In [0, 1]; lower is better.

    References
    ----------
    Guo et al. (2017), On calibration of modern neural networks.
    """
    right = probabilities.argmax(axis=1) == np.asarray(truth)
    return confidence_error(probabilities.max(axis=1), right, bins=bins)


def confidence_error(confidence: NDArray[np.float32], right: NDArray[np.bool_], *, bins: int = 15) -> float:
    """Compute the expected calibration error of answers that come with one probability.

    Parameters
    ----------
    confidence : NDArray[np.float32]
        Probability given to the answer.
    right : NDArray[np.bool_]
        Whether the answer was right.
    bins : int
        Number of equally wide bins.

    Returns
    -------
    float
        In [0, 1]; lower is better.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0.0
    for index in range(bins):
        inside = place == index
        if inside.any():
            total += inside.mean() * abs(float(right[inside].mean()) - float(confidence[inside].mean()))
    return float(total)


def overlap_f1(
    truth: Sequence[Sequence[tuple[int, int]]], found: Sequence[Sequence[tuple[int, int]]]
) -> dict[str, float]:
    """Compute precision, recall and F1 of spans; a span counts when it overlaps one of the other side.

    Parameters
    ----------
    truth : Sequence[Sequence[tuple[int, int]]]
        (start, end) of the right and the found spans of each text.
    found : Sequence[Sequence[tuple[int, int]]]
        (start, end) of the right and the found spans of each text.

    Returns
    -------
    dict[str, float]
        ``precision``, ``recall``, ``f1``.
    """
    hits = named = met = real = 0
    for right, guess in zip(truth, found, strict=True):
        named += len(guess)
        real += len(right)
        hits += sum(any(s < e2 and e > s2 for s2, e2 in right) for s, e in guess)
        met += sum(any(s < e2 and e > s2 for s2, e2 in guess) for s, e in right)
    precision, recall = hits / max(named, 1), met / max(real, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _macro(right: NDArray[np.int64], guess: NDArray[np.int64], count: int) -> float:
    hits = np.bincount(right[right == guess], minlength=count)
    real, named = np.bincount(right, minlength=count), np.bincount(guess, minlength=count)
    present = real > 0
    return float((2 * hits[present] / np.maximum(real[present] + named[present], 1)).mean())
