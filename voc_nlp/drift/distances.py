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
eigenvalues squared over the sum of their squares, the first 3,000 comments of each language in
training/corpus have 91 (Japanese) and 112 (English)."""

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
class Sums:
    """One measure of several weeks, or of several sets of weeks: the arrays of a `Table`."""

    sizes: NDArray[np.float64]
    values: NDArray[np.float64]
    squares: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Distances:
    """How far each of several weeks lies from its others; all arrays of shape (weeks,).

    Parameters
    ----------
    n : NDArray[np.float64]
        Comments that were compared; 0 where nothing could be.
    value : NDArray[np.float64]
        The distance, in the unit of the measure.
    scale : NDArray[np.float64]
        Root mean square of the distance by sampling alone.
    freedom : NDArray[np.float64]
        Degrees of freedom of the squared distance by sampling alone, at least 1.
    effect : NDArray[np.float64]
        Size of the change in points of comments; the distance itself except for words.
    """

    n: NDArray[np.float64]
    value: NDArray[np.float64]
    scale: NDArray[np.float64]
    freedom: NDArray[np.float64]
    effect: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Expected:
    """Comments by week and language, those of the others, and the shares that they lead to expect."""

    n: NDArray[np.float64]
    weight: NDArray[np.float64]
    total: NDArray[np.float64]
    seen: NDArray[np.float64]
    shares: NDArray[np.float64]


def measure_distances(form: Form, weeks: Sums, others: Sums) -> Distances:
    """Compare weeks, each with its own others.

    Parameters
    ----------
    form : Form
        How the measure is treated.
    weeks : Sums
        The weeks, the first axis of all arrays.
    others : Sums
        For each of them the sum of the others.

    Returns
    -------
    Distances
        One a week.
    """
    if weeks.values.shape[-1] < 1 or (weeks.values.shape[-1] < 2 and form.kind is not Kind.VECTORS):
        n = weeks.sizes.sum(axis=1)
        return Distances(n, np.zeros_like(n), np.ones_like(n), np.ones_like(n), np.zeros_like(n))
    if form.kind is Kind.VECTORS:
        return _of_vectors(weeks, others)
    given = _expect(weeks, others, form)
    if form.kind is Kind.WORDS:
        return _of_words(given)
    weighted = given.weight[:, :, None] * given.shares
    covariance = -np.einsum("wlk,wlj->wkj", weighted, given.shares)
    diagonal = np.arange(covariance.shape[1])
    covariance[:, diagonal, diagonal] += weighted.sum(axis=1)
    covariance /= np.square(given.total)[:, None, None]
    moving, factor = _changes(given), 0.5
    if form.kind is Kind.CLASSES:
        upto = np.tril(np.ones(covariance.shape[1:]))[:-1]  # the last sum, of all shares, is always one
        covariance = upto @ covariance @ upto.T
        moving, factor = moving @ upto.T, form.step
    mean, variance = _absolute_sums(covariance)
    value = factor * np.abs(moving).sum(axis=1)
    freedom = mean * mean / np.maximum(2 * variance, 1e-300)
    scale = factor * np.sqrt(mean * mean + variance)
    return Distances(given.n.sum(axis=1), value, np.maximum(scale, 1e-9), np.clip(freedom, 1.0, 1e6), value)


def find_moves(form: Form, week: Sums, others: Sums) -> tuple[Move, ...]:
    """Find what changed most.

    Parameters
    ----------
    form : Form
        How the measure is treated.
    week : Sums
        One week; the first axis of all arrays is of length 1.
    others : Sums
        The sum of its others, likewise.

    Returns
    -------
    tuple[Move, ...]
        The strongest first; named by the numbers of columns, or of languages for vectors.
    """
    if form.kind is Kind.VECTORS:
        n, apart, _ = _means(week, others)
        lengths = np.sqrt(np.square(apart).sum(axis=2))[0]
        return tuple(
            Move(str(place), 0.0, float(lengths[place]))
            for place in np.argsort(-lengths * n[0]).tolist()[:MOST_MOVED]
            if n[0, place]
        )
    given = _expect(week, others, form)
    change = _changes(given)[0]
    strength = _deviations(given)[0][0] if form.kind is Kind.WORDS else change
    before = np.einsum("l,lk->k", given.n[0], given.shares[0]) / given.total[0]
    return tuple(
        Move(str(place), float(before[place]), float(before[place] + change[place]))
        for place in np.argsort(-np.abs(strength), kind="stable").tolist()[:MOST_MOVED]
    )


def _known(weeks: Sums, others: Sums) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return comments by week and language, and those of the others; a rare language counts as none."""
    known = others.sizes >= LEAST_OF_LANGUAGE
    return np.where(known, weeks.sizes, 0.0), np.maximum(others.sizes, 1.0)


