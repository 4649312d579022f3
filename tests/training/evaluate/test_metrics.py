"""Metrics against values worked out by hand."""

import numpy as np
import pytest

from training.evaluate.metrics import calibration_error, class_f1, macro_f1, overlap_f1

LABELS = ("positive", "neutral", "negative")
TRUTH = ["positive", "positive", "neutral", "neutral"]
GUESS = ["positive", "neutral", "neutral", "negative"]


def test_macro_f1() -> None:
    # positive: 2*1/(2+1) = 2/3; neutral: 2*1/(2+2) = 1/2; negative does not occur in the truth.
    score = macro_f1(TRUTH, GUESS, LABELS)
    assert score.value == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert score.n == 4
    assert 0 <= score.low <= score.value <= score.high <= 1
    assert macro_f1(TRUTH, GUESS, LABELS) == score


@pytest.mark.parametrize(
    ("truth", "guess", "value"),
    [
        (["positive"] * 3, ["positive"] * 3, 1.0),
        (["positive"] * 3, ["negative"] * 3, 0.0),
        (["positive", "negative"], ["positive", "positive"], 1 / 3),
    ],
)
def test_macro_f1_at_its_ends(truth: list[str], guess: list[str], value: float) -> None:
    assert macro_f1(truth, guess, LABELS).value == pytest.approx(value)


def test_the_interval_narrows_with_more_examples() -> None:
    few, many = macro_f1(TRUTH * 5, GUESS * 5, LABELS), macro_f1(TRUTH * 100, GUESS * 100, LABELS)
    assert few.value == pytest.approx(many.value)
    assert many.high - many.low < (few.high - few.low) / 2


def test_a_score_as_json() -> None:
    assert macro_f1(["positive"], ["positive"], LABELS).to_dict() == {
        "value": 1.0,
        "low": 1.0,
        "high": 1.0,
        "n": 1,
    }


def test_class_f1() -> None:
    assert class_f1(TRUTH, GUESS, LABELS) == {
        "positive": {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "n": 2.0},
        "neutral": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "n": 2.0},
        "negative": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 0.0},
    }


@pytest.mark.parametrize(
    ("rows", "truth", "error"),
    [
        # Sure and right, sure and wrong.
        ([[1.0, 0.0]], [0], 0.0),
        ([[1.0, 0.0]], [1], 1.0),
        # Ten at 0.8, eight of them right.
        ([[0.8, 0.2]] * 10, [0] * 8 + [1] * 2, 0.0),
        # Ten at 0.8, half of them right.
        ([[0.8, 0.2]] * 10, [0] * 5 + [1] * 5, 0.3),
        # Two bins of equal weight: |1 - 0.9| and |0 - 0.6|.
        ([[0.9, 0.1]] * 2 + [[0.4, 0.6]] * 2, [0, 0, 0, 0], 0.35),
    ],
)
def test_calibration_error(rows: list[list[float]], truth: list[int], error: float) -> None:
    assert calibration_error(np.asarray(rows, dtype=np.float32), truth) == pytest.approx(error, abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ([[(0, 2)]], [[(0, 2)]], (1.0, 1.0, 1.0)),
        ([[(0, 2)]], [[(1, 5)]], (1.0, 1.0, 1.0)),
        ([[(0, 2)]], [[(2, 5)]], (0.0, 0.0, 0.0)),
        ([[(0, 2)]], [[]], (0.0, 0.0, 0.0)),
        ([[]], [[]], (0.0, 0.0, 0.0)),
        # Two found, one right; three real, one met: P 1/2, R 1/3, F1 0.4.
        ([[(0, 2), (5, 7)], [(3, 4)]], [[(1, 2)], [(8, 9)]], (0.5, 0.3333, 0.4)),
    ],
)
def test_overlap_f1(
    truth: list[list[tuple[int, int]]],
    found: list[list[tuple[int, int]]],
    expected: tuple[float, float, float],
) -> None:
    assert overlap_f1(truth, found) == dict(zip(("precision", "recall", "f1"), expected, strict=True))


def test_texts_of_different_number_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        overlap_f1([[]], [[], []])
