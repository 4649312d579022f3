"""Business hours by tables: lunch break, weekends, Japanese holidays, year end, other calendars."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.calendar import Block, BusinessCalendar
from tests.api.calendar import CALENDAR, TOKYO, tokyo


@pytest.mark.parametrize(
    ("start", "hours", "due", "why"),
    [
        ("2026-06-01 09:00", 1, "2026-06-01 10:00", "plain Monday"),
        ("2026-06-01 11:30", 1, "2026-06-01 13:30", "lunch break"),
        ("2026-06-01 12:30", 1, "2026-06-01 14:00", "received in the lunch break"),
        ("2026-06-01 09:00", 3, "2026-06-01 12:00", "to the end of a block"),
        ("2026-06-01 16:00", 1, "2026-06-01 17:00", "to the end of the day"),
        ("2026-06-01 16:00", 1.5, "2026-06-02 09:30", "over night"),
        ("2026-06-01 06:00", 1, "2026-06-01 10:00", "received before opening"),
        ("2026-06-01 21:00", 1, "2026-06-02 10:00", "received after closing"),
        ("2026-06-05 16:30", 1, "2026-06-08 09:30", "Friday to Monday"),
        ("2026-06-06 12:00", 4, "2026-06-08 14:00", "received on Saturday"),
        ("2026-06-01 09:00", 14, "2026-06-02 17:00", "two whole days"),
        ("2026-06-01 09:00", 70, "2026-06-12 17:00", "two whole weeks"),
        ("2026-05-01 16:30", 1, "2026-05-07 09:30", "Golden Week with its substitute holiday"),
        ("2026-01-09 16:00", 2, "2026-01-13 10:00", "Coming of Age Day on a Monday"),
        ("2026-09-18 16:30", 1, "2026-09-24 09:30", "Silver Week with the citizens' holiday"),
        ("2026-12-28 16:30", 1, "2027-01-04 09:30", "year end"),
        ("2025-12-31 10:00", 1, "2026-01-05 10:00", "received at year end, new year before a weekend"),
        ("2026-02-10 16:30", 1, "2026-02-12 09:30", "National Foundation Day"),
    ],
)
def test_due_after_in_the_shipped_calendar(start: str, hours: float, due: str, why: str) -> None:
    assert CALENDAR.due_after(tokyo(start), hours) == tokyo(due), why


def test_a_day_that_ends_at_six_leaves_no_rest_over_the_weekend() -> None:
    until_six = replace(CALENDAR, blocks=(Block(time(9), time(12)), Block(time(13), time(18))))
    assert until_six.due_after(tokyo("2026-06-05 16:30"), 1) == tokyo("2026-06-05 17:30")


def test_closed_dates_of_the_customer_are_skipped() -> None:
    closed = replace(CALENDAR, closed_dates=frozenset({date(2026, 8, 13), date(2026, 8, 14)}))
    assert closed.due_after(tokyo("2026-08-12 16:30"), 1) == tokyo("2026-08-17 09:30")


def test_a_change_of_the_clock_does_not_make_an_hour_longer() -> None:
    around_the_clock = BusinessCalendar(
        ZoneInfo("Europe/Berlin"), frozenset(range(7)), (Block(time(0), time(23, 59)),)
    )
    start = datetime(2026, 3, 28, 23, 0, tzinfo=ZoneInfo("UTC"))
    assert around_the_clock.due_after(start, 4) == datetime(2026, 3, 29, 3, 0, tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize("hours", [0, -1])
def test_hours_must_be_positive(hours: float) -> None:
    with pytest.raises(ValueError, match="hours > 0"):
        CALENDAR.due_after(tokyo("2026-06-01 09:00"), hours)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        CALENDAR.due_after(datetime(2026, 6, 1, 9), 1)


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(TOKYO)),
    hours=st.floats(0.01, 60),
    more=st.floats(0.01, 20),
)
def test_due_is_later_in_open_hours_and_grows(start: datetime, hours: float, more: float) -> None:
    due = CALENDAR.due_after(start, hours)
    local = due.astimezone(TOKYO)
    assert due > start
    assert CALENDAR.is_working_day(local.date())
    assert any(block.start < local.time() <= block.end for block in CALENDAR.blocks)
    assert CALENDAR.due_after(start, hours + more) > due
