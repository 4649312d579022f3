"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from api.webhooks.schedule import ATTEMPTS, DELAYS_S, JITTER, next_delay, read_retry_after

NOW = datetime(2026, 4, 3, 7, 30, tzinfo=UTC)


def test_at_least_eight_attempts_over_a_day_with_growing_delays() -> None:
    assert ATTEMPTS >= 8
    assert sum(DELAYS_S) >= 24 * 3600
    assert list(DELAYS_S) == sorted(set(DELAYS_S))


def test_jitter_only_lengthens_a_delay() -> None:
    random = Random(7)
    for attempts in range(1, ATTEMPTS):
        drawn = [next_delay(attempts, None, random) for _ in range(50)]
        base = timedelta(seconds=DELAYS_S[attempts])
        assert len(set(drawn)) > 1
        assert all(delay is not None and base <= delay <= base * (1 + JITTER) for delay in drawn)
    assert next_delay(ATTEMPTS, None, random) is None
    assert next_delay(ATTEMPTS, timedelta(hours=1), random) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999", 86400),
        ("9" * 400, 86400),
        ("Fri, 03 Apr 2026 07:31:00 GMT", 60),
        ("Fri, 03 Apr 2026 07:00:00 GMT", 0),
        ("Fri, 03 Apr 2027 07:00:00 GMT", 86400),
        ("-5", None),
        ("1.5", None),
        ("あした", None),
        ("tomorrow", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert read_retry_after(value, NOW) == expected


def test_retry_after_lengthens_and_never_shortens() -> None:
    assert next_delay(1, timedelta(hours=1), Random(0)) == timedelta(hours=1)
    delay = next_delay(5, timedelta(seconds=1), Random(0))
    assert delay is not None
    assert delay >= timedelta(seconds=DELAYS_S[5])
