"""Cosines without rounding: the same in every batch, with any number of threads, on any machine.

Numbers are put on a grid of 2**-24. Products of two of them, and sums of these over vectors of about
unit length, are multiples of 2**-48 that a float64 holds exactly; and a sum without rounding does not depend
on the order in which a matrix product takes it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voc_nlp.schema import Language

_GRID = 2.0**24

_NOTHING_LEFT = 1e-4
"""Length below which what is left of a unit vector is rounding."""


def take_off(
    vectors: NDArray[np.float32], languages: Sequence[Language] | None, centers: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Take off vectors what comments of their language have in common.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Shape (n, dimension).
    languages : Sequence[Language] | None
        Language of each; English when None.
    centers : NDArray[np.float32]
        What comments in Japanese and in English have in common, shape (2, dimension).

    Returns
    -------
    NDArray[np.float32]
        Unit vectors, shape (n, dimension); the zero vector where a vector is zero or nothing else is left.

    References
    ----------
    Mu, Viswanath (2018), All-but-the-top: simple and effective postprocessing for word representations.
    """
    rows = [1] * len(vectors) if languages is None else [int(one is not Language.JA) for one in languages]
    known = vectors.any(axis=1, keepdims=True)
    bare = np.where(known, _on_grid(vectors) - _on_grid(centers)[rows], 0)
    norms = np.sqrt(np.square(bare).sum(axis=1, keepdims=True))
    unit: NDArray[np.float32] = np.where(
        norms > _NOTHING_LEFT, bare / np.maximum(norms, _NOTHING_LEFT), 0
    ).astype(np.float32)
    return unit


def cosines(vectors: NDArray[np.float32], prototypes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compare vectors with prototypes.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Unit vectors, shape (n, dimension).
    prototypes : NDArray[np.float32]
        Unit vectors, shape (prototypes, dimension).

    Returns
    -------
    NDArray[np.float32]
        Shape (n, prototypes); a row depends on its vector alone, to the last bit.
    """
    found: NDArray[np.float32] = (_on_grid(vectors) @ _on_grid(prototypes).T).astype(np.float32)
    return found


def _on_grid(numbers: NDArray[np.floating]) -> NDArray[np.float64]:
    gridded: NDArray[np.float64] = np.rint(numbers.astype(np.float64) * _GRID) / _GRID
    return gridded
