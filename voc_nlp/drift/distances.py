"""How far a week lies from others, and how far it would lie by sampling alone.

A week is compared with what the other weeks lead to expect of as many comments of each language: a change of
the language mix alone moves no other measure.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from voc_nlp.drift.measures import Form, Kind

LEAST_OF_LANGUAGE = 30
"""Comments of a language that the other weeks must hold; a language with fewer is passed over."""

MOST_MOVED = 5
"""Labels, words or languages that are named."""

STRONGEST_BUCKETS = 4
"""The vocabulary is judged by the mean of so many buckets: a new product has a few words of its own."""

EMBEDDING_FREEDOM = 40.0
"""Independent directions of the static encoder's vectors, put low to be on the safe side: by the sum of the
eigenvalues squared over the sum of their squares, the first 3,000 comments of each language in training/corpus
have 91 (Japanese) and 112 (English)."""

_SMOOTHING = 0.5
_HALF_NORMAL = math.sqrt(2 / math.pi)
"""Mean of the absolute value of a standard normal variable."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that changed.

    Parameters
    ----------
    name : str
        A label, class, hash bucket or language.
    before : float
        What the other weeks lead to expect: a share of the comments.
    now : float
        What the week has. For a language of the embedding measure `before` is 0, and this is the distance of
        its mean.
    """

    name: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a week lies from others.

    Parameters
    ----------
    n : float
        Comments that were compared.
    value : float
        The distance, in the unit of the measure.
    scale : float
        Root mean square of the distance by sampling alone.
    freedom : float
        Degrees of freedom of the squared distance by sampling alone, at least 1.
    effect : float
        Size of the change in points of comments; the distance itself except for words.
    moved : tuple[Move, ...]
        What changed most, the strongest first.
    """

    n: float
    value: float
    scale: float
    freedom: float
    effect: float
    moved: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """One measure of a week, or of several together: the arrays of a `Table` without its first axis."""

    sizes: NDArray[np.float64]
    values: NDArray[np.float64]
    squares: NDArray[np.float64] | None = None


def measure_distance(form: Form, week: Sums, others: Sums) -> Distance | None:
    """Compare a week with others.

    Parameters
    ----------
    form : Form
        How the measure is treated.
    week : Sums
        The week.
    others : Sums
        The sum of the others.

    Returns
    -------
    Distance | None
        `moved` names columns or languages by their numbers. None when nothing can be compared.
    """
    known = (others.sizes >= LEAST_OF_LANGUAGE) & (week.sizes > 0)
    if not known.any() or not week.values.shape[-1]:
        return None
    n, rest = week.sizes[known], others.sizes[known]
    if form.kind is Kind.VECTORS:
        return _of_vectors(week, others, known)
    seen, before = week.values[known], others.values[known]
    if form.kind is Kind.WORDS:
        return _of_words(n, rest, seen, before)
    columns = seen.shape[1]
    if columns < 2:
        return Distance(float(n.sum()), 0.0, 1.0, 1.0, 0.0, ())
    shares = (before + _SMOOTHING) / (rest + _SMOOTHING * columns)[:, None]
    weight = n * (1 + n / rest)
    covariance = np.diag(weight @ shares) - (shares * weight[:, None]).T @ shares
    total = float(n.sum())
    expected = n @ shares / total
    change = seen.sum(axis=0) / total - expected
    covariance /= total * total
    factor = 0.5
    moving = change
    if form.kind is Kind.CLASSES:
        upto = np.tril(np.ones((columns, columns)))[:-1]  # the last sum of all shares is always one
        covariance = upto @ covariance @ upto.T
        moving, factor = upto @ change, form.step
    mean, variance = _absolute_sum(covariance)
    value = factor * float(np.abs(moving).sum())
    order = np.argsort(-np.abs(change))[:MOST_MOVED]
    return Distance(
        total,
        value,
        factor * math.sqrt(mean * mean + variance),
        max(1.0, mean * mean / (2 * variance)) if variance > 0 else 1.0,
        value,
        tuple(
            Move(str(place), float(expected[place]), float(expected[place] + change[place]))
            for place in order.tolist()
        ),
    )


def _absolute_sum(covariance: NDArray[np.float64]) -> tuple[float, float]:
    """Compute mean and variance of the sum of absolute values of normal variables."""
    spread = np.sqrt(np.maximum(np.diag(covariance), 0))
    product = np.outer(spread, spread)
    close = np.divide(covariance, product, out=np.zeros_like(covariance), where=product > 0).clip(-1, 1)
    both = (2 / math.pi) * (np.sqrt(1 - close * close) + close * np.arcsin(close) - 1) * product
    return _HALF_NORMAL * float(spread.sum()), max(float(both.sum()), 0.0)


def _of_words(
    n: NDArray[np.float64],
    rest: NDArray[np.float64],
    seen: NDArray[np.float64],
    before: NDArray[np.float64],
) -> Distance:
    """Compare how many comments have a word of each bucket; square roots even out rare and frequent ones."""
    total = float(n.sum())
    shares = (before + _SMOOTHING) / (rest + 2 * _SMOOTHING)[:, None]
    expected = n @ shares
    spread = np.sqrt(np.maximum((n * (1 + n / rest)) @ (shares * (1 - shares)), 1e-12))
    count = seen.sum(axis=0)
    deviation = 2 * (np.sqrt(count + 0.375) - np.sqrt(expected + 0.375)) * np.sqrt(expected) / spread
    order = np.argsort(-np.abs(deviation), kind="stable")[:STRONGEST_BUCKETS]
    buckets = max(int((expected >= 1).sum()), STRONGEST_BUCKETS)
    usual = float(
        np.mean(
            [
                NormalDist().inv_cdf(1 - (rank + 0.625) / (2 * buckets + 0.5))
                for rank in range(STRONGEST_BUCKETS)
            ]
        )
    )
    return Distance(
        total,
        float(np.abs(deviation[order]).mean()),
        usual,
        2 * math.log(buckets) ** 2,  # an extreme of many normal variables hardly varies
        float(np.abs(count[order] - expected[order]).max()) / total,
        tuple(
            Move(str(place), float(expected[place] / total), float(count[place] / total))
            for place in order.tolist()
        ),
    )


def _of_vectors(week: Sums, others: Sums, known: NDArray[np.bool_]) -> Distance:
    """Compare mean vectors, within each language."""
    assert week.squares is not None
    assert others.squares is not None
    n, rest = week.sizes[known], others.sizes[known]
    total = float(n.sum())
    means = others.values[known] / rest[:, None]
    apart = week.values[known] / n[:, None] - means
    spread = np.maximum(others.squares[known] / rest[:, None] - means * means, 0).sum(axis=1)
    variance = float((n * (1 + n / rest)) @ spread) / (total * total)
    together = (n @ apart) / total
    value = float(np.sqrt(together @ together))
    lengths = np.sqrt(np.square(apart).sum(axis=1))
    places = np.flatnonzero(known).tolist()
    order = np.argsort(-lengths * n).tolist()
    return Distance(
        total,
        value,
        math.sqrt(max(variance, 1e-12)),
        EMBEDDING_FREEDOM,
        value,
        tuple(Move(str(places[place]), 0.0, float(lengths[place])) for place in order[:MOST_MOVED]),
    )
