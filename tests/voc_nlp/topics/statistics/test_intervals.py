"""Intervals against scipy and published examples; Holm's correction."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from voc_nlp.errors import InputError
from voc_nlp.topics.statistics.intervals import (
    Estimate,
    adjust_holm,
    estimate_change,
    estimate_difference,
    estimate_mean,
    estimate_ratio,
    estimate_share,
)


@given(total=st.integers(1, 5000), data=st.data())
def test_share_is_wilsons(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, total))
    found = estimate_share(count, total)
    expected = stats.binomtest(count, total).proportion_ci(method="wilson")
    assert found is not None
    assert found.value == count / total
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_no_share() -> None:
    assert estimate_share(0, 0) is None
    for count, total in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(InputError, match="expected"):
            estimate_share(count, total)


@pytest.mark.parametrize(
    ("counts", "interval"),
    [  # Newcombe (1998), table II, method 10
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_change_is_newcombes(counts: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    found = estimate_change(*counts)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(interval, abs=6e-5)


def test_no_change() -> None:
    assert estimate_change(0, 0, 1, 2) is estimate_change(1, 2, 0, 0) is None


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50))
def test_mean_is_students(values: list[float]) -> None:
    found = estimate_mean(values, least=-1, most=1)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(sum(values) / len(values), abs=1e-12)
    error = statistics.stdev(values) / math.sqrt(len(values)) * stats.t.ppf(0.975, len(values) - 1)
    assert found.low == pytest.approx(max(-1, found.value - error), abs=1e-9)
    assert found.high == pytest.approx(min(1, found.value + error), abs=1e-9)


def test_means_of_little() -> None:
    assert estimate_mean([], least=-1, most=1) is None
    one = estimate_mean([0.5], least=-1, most=1)
    assert one is not None
    assert (one.value, one.low, one.high) == (0.5, None, None)


@given(st.integers(0, 60), st.integers(1, 500), st.integers(0, 60), st.integers(1, 500))
def test_ratio_inverts_the_exact_test(count: int, total: int, before: int, total_before: int) -> None:
    found = estimate_ratio(count, total, before, total_before)
    if not count + before:
        assert (found.low, found.high) == (None, None)
        return
    interval = stats.binomtest(count, count + before).proportion_ci(method="exact")
    exposure = total_before / total
    assert found.low == pytest.approx(interval.low / (1 - interval.low) * exposure, rel=1e-6)
    if before:
        assert found.high == pytest.approx(interval.high / (1 - interval.high) * exposure, rel=1e-6)
        assert found.value == pytest.approx(count / total / (before / total_before))
    else:
        assert (found.value, found.high) == (math.inf, None)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_against_its_definition(values: list[float]) -> None:
    found = adjust_holm(values)
    ranked = sorted(range(len(values)), key=lambda index: (values[index], index))
    for rank, index in enumerate(ranked):
        steps = [min(1.0, (len(values) - other) * values[ranked[other]]) for other in range(rank + 1)]
        assert found[index] == max(steps)


def test_holm_example() -> None:
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_the_difference_of_two_shares_is_newcombes() -> None:
    now, before = estimate_share(56, 70), estimate_share(48, 80)
    assert now is not None
    assert before is not None
    assert estimate_difference(now, before) == estimate_change(56, 70, 48, 80)
    difference = estimate_difference(now, before)
    assert (difference.low, difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_difference_has_the_bounds_that_both_figures_have() -> None:
    assert estimate_difference(Estimate(3, None, None), Estimate(1, 0, 2)) == Estimate(2, None, None)
    assert estimate_difference(Estimate(3, 2, None), Estimate(1, None, 2)).high is None
    assert estimate_difference(Estimate(3, 2, None), Estimate(1, None, 2)).low == pytest.approx(2 - 2**0.5)
