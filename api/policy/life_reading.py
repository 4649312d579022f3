"""Reads the tables [sla], [escalation] and [closing] of config/policy.toml."""

from collections.abc import Mapping
from typing import Any

from api.errors import ConfigurationError
from api.policy.levels import Level
from api.policy.life import Closing, Escalation, Hours
from voc_nlp.schema import UrgencyLevel

MAX_HOURS = 1000
"""Most business hours of a deadline."""
_GOALS = ("first_answer", "resolution")


def read_hours(table: Mapping[str, Any], place: str) -> tuple[Hours, Hours]:
    """Read the business hours to the first answer and to the resolution.

    Parameters
    ----------
    table : Mapping[str, Any]
        The table [sla].
    place : str
        The file's name, for messages.

    Returns
    -------
    tuple[Hours, Hours]
        To the first answer, to the resolution; a resolution has never fewer hours.

    Raises
    ------
    ConfigurationError
        If hours are missing, or cannot be meant.
    """
    _only(table, {level.value for level in Level}, f"{place}: [sla]")
    hours: dict[str, dict[tuple[Level, UrgencyLevel], float]] = {goal: {} for goal in _GOALS}
    for level in Level:
        of_level = _table(table, level.value, f"{place}: [sla]")
        if set(of_level) & {urgency.value for urgency in UrgencyLevel}:
            raise ConfigurationError(
                f"{place}: [sla.{level}] holds hours itself; since the resolution has hours too, write them "
                f"under [sla.{level}.first_answer], and add [sla.{level}.resolution]"
            )
        _only(of_level, set(_GOALS), f"{place}: [sla.{level}]")
        for goal in _GOALS:
            row = _table(of_level, goal, f"{place}: [sla.{level}]")
            _only(row, {urgency.value for urgency in UrgencyLevel}, f"{place}: [sla.{level}.{goal}]")
            for urgency in UrgencyLevel:
                value: Any = row.get(urgency.value)
                if (
                    isinstance(value, bool)
                    or not isinstance(value, int | float)
                    or not 0 < value <= MAX_HOURS
                ):
                    raise ConfigurationError(
                        f"{place}: [sla.{level}.{goal}] {urgency} is {value!r}; "
                        f"give business hours above 0, at most {MAX_HOURS}"
                    )
                hours[goal][level, urgency] = float(value)
        for urgency in UrgencyLevel:
            if hours["resolution"][level, urgency] < hours["first_answer"][level, urgency]:
                raise ConfigurationError(
                    f"{place}: [sla.{level}] {urgency}: the resolution is due before the first answer; "
                    "give it as many hours or more"
                )
    return hours["first_answer"], hours["resolution"]


def read_escalation(table: Mapping[str, Any], place: str) -> Escalation:
    """Read when tickets are raised for their complexity.

    Parameters
    ----------
    table : Mapping[str, Any]
        The table [escalation]; what is missing has its default.
    place : str
        The table's place, for messages.

    Returns
    -------
    Escalation
        Checked.

    Raises
    ------
    ConfigurationError
        If a value cannot be meant.
    """
    defaults = Escalation()
    numbers = ("departments_at_least", "comments_more_than", "reopened_at_least")
    _only(table, {*numbers, "executives", "after_reopening"}, place)
    executives = table.get("executives", [])
    if not isinstance(executives, list) or not all(
        isinstance(one, str) and one.strip() for one in executives
    ):
        raise ConfigurationError(f'{place} executives: met {executives!r}; write a list such as ["ceo"]')
    after_reopening = table.get("after_reopening", defaults.after_reopening)
    if not isinstance(after_reopening, bool):
        raise ConfigurationError(f"{place} after_reopening: met {after_reopening!r}, expected true or false")
    counts = {name: _count(table, name, getattr(defaults, name), place) for name in numbers}
    return Escalation(executives=tuple(executives), after_reopening=after_reopening, **counts)


def read_closing(table: Mapping[str, Any], place: str) -> Closing:
    """Read when resolved tickets close, and how long they can be reopened by a comment.

    Parameters
    ----------
    table : Mapping[str, Any]
        The table [closing]; what is missing has its default.
    place : str
        The table's place, for messages.

    Returns
    -------
    Closing
        Checked; ConfigurationError when a value cannot be meant.
    """
    defaults = Closing()
    _only(table, {"after_business_days", "reopen_within_days"}, place)
    return Closing(
        _count(table, "after_business_days", defaults.after_business_days, place, least=1),
        _count(table, "reopen_within_days", defaults.reopen_within_days, place),
    )


def _count(table: Mapping[str, Any], key: str, default: int, place: str, least: int = 0) -> int:
    """Take a whole number up to 366."""
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 366:
        raise ConfigurationError(f"{place} {key}: met {value!r}, expected a whole number from {least} to 366")
    return value


def _only(table: Mapping[str, Any], known: set[str], place: str) -> None:
    """Refuse keys that nobody reads: most are typing mistakes."""
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigurationError(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _table(table: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    """Take a table."""
    value = table.get(key)
    if not isinstance(value, dict):
        raise ConfigurationError(f"{place}: the table {key} is missing")
    return value
