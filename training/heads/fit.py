"""Fit one linear head with scikit-learn, quantise its weights, calibrate its probabilities."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from voc_nlp.features import Features
from voc_nlp.heads import LinearHead


def design_matrix(features: Features, vocabulary: int, vector_scale: float) -> csr_matrix:
    """Lay out the matrix that scikit-learn sees.

    Parameters
    ----------
    features : Features
        Features of n texts.
    vocabulary : int
        Number of known n-grams.
    vector_scale : float
        How much the vector counts beside the n-grams.

    Returns
    -------
    csr_matrix
        Weighted n-grams, then the scaled vector; shape (n, vocabulary + dimension).
    """
    shape = (len(features), vocabulary)
    ngrams = csr_matrix((features.values, (features.owners, features.ngrams)), shape=shape)
    stacked: csr_matrix = hstack([ngrams, csr_matrix(features.vectors * vector_scale)], format="csr")
    return stacked


def fit_head(
    matrix: csr_matrix,
    targets: Sequence[str],
    weights: NDArray[np.float64],
    labels: Sequence[str],
    vocabulary: int,
    *,
    vector_scale: float,
    strength: float,
) -> LinearHead:
    """Fit a multinomial logistic regression and turn it into a head.

    Parameters
    ----------
    matrix : csr_matrix
        What `design_matrix` gave.
    targets : Sequence[str]
        One label a text.
    weights : NDArray[np.float64]
        How much each text counts.
    labels : Sequence[str]
        All classes, in the order of the head's columns.
    vocabulary : int
        Number of known n-grams.
    vector_scale : float
        As given to `design_matrix`.
    strength : float
        Inverse regularisation C.

    Returns
    -------
    LinearHead
        With temperature 1; calibrate it on texts that it has not seen.
    """
    regression = LogisticRegression(C=strength, max_iter=300)
    regression.fit(matrix, list(targets), sample_weight=weights)
    known = list(regression.classes_)
    if len(known) == 2:
        coefficients = np.stack([-regression.coef_[0], regression.coef_[0]]) / 2
        intercept = np.stack([-regression.intercept_[0], regression.intercept_[0]]) / 2
    else:
        coefficients, intercept = regression.coef_, regression.intercept_
    weight = np.zeros((len(labels), matrix.shape[1]), dtype=np.float32)
    bias = np.full(len(labels), -20.0, dtype=np.float32)
    for row, label in enumerate(known):
        weight[labels.index(label)] = coefficients[row]
        bias[labels.index(label)] = intercept[row]
    ngrams, scales = _quantise(weight[:, :vocabulary].T)
    return LinearHead(
        labels=tuple(labels),
        ngram_weights=ngrams,
        ngram_scales=scales,
        vector_weights=np.ascontiguousarray(weight[:, vocabulary:].T) * vector_scale,
        bias=bias,
        temperature=1.0,
    )


def fit_temperature(logits: NDArray[np.float32], truth: Sequence[int]) -> float:
    """Find the temperature with the least log loss on texts that the head has not seen.

    Parameters
    ----------
    logits : NDArray[np.float32]
        Uncalibrated scores.
    truth : Sequence[int]
        Column of the right class.

    Returns
    -------
    float
        Between 0.1 and 10.

    References
    ----------
    Guo et al. (2017), On calibration of modern neural networks.
    """
    truth_array = np.asarray(truth)

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float((log_sum - scaled[np.arange(len(truth_array)), truth_array]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.1), np.log(10)), method="bounded").x))


def _quantise(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to int8 with one scale a class; the largest 0.01% are clipped."""
    largest = np.quantile(np.abs(weights), 0.9999, axis=0) / 127
    scales: NDArray[np.float32] = np.maximum(largest, 1e-9).astype(np.float32)
    return np.clip(np.round(weights / scales), -127, 127).astype(np.int8), scales
