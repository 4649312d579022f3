"""Local days in SQL, on SQLite as on PostgreSQL: the database adds the offset of the zone to the time."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Interval, String, case, cast, func, literal, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

_STEP = timedelta(days=1)
_NEAR = timedelta(seconds=1)


def offsets_between(first: datetime, last: datetime, zone: tzinfo) -> Iterator[tuple[datetime, timedelta]]:
    """Cut a stretch of time where a zone's offset from UTC changes.

    Parameters
    ----------
    first : datetime
        Aware.
    last : datetime
        Not before it.
    zone : tzinfo
        The zone; two changes within a day are taken for one.

    Yields
    ------
    tuple[datetime, timedelta]
        Until when (itself not in it, to the second) an offset holds; the last of them is after `last`.
    """
    offset, reached = _offset(first, zone), first
    while reached <= last:
        after = reached + _STEP
        if (other := _offset(after, zone)) != offset:
            yield _change(reached, after, zone), offset
            offset = other
        reached = after
    yield reached, offset


def local_day(
    column: InstrumentedAttribute[datetime], first: datetime, last: datetime, *, zone: tzinfo, sqlite: bool
) -> ColumnElement[Any]:
    """Tell a time's day in a zone.

    Parameters
    ----------
    column : InstrumentedAttribute[datetime]
        Holds times, all of them from `first` to `last`.
    first : datetime
        The earliest of them.
    last : datetime
        The latest of them.
    zone : tzinfo
        Where days are counted.
    sqlite : bool
        Whether SQLite is asked, and not PostgreSQL.

    Returns
    -------
    ColumnElement[Any]
        A text such as ``2026-04-01``.
    """
    *before, (_, final) = offsets_between(first, last, zone)
    days = [(column < until, _shifted(column, offset, sqlite)) for until, offset in before]
    rest = _shifted(column, final, sqlite)
    return case(*days, else_=rest) if days else rest


def _shifted(column: InstrumentedAttribute[datetime], offset: timedelta, sqlite: bool) -> ColumnElement[Any]:
    if sqlite:
        return func.date(column, f"{int(offset.total_seconds()):+d} seconds", type_=String)
    in_utc = type_coerce(column, DateTime(timezone=True)) + literal(offset, Interval)
    return cast(cast(in_utc, Date), String)


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Find when the offset changes, to the second, between two times with different ones."""
    old = _offset(before, zone)
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    while after - before > _NEAR:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after
