"""Business hours: when something is due, and how much open time lies between, with breaks and holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_CLOSED_DAYS = 3 * 366
"""A calendar that is closed for three years on end is a mistake, not a calendar."""
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Block:
    """Open hours of a day, from `start` to `end` by the local clock."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class HalfDay:
    """Days with open hours of their own; exactly one of the three says which days.

    Parameters
    ----------
    blocks : tuple of Block
        Their open hours, in order, not overlapping.
    on : date | None
        One date; it is open even on a weekend or a public holiday.
    month_day : tuple of int | None
        (month, day) of every year, where that is a working day.
    weekday : int | None
        Every such weekday, Monday is 0, also one that is not among the working days; not on holidays.
    """

    blocks: tuple[Block, ...]
    on: date | None = None
    month_day: tuple[int, int] | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When people work.

    Parameters
    ----------
    zone : ZoneInfo
        The local clock.
    weekdays : frozenset of int
        Working days, Monday is 0.
    blocks : tuple of Block
        Open hours of a working day, in order, not overlapping.
    country : str
        ISO code whose public holidays are closed; empty for none.
    closed_days : frozenset of tuple
        (month, day) closed every year.
    closed_dates : frozenset of date
        Closed once.
    half_days : tuple of HalfDay
        Days with other open hours.
    """

    zone: ZoneInfo
    weekdays: frozenset[int]
    blocks: tuple[Block, ...]
    country: str = ""
    closed_days: frozenset[tuple[int, int]] = frozenset()
    closed_dates: frozenset[date] = frozenset()
    half_days: tuple[HalfDay, ...] = ()

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on a day.

        Parameters
        ----------
        day : date
            A local date.

        Returns
        -------
        bool
            False on weekends, public holidays and closed days.
        """
        return bool(self.blocks_of(day))

    def blocks_of(self, day: date) -> tuple[Block, ...]:
        """Return the open hours of a day.

        Parameters
        ----------
        day : date
            A local date.

        Returns
        -------
        tuple[Block, ...]
            Empty when it is closed. A date of its own goes before holidays, a day of the
            year before a weekday, any of them before the ordinary hours.
        """
        if day in self.closed_dates:
            return ()
        for half_day in self.half_days:
            if half_day.on == day:
                return half_day.blocks
        if (day.month, day.day) in self.closed_days or self._is_public_holiday(day):
            return ()
        works = day.weekday() in self.weekdays
        for half_day in self.half_days:
            if works and half_day.month_day == (day.month, day.day):
                return half_day.blocks
        for half_day in self.half_days:
            if half_day.weekday == day.weekday():
                return half_day.blocks
        return self.blocks if works else ()

    def due_after(self, start: datetime, hours: float) -> datetime:
        """Add business hours to a time.

        Parameters
        ----------
        start : datetime
            Aware.
        hours : float
            Business hours, more than zero.

        Returns
        -------
        datetime
            Aware, UTC; the end of a block counts as within it (16:00 + 1 h is due 17:00).

        Raises
        ------
        ValueError
            If `start` has no zone, `hours` is not positive, or the calendar never opens.
        """
        if start.tzinfo is None or hours <= 0:
            raise ValueError(
                f"met start {start.isoformat()} and {hours} hours; pass an aware time and hours > 0"
            )
        return self.add(start, timedelta(hours=hours))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Add open time to a time.

        Parameters
        ----------
        start : datetime
            Aware.
        amount : timedelta
            Open time; nothing or less gives `start` itself.

        Returns
        -------
        datetime
            Aware, UTC; `open_time_between` the two is `amount`.

        Raises
        ------
        ValueError
            If the calendar never opens.
        """
        left = amount
        if left <= _NOTHING:
            return start.astimezone(UTC)
        for opens, closes in self.open_from(start):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise ValueError(f"the calendar is closed for {_CLOSED_DAYS} days on end; check [calendar]")

    def open_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Measure the open time from one moment to another.

        Parameters
        ----------
        start : datetime
            Aware.
        end : datetime
            Aware.

        Returns
        -------
        timedelta
            Nothing when `end` is not after `start`.

        Raises
        ------
        ValueError
            If a time has no zone.
        """
        if start.tzinfo is None or end.tzinfo is None:
            raise ValueError("met a time without a zone; pass aware times")
        total = _NOTHING
        if end <= start:
            return total
        for opens, closes in self.open_from(start, until=end):
            total += min(closes, end) - opens
        return total

    def end_of_business_day(self, start: datetime, days: int) -> datetime:
        """Find the end of the last open hours of a working day after a time.

        Parameters
        ----------
        start : datetime
            Aware; its own day does not count.
        days : int
            Which working day after it, from 1.

        Returns
        -------
        datetime
            Aware, UTC.

        Raises
        ------
        ValueError
            If `days` is less than 1, or the calendar never opens.
        """
        if days < 1:
            raise ValueError(f"met {days} business days; pass 1 or more")
        day, closed = start.astimezone(self.zone).date(), 0
        while closed < _CLOSED_DAYS:
            day += timedelta(days=1)
            blocks = self.blocks_of(day)
            closed = 0 if blocks else closed + 1
            days -= bool(blocks)
            if not days:
                return self._at(day, blocks[-1].end)
        raise ValueError(f"the calendar is closed for {_CLOSED_DAYS} days on end; check [calendar]")

    def open_from(
        self, start: datetime, until: datetime | None = None
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open stretches from a time on, in UTC, so that a change of the clock is counted right.

        A block that a change of the clock moves into the one before begins where that one ends.

        Parameters
        ----------
        start : datetime
            Aware; the first stretch begins here or later.
        until : datetime | None
            No stretch begins then or later.

        Yields
        ------
        tuple[datetime, datetime]
            When it opens and closes; no more after years that are closed on end.
        """
        reached = start.astimezone(UTC)
        last_day = until.astimezone(self.zone).date() if until is not None else None
        day, closed = start.astimezone(self.zone).date(), 0
        while closed < _CLOSED_DAYS and (last_day is None or day <= last_day):
            blocks = self.blocks_of(day)
            closed = 0 if blocks else closed + 1
            for block in blocks:
                opens, closes = max(self._at(day, block.start), reached), self._at(day, block.end)
                if until is not None and opens >= until:
                    return
                if opens < closes:
                    reached = closes
                    yield opens, closes
            day += timedelta(days=1)

    def _at(self, day: date, clock: time) -> datetime:
        """Return a local time of a day in UTC."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def _is_public_holiday(self, day: date) -> bool:
        return bool(self.country) and day in _public_holidays(self.country, day.year)


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """Return a country's public holidays of a year, substitute days included."""
    return frozenset(holidays.country_holidays(country, years=year))
