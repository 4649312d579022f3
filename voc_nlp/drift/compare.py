"""Is a week unlike those before it? One finding a measure, with a threshold from those weeks themselves."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from voc_nlp.drift.distances import Distances, Move, Sums, find_moves, measure_distances
from voc_nlp.drift.measures import FORMS, Kind, Measure, Table, maker_of, tabulate
from voc_nlp.drift.profile import WeekProfile
from voc_nlp.drift.tails import f_quantile, f_tail
from voc_nlp.errors import InputError

LEAST_COMMENTS = 50
"""A week with fewer is not judged, nor compared with."""

LEAST_WEEKS = 8
"""Weeks to compare with."""

ALARMS_A_YEAR = 0.25
"""False alarms that a stationary stream may raise in the mean, by the model; benchmarks/drift.py measures
how many it raises in fact."""

_TESTS = 2 * len(FORMS)
"""Each measure is looked at for what is sudden and for what is gradual."""

LEVEL = ALARMS_A_YEAR / 52 / _TESTS
"""Chance of a false alarm of one measure in one week: the yearly budget, divided evenly (Bonferroni)."""


_PRIOR_WEEKS = 8
_FEW_THINGS = 1.0
"""Where weeks vary beyond sampling, as if two things varied on their own, weighed as so many weeks. Without
it streams of 5,000 comments whose topics vary raised 1.5 alarms a year, with it 0.4 (benchmarks/drift.py)."""


class Status(StrEnum):
    """What became of a comparison."""

    STEADY = "steady"
    ALARM = "alarm"
    TOO_FEW_COMMENTS = "too_few_comments"
    TOO_FEW_WEEKS = "too_few_weeks"
    MODEL_CHANGED = "model_changed"
    """Too few weeks were analysed by the week's model version, though there are enough weeks, or not all
    of the week was."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure of one week.

    Parameters
    ----------
    measure : Measure
        What was compared.
    status : Status
        What became of it; the figures below are None unless it is ``steady`` or ``alarm``.
    n : int
        Comments of the week that count for the measure.
    weeks : int
        Weeks that it was compared with.
    statistic : float | None
        Distance from those weeks, in the unit of the measure.
    threshold : float | None
        From where on it is unlikely to be chance.
    p : float | None
        Chance of such a distance when nothing has changed, of this measure alone.
    effect : float | None
        Size of the change in points of comments; the statistic itself except for the vocabulary.
    moved : tuple[Move, ...]
        What changed most, the strongest first. For the vocabulary the names are hash buckets.
    """

    measure: Measure
    status: Status
    n: int
    weeks: int
    statistic: float | None = None
    threshold: float | None = None
    p: float | None = None
    effect: float | None = None
    moved: tuple[Move, ...] = ()

    @property
    def is_alarm(self) -> bool:
        """Whether the measure drifted."""
        return self.status is Status.ALARM


def compare(
    reference: Sequence[WeekProfile],
    week: WeekProfile | Sequence[WeekProfile],
    *,
    measures: Iterable[Measure] = tuple(Measure),
    level: float = LEVEL,
) -> list[Finding]:
    """Compare a week with weeks before it.

    The distance of every reference week from the others tells how much weeks vary by themselves, beyond what
    sampling explains. The squared distance of the week, over their mean square, is compared with the F
    distribution; sampling alone is the floor of that mean. How the variation depends on the number of
    comments is not known from weeks of like size, so both extremes are tried and the milder verdict holds:
    customers who write in bunches (the ratio to sampling stays) and weeks that differ as such (it grows
    with the number).

    Parameters
    ----------
    reference : Sequence[WeekProfile]
        Weeks to compare with, in any order; at least `LEAST_WEEKS` of at least `LEAST_COMMENTS` comments.
    week : WeekProfile | Sequence[WeekProfile]
        The week, or several that are looked at as one.
    measures : Iterable[Measure]
        What to compare.
    level : float
        Chance of a false alarm of one measure, in (0, 1).

    Returns
    -------
    list[Finding]
        One a measure, in the order of `measures`.

    Raises
    ------
    InputError
        If `level` is no chance, or no week is given.
    """
    if not 0 < level < 1:
        raise InputError(f"the level is {level}; expected a chance between 0 and 1, such as {LEVEL:.2g}.")
    recent = [week] if isinstance(week, WeekProfile) else list(week)
    if not recent:
        raise InputError("no week to judge was given; expected one or more. Hand in its profile.")
    weeks = [*reference, *recent]
    past, latest = range(len(reference)), range(len(reference), len(weeks))
    return [
        judge(
            measure,
            tabulate(weeks, measure, maker_of(recent[-1], measure)),
            past,
            latest,
            level,
            [one.n for one in weeks],
        )
        for measure in measures
    ]


def judge(
    measure: Measure,
    table: Table,
    past: Sequence[int],
    latest: Sequence[int],
    level: float,
    totals: Sequence[int],
) -> Finding:
    """Judge one measure of some weeks by that of others.

    Parameters
    ----------
    measure : Measure
        What is compared.
    table : Table
        The measure of all weeks.
    past : Sequence[int]
        Rows of the weeks to compare with.
    latest : Sequence[int]
        Rows of the weeks to judge, as one.
    level : float
        Chance of a false alarm.
    totals : Sequence[int]
        All comments of each week, whatever analysed them.

    Returns
    -------
    Finding
        Its moves are named.
    """
    form = FORMS[measure]
    sizes = table.sizes.sum(axis=1)
    latest = list(latest)
    n = int(sizes[latest].sum())
    usable = [row for row in past if sizes[row] >= LEAST_COMMENTS and table.whole[row]]
    enough_weeks = sum(totals[row] >= LEAST_COMMENTS for row in past) >= LEAST_WEEKS
    if n < LEAST_COMMENTS:
        return Finding(measure, Status.TOO_FEW_COMMENTS, n, len(usable))
    if not table.whole[latest[-1]]:
        return Finding(measure, Status.MODEL_CHANGED, n, len(usable))
    latest = [row for row in latest if table.whole[row]]
    n = int(sizes[latest].sum())
    if n < LEAST_COMMENTS or len(usable) < LEAST_WEEKS:
        changed = form.of_models and enough_weeks
        return Finding(measure, Status.MODEL_CHANGED if changed else Status.TOO_FEW_WEEKS, n, len(usable))
    weeks = Sums(table.sizes[usable], table.values[usable], _of_rows(table.squares, usable))
    whole = _sum(weeks)
    usual = measure_distances(form, weeks, _less(whole, weeks))
    week = _sum(Sums(table.sizes[latest], table.values[latest], _of_rows(table.squares, latest)))
    found = measure_distances(form, week, whole)
    fit = usual.n >= LEAST_COMMENTS
    if fit.sum() < LEAST_WEEKS or found.n[0] < LEAST_COMMENTS:
        return Finding(measure, Status.TOO_FEW_COMMENTS, n, int(fit.sum()))
    own = sizes[latest]
    bound = _bound(found, usual, fit, float(own @ own / own.sum()), level)
    value, effect = float(found.value[0]), float(found.effect[0])
    threshold = bound.threshold if form.kind is Kind.WORDS else max(bound.threshold, form.least_effect)
    return Finding(
        measure,
        Status.ALARM if value > threshold and effect >= form.least_effect else Status.STEADY,
        int(found.n[0]),
        int(fit.sum()),
        value,
        threshold,
        bound.p,
        effect,
        tuple(replace(one, name=_name(one, table)) for one in find_moves(form, week, whole)),
    )


@dataclass(frozen=True, slots=True)
class _Bound:
    threshold: float
    p: float


def _bound(found: Distances, usual: Distances, fit: NDArray[np.bool_], size: float, level: float) -> _Bound:
    """Bound the distance by those of the reference weeks; `size` is the week's, by comment."""
    ratios = np.square(usual.value[fit] / usual.scale[fit])
    sizes = usual.n[fit]
    freedom = float(usual.freedom[fit].mean())
    growth = max(float((ratios - 1).sum() / sizes.sum()), 0.0)
    strictest = _Bound(0.0, 0.0)
    for inflation, inflations in (
        (1.0, np.ones_like(sizes)),
        (1 + growth * size, 1 + growth * sizes),
    ):
        even = ratios / inflations
        mean = max(float(even.mean()), 1.0)
        spread = _steadied(float(even.var(ddof=1)) / mean**2, len(even), mean, freedom)
        above = max(1.0, 2 / spread)
        below = above * len(ratios)
        unit = float(found.scale[0]) ** 2 * inflation * mean
        bound = _Bound(
            math.sqrt(unit * f_quantile(level, round(above, 2), round(below, 1))),
            f_tail(float(found.value[0]) ** 2 / unit, above, below),
        )
        strictest = _Bound(max(strictest.threshold, bound.threshold), max(strictest.p, bound.p))
    return strictest


