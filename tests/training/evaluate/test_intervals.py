"""Pooled figures, agreement beyond chance and their intervals, against values worked out by hand."""

import numpy as np
import pytest

from training.evaluate.metrics import (
    bootstrap,
    cohen_kappa,
    confidence_error,
    plain_macro_f1,
    pooled_f1,
    share,
)


def test_share_is_pooled_over_examples() -> None:
    score = share([1, 0, 3], [2, 2, 4])
    assert score.value == pytest.approx(4 / 8)
    assert score.n == 3
    assert 0 <= score.low <= score.value <= score.high <= 1


def test_share_of_nothing_is_zero() -> None:
    assert share([0, 0], [0, 0]).value == 0


def test_pooled_f1() -> None:
    # Precision 2/4, recall 2/3.
    score = pooled_f1(np.asarray([(1, 3, 1, 1), (1, 1, 1, 2)]))
    assert score.value == pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3))


def test_a_bootstrap_of_equal_examples_has_no_width() -> None:
    score = bootstrap(lambda rows: float(np.ones(4)[rows].mean()), 4)
    assert (score.value, score.low, score.high) == (1, 1, 1)


@pytest.mark.parametrize(
    ("first", "second", "kappa"),
    [
        (["a", "b"], ["a", "b"], 1.0),
        (["a", "a"], ["a", "a"], 1.0),
        (["a", "b"], ["b", "a"], -1.0),
        # Agreement 3/4, by chance 1/2.
        (["a", "a", "b", "b"], ["a", "a", "b", "a"], 0.5),
    ],
)
def test_cohen_kappa(first: list[str], second: list[str], kappa: float) -> None:
    assert cohen_kappa(first, second) == pytest.approx(kappa)


def test_confidence_error() -> None:
    confidence = np.asarray([0.9, 0.9], dtype=np.float32)
    assert confidence_error(confidence, np.asarray([True, False])) == pytest.approx(0.4, abs=1e-6)


def test_plain_macro_f1_leaves_absent_classes_out() -> None:
    assert plain_macro_f1(["a", "a"], ["a", "b"], ["a", "b"]) == pytest.approx(2 / 3)
