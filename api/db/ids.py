"""Identifiers of rows: a short prefix that names the kind, then a UUIDv7 in hexadecimal.

They sort by the time they were made, so that a list can be paged by id alone
and a page stays the same while rows are added.

References
----------
RFC 9562, section 5.7 (UUID version 7) and 6.2, method 1 (a counter within a millisecond).
"""

import re
import secrets
import threading
import time

_LENGTH = 32
_COUNTER_BITS = 12
_lock = threading.Lock()
_last = (0, 0)


def new_id(prefix: str) -> str:
    """Make an identifier that sorts after all that this process made before.

    Parameters
    ----------
    prefix : str
        Kind of the row, for instance ``cmt``.

    Returns
    -------
    str
        For instance ``cmt_0192f0c1a2b37c4d8e9f001122334455``.
    """
    milliseconds, counter = _tick()
    high = (milliseconds << 16) | (0x7 << 12) | counter
    low = (0b10 << 62) | secrets.randbits(62)
    return f"{prefix}_{(high << 64) | low:0{_LENGTH}x}"


def first_id(prefix: str, at: float) -> str:
    """Return what sorts before all identifiers that are made from a time on.

    Parameters
    ----------
    prefix : str
        Kind of the row.
    at : float
        Seconds since the epoch, as `time.time` counts them.

    Returns
    -------
    str
        No identifier of a row.
    """
    return f"{prefix}_{(int(at * 1000) << 80):0{_LENGTH}x}"


def is_id(prefix: str, value: str) -> bool:
    """Tell whether a string has the form of an identifier of this kind.

    Parameters
    ----------
    prefix : str
        Kind of the row.
    value : str
        What a caller sent.

    Returns
    -------
    bool
        True when `value` could have come from `new_id`.
    """
    return re.fullmatch(rf"{prefix}_[0-9a-f]{{{_LENGTH}}}", value) is not None


def _tick() -> tuple[int, int]:
    """Return the millisecond and a counter within it; never goes back, even when the clock does."""
    global _last
    with _lock:
        milliseconds, counter = max(time.time_ns() // 1_000_000, _last[0]), 0
        if milliseconds == _last[0]:
            counter = _last[1] + 1
            if counter >= 1 << _COUNTER_BITS:
                milliseconds, counter = milliseconds + 1, 0
        _last = (milliseconds, counter)
        return _last
