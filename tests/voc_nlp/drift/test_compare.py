"""One week against others: what is found, what is too little, which week counts as one of another model."""

import numpy as np
import pytest

from tests.voc_nlp.drift.made import draw_week
from voc_nlp.drift.compare import LEAST_COMMENTS, LEAST_WEEKS, Finding, Status, compare
from voc_nlp.drift.measures import Measure
from voc_nlp.drift.profile import WeekProfile
from voc_nlp.drift.words import bucket_of
from voc_nlp.errors import InputError


@pytest.fixture(scope="module")
def reference() -> list[WeekProfile]:
    """Return weeks of different sizes in which nothing happens."""
    rng = np.random.default_rng(5)
    return [draw_week(rng, int(rng.integers(100, 400))) for _ in range(12)]


def found(reference: list[WeekProfile], week: WeekProfile) -> dict[Measure, Finding]:
    return {one.measure: one for one in compare(reference, week)}


def alarms(reference: list[WeekProfile], week: WeekProfile) -> set[Measure]:
    return {measure for measure, one in found(reference, week).items() if one.is_alarm}


@pytest.mark.parametrize("n", [60, 300, 3000])
def test_a_week_like_the_others_is_steady(reference: list[WeekProfile], n: int) -> None:
    assert alarms(reference, draw_week(np.random.default_rng(n), n)) == set()


@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        ({"english": 0.65}, Measure.LANGUAGE),
        ({"complaints": 0.65}, Measure.INTENT),
        ({"confidence": 3.0}, Measure.CONFIDENCE),
        ({"new_word": 0.08}, Measure.VOCABULARY),
        ({"turned": 0.3}, Measure.EMBEDDING),
        ({"cut": True}, Measure.LENGTH),
    ],
)
def test_a_planted_drift_is_found(
    reference: list[WeekProfile], planted: dict[str, float], expected: Measure
) -> None:
    week = draw_week(np.random.default_rng(9), 400, **planted)  # type: ignore[arg-type]
    assert expected in alarms(reference, week)


def test_a_change_of_the_language_mix_moves_no_other_measure(reference: list[WeekProfile]) -> None:
    week = draw_week(np.random.default_rng(9), 1000, english=0.8)
    assert alarms(reference, week) == {Measure.LANGUAGE}


def test_it_tells_what_moved(reference: list[WeekProfile]) -> None:
    week = draw_week(np.random.default_rng(9), 600, complaints=0.7, new_word=0.1)
    seen = found(reference, week)
    first = max(seen[Measure.INTENT].moved, key=lambda move: move.now - move.before)
    assert first.name == "complaint"
    assert first.before == pytest.approx(0.4, abs=0.05)
    assert first.now == pytest.approx(0.7, abs=0.05)
    named = {int(move.name) for move in seen[Measure.VOCABULARY].moved}
    assert {bucket_of("ソラミスト"), bucket_of("soramist")} <= named


def test_a_sure_trifle_is_no_alarm(reference: list[WeekProfile]) -> None:
    rng = np.random.default_rng(3)
    large = [sum((draw_week(rng, 2000) for _ in range(3)), WeekProfile()) for _ in range(8)]
    week = sum((draw_week(rng, 2000, complaints=0.42) for _ in range(3)), WeekProfile())
    assert not found(large, week)[Measure.INTENT].is_alarm


def test_weeks_that_vary_by_themselves_raise_the_threshold(reference: list[WeekProfile]) -> None:
    rng = np.random.default_rng(4)
    restless = [draw_week(rng, 400, complaints=float(rng.uniform(0.25, 0.55))) for _ in range(12)]
    week = draw_week(rng, 400, complaints=0.55)
    quiet, loud = found(reference, week)[Measure.INTENT], found(restless, week)[Measure.INTENT]
    assert quiet.is_alarm
    assert not loud.is_alarm
    assert loud.threshold is not None
    assert quiet.threshold is not None
    assert loud.threshold > 2 * quiet.threshold


def test_too_little_is_told_and_is_no_alarm(reference: list[WeekProfile]) -> None:
    rng = np.random.default_rng(1)
    few = draw_week(rng, LEAST_COMMENTS - 1, complaints=1.0)
    assert {one.status for one in compare(reference, few)} == {Status.TOO_FEW_COMMENTS}
    week = draw_week(rng, complaints=1.0)
    assert {one.status for one in compare(reference[: LEAST_WEEKS - 1], week)} == {Status.TOO_FEW_WEEKS}
    assert {one.status for one in compare([], week)} == {Status.TOO_FEW_WEEKS}


def test_another_model_version_is_told_apart(reference: list[WeekProfile]) -> None:
    week = draw_week(np.random.default_rng(1), 400, version="2", complaints=0.9, english=0.7)
    seen = found(reference, week)
    assert seen[Measure.INTENT].status is Status.MODEL_CHANGED
    assert seen[Measure.INTENT].statistic is None
    assert seen[Measure.LANGUAGE].is_alarm  # the comments themselves are compared all the same
    assert seen[Measure.VOCABULARY].status is Status.STEADY


def test_weeks_of_which_a_chosen_part_was_analysed_again_are_not_compared(
    reference: list[WeekProfile],
) -> None:
    rng = np.random.default_rng(7)
    chosen = [one + draw_week(rng, 150, version="2", complaints=1.0) for one in reference]
    whole = draw_week(rng, 400, version="2")
    seen = found(chosen, whole)
    assert seen[Measure.INTENT].status is Status.MODEL_CHANGED
    assert (seen[Measure.INTENT].statistic, seen[Measure.INTENT].weeks) == (None, 0)
    mixed = draw_week(rng, 100) + draw_week(rng, 300, version="2", complaints=1.0)
    assert found(reference, mixed)[Measure.INTENT].status is Status.MODEL_CHANGED
    again = [draw_week(rng, 400, version="2") for _ in reference]
    assert found(again, mixed)[Measure.SENTIMENT].status is Status.MODEL_CHANGED
    assert found(again, whole)[Measure.INTENT].status is Status.STEADY


def test_what_makes_no_sense_is_refused(reference: list[WeekProfile]) -> None:
    with pytest.raises(InputError, match="expected a chance"):
        compare(reference, reference[0], level=1.5)
    with pytest.raises(InputError, match="one or more"):
        compare(reference, [])
