"""The states of a ticket."""

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
