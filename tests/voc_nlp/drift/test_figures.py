"""Figures of drift: a panel a measure, alarms marked, hover texts without words of customers."""

import numpy as np
import pytest

from tests.voc_nlp.drift.made import draw_week, stream
from voc_nlp.drift.figures import NAMES, plot_drift
from voc_nlp.drift.measures import Measure
from voc_nlp.drift.watch import watch
from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import Caption

CAPTION = Caption("Drift", "変化")


def test_a_panel_a_measure_and_alarms_stand_out() -> None:
    rng = np.random.default_rng(2)
    weeks = [draw_week(rng, complaints=0.4 if number < 9 else 0.8) for number in range(10)]
    figure = plot_drift(watch(stream(weeks)), CAPTION, measures=[Measure.INTENT, Measure.CHURN])
    assert [one.text for one in figure.layout.annotations] == ["intent / 意図", "churn / 解約の恐れ"]
    _, intent, _, churn = figure.data
    assert (list(intent.marker.size), list(churn.marker.size)) == ([4, 9], [4, 4])
    assert "complaint: " in intent.customdata[1]


def test_every_measure_has_a_name_in_both_languages() -> None:
    assert set(NAMES) == set(Measure)


def test_nothing_to_plot_is_told() -> None:
    weeks = watch(stream([draw_week(np.random.default_rng(0), 5)]))
    with pytest.raises(InputError, match="no week could be judged"):
        plot_drift(weeks, CAPTION)
