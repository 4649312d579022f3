"""The three levels at which a problem is owned, and their order."""

from enum import StrEnum


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
