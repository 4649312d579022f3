"""The heads of the study: the shipped kind of linear head, fitted through products of features.

With a quadratic penalty the weights are a sum of the labelled comments' features. So a head over 139,000
n-grams can be fitted on the products of n labelled comments with each other: 20 times as fast for n up to
1,000, and the same optimum. Rounding to int8 is left out, and the temperature, which moves no likeliest
class.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from sklearn.linear_model import LogisticRegression

from training.active.pool import VECTOR_SCALE

_STRENGTH = 8.0
"""Inverse regularisation, as in the shipped configurations."""

_UNSEEN = -20.0
"""Score of a class without an example, as in `training.heads.fit`."""

_RIDGE = 1e-6
"""Added to a comment's product with itself, so that a text that is there twice does no harm."""

_TOLERANCE = 1e-3
"""Where fitting ends; at 1e-4 it takes half as long again, and hardly an answer changes."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head over n labelled comments.

    Parameters
    ----------
    weights : NDArray[np.float64]
        Weight of each labelled comment for each class, shape (n, classes).
    bias : NDArray[np.float64]
        Shape (classes,).
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def predict(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute probabilities.

        Parameters
        ----------
        products : NDArray[np.float64]
            Products of m comments with the labelled ones, shape (m, n).

        Returns
        -------
        NDArray[np.float64]
            Shape (m, classes); rows sum to one.
        """
        scores = products @ self.weights + self.bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares


def learn(among: NDArray[np.float64], targets: NDArray[np.int64], classes: int) -> Head:
    """Fit a head.

    Parameters
    ----------
    among : NDArray[np.float64]
        Products of the n labelled comments with each other, shape (n, n).
    targets : NDArray[np.int64]
        Their classes, shape (n,).
    classes : int
        How many classes there are.

    Returns
    -------
    Head
        Uncalibrated.
    """
    lower = cholesky(among + _RIDGE * np.eye(len(among)), lower=True)
    weights, bias = _fit(lower, targets, classes)
    return Head(solve_triangular(lower, weights, lower=True, trans="T"), bias)


def fit_vectors(vectors: NDArray[np.float32], targets: NDArray[np.int64], classes: int) -> Head:
    """Fit a head that sees the vectors alone: the second opinion of the study.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Of the labelled comments, shape (n, dimension).
    targets : NDArray[np.int64]
        Their classes, shape (n,).
    classes : int
        How many classes there are.

    Returns
    -------
    Head
        Whose products are the vectors of the comments that are asked for.
    """
    weights, bias = _fit(vectors.astype(np.float64) * VECTOR_SCALE, targets, classes)
    return Head(weights * VECTOR_SCALE, bias)


def _fit(
    features: NDArray[np.float64], targets: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a multinomial logistic regression; return weights, shape (features, classes), and biases."""
    weights, bias = np.zeros((features.shape[1], classes)), np.full(classes, _UNSEEN)
    known = np.unique(targets)
    if len(known) == 1:
        bias[known] = 0.0
        return weights, bias
    regression = LogisticRegression(C=_STRENGTH, max_iter=300, tol=_TOLERANCE).fit(features, targets)
    if len(known) == 2:
        weights[:, known] = np.concatenate([-regression.coef_, regression.coef_]).T / 2
        bias[known] = np.concatenate([-regression.intercept_, regression.intercept_]) / 2
    else:
        weights[:, known] = regression.coef_.T
        bias[known] = regression.intercept_
    return weights, bias
