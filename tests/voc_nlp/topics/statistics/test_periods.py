"""Periods: calendar, ISO weeks, Japanese fiscal years; no gap, no overlap."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.errors import InputError
from voc_nlp.topics.statistics.periods import Period, period_of, periods_between

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "period", "start", "end"),
    [
        ((2026, 2, 28), Period.DAY, (2026, 2, 28), (2026, 2, 28)),
        ((2027, 1, 3), Period.WEEK, (2026, 12, 28), (2027, 1, 3)),
        ((2026, 12, 28), Period.WEEK, (2026, 12, 28), (2027, 1, 3)),
        ((2028, 2, 29), Period.MONTH, (2028, 2, 1), (2028, 2, 29)),
        ((2026, 12, 31), Period.MONTH, (2026, 12, 1), (2026, 12, 31)),
        ((2026, 5, 1), Period.QUARTER, (2026, 4, 1), (2026, 6, 30)),
        ((2027, 3, 31), Period.FISCAL_QUARTER, (2027, 1, 1), (2027, 3, 31)),
        ((2026, 5, 1), Period.YEAR, (2026, 1, 1), (2026, 12, 31)),
        ((2026, 3, 31), Period.FISCAL_YEAR, (2025, 4, 1), (2026, 3, 31)),
        ((2026, 4, 1), Period.FISCAL_YEAR, (2026, 4, 1), (2027, 3, 31)),
    ],
)
def test_period_of(
    day: tuple[int, int, int], period: Period, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    found = period_of(date(*day), period)
    assert (found.start, found.end) == (date(*start), date(*end))


@given(DAYS, st.integers(0, 1200), st.sampled_from(Period))
def test_periods_cover_all_days_once(start: date, length: int, period: Period) -> None:
    end = start + timedelta(days=length)
    found = list(periods_between(start, end, period))
    assert found[0].start <= start <= found[0].end
    assert found[-1].start <= end <= found[-1].end
    for one, following in pairwise(found):
        assert following.start - one.end == timedelta(days=1)
    assert all(period_of(one.start, period) == period_of(one.end, period) == one for one in found)


@pytest.mark.parametrize(
    ("start", "end"), [(date(2026, 1, 2), date(2026, 1, 1)), (date(1970, 1, 1), date(2026, 1, 1))]
)
def test_unusable_ranges(start: date, end: date) -> None:
    with pytest.raises(InputError, match="expected"):
        list(periods_between(start, end, Period.DAY))


@pytest.mark.parametrize("day", [date.min, date.max])
def test_end_of_the_calendar(day: date) -> None:
    with pytest.raises(InputError, match="calendar"):
        [period_of(day, period) for period in (Period.FISCAL_YEAR, Period.YEAR)]
