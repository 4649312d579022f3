"""Weigh the network's logits against the linear heads' on texts that neither has seen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from voc_nlp.contextual import ContextPart


def join_logits(
    contextual: NDArray[np.float32], linear: NDArray[np.float32], truth: NDArray[np.float32]
) -> tuple[float, float]:
    """Find the shares of both logits with the least log loss.

    Parameters
    ----------
    contextual : NDArray[np.float32]
        Logits of the network, shape (n, classes).
    linear : NDArray[np.float32]
        Logits of the linear head, shape (n, classes).
    truth : NDArray[np.float32]
        Shape (n, classes): one-hot rows, or several ones a row for a multi-label task.

    Returns
    -------
    tuple[float, float]
        Share of the network and of the linear head, neither negative.
    """
    single = bool((truth.sum(axis=1) == 1).all())

    def loss(logs: NDArray[np.float64]) -> float:
        both = contextual * np.exp(logs[0]) + linear * np.exp(logs[1])
        if single:
            both = both - both.max(axis=1, keepdims=True)
            return float((np.log(np.exp(both).sum(axis=1)) - (both * truth).sum(axis=1)).mean())
        return float((np.logaddexp(0, both) - both * truth).sum(axis=1).mean())

    found = minimize(loss, x0=np.log([0.7, 0.3]), method="Nelder-Mead")
    return float(np.exp(found.x[0])), float(np.exp(found.x[1]))


def make_part(
    weights: NDArray[np.float32], bias: NDArray[np.float32], shares: tuple[float, float]
) -> ContextPart:
    """Fold the network's share into its weights.

    Parameters
    ----------
    weights : NDArray[np.float32]
        Weights of the network's head, shape (features, classes).
    bias : NDArray[np.float32]
        Shape (classes,).
    shares : tuple[float, float]
        What `join_logits` gave.

    Returns
    -------
    ContextPart
        Ready to be written.
    """
    own = np.float32(shares[0])
    return ContextPart(np.ascontiguousarray(weights * own), bias * own, shares[1])


def one_hot(columns: Sequence[int], count: int) -> NDArray[np.float32]:
    """Write right columns as rows of zeros and ones.

    Parameters
    ----------
    columns : Sequence[int]
        Right column of each text.
    count : int
        Number of classes.

    Returns
    -------
    NDArray[np.float32]
        Shape (n, count).
    """
    rows: NDArray[np.float32] = np.eye(count, dtype=np.float32)[np.asarray(columns)]
    return rows
