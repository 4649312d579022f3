"""How sure a figure is: intervals of shares, means and ratios in closed form, and Holm's correction."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from voc_nlp.errors import InputError

CONFIDENCE = 0.95
"""Of every interval here."""

_Z = 1.959963984540054
"""Standard normal quantile of 0.975."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval.

    Parameters
    ----------
    value : float
        The figure.
    low, high : float | None
        Ends of the interval; None where the data do not bound it on that side.
    """

    value: float
    low: float | None
    high: float | None


def estimate_share(count: int, total: int) -> Estimate | None:
    """Estimate a share, with Wilson's score interval.

    Parameters
    ----------
    count : int
        Number of hits, 0 to `total`.
    total : int
        Number of trials.

    Returns
    -------
    Estimate | None
        In [0, 1]; None without a trial.

    Raises
    ------
    InputError
        If `count` is not between 0 and `total`.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference. JASA 22.
    """
    if not 0 <= count <= total:
        raise InputError(
            f"{count} of {total} is no share; expected a count from 0 to the total. Count again."
        )
    if not total:
        return None
    share = count / total
    widening = 1 + _Z * _Z / total
    middle = (share + _Z * _Z / (2 * total)) / widening
    half = _Z / widening * math.sqrt(share * (1 - share) / total + _Z * _Z / (4 * total * total))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == total else min(1.0, middle + half)
    return Estimate(share, low, high)


def estimate_change(count: int, total: int, count_before: int, total_before: int) -> Estimate | None:
    """Estimate the difference of two independent shares, with Newcombe's hybrid score interval.

    Parameters
    ----------
    count : int
        Hits now.
    total : int
        Trials now.
    count_before : int
        Hits before.
    total_before : int
        Trials before.

    Returns
    -------
    Estimate | None
        Share now minus share before, in [-1, 1]; None where one of them has no trial.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions: comparison of
    eleven methods. Statistics in Medicine 17, method 10.
    """
    now, before = estimate_share(count, total), estimate_share(count_before, total_before)
    if now is None or before is None:
        return None
    return estimate_difference(now, before)


def estimate_difference(now: Estimate, before: Estimate) -> Estimate:
    """Estimate the difference of two independent figures from their intervals.

    Each bound is as far from the difference as the two nearer bounds are together, at a right angle.

    Parameters
    ----------
    now : Estimate
        The one figure.
    before : Estimate
        The other one.

    Returns
    -------
    Estimate
        `now` less `before`; without bounds where one of the two has none.

    References
    ----------
    Zou, Donner (2008), Construction of confidence limits about effect measures: a general approach.
    Statistics in Medicine 27.
    """
    difference = now.value - before.value
    low = high = None
    if now.low is not None and before.high is not None:
        low = difference - math.hypot(now.value - now.low, before.high - before.value)
    if now.high is not None and before.low is not None:
        high = difference + math.hypot(now.high - now.value, before.value - before.low)
    return Estimate(difference, low, high)


def estimate_mean(values: Sequence[float], *, least: float, most: float) -> Estimate | None:
    """Estimate a mean, with Student's t interval, cut to the range that values can take.

    Parameters
    ----------
    values : Sequence[float]
        Finite numbers.
    least : float
        Least possible value.
    most : float
        Most possible value.

    Returns
    -------
    Estimate | None
        None without a value; without bounds for a single one.

    References
    ----------
    Student (1908), The probable error of a mean. Biometrika 6.
    """
    count = len(values)
    if not count:
        return None
    mean = math.fsum(values) / count
    if count == 1:
        return Estimate(mean, None, None)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    error = math.sqrt(variance / count) * student_quantile(count - 1)
    return Estimate(mean, max(least, mean - error), min(most, mean + error))


@lru_cache(maxsize=65536)
def student_quantile(freedom: float) -> float:
    """Look up the 0.975 quantile of Student's t.

    Parameters
    ----------
    freedom : float
        Degrees of freedom, above 0.

    Returns
    -------
    float
        Above 1.95.
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))


def estimate_ratio(count: int, total: int, count_before: int, total_before: int) -> Estimate:
    """Estimate the ratio of two rates, with the exact interval given the sum of both counts.

    Given ``count + count_before``, `count` is binomial with probability
    ``total r / (total r + total_before)`` for a ratio ``r``; Clopper and Pearson's
    interval of that probability is turned into one of ``r``.

    Parameters
    ----------
    count : int
        Hits now.
    total : int
        How many they are among, at least 1.
    count_before : int
        Hits before.
    total_before : int
        How many they are among, at least 1.

    Returns
    -------
    Estimate
        Infinite without a hit before, then without an upper bound; 1 without bounds when there is no hit.

    References
    ----------
    Przyborowski, Wilenski (1940), Homogeneity of results in testing samples from Poisson series.
    Biometrika 31.
    Clopper, Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial.
    Biometrika 26.
    """
    from scipy.special import betaincinv

    both, exposure = count + count_before, total_before / total
    if not both:
        return Estimate(1.0, None, None)
    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(count, count_before + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, count_before, 1 - tail)) if count_before else None
    return Estimate(
        math.inf if not count_before else count / count_before * exposure,
        low / (1 - low) * exposure,
        None if high is None or high >= 1 else high / (1 - high) * exposure,
    )


def adjust_holm(values: Sequence[float]) -> list[float]:
    """Adjust p-values of one family of tests so that the chance of any false finding is kept.

    Parameters
    ----------
    values : Sequence[float]
        p-values, in [0, 1].

    Returns
    -------
    list[float]
        Adjusted p-values in the same order, at most 1.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure. Scand. J. Statist. 6.
    """
    adjusted = [0.0] * len(values)
    most = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        most = max(most, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = most
    return adjusted
