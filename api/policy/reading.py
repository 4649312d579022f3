"""Reads config/policy.toml; every mistake in it is named with its place and how to mend it."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays

from api.errors import ConfigurationError
from api.policy.calendar import Block, BusinessCalendar, HalfDay
from api.policy.conditions import WEEKDAYS
from api.policy.life_reading import MAX_HOURS, read_closing, read_escalation, read_hours
from api.policy.rule_reading import read_rules
from api.policy.rules import Policy

_CALENDAR_KEYS = {
    "timezone",
    "weekdays",
    "blocks",
    "public_holidays",
    "closed_days",
    "closed_dates",
    "half_days",
}
_HALF_DAY_KEYS = ("date", "day", "weekday")
Parsed = TypeVar("Parsed")


def load_policy(path: Path) -> Policy:
    """Read the policy.

    Parameters
    ----------
    path : Path
        A file like config/policy.toml.

    Returns
    -------
    Policy
        Complete and checked.
        A file that is missing, is not TOML, or holds what cannot be meant raises a `ConfigurationError`.
    """
    table = _read(path)
    place = path.name
    _only(
        table,
        {"version", "match", "rules", "sla", "escalation", "closing", "calendar", "assignment"},
        place,
    )
    first_answer_hours, resolution_hours = read_hours(_table(table, "sla", place), place)
    return Policy(
        version=_text(table, "version", place),
        ruleset=read_rules(table, place),
        first_answer_hours=first_answer_hours,
        resolution_hours=resolution_hours,
        calendar=_calendar(_table(table, "calendar", place), f"{place}: [calendar]"),
        escalation=read_escalation(
            _table(table, "escalation", place) if "escalation" in table else {}, f"{place}: [escalation]"
        ),
        closing=read_closing(
            _table(table, "closing", place) if "closing" in table else {}, f"{place}: [closing]"
        ),
        idle_after_hours=_idle_after_hours(table.get("assignment", {}), f"{place}: [assignment]"),
    )


def _idle_after_hours(table: Any, place: str) -> float | None:
    """Read after how long an untouched ticket is taken from its owner; never without a number."""
    if not isinstance(table, dict):
        raise ConfigurationError(f"{place}: expected a table")
    _only(table, {"idle_after_hours"}, place)
    hours: Any = table.get("idle_after_hours")
    if hours is None:
        return None
    if not _is_number(hours) or not 0 < hours <= MAX_HOURS:
        raise ConfigurationError(
            f"{place} idle_after_hours is {hours!r}; give business hours above 0, at most {MAX_HOURS}"
        )
    return float(hours)


def _calendar(table: Mapping[str, Any], place: str) -> BusinessCalendar:
    """Read the calendar."""
    _only(table, _CALENDAR_KEYS, place)
    weekdays = _strings(table, "weekdays", place)
    for day in weekdays:
        if day not in WEEKDAYS:
            raise ConfigurationError(f"{place} weekdays: met {day!r}, expected one of {', '.join(WEEKDAYS)}")
    country = str(table.get("public_holidays", ""))
    if country and country not in holidays.list_supported_countries():
        raise ConfigurationError(
            f"{place} public_holidays: met {country!r}, expected an ISO code such as JP, or ''"
        )
    zone = _parse(ZoneInfo, _text(table, "timezone", place), f"{place} timezone", "a name such as Asia/Tokyo")
    calendar = BusinessCalendar(
        zone=zone,
        weekdays=frozenset(WEEKDAYS.index(day) for day in weekdays),
        blocks=_blocks(_list(table, "blocks", place), place),
        country=country,
        closed_days=frozenset(
            _parse(_month_day, item, f"{place} closed_days", "month-day such as 12-31")
            for item in _strings(table, "closed_days", place, may_be_empty=True)
        ),
        closed_dates=frozenset(
            _parse(date.fromisoformat, item, f"{place} closed_dates", "a date such as 2026-08-13")
            for item in _strings(table, "closed_dates", place, may_be_empty=True)
        ),
        half_days=tuple(
            _half_day(row, f"{place} half_days[{index}]")
            for index, row in enumerate(_list(table, "half_days", place) if "half_days" in table else [])
        ),
    )
    try:
        calendar.end_of_business_day(datetime(2026, 1, 1, tzinfo=zone), 1)
    except ValueError:
        raise ConfigurationError(f"{place}: is closed for years on end; check closed_days") from None
    return calendar


def _half_day(row: Any, place: str) -> HalfDay:
    """Read days with open hours of their own: one of a date, a day of the year, a weekday."""
    if not isinstance(row, dict):
        raise ConfigurationError(f"{place}: expected a table [[calendar.half_days]]")
    _only(row, {*_HALF_DAY_KEYS, "blocks"}, place)
    named = [key for key in _HALF_DAY_KEYS if key in row]
    if len(named) != 1:
        raise ConfigurationError(f"{place}: met {named or 'no day'}, expected one of date, day, weekday")
    value, blocks = _text(row, named[0], place), _blocks(_list(row, "blocks", place), place)
    if named[0] == "date":
        return HalfDay(
            blocks, on=_parse(date.fromisoformat, value, f"{place} date", "a date such as 2026-12-28")
        )
    if named[0] == "day":
        return HalfDay(blocks, month_day=_parse(_month_day, value, f"{place} day", "month-day such as 12-28"))
    return HalfDay(
        blocks,
        weekday=_parse(WEEKDAYS.index, value, f"{place} weekday", f"one of {', '.join(WEEKDAYS)}"),
    )


def _blocks(rows: list[Any], place: str) -> tuple[Block, ...]:
    """Read the open hours of a day: in order, each ending after it starts."""
    blocks: list[Block] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 2:
            raise ConfigurationError(f'{place} blocks: met {row!r}, expected ["09:00", "12:00"]')
        start, end = (_parse(_clock, str(item), f"{place} blocks", "a time such as 09:00") for item in row)
        if end <= start or (blocks and start < blocks[-1].end):
            raise ConfigurationError(
                f"{place} blocks: {row!r} must end after it starts and follow the one before"
            )
        blocks.append(Block(start, end))
    return tuple(blocks)


def _clock(text: str) -> time:
    """Read ``09:00``."""
    return datetime.strptime(text, "%H:%M").time()


def _is_number(value: object) -> bool:
    """Tell whether a value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _month_day(text: str) -> tuple[int, int]:
    """Read ``12-31``; 02-29 is a day too."""
    day = date.fromisoformat(f"2024-{text}")
    return day.month, day.day


