"""The Net Promoter Score by hand, its interval against simulated answers, segments and periods."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.topics.statistics.nps import estimate_nps, summarise_nps
from voc_nlp.topics.statistics.observation import Observation


def seen(nps: int | None, day: date | None = None, **segments: str) -> Observation:
    return Observation("c", nps=nps, at=day, segments=segments)


def test_the_score_by_hand() -> None:
    (row,) = summarise_nps([seen(one) for one in (10, 9, 8, 7, 6, 0, None)])
    assert (row.n, row.promoters, row.detractors, row.unanswered) == (6, 2, 2, 1)
    assert row.nps is not None
    assert row.nps.value == 0
    assert (row.start, row.segment) == (None, None)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_the_interval_holds_the_score_and_stays_in_range(up: int, middle: int, down: int) -> None:
    found = estimate_nps(up, down, up + middle + down)
    if found is None:
        assert up + middle + down == 0
        return
    assert found.low is not None
    assert found.high is not None
    assert -100 <= found.low <= found.value <= found.high <= 100
    assert found.low < found.high


@pytest.mark.parametrize("shares", [(0.1, 0.2, 0.7), (0.3, 0.3, 0.4), (0.15, 0.7, 0.15), (0.9, 0.08, 0.02)])
def test_nineteen_of_twenty_intervals_hold_the_truth(shares: tuple[float, float, float]) -> None:
    sets = np.random.default_rng(3).multinomial(60, shares, size=2_000)
    truth = 100 * (shares[0] - shares[2])
    held = []
    for up, _, down in sets.tolist():
        found = estimate_nps(up, down, 60)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) >= 0.925


def test_segments_and_periods_without_a_gap() -> None:
    rows = summarise_nps(
        [
            seen(10, date(2026, 1, 5), channel="店頭"),
            seen(3, date(2026, 3, 5), channel="店頭"),
            seen(9, date(2026, 2, 1), channel="app"),
            seen(9, None, channel="app"),
            seen(None, date(2026, 2, 1)),
        ],
        by="channel",
        period="month",
    )
    assert [(row.segment, row.start and row.start.month, row.n) for row in rows] == [
        ("app", 2, 1),
        ("店頭", 1, 1),
        ("店頭", 2, 0),
        ("店頭", 3, 1),
        (None, 2, 0),
    ]
    assert [row.nps is None for row in rows] == [False, False, True, False, True]
    assert summarise_nps([]) == ()
