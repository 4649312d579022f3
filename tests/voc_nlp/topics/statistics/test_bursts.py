"""Known themes that rise: exact test, volume that is no burst, seasons, bad input."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.voc_nlp.topics.journal import PLANTED, read_journal
from voc_nlp.errors import InputError
from voc_nlp.topics.statistics.bursts import find_bursts
from voc_nlp.topics.statistics.observation import Observation

AT = date(2026, 10, 31)


def comments(theme: str | None, recent: int, past: int) -> list[Observation]:
    """Build comments of one theme, some in the last 30 days, some spread over the year before."""
    days = [AT - timedelta(days=index % 30) for index in range(recent)]
    days += [AT - timedelta(days=30 + index % 365) for index in range(past)]
    return [Observation("c", (theme,) if theme else (), at=day) for day in days]


@given(st.integers(0, 30), st.integers(0, 60), st.integers(20, 200), st.integers(20, 800))
def test_chance_against_scipy(recent: int, past: int, other: int, other_past: int) -> None:
    some = comments("配送", recent, past) + comments("other", other, other_past)
    report = find_bursts(some, at=AT, least_count=1, least_ratio=0, most_p=0.999)
    total, before = recent + other, past + other_past
    assert (report.total, report.total_before) == (total, before)
    share = total / (total + before)
    themes = {"配送": (recent, past), "other": (other, other_past)}
    chances = {
        name: stats.binomtest(n, n + m, share, alternative="greater").pvalue
        for name, (n, m) in themes.items()
        if n + m
    }
    assert report.tested == len(chances)
    adjusted: dict[str, float] = {}
    least, most = min(chances.values()), max(chances.values())
    for name, chance in chances.items():
        first = min(1.0, least * len(chances))
        adjusted[name] = first if chance == least else min(1.0, max(first, most))
    found = {burst.theme: burst for burst in report.bursts}
    for name, (n, m) in themes.items():
        if n and adjusted[name] <= 0.99:
            assert found[name].p_adjusted == pytest.approx(adjusted[name], rel=1e-6)
            assert found[name].expected == pytest.approx(m / before * total)
            assert found[name].emerging == (m == 0)


def test_more_of_everything_is_no_burst() -> None:
    some = [*comments("配送", 300, 100), *comments("price", 600, 200), *comments(None, 300, 100)]
    assert find_bursts(some, at=AT).bursts == ()


def test_rise_of_a_share() -> None:
    some = [*comments("配送", 20, 30), *comments("price", 80, 970)]
    (burst,) = find_bursts(some, at=AT).bursts
    assert (burst.theme, burst.n, burst.n_before, burst.emerging) == ("配送", 20, 30, False)
    assert burst.expected == 3
    assert burst.ratio.value == pytest.approx(20 / 3)
    assert burst.ratio.low is not None
    assert 3 < burst.ratio.low < burst.ratio.value
    assert (burst.start, burst.end) == (date(2026, 10, 2), AT)
    assert burst.first_seen == date(2026, 10, 1) - timedelta(days=29)


def test_new_theme_and_rise_of_the_unassigned() -> None:
    some = [*comments("QR", 8, 0), *comments(None, 12, 4), *comments("price", 80, 996)]
    bursts = find_bursts(some, at=AT).bursts
    assert {burst.theme for burst in bursts} == {"QR", None}
    emerging = next(burst for burst in bursts if burst.theme == "QR")
    assert emerging.emerging
    assert emerging.first_seen == AT - timedelta(days=7)
    assert (emerging.ratio.value, emerging.ratio.high) == (math.inf, None)


def test_least_count_and_ratio() -> None:
    some = [*comments("QR", 4, 0), *comments("price", 2000, 9000), *comments("tea", 3000, 20000)]
    assert {burst.theme for burst in find_bursts(some, at=AT, least_ratio=1).bursts} == {"price"}
    assert find_bursts(some, at=AT).bursts == ()
    assert "QR" in {burst.theme for burst in find_bursts(some, at=AT, least_count=4).bursts}


def test_later_and_older_comments_do_not_count() -> None:
    later = [Observation("c", ("配送",), at=AT + timedelta(days=1))] * 50
    older = [Observation("c", ("QR",), at=AT - timedelta(days=500))]
    some = [*comments("QR", 9, 0), *comments("price", 80, 900), *later, *older]
    (burst,) = find_bursts(some, at=AT).bursts
    assert (burst.theme, burst.n, burst.n_before) == ("QR", 9, 0)
    assert not burst.emerging
    assert burst.first_seen == AT - timedelta(days=500)


@pytest.mark.parametrize(
    "some",
    [
        [],
        [Observation("c", ("配送",))] * 5,
        [Observation("c", ("配送",), at=AT)] * 50,  # all of one day: nothing to compare with
    ],
)
def test_nothing_to_compare(some: list[Observation]) -> None:
    report = find_bursts(some)
    assert (report.bursts, report.tested) == ((), 0)
    assert report.undated == sum(one.at is None for one in some)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_days": 0},
        {"before_days": 0},
        {"least_count": 0},
        {"least_ratio": -1},
        {"most_p": 0},
        {"most_p": 1},
    ],
)
def test_wrong_parameters(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected"):
        find_bursts([], **wrong)


def test_windows_beyond_the_calendar() -> None:
    some = [Observation("c", ("配送",), at=date(1, 1, 5)), Observation("c", ("配送",), at=date(1, 2, 5))]
    assert find_bursts(some, window_days=10**9).total == 2
    assert find_bursts(some, before_days=10**9).total_before == 1


def test_rises_of_the_journal() -> None:
    journal = read_journal()
    some = [
        Observation(record["id"], (record["topic"],), at=day)
        for record, day in zip(journal.records, journal.days, strict=True)
    ]
    for at, theme in (
        (date(2025, 9, 30), "app_crash"),
        (date(2025, 12, 31), "late_delivery"),
        (date(2025, 12, 31), "coupon_not_applied"),
        (date(2026, 2, 28), "kettle_defect"),
        (date(2026, 4, 30), "price_level"),
        (date(2026, 9, 30), PLANTED),
    ):
        assert theme in {burst.theme for burst in find_bursts(some, at=at).bursts}, theme
    assert find_bursts(some, at=date(2025, 11, 30)).bursts == ()


def test_false_alarms_on_stationary_data() -> None:
    journal = read_journal()
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(4):
        days = rng.permutation(np.array(journal.days)).tolist()
        some = [Observation("c", (topic,), at=day) for topic, day in zip(journal.topics, days, strict=True)]
        found += sum(len(find_bursts(some, at=date(2026, month, 28)).bursts) for month in range(1, 11))
    assert found <= 4  # 0.04 a month by benchmarks/bursts.py
