"""Phrases move a probability, and never out of its range."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.errors import UnknownFormatError
from voc_nlp.routing.evidence import PhraseWeights, log_odds

FOUND = PhraseWeights(slope=1.0, absent=-0.2, found=2.0)


def test_weights_that_are_not_there_change_nothing() -> None:
    weights = PhraseWeights.read({}, "churn")
    assert weights.apply(0.3, True) == pytest.approx(0.3)
    assert weights.apply(0.3, False) == pytest.approx(0.3)


def test_a_phrase_raises_and_its_absence_lowers() -> None:
    assert FOUND.apply(0.5, False) == pytest.approx(0.4502, abs=1e-4)
    assert FOUND.apply(0.5, True) == pytest.approx(0.8808, abs=1e-4)


def test_a_slope_sharpens() -> None:
    assert PhraseWeights(slope=2.0).apply(0.8, False) == pytest.approx(16 / 17)


@given(st.floats(0, 1), st.booleans())
def test_a_probability_stays_one(probability: float, found: bool) -> None:
    assert 0 < FOUND.apply(probability, found) < 1


def test_weights_are_read_by_task() -> None:
    table = {"churn": {"slope": 1.5, "absent": 0.1, "found": 0.7}}
    assert PhraseWeights.read(table, "churn") == PhraseWeights(1.5, 0.1, 0.7)
    assert PhraseWeights.read(table, "urgency") == PhraseWeights()


@pytest.mark.parametrize(("probability", "odds"), [(0.5, 0.0), (0.8, 1.3863), (0.2, -1.3863)])
def test_log_odds(probability: float, odds: float) -> None:
    assert log_odds(probability) == pytest.approx(odds, abs=1e-4)


def test_log_odds_end_at_neither_end() -> None:
    assert log_odds(1.0) == pytest.approx(-log_odds(0.0))
    assert 10 < log_odds(1.0) < 20


@pytest.mark.parametrize(
    ("weights", "met"), [({"slope": 1.0, "gain": 2.0}, "gain, slope"), ([1.0], "list"), (None, "NoneType")]
)
def test_weights_of_another_version(weights: Any, met: str) -> None:
    with pytest.raises(UnknownFormatError, match=f"churn are {met}; expected slope, absent, found"):
        PhraseWeights.read({"churn": weights}, "churn")
