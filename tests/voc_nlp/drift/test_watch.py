"""A stream of weeks: steady ones are quiet, a jump is found at once, a slow change within weeks."""

import numpy as np
import pytest

from tests.voc_nlp.drift.made import draw_week, stream
from voc_nlp.drift.measures import Measure
from voc_nlp.drift.watch import Pace, watch
from voc_nlp.errors import InputError


def test_a_stationary_year_raises_at_most_one_alarm() -> None:
    rng = np.random.default_rng(11)
    year = [
        draw_week(rng, int(rng.integers(40, 300)), complaints=float(rng.normal(0.4, 0.03))) for _ in range(52)
    ]
    assert sum(len(report.new_alarms) for report in watch(stream(year))) <= 1


def test_a_jump_is_found_in_its_week_and_stays_an_alarm() -> None:
    rng = np.random.default_rng(12)
    weeks = [draw_week(rng, 300, complaints=0.4 if number < 14 else 0.65) for number in range(18)]
    reports = watch(stream(weeks))
    assert not any(report.alarms for report in reports[:14])
    for report in reports[14:]:
        assert (Measure.INTENT, Pace.SUDDEN) in {(one.finding.measure, one.pace) for one in report.alarms}
        assert next(one for one in report.alarms).since == reports[14].start
    assert reports[14].new_alarms
    assert not any(one.pace is Pace.SUDDEN for report in reports[15:] for one in report.new_alarms)


def test_a_slow_change_is_found() -> None:
    rng = np.random.default_rng(13)
    shares = [0.4] * 18 + [0.4 + 0.02 * step for step in range(1, 11)]
    reports = watch(stream([draw_week(rng, 300, complaints=share) for share in shares]))
    found = {(one.finding.measure, one.pace) for report in reports[18:] for one in report.alarms}
    assert (Measure.INTENT, Pace.GRADUAL) in found


def test_weeks_out_of_order_are_refused() -> None:
    weeks = stream([draw_week(np.random.default_rng(0), 10)] * 2)
    with pytest.raises(InputError, match="not in order"):
        watch(weeks[::-1])
