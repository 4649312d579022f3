"""Impact of themes on NPS and sentiment: Welch against scipy, contributions by hand, too few answers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from voc_nlp.errors import InputError
from voc_nlp.topics.statistics.impact import Outcome, Reason, measure_impact
from voc_nlp.topics.statistics.observation import Observation


def answers(theme: str | None, *nps: int | None, **segments: str) -> list[Observation]:
    themes = (theme,) if theme else ()
    return [Observation("c", themes, nps=one, segments=segments) for one in nps]


def net(nps: list[int]) -> list[int]:
    return [(one >= 9) - (one <= 6) for one in nps]


@given(
    st.lists(st.integers(0, 10), min_size=10, max_size=60),
    st.lists(st.integers(0, 10), min_size=10, max_size=60),
)
def test_points_and_contribution_by_hand(inside: list[int], outside: list[int]) -> None:
    report = measure_impact([*answers("配送", *inside), *answers("price", *outside)])
    found = next(impact for impact in report.impacts if impact.theme == "配送")
    mean, other = np.mean(net(inside)) * 100, np.mean(net(outside)) * 100
    assert (found.with_theme, found.without_theme) == pytest.approx((mean, other))
    assert found.difference.value == pytest.approx(mean - other, abs=1e-9)
    overall = np.mean(net(inside + outside)) * 100
    assert found.contribution.value == pytest.approx(overall - other, abs=1e-9)
    assert found.difference.low is not None
    assert found.difference.high is not None
    assert found.difference.low < found.difference.value < found.difference.high


@given(
    st.lists(st.floats(-1, 1), min_size=10, max_size=40, unique=True),
    st.lists(st.floats(-1, 1), min_size=10, max_size=40, unique=True),
)
def test_welch_against_scipy(inside: list[float], outside: list[float]) -> None:
    inside, outside = [round(one, 3) for one in inside], [round(one, 3) for one in outside]
    if len(set(inside)) < 3 or len(set(outside)) < 3:
        return
    some = [Observation("c", ("配送",), score=one) for one in inside]
    some += [Observation("c", (), score=one) for one in outside]
    report = measure_impact(some, outcome="score")
    expected = stats.ttest_ind(inside, outside, equal_var=False)
    interval = expected.confidence_interval()
    found = next(impact for impact in report.impacts if impact.theme == "配送")
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (interval.low, interval.high), abs=1e-7
    )
    assert found.p_adjusted == pytest.approx(min(1.0, 2 * expected.pvalue), rel=1e-5, abs=1e-12)


def test_nps_interval_is_welchs_where_answers_differ() -> None:
    inside, outside = [0, 3, 7, 8, 9, 10] * 10, [2, 7, 9, 9, 10] * 20
    (one, _) = measure_impact([*answers("配送", *inside), *answers(None, *outside)]).impacts
    interval = stats.ttest_ind(net(inside), net(outside), equal_var=False).confidence_interval()
    assert one.difference.low == pytest.approx(interval.low * 100, abs=0.5)
    assert one.difference.high == pytest.approx(interval.high * 100, abs=0.5)


def test_intervals_hold_the_truth_where_all_answers_are_alike() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        inside = rng.choice([0, 7, 10], 10, p=[0.9, 0.07, 0.03]).tolist()
        outside = rng.choice([0, 7, 10], 500, p=[0.3, 0.3, 0.4]).tolist()
        report = measure_impact([*answers("配送", *inside), *answers(None, *outside)])
        found = next(impact for impact in report.impacts if impact.theme == "配送").difference
        assert found.low is not None
        assert found.high is not None
        held += found.low <= -97 <= found.high
    assert held >= 279  # 93%; the plain variance holds it in 67%


def test_order_segments_and_unanswered() -> None:
    some = [
        *answers("配送", *[0] * 12, None, channel="email"),
        *answers("tea", *[10] * 12, channel="email"),
        *answers("price", *[7] * 12, channel="email"),
        *answers("配送", *[5, 9] * 6, channel="sns"),
        *answers("tea", *[9, 5] * 6, channel="sns"),
    ]
    report = measure_impact(some, by="channel")
    assert [(one.segment, one.theme) for one in report.impacts][:3] == [
        ("email", "配送"),
        ("email", "price"),
        ("email", "tea"),
    ]
    assert {one.segment for one in report.impacts} == {"email", "sns"}
    assert (report.n, report.unanswered) == (60, 1)
    email = report.impacts[0]
    assert (email.with_theme, email.without_theme, email.n_with, email.n_without) == (-100, 50, 12, 24)
    assert email.contribution.value == pytest.approx(-50)
    assert email.p_adjusted < 0.001
    assert {one.p_adjusted for one in report.impacts if one.segment == "sns"} == {1.0}


def test_comment_with_two_themes_counts_in_both() -> None:
    some = [Observation("c", ("配送", "price"), nps=0)] * 10 + answers("tea", *[10] * 10)
    report = measure_impact(some)
    assert {one.theme: (one.n_with, one.n_without) for one in report.impacts} == {
        "配送": (10, 10),
        "price": (10, 10),
        "tea": (10, 10),
    }


def test_what_cannot_be_measured() -> None:
    some = [*answers("配送", *[0] * 9), *answers("price", *[8] * 30)]
    report = measure_impact(some)
    assert report.impacts == ()
    assert [(one.theme, one.reason, one.n_with, one.n_without) for one in report.not_measured] == [
        ("price", Reason.TOO_FEW_WITHOUT, 30, 9),
        ("配送", Reason.TOO_FEW_WITH, 9, 30),
    ]
    constant = [Observation("c", ("配送",), score=0.1)] * 12 + [Observation("c", (), score=0.3)] * 12
    flat = measure_impact(constant, outcome=Outcome.SCORE)
    assert flat.impacts == ()
    assert {one.reason for one in flat.not_measured} == {Reason.NO_SPREAD}


@pytest.mark.parametrize("some", [[], answers("配送", None, None)])
def test_no_answer(some: list[Observation]) -> None:
    report = measure_impact(some)
    assert (report.impacts, report.not_measured, report.n) == ((), (), 0)
    assert report.unanswered == len(some)


@pytest.mark.parametrize("wrong", [{"outcome": "csat"}, {"least": 1}])
def test_wrong_parameters(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected"):
        measure_impact([], **wrong)
