"""Comments that read alike: how many are recent, whether that can be chance, since when they stand out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_A_TIME = 512
_COLUMNS_AT_A_TIME = 8192
"""Bounds the memory of the cosines; sums of so many ones are exact in float32."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the comments that read like each recent comment say, one row a recent comment and column a cosine.

    Parameters
    ----------
    recent : NDArray[np.int64]
        Recent ones among them, the comment itself left out.
    past : NDArray[np.int64]
        Past ones among them.
    expected : NDArray[np.float64]
        Recent ones if dates meant nothing.
    chance : NDArray[np.float64]
        Chance of as many recent ones if dates mean nothing, at most 1.
    """

    recent: NDArray[np.int64]
    past: NDArray[np.int64]
    expected: NDArray[np.float64]
    chance: NDArray[np.float64]


def weigh_neighbours(
    unit: NDArray[np.float32],
    recent: NDArray[np.bool_],
    strata: NDArray[np.int64],
    cosines: Sequence[float],
) -> Evidence:
    """Count what reads like each recent comment, and test whether more of it is recent than dates explain.

    The count is tested as a binomial one. That errs on the safe side where
    comments are drawn without replacement, or from strata of other shares.

    Parameters
    ----------
    unit : NDArray[np.float32]
        Unit or zero vectors, shape (n, dimension).
    recent : NDArray[np.bool_]
        Which comments are recent, shape (n,).
    strata : NDArray[np.int64]
        Number of each comment's stratum from 0, shape (n,); recent ones are expected at their share in each.
    cosines : Sequence[float]
        From which cosine on two comments read alike, each above 0 and at most 0.99.

    Returns
    -------
    Evidence
        Shape (recent comments, cosines) each.

    References
    ----------
    Hoeffding (1956), On the distribution of the number of successes in independent trials.
    Ann. Math. Stat. 27.
    """
    from scipy.special import betainc

    queries = np.flatnonzero(recent)
    counts = _count(unit, queries, recent, strata, cosines)
    width = counts.shape[2]
    own = np.eye(width)[strata[queries]]
    sizes = np.bincount(strata, minlength=width) - own
    recents = np.bincount(strata[recent], minlength=width) - own
    share = recents / np.maximum(sizes, 1)
    expected = (counts.sum(axis=3) * share[:, None, :]).sum(axis=2)
    found, past = counts[..., 1].sum(axis=2), counts[..., 0].sum(axis=2)
    mean = np.minimum(expected / np.maximum(found + past, 1), 1)
    # The bound does not hold below the expected count, where nothing is to be found anyway.
    chance = np.where(found > expected, betainc(np.maximum(found, 1), past + 1, mean), 1.0)
    return Evidence(found, past, expected, chance)


def _count(
    unit: NDArray[np.float32],
    queries: NDArray[np.int64],
    recent: NDArray[np.bool_],
    strata: NDArray[np.int64],
    cosines: Sequence[float],
) -> NDArray[np.int64]:
    """Count neighbours: shape (queries, cosines, strata, past and recent)."""
    width = int(strata.max()) + 1
    counts = np.zeros((len(queries), len(cosines), width * 2), dtype=np.int64)
    kinds = np.eye(width * 2, dtype=np.float32)[strata * 2 + recent]
    for rows in chunks(len(queries), _ROWS_AT_A_TIME):
        asking = unit[queries[rows]]
        for columns in chunks(len(unit), _COLUMNS_AT_A_TIME):
            near = asking @ unit[columns].T
            for place, cosine in enumerate(cosines):
                alike = np.asarray(near >= cosine, dtype=np.float32)
                counts[rows, place] += np.asarray(alike @ kinds[columns], dtype=np.int64)
    itself = np.any(unit[queries] != 0, axis=1, keepdims=True)  # a zero vector does not read like itself
    counts[np.arange(len(queries)), :, strata[queries] * 2 + 1] -= itself
    return counts.reshape(len(queries), len(cosines), width, 2)


def chunks(count: int, size: int = _COLUMNS_AT_A_TIME) -> Iterator[slice]:
    """Cut rows into chunks.

    Parameters
    ----------
    count : int
        Number of rows.
    size : int
        Most rows of a chunk.

    Yields
    ------
    slice
        In order.
    """
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


def find_beginning(alike: NDArray[np.int64], every: NDArray[np.int64]) -> int:
    """Find the day since which comments that read alike stand out most from the days before it.

    Parameters
    ----------
    alike : NDArray[np.int64]
        Days of these comments, at least one.
    every : NDArray[np.int64]
        Days of all comments, these included.

    Returns
    -------
    int
        The day of such a comment for which the likelihood ratio of two rates against one is greatest.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic. Communications in Statistics 26.
    """
    candidates = np.unique(alike)
    hits, trials = _count_since(alike, candidates), _count_since(every, candidates)
    expected = len(alike) * trials / len(every)
    rest, rest_expected = len(alike) - hits, len(alike) - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.where(rest > 0, rest * np.log(rest / rest_expected), 0)
        ratio = np.where(hits > expected, hits * np.log(hits / expected) + before, 0)
    return int(candidates[np.argmax(ratio)])


def _count_since(days: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    return (len(days) - np.searchsorted(np.sort(days), starts)).astype(np.float64)
