"""Business hours: when something is due that has so many hours, in a calendar with breaks and holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_SEARCHED_DAYS = 3 * 366
"""A calendar that is closed for three years on end is a mistake, not a calendar."""


@dataclass(frozen=True, slots=True)
class Block:
    """Open hours of a day, from `start` to `end` by the local clock."""

    start: time
    end: time


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
    """

    zone: ZoneInfo
    weekdays: frozenset[int]
    blocks: tuple[Block, ...]
    country: str = ""
    closed_days: frozenset[tuple[int, int]] = frozenset()
    closed_dates: frozenset[date] = frozenset()

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
        if day.weekday() not in self.weekdays or day in self.closed_dates:
            return False
        if (day.month, day.day) in self.closed_days:
            return False
        return not self.country or day not in _public_holidays(self.country, day.year)

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
        left = timedelta(hours=hours)
        for opens, closes in self._open_from(start):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise ValueError(
            f"the calendar has not {hours} open hours in {_SEARCHED_DAYS} days; check [calendar]"
        )

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open stretches from a time on, in UTC, so that a change of the clock is counted right."""
        first_day = start.astimezone(self.zone).date()
        for offset in range(_SEARCHED_DAYS):
            day = first_day + timedelta(days=offset)
            if not self.is_working_day(day):
                continue
            for block in self.blocks:
                opens = max(self._at(day, block.start), start.astimezone(UTC))
                closes = self._at(day, block.end)
                if opens < closes:
                    yield opens, closes

    def _at(self, day: date, clock: time) -> datetime:
        """Return a local time of a day in UTC."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """Return a country's public holidays of a year, substitute days included."""
    return frozenset(holidays.country_holidays(country, years=year))
