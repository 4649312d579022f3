"""The states and levels of a ticket."""

from enum import StrEnum


class Status(StrEnum):
    """Where a ticket stands; `RESOLVED` and `CLOSED` have a `resolved_at`, the others have none."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


UNRESOLVED = frozenset({Status.OPEN, Status.IN_PROGRESS, Status.WAITING})
"""States in which somebody still has to act, a further comment joins, and the clock runs."""


class Level(StrEnum):
    """Who must act, lowest first."""

    FRONTLINE = "frontline"
    DEPARTMENT = "department"
    EXECUTIVE = "executive"


_ORDER = tuple(Level)


def next_level(level: Level) -> Level | None:
    """Return the level above.

    Parameters
    ----------
    level : Level
        The present level.

    Returns
    -------
    Level | None
        None above the highest.
    """
    above = _ORDER.index(level) + 1
    return _ORDER[above] if above < len(_ORDER) else None


def higher(one: Level, other: Level) -> Level:
    """Return the higher of two levels.

    Parameters
    ----------
    one : Level
        A level.
    other : Level
        Another.

    Returns
    -------
    Level
        The higher.
    """
    return max(one, other, key=_ORDER.index)
