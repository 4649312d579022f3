"""Weights of phrases: what they learn from made-up comments."""

import numpy as np

from training.heads.phrases import fit_phrase_weights


def test_a_phrase_that_tells_the_truth_gains_weight() -> None:
    probabilities = np.full(200, 0.3, dtype=np.float32)
    truth = [number % 2 == 0 for number in range(200)]
    weights = fit_phrase_weights(probabilities, truth, truth)
    assert weights.apply(0.3, True) > 0.9
    assert weights.apply(0.3, False) < 0.1


def test_a_phrase_never_speaks_against_its_task() -> None:
    probabilities = np.linspace(0.1, 0.9, 200).astype(np.float32)
    truth = [p > 0.5 for p in probabilities.tolist()]
    weights = fit_phrase_weights(probabilities, [not right for right in truth], truth)
    assert weights.found == weights.absent
    assert weights.slope > 0


def test_sure_answers_stay_finite() -> None:
    probabilities = np.asarray([0.0, 1.0] * 20, dtype=np.float32)
    weights = fit_phrase_weights(probabilities, [False, True] * 20, [False, True] * 20)
    assert all(np.isfinite([weights.slope, weights.absent, weights.found]))
