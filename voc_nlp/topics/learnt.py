"""Themes before they have names: their prototypes, the comments near them, the threshold."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc_nlp.comparing import cosines
from voc_nlp.embedding import Embedder
from voc_nlp.topics.clustering import cluster, prototypes_of
from voc_nlp.topics.material import Material
from voc_nlp.topics.naming.describe import ThemeDescription, describe_themes

UNASSIGNED_SHARE = 0.05
"""Share of comments that the threshold leaves without a theme, each compared as if themes had been learnt
without it. Of comments held out of a fit it left 5.1% (Banking77), 5.4% (ASDC) and 5.9% (the journal)."""

_LEAST_THRESHOLD = 1e-4
"""A comment of which the encoder knows nothing has cosine 0 to every theme, and belongs to none."""

_MOST_THRESHOLD = 0.999
"""A comment has cosine 1 to its own like within rounding alone."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """Themes as arrays.

    Parameters
    ----------
    rows : NDArray[np.float32]
        Prototypes, unit vectors, shape (prototypes, dimension).
    owners : NDArray[np.int64]
        Number of each prototype's theme, ascending, shape (prototypes,).
    """

    rows: NDArray[np.float32]
    owners: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of themes."""
        return int(self.owners.max(initial=-1)) + 1

    @property
    def means(self) -> NDArray[np.float32]:
        """Each theme's prototypes summed up in one unit vector, shape (themes, dimension)."""
        return prototypes_of(self.rows, self.owners, most=1)[0]

    def of(self, number: int) -> NDArray[np.float32]:
        """Pick the prototypes of one theme.

        Parameters
        ----------
        number : int
            Number of the theme.

        Returns
        -------
        NDArray[np.float32]
            Shape (prototypes of the theme, dimension).
        """
        picked: NDArray[np.float32] = self.rows[self.owners == number]
        return picked

    def pick(self, numbers: Sequence[int]) -> "Learnt":
        """Keep some themes, numbered anew in the order given.

        Parameters
        ----------
        numbers : Sequence[int]
            Numbers of those to keep.

        Returns
        -------
        Learnt
            The others left out.
        """
        parts = [self.of(number) for number in numbers]
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return Learnt(np.concatenate([self.rows[:0], *parts]), owners)


def learn(material: Material, vectors: NDArray[np.float32], count: int) -> tuple[Learnt, NDArray[np.int64]]:
    """Learn themes from comments.

    Parameters
    ----------
    material : Material
        The comments.
    vectors : NDArray[np.float32]
        Their vectors as themes compare them, shape (n, dimension).
    count : int
        Number of themes; there are fewer where comments are alike, none for 0.

    Returns
    -------
    tuple[Learnt, NDArray[np.int64]]
        The themes, and the number of each comment's group, shape (n,), -1 where there is no theme.
    """
    if count < 1:
        nothing = Learnt(vectors[:0], np.zeros(0, dtype=np.int64))
        return nothing, np.full(len(vectors), -1, dtype=np.int64)
    groups = cluster([[term.key for term in one] for one in material.terms], vectors, count)
    return Learnt(*prototypes_of(vectors, groups)), groups


def settle(vectors: NDArray[np.float32], learnt: Learnt) -> tuple[NDArray[np.int64], float]:
    """Label comments by the rule that will assign all others, and choose its threshold.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Vectors as themes compare them, shape (n, dimension).
    learnt : Learnt
        The themes.

    Returns
    -------
    tuple[NDArray[np.int64], float]
        Number of each comment's theme, -1 for none, and the threshold.
    """
    if not learnt.count:
        return np.full(len(vectors), -1, dtype=np.int64), _LEAST_THRESHOLD
    found = cosines(vectors, learnt.rows)
    own, nearest = found.argmax(axis=1), found.max(axis=1)
    threshold = choose_threshold(_as_new(found, vectors))
    return np.where(nearest >= threshold, learnt.owners[own], -1), threshold


def nearness_as_new(vectors: NDArray[np.float32], learnt: Learnt) -> NDArray[np.float32]:
    """Tell how near comments would be to the themes, had these been learnt without them.

    A comment is part of the mean that is its prototype, and so nearer to it than a new comment that
    says the same; it is taken out of that mean before it is compared.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Vectors as themes compare them, that the themes were learnt from, shape (n, dimension).
    learnt : Learnt
        The themes, one at least.

    Returns
    -------
    NDArray[np.float32]
        Cosine to the nearest prototype, shape (n,).
    """
    return _as_new(cosines(vectors, learnt.rows), vectors)


def choose_threshold(nearest: NDArray[np.float32]) -> float:
    """Choose the least cosine of a match.

    Parameters
    ----------
    nearest : NDArray[np.float32]
        Cosine of each comment to its nearest theme, as if it were new, shape (n,).

    Returns
    -------
    float
        It leaves out `UNASSIGNED_SHARE` of them.
    """
    quantile = math.floor(float(np.quantile(nearest, UNASSIGNED_SHARE)) * 1e4) / 1e4
    return min(max(quantile, _LEAST_THRESHOLD), _MOST_THRESHOLD)


def choose_count(comments: int) -> int:
    """Choose a number of themes.

    Parameters
    ----------
    comments : int
        Number of comments.

    Returns
    -------
    int
        3 for 50 comments, 34 for 1,700, 111 for 10,000.
    """
    return max(2, min(comments // 5, round(math.pow(comments, 2 / 3) / 4.2)))


def describe(
    material: Material,
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    learnt: Learnt,
    embedder: Embedder,
) -> list[ThemeDescription]:
    """Name themes by the comments near them.

    Parameters
    ----------
    material : Material
        The comments.
    vectors : NDArray[np.float32]
        Their vectors as themes compare them, shape (n, dimension).
    labels : NDArray[np.int64]
        Number of each comment's theme, -1 for none.
    learnt : Learnt
        The themes.
    embedder : Embedder
        The encoder that the vectors were made with.

    Returns
    -------
    list[ThemeDescription]
        One a theme.
    """
    return describe_themes(
        material.texts, vectors, labels.tolist(), learnt.means, embedder, terms=material.terms
    )


def _as_new(compared: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take each comment out of its own prototype; `compared` holds its cosines to all of them."""
    own = compared.argmax(axis=1)
    sums = np.zeros((compared.shape[1], vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, own, vectors)
    others = sums[own] - vectors
    lengths = np.linalg.norm(others, axis=1)
    without = compared.copy()
    without[np.arange(len(own)), own] = np.einsum("nd,nd->n", others, vectors) / np.maximum(lengths, 1e-6)
    nearest: NDArray[np.float32] = without.max(axis=1)
    return nearest
