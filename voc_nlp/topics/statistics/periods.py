"""Calendar and fiscal periods: the one a day lies in, and all from one day to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from voc_nlp.errors import InputError

MOST_PERIODS = 5000
"""More periods than this in one table come from a wrong date, not from a wish."""

_FISCAL_START = 4
"""Month in which a Japanese fiscal year begins."""


class Period(StrEnum):
    """Length of a period; weeks begin on Monday (ISO 8601), fiscal ones are counted from April."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    FISCAL_QUARTER = "fiscal_quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Days from `start` to `end`, both included."""

    start: date
    end: date


_MONTHS = {
    Period.MONTH: 1,
    Period.QUARTER: 3,
    Period.FISCAL_QUARTER: 3,  # a fiscal year from April has the same quarters, numbered otherwise
    Period.YEAR: 12,
    Period.FISCAL_YEAR: 12,
}


def period_of(day: date, period: Period) -> Stretch:
    """Find the period that a day lies in.

    Parameters
    ----------
    day : date
        The day, in the years 2 to 9998.
    period : Period
        Length of the period.

    Returns
    -------
    Stretch
        Its first and last day.

    Raises
    ------
    InputError
        If the calendar ends within the period.
    """
    try:
        return _period_of(day, period)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"the day {day.isoformat()} is at the end of the calendar; expected a day on which a comment can "
            "have been written. Correct the date, or leave it out by start and end."
        ) from error


def _period_of(day: date, period: Period) -> Stretch:
    if period is Period.DAY:
        return Stretch(day, day)
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Stretch(monday, monday + timedelta(days=6))
    months = _MONTHS[period]
    shift = _FISCAL_START - 1 if period is Period.FISCAL_YEAR else 0
    number = day.year * 12 + day.month - 1 - shift  # months since the year 0, from the fiscal start
    first = number - number % months + shift
    after = first + months
    return Stretch(
        date(first // 12, first % 12 + 1, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    )


def periods_between(start: date, end: date, period: Period) -> Iterator[Stretch]:
    """List all periods from the one of `start` to the one of `end`.

    Parameters
    ----------
    start : date
        First day.
    end : date
        Last day.
    period : Period
        Length of the periods.

    Yields
    ------
    Stretch
        In order, without a gap.

    Raises
    ------
    InputError
        If `end` is before `start`, or there are more than `MOST_PERIODS`.
    """
    if end < start:
        raise InputError(
            f"the end {end.isoformat()} is before the start {start.isoformat()}; expected the same day or a "
            "later one. Exchange them."
        )
    current = period_of(start, period)
    last = period_of(end, period)
    length = (current.end - current.start).days + 1
    if (last.start - current.start).days // length >= MOST_PERIODS:
        raise InputError(
            f"{start.isoformat()} to {end.isoformat()} holds more than {MOST_PERIODS} periods of a "
            f"{period.value}; expected fewer. Name a start and an end, or take longer periods."
        )
    while current.start < last.start:
        yield current
        current = period_of(current.end + timedelta(days=1), period)
    yield current
