"""The clock: what time it is now, as one function that tests replace."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime."""


def utc_now() -> datetime:
    """Return the present.

    Returns
    -------
    datetime
        Aware, in UTC.
    """
    return datetime.now(UTC)
