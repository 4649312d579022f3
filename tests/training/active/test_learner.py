"""Heads fitted through products are the heads that scikit-learn fits on the features themselves."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.active.learner import fit_vectors, learn


@pytest.mark.parametrize("classes", [2, 4])
def test_the_same_answers_as_on_the_features(classes: int) -> None:
    generator = np.random.default_rng(classes)
    features = generator.normal(size=(80, 200)) / 10
    asked = generator.normal(size=(30, 200)) / 10
    targets = generator.integers(0, classes, 80)
    found = learn(features @ features.T, targets, classes + 1).predict(asked @ features.T)
    expected = LogisticRegression(C=8.0, max_iter=1000, tol=1e-6).fit(features, targets).predict_proba(asked)
    assert found[:, :classes] == pytest.approx(expected, abs=0.02)
    assert found[:, classes].max() < 1e-6  # a class without an example
    assert found.sum(axis=1) == pytest.approx(np.ones(30))


def test_one_class_alone() -> None:
    head = learn(np.eye(3), np.asarray([1, 1, 1]), 3)
    assert head.predict(np.zeros((2, 3))).argmax(axis=1).tolist() == [1, 1]


def test_a_text_that_is_there_twice() -> None:
    features = np.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    head = learn(features @ features.T, np.asarray([0, 0, 1]), 2)
    assert head.predict(features @ features.T).argmax(axis=1).tolist() == [0, 0, 1]


def test_heads_that_see_the_vector_alone() -> None:
    vectors = np.asarray([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], dtype=np.float32)
    head = fit_vectors(vectors, np.asarray([0, 0, 2, 2]), 3)
    assert head.predict(vectors.astype(np.float64)).argmax(axis=1).tolist() == [0, 0, 2, 2]