def _steadied(spread: float, weeks: int, mean: float, freedom: float) -> float:
    """Raise the spread of few weeks towards what is expected of it, and no lower than sampling.

    Sampling alone gives 2 / freedom; the more weeks vary beyond it, the fewer things may vary on their own.
    """
    sampling = 2 / freedom
    expected = sampling / mean + _FEW_THINGS * (1 - 1 / mean)
    mixed = (weeks * spread + _PRIOR_WEEKS * expected) / (weeks + _PRIOR_WEEKS)
    return max(mixed, spread, sampling)


def _of_rows(squares: NDArray[np.float64] | None, rows: Sequence[int]) -> NDArray[np.float64] | None:
    return None if squares is None else squares[rows]


def _sum(weeks: Sums) -> Sums:
    """Add weeks up; the first axis stays, of length 1."""
    squares = None if weeks.squares is None else weeks.squares.sum(axis=0, keepdims=True)
    return Sums(weeks.sizes.sum(axis=0, keepdims=True), weeks.values.sum(axis=0, keepdims=True), squares)


def _less(whole: Sums, parts: Sums) -> Sums:
    squares = None
    if whole.squares is not None and parts.squares is not None:
        squares = whole.squares - parts.squares
    return Sums(whole.sizes - parts.sizes, whole.values - parts.values, squares)


def _name(move: Move, table: Table) -> str:
    return (table.columns or table.languages)[int(move.name)]