def _read(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); set VOC_CONFIG_DIR to its folder"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML in UTF-8: {error}") from error


def _only(table: Mapping[str, Any], known: set[str], place: str) -> None:
    """Refuse keys that nobody reads: most are typing mistakes."""
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigurationError(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    """Take a string that is not empty."""
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f'{place}: {key} is missing or not a text; write {key} = "..."')
    return value


def _table(table: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    """Take a table."""
    value = table.get(key)
    if not isinstance(value, dict):
        raise ConfigurationError(f"{place}: the table {key} is missing")
    return value


def _list(table: Mapping[str, Any], key: str, place: str) -> list[Any]:
    """Take a list that is not empty."""
    value = table.get(key)
    if not isinstance(value, list) or not value:
        raise ConfigurationError(f"{place}: {key} is missing or empty; give at least one")
    return value


def _strings(table: Mapping[str, Any], key: str, place: str, *, may_be_empty: bool = False) -> list[str]:
    """Take a list of strings."""
    value = table.get(key, [] if may_be_empty else None)
    if (
        not isinstance(value, list)
        or not all(isinstance(item, str) for item in value)
        or not (value or may_be_empty)
    ):
        raise ConfigurationError(f'{place}: {key} is {value!r}; write a list such as ["a", "b"]')
    return value


def _parse(reader: Callable[[str], Parsed], value: str, place: str, expected: str) -> Parsed:
    """Read a value, or say what was expected."""
    try:
        return reader(value)
    except (ValueError, KeyError, OSError):
        raise ConfigurationError(f"{place}: met {value!r}, expected {expected}") from None