def _expect(weeks: Sums, others: Sums, form: Form) -> _Expected:
    n, rest = _known(weeks, others)
    parts = 2 if form.kind is Kind.WORDS else weeks.values.shape[2]
    shares = (others.values + _SMOOTHING) / (rest + _SMOOTHING * parts)[:, :, None]
    seen = (weeks.values * (n > 0)[:, :, None]).sum(axis=1)
    return _Expected(n, n * (1 + n / rest), np.maximum(n.sum(axis=1), 1.0), seen, shares)


def _changes(given: _Expected) -> NDArray[np.float64]:
    changes: NDArray[np.float64] = given.seen - np.einsum("wl,wlk->wk", given.n, given.shares)
    return changes / given.total[:, None]


def _absolute_sums(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute mean and variance of the sum of the absolute values of normal variables."""
    spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0))
    product = spread[:, :, None] * spread[:, None, :]
    close = np.divide(covariance, product, out=np.zeros_like(covariance), where=product > 0).clip(-1, 1)
    both = (2 / math.pi) * (np.sqrt(1 - close * close) + close * np.arcsin(close) - 1) * product
    return _HALF_NORMAL * spread.sum(axis=1), np.maximum(both.sum(axis=(1, 2)), 0.0)


def _deviations(given: _Expected) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compare how many comments have a word of each bucket; square roots even out rare and frequent ones."""
    expected = np.einsum("wl,wlk->wk", given.n, given.shares)
    variance = np.einsum("wl,wlk->wk", given.weight, given.shares * (1 - given.shares))
    spread = np.sqrt(np.maximum(variance, 1e-12))
    deviation = 2 * (np.sqrt(given.seen + 0.375) - np.sqrt(expected + 0.375)) * np.sqrt(expected) / spread
    return deviation, expected


def _of_words(given: _Expected) -> Distances:
    """Take the mean of the strongest deviations; among so many buckets some are strong by chance."""
    deviation, expected = _deviations(given)
    strongest = np.argpartition(-np.abs(deviation), STRONGEST_BUCKETS, axis=1)[:, :STRONGEST_BUCKETS]
    value = np.abs(np.take_along_axis(deviation, strongest, axis=1)).mean(axis=1)
    changes = np.abs(np.take_along_axis(given.seen - expected, strongest, axis=1)).max(axis=1)
    buckets = np.maximum((expected >= 1).sum(axis=1), 2 * STRONGEST_BUCKETS)
    usual = [
        np.mean(
            [NormalDist().inv_cdf(1 - (rank + 0.625) / (2 * n + 0.5)) for rank in range(STRONGEST_BUCKETS)]
        )
        for n in buckets.tolist()
    ]
    freedom = 2 * np.log(buckets) ** 2  # an extreme of many normal variables hardly varies
    return Distances(given.n.sum(axis=1), value, np.array(usual), freedom, changes / given.total)


def _means(weeks: Sums, others: Sums) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the comments, the differences of the mean vectors, and the variance of a vector, by language."""
    assert others.squares is not None
    n, rest = _known(weeks, others)
    means = others.values / rest[:, :, None]
    apart = (weeks.values / np.maximum(weeks.sizes, 1.0)[:, :, None] - means) * (n > 0)[:, :, None]
    variance = np.maximum(others.squares / rest[:, :, None] - means * means, 0).sum(axis=2)
    return n, apart, variance * (1 + n / rest)


def _of_vectors(weeks: Sums, others: Sums) -> Distances:
    """Compare mean vectors, within each language."""
    n, apart, variance = _means(weeks, others)
    total = np.maximum(n.sum(axis=1), 1.0)
    together = np.einsum("wl,wld->wd", n, apart) / total[:, None]
    value = np.sqrt(np.square(together).sum(axis=1))
    scale = np.sqrt(np.maximum((n * variance).sum(axis=1), 1e-12)) / total
    return Distances(n.sum(axis=1), value, scale, np.full_like(value, EMBEDDING_FREEDOM), value)
