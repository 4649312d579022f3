"""Choose the comments to label next: doubtful ones, unlike each other and unlike those labelled already."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_SAME = 1e-5
"""Two vectors whose cosine is nearer to 1 than this are the same comment twice; rounding stays below."""

_LEAST_DOUBT = 0.1
"""What a candidate without any doubt is still worth, so that novelty alone can choose."""

_BLOCK = 1024
"""Labelled vectors that are compared at a time, so that memory stays small."""


class Reason(StrEnum):
    """Why a comment was chosen: what sets it apart most from the other candidates."""

    UNCERTAIN = "uncertain"
    TIERS_DISAGREE = "tiers_disagree"
    UNLIKE_THE_OTHERS = "unlike_the_others"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A comment that may be labelled.

    Parameters
    ----------
    id : str
        The comment's identifier; each once.
    uncertainty, disagreement : float
        0 to 1, for instance by `voc_nlp.labelling.doubt`; 0 where nothing is known.
    vector : NDArray[np.float32] or None
        Its embedding, of any length but zero, shape (dimension,); None where there is none.
    """

    id: str
    uncertainty: float
    disagreement: float
    vector: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A comment to label, what it was worth when it was chosen (0 to 1), and why."""

    id: str
    score: float
    reason: Reason


def choose(
    candidates: Sequence[Candidate],
    count: int,
    *,
    labelled: NDArray[np.float32] | None = None,
    seed: int = 0,
) -> list[Chosen]:
    """Choose what to label next, the most worth first.

    A candidate's worth is its doubt, the mean of uncertainty and disagreement, times its novelty: one less
    its cosine with the likest comment that is labelled or chosen already. The best is taken, and so on.
    One without a vector is taken for as novel as the others are in the mean.

    Parameters
    ----------
    candidates : Sequence[Candidate]
        What there is to choose from, in any order.
    count : int
        How many are wanted.
    labelled : NDArray[np.float32] | None
        Vectors of what is labelled already, shape (m, dimension).
    seed : int
        Decides between candidates of equal worth.

    Returns
    -------
    list[Chosen]
        At most `count`; fewer where there are no more, or where all that is left has the vector of one that
        is labelled or chosen. The order of the candidates does not matter.

    Raises
    ------
    ValueError
        If an id is there twice, a figure is outside 0 to 1, vectors differ in shape, or count is negative.
    """
    if count < 0:
        raise ValueError(f"count is {count}; expected 0 or more")
    _check(candidates)
    pool = sorted(candidates, key=lambda candidate: candidate.id)
    pool = [pool[place] for place in np.random.default_rng(seed).permutation(len(pool))]
    doubts = np.asarray([(one.uncertainty, one.disagreement) for one in pool]).reshape(-1, 2)
    ranks = [_share_below(column) for column in doubts.T]
    worth = _LEAST_DOUBT + (1 - _LEAST_DOUBT) * doubts.mean(axis=1)
    vectors = _unit_vectors([one.vector for one in pool])
    known = np.asarray(vectors.any(axis=1))
    novelty = _novelty(vectors, labelled)
    left = np.ones(len(pool), dtype=np.bool_)
    chosen: list[Chosen] = []
    while len(chosen) < count:
        left = left & (~known | (novelty > _SAME))
        if not left.any():
            break
        compared = known & left
        novelty[~known] = novelty[compared].mean() if compared.any() else 1.0
        scores = np.where(left, worth * novelty, -1.0)
        best = int(scores.argmax())
        shares = [rank[best] for rank in ranks] + [float((novelty[left] < novelty[best]).mean())]
        chosen.append(Chosen(pool[best].id, float(scores[best]), tuple(Reason)[int(np.argmax(shares))]))
        left[best] = False
        if known[best]:
            np.minimum(novelty, _apart(vectors @ vectors[best]), out=novelty)
    return chosen


def _check(candidates: Sequence[Candidate]) -> None:
    if len({one.id for one in candidates}) < len(candidates):
        twice = next(name for name, times in Counter(one.id for one in candidates).items() if times > 1)
        raise ValueError(f"the candidate {twice!r} is there twice; give each once")
    for one in candidates:
        if not (0 <= one.uncertainty <= 1 and 0 <= one.disagreement <= 1):
            raise ValueError(
                f"the candidate {one.id!r} has uncertainty {one.uncertainty} and disagreement "
                f"{one.disagreement}; expected both from 0 to 1"
            )


def _unit_vectors(vectors: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """Lay vectors out, scaled to unit length; zeros where there is none."""
    shapes = {vector.shape for vector in vectors if vector is not None}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        raise ValueError(f"met vectors of the shapes {sorted(shapes)}; expected one shape (dimension,)")
    dimension = next(iter(shapes))[0] if shapes else 0
    nothing = np.zeros(dimension, dtype=np.float32)
    rows = [nothing if vector is None else vector for vector in vectors]
    return _scaled(np.asarray(rows, dtype=np.float32).reshape(len(rows), dimension))


def _scaled(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled


def _novelty(vectors: NDArray[np.float32], labelled: NDArray[np.float32] | None) -> NDArray[np.float64]:
    """Tell how far each vector is from the nearest labelled one; 1 where nothing is labelled."""
    novelty = np.ones(len(vectors))
    if labelled is None or not len(labelled) or not vectors.shape[1]:
        return novelty
    if labelled.ndim != 2 or labelled.shape[1] != vectors.shape[1]:
        raise ValueError(
            f"met labelled vectors of the shape {labelled.shape}; expected (m, {vectors.shape[1]}), "
            "as the candidates have"
        )
    unit = _scaled(labelled.astype(np.float32, copy=False))
    for first in range(0, len(unit), _BLOCK):
        nearest = (vectors @ unit[first : first + _BLOCK].T).max(axis=1)
        np.minimum(novelty, _apart(nearest), out=novelty)
    return novelty


def _apart(cosines: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.clip(1 - cosines.astype(np.float64), 0, 1)


def _share_below(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell of each figure how many of all are smaller, as a share."""
    return np.searchsorted(np.sort(figures), figures) / max(len(figures), 1)
