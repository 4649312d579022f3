"""Business hours by tables: lunch break, weekends, Japanese holidays, year end, other calendars."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.calendar import Block, BusinessCalendar, HalfDay
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


MORNING = (Block(time(9), time(12)),)
HALF_DAYS = replace(
    CALENDAR,
    half_days=(
        HalfDay(MORNING, on=date(2026, 5, 3)),  # a Sunday, and a holiday
        HalfDay(MORNING, month_day=(12, 28)),
        HalfDay((Block(time(10), time(11)),), weekday=5),
    ),
)
BERLIN = BusinessCalendar(
    ZoneInfo("Europe/Berlin"),
    frozenset(range(7)),
    (Block(time(1), time(2, 30)), Block(time(2, 30), time(4)), Block(time(9), time(17, 30))),
    country="DE",
)
NEW_YORK = BusinessCalendar(
    ZoneInfo("America/New_York"), frozenset(range(5)), (Block(time(0), time(23, 59)),), country="US"
)
CALENDARS = (CALENDAR, HALF_DAYS, BERLIN, NEW_YORK)


@pytest.mark.parametrize(
    ("start", "end", "hours", "why"),
    [
        ("2026-06-01 09:00", "2026-06-01 17:00", 7, "a day without its lunch break"),
        ("2026-06-05 16:30", "2026-06-08 09:30", 1, "Friday to Monday"),
        ("2026-06-06 00:00", "2026-06-07 23:59", 0, "a weekend"),
        ("2026-06-01 12:10", "2026-06-01 12:50", 0, "within the lunch break"),
        ("2026-05-01 16:30", "2026-05-07 09:30", 1, "Golden Week"),
        ("2026-12-28 16:00", "2027-01-04 10:00", 2, "year end"),
        ("2026-06-01 10:00", "2026-06-01 09:00", 0, "backwards"),
    ],
)
def test_open_time_in_the_shipped_calendar(start: str, end: str, hours: float, why: str) -> None:
    assert CALENDAR.open_time_between(tokyo(start), tokyo(end)) == timedelta(hours=hours), why


@pytest.mark.parametrize(
    ("start", "hours", "due", "why"),
    [
        (
            "2026-05-02 10:30",
            1,
            "2026-05-03 09:30",
            "Saturday from 10 to 11, then the date that is a holiday",
        ),
        ("2026-05-01 16:30", 1, "2026-05-02 10:30", "Friday to the half Saturday"),
        ("2026-12-28 11:30", 1, "2027-01-04 09:30", "the last morning of the year"),
        ("2026-05-03 11:30", 1, "2026-05-07 09:30", "holidays after the date of its own"),
        (
            "2027-12-28 09:00",
            4,
            "2028-01-04 10:00",
            "the same day of the next year, and no half Saturday on 1/1",
        ),
    ],
)
def test_half_days(start: str, hours: float, due: str, why: str) -> None:
    assert HALF_DAYS.due_after(tokyo(start), hours) == tokyo(due), why


def test_a_half_saturday_is_closed_on_a_holiday_and_a_closed_date_always() -> None:
    assert HALF_DAYS.blocks_of(date(2025, 5, 3)) == ()  # Constitution Day, a Saturday
    closed = replace(HALF_DAYS, closed_dates=frozenset({date(2026, 5, 3)}))
    assert closed.blocks_of(date(2026, 5, 3)) == ()


def test_the_hour_that_the_clock_leaves_out_or_repeats_is_counted_as_it_passes() -> None:
    def open_hours(day: date) -> float:
        start = datetime.combine(day, time(), BERLIN.zone)
        return BERLIN.open_time_between(start, start + timedelta(hours=8)) / timedelta(hours=1)

    assert open_hours(date(2026, 3, 28)) == 3
    assert open_hours(date(2026, 3, 29)) == 2  # 02:00 to 03:00 does not happen
    assert open_hours(date(2026, 10, 25)) == 4  # it happens twice


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-06-01 10:00", 1, "2026-06-02 17:00"),
        ("2026-06-05 16:30", 5, "2026-06-12 17:00"),
        ("2026-04-28 09:00", 2, "2026-05-01 17:00"),
        ("2026-12-26 09:00", 2, "2027-01-04 17:00"),
    ],
)
def test_the_end_of_a_business_day(start: str, days: int, end: str) -> None:
    assert CALENDAR.end_of_business_day(tokyo(start), days) == tokyo(end)


def test_a_calendar_that_never_opens_is_named_and_an_open_one_may_be_searched_for_long() -> None:
    shut = replace(CALENDAR, closed_days=frozenset((m, d) for m in range(1, 13) for d in range(1, 32)))
    for ask in (
        lambda: shut.due_after(tokyo("2026-06-01 09:00"), 1),
        lambda: shut.end_of_business_day(NOON, 1),
    ):
        with pytest.raises(ValueError, match="closed for"):
            ask()
    seldom = replace(CALENDAR, weekdays=frozenset({0}), blocks=(Block(time(9), time(9, 30)),))
    assert seldom.due_after(tokyo("2026-06-01 09:00"), 150).astimezone(TOKYO).year > 2031


NOON = tokyo("2026-06-01 12:00")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
amounts = st.timedeltas(timedelta(0), timedelta(hours=80))


@given(calendar=st.sampled_from(CALENDARS), start=moments, amount=amounts)
def test_adding_is_the_inverse_of_measuring(
    calendar: BusinessCalendar, start: datetime, amount: timedelta
) -> None:
    due = calendar.add(start, amount)
    assert calendar.open_time_between(start, due) == amount
    assert calendar.open_time_between(start, due - timedelta(microseconds=1)) <= amount


@given(calendar=st.sampled_from(CALENDARS), start=moments, first=amounts, then=amounts)
def test_adding_twice_is_adding_the_sum(
    calendar: BusinessCalendar, start: datetime, first: timedelta, then: timedelta
) -> None:
    assert calendar.add(calendar.add(start, first), then) == calendar.add(start, first + then)


@given(calendar=st.sampled_from(CALENDARS), times=st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_measuring_is_additive_and_grows(calendar: BusinessCalendar, times: list[datetime]) -> None:
    start, middle, end = (min(one, times[0] + timedelta(days=60 * place)) for place, one in enumerate(times))
    first, then = calendar.open_time_between(start, middle), calendar.open_time_between(middle, end)
    assert calendar.open_time_between(start, end) == first + then
    assert timedelta(0) <= first <= middle - start
