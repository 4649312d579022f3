"""Demand J26, the business calendar, in the calendar that ships: what is due when."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.api.calendar import CALENDAR, tokyo


@pytest.mark.parametrize(
    ("start", "hours", "due", "why"),
    [
        ("2026-07-03 16:30", 1, "2026-07-06 09:30", "金曜の夕方は月曜の朝"),
        ("2027-04-30 16:30", 1, "2027-05-06 09:30", "5月3日から5日は休み"),
        ("2026-07-01 11:45", 0.5, "2026-07-01 13:15", "昼休みは数えない"),
        ("2026-12-28 15:00", 3, "2027-01-04 10:00", "年末年始"),
        ("2026-11-02 16:00", 2, "2026-11-04 10:00", "文化の日"),
        ("2026-03-19 16:00", 2, "2026-03-23 10:00", "春分の日と週末"),
        ("2027-03-19 16:00", 2, "2027-03-23 10:00", "日曜の春分の日の振替休日"),
    ],
)
def test_due(start: str, hours: float, due: str, why: str) -> None:
    assert CALENDAR.due_after(tokyo(start), hours) == tokyo(due), why


def test_a_time_in_utc_is_read_by_the_clock_of_tokyo() -> None:
    start = datetime.fromisoformat("2026-07-03T07:30:00+00:00")
    assert CALENDAR.due_after(start, 1) == tokyo("2026-07-06 09:30")


def test_obon_is_closed_where_the_customer_says_so() -> None:
    days = frozenset(date(2026, 8, day) for day in (13, 14))
    assert CALENDAR.due_after(tokyo("2026-08-12 16:30"), 1) == tokyo("2026-08-13 09:30")
    assert replace(CALENDAR, closed_dates=days).due_after(tokyo("2026-08-12 16:30"), 1) == tokyo(
        "2026-08-17 09:30"
    )
