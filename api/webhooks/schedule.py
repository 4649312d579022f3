"""When a delivery is tried again: nine attempts over more than a day, with growing delays."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

DELAYS_S = (0, 5, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600)
"""Seconds before each attempt; together 31 hours and 36 minutes."""
ATTEMPTS = len(DELAYS_S)
JITTER = 0.2
"""A delay is longer by up to this share, so that many do not come back at one moment."""
LONGEST_RETRY_AFTER = timedelta(hours=24)


def next_delay(attempts: int, retry_after: timedelta | None, random: Random) -> timedelta | None:
    """Say how long to wait after a failure.

    Parameters
    ----------
    attempts : int
        Attempts made so far, 1 or more.
    retry_after : timedelta | None
        What the receiver asked for, if it did.
    random : Random
        Source of the jitter.

    Returns
    -------
    timedelta | None
        None when that was the last attempt.
    """
    if attempts >= ATTEMPTS:
        return None
    delay = timedelta(seconds=DELAYS_S[attempts] * (1 + JITTER * random.random()))
    return max(delay, retry_after) if retry_after is not None else delay


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read the header Retry-After (RFC 9110, section 10.2.3).

    Parameters
    ----------
    value : str | None
        Seconds, or a date.
    now : datetime
        The present.

    Returns
    -------
    timedelta | None
        Not negative, at most `LONGEST_RETRY_AFTER`; None when there is none or it cannot be read.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    if not math.isfinite(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_RETRY_AFTER.total_seconds()))
