"""The token bucket of re-scoring, by a clock that only waiting moves."""

from itertools import pairwise

import pytest

from api.rescoring.pace import Pace


class Seconds:
    """A clock that waiting moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.mark.parametrize("rate", [5.0, 50.0, 1000.0])
def test_no_more_than_the_rate_goes_through(rate: float) -> None:
    clock, beats = Seconds(), []
    pace = Pace(rate, clock.wait, clock)
    for _ in range(20):
        pace.hold(50, lambda: beats.append(clock.now))
    assert clock.now - 100.0 == pytest.approx(20 * 50 / rate)
    assert max(clock.waits) <= 1.0
    assert max(later - sooner for sooner, later in pairwise(beats)) <= 1.0


def test_a_pause_saves_up_one_second_at_most() -> None:
    clock = Seconds()
    pace = Pace(100.0, clock.wait, clock)
    clock.now += 3600
    began = clock.now
    for _ in range(10):
        pace.hold(50, lambda: None)
    assert clock.now - began == pytest.approx(4.0)


def test_zero_holds_nothing_back() -> None:
    clock = Seconds()
    Pace(0.0, clock.wait, clock).hold(1_000_000, lambda: None)
    assert clock.waits == []


def test_an_error_of_the_beat_ends_the_waiting() -> None:
    clock = Seconds()
    pace = Pace(1.0, clock.wait, clock)

    def beat() -> None:
        if clock.now > 102.5:
            raise KeyError

    with pytest.raises(KeyError):
        pace.hold(50, beat)
    assert clock.now < 105
