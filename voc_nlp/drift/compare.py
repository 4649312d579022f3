"""Is a week unlike those before it? One finding a measure, with a threshold from those weeks themselves."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from voc_nlp.drift.distances import Distance, Move, Sums, measure_distance
from voc_nlp.drift.measures import FORMS, Form, Measure, Table, maker_of, tabulate
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


class Status(StrEnum):
    """What became of a comparison."""

    STEADY = "steady"
    ALARM = "alarm"
    TOO_FEW_COMMENTS = "too_few_comments"
    TOO_FEW_WEEKS = "too_few_weeks"
    MODEL_CHANGED = "model_changed"
    """Too few weeks were analysed by the week's model version, though there are enough weeks."""


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
    n = int(sizes[list(latest)].sum())
    usable = [row for row in past if sizes[row] >= LEAST_COMMENTS]
    enough_weeks = sum(totals[row] >= LEAST_COMMENTS for row in past) >= LEAST_WEEKS
    if n < LEAST_COMMENTS:
        return Finding(measure, Status.TOO_FEW_COMMENTS, n, len(usable))
    if len(usable) < LEAST_WEEKS:
        changed = form.of_models and enough_weeks
        return Finding(measure, Status.MODEL_CHANGED if changed else Status.TOO_FEW_WEEKS, n, len(usable))
    before = _sum(table, usable)
    left_out = [
        measure_distance(form, _sum(table, [row]), _less(before, _sum(table, [row]))) for row in usable
    ]
    found = measure_distance(form, _sum(table, latest), before)
    usual = [one for one in left_out if one is not None]
    if found is None or len(usual) < LEAST_WEEKS or found.n < LEAST_COMMENTS:
        return Finding(measure, Status.TOO_FEW_COMMENTS, n, len(usual))
    own = sizes[list(latest)]
    bound = _bound(found, usual, float(own @ own / max(own.sum(), 1)), level)
    exceeds = found.value > bound.threshold and found.effect >= form.least_effect
    return Finding(
        measure,
        Status.ALARM if exceeds else Status.STEADY,
        int(found.n),
        len(usual),
        found.value,
        max(bound.threshold, form.least_effect) if found.effect == found.value else bound.threshold,
        bound.p,
        found.effect,
        tuple(_named(one, table, form) for one in found.moved),
    )


@dataclass(frozen=True, slots=True)
class _Bound:
    threshold: float
    p: float


def _bound(found: Distance, usual: Sequence[Distance], size: float, level: float) -> _Bound:
    """Bound the distance by those of the reference weeks; `size` is the mean week's size by comment."""
    ratios = np.array([(one.value / one.scale) ** 2 for one in usual])
    sizes = np.array([one.n for one in usual])
    freedom = float(np.mean([one.freedom for one in usual]))
    growth = max(float((ratios - 1).sum() / sizes.sum()), 0.0)
    strictest = _Bound(0.0, 0.0)
    for inflation, inflations in (
        (1.0, np.ones_like(sizes)),
        (1 + growth * size, 1 + growth * sizes),
    ):
        even = ratios / inflations
        mean = max(float(even.mean()), 1.0)
        spread = float(even.var(ddof=1)) / mean**2
        above = max(1.0, 2 / max(spread, 2 / freedom))
        below = above * len(usual)
        unit = found.scale * found.scale * inflation * mean
        bound = _Bound(
            math.sqrt(unit * f_quantile(level, round(above, 2), round(below, 1))),
            f_tail(found.value**2 / unit, above, below),
        )
        strictest = _Bound(max(strictest.threshold, bound.threshold), max(strictest.p, bound.p))
    return strictest


def _sum(table: Table, rows: Sequence[int]) -> Sums:
    chosen = list(rows)
    squares: NDArray[np.float64] | None = None
    if table.squares is not None:
        squares = table.squares[chosen].sum(axis=0)
    return Sums(table.sizes[chosen].sum(axis=0), table.values[chosen].sum(axis=0), squares)


def _less(whole: Sums, part: Sums) -> Sums:
    squares = None
    if whole.squares is not None and part.squares is not None:
        squares = whole.squares - part.squares
    return Sums(whole.sizes - part.sizes, whole.values - part.values, squares)


def _named(move: Move, table: Table, form: Form) -> Move:
    names = table.columns or table.languages
    return replace(move, name=names[int(move.name)])
