"""Choose the comments to label next: doubtful ones, unlike each other and unlike those labelled already."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_SAME = 1e-5
"""Two vectors whose cosine is nearer to 1 than this are the same comment twice; rounding stays below."""

_LEAST_WEIGHT = 0.01
"""What a comment without any doubt still counts, so that likeness alone can choose."""

_DOUBT_POWER = 2
"""How much more the doubtful count. On dev writer f (docs/training.md) 1, 2 and 4 gained 0.020, 0.020 and
0.021 of macro-F1 over random picking in three repetitions, and 1 and 2 gained 0.017 and 0.016 in five others:
hardly a difference, so the middle one was taken."""

_STANDARDS = 2000
"""Most comments that candidates are weighed by, so that 10,000 candidates take about a second."""

_BLOCK = 1024
"""Vectors that are compared at a time, so that memory stays small."""


_AT_ONCE = 32
"""Candidates whose worth is reckoned again at a time, those that were worth most before, ..."""

_MOST_LOOKS = 8
"""... and how many times for one choice. Comments need two or three; vectors without any order need all."""


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
    uncertainty : float
        0 to 1, for instance by `voc_nlp.labelling.doubt`.
    disagreement : float or None
        0 to 1; None where there is no second answer: the uncertainty then speaks alone.
    vector : NDArray[np.float32] or None
        Its embedding, of any length but zero, shape (dimension,); None where there is none.
    """

    id: str
    uncertainty: float
    disagreement: float | None
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

    Every candidate lies as near to what is labelled as its cosine with the likest labelled or chosen comment.
    One is worth how much nearer it brings all the candidates, weighed by the square of their doubt, the mean
    of uncertainty and disagreement. So a doubtful comment that stands for many doubtful ones comes first, and
    not one that is like nothing else. The best is taken, and so on. One without a vector is worth what others
    of its doubt are in the mean, but never more than the best of them.

    Parameters
    ----------
    candidates : Sequence[Candidate]
        What there is to choose from, in any order.
    count : int
        How many are wanted.
    labelled : NDArray[np.float32] | None
        Vectors of what is labelled already, shape (m, dimension).
    seed : int
        Decides between candidates of equal worth, and which are weighed by where there are very many.

    Returns
    -------
    list[Chosen]
        At most `count`; fewer where there are no more, or where all that is left has the vector of one that
        is labelled or chosen. The order of the candidates does not matter.

    Raises
    ------
    ValueError
        If an id is there twice, a figure is outside 0 to 1, vectors differ in shape, or count is negative.

    References
    ----------
    Wei, Iyer, Bilmes (2015), Submodularity in data subset selection and active learning.
    Minoux (1978), Accelerated greedy algorithms for maximizing submodular set functions.
    """
    if count < 0:
        raise ValueError(f"count is {count}; expected 0 or more")
    _check(candidates)
    pool = sorted(candidates, key=lambda candidate: candidate.id)
    pool = [pool[place] for place in np.random.default_rng(seed).permutation(len(pool))]
    unsure = np.asarray([one.uncertainty for one in pool], dtype=np.float64)
    apart = np.asarray([one.disagreement for one in pool], dtype=np.float64)  # None becomes nan
    doubts = (unsure + np.where(np.isnan(apart), unsure, apart)) / 2
    vectors = _unit_vectors([one.vector for one in pool])
    weights = _LEAST_WEIGHT + (1 - _LEAST_WEIGHT) * doubts**_DOUBT_POWER
    worth = _Worth(vectors, weights, labelled)
    ranks = [_share_below(figures) for figures in (unsure, np.nan_to_num(apart))]
    chosen: list[Chosen] = []
    while len(chosen) < count and (found := worth.find_best()) is not None:
        best, score = found
        shares = [*(float(rank[best]) for rank in ranks), worth.newer_than(best)]
        chosen.append(Chosen(pool[best].id, score, tuple(Reason)[shares.index(max(shares))]))
        worth.take(best)
    return chosen


class _Worth:
    """What each candidate is worth: it only falls as more are chosen, so only the best are reckoned again."""

    def __init__(
        self,
        vectors: NDArray[np.float32],
        weights: NDArray[np.float64],
        labelled: NDArray[np.float32] | None,
    ) -> None:
        self._vectors, self._weights = vectors, weights
        self._known: NDArray[np.bool_] = np.any(vectors, axis=1)
        self._left = np.ones(len(vectors), dtype=np.bool_)
        self._novelty = _novelty(vectors, labelled)
        standards = np.flatnonzero(self._known)[:_STANDARDS]  # a sample, since the pool is shuffled
        self._standards = vectors[standards]
        self._near = (1 - self._novelty[standards]).astype(np.float32)
        self._shares = (weights[standards] / max(float(weights[standards].sum()), 1e-9)).astype(np.float32)
        self._worth = np.zeros(len(vectors))
        for first in range(0, len(vectors), _BLOCK):
            block = slice(first, first + _BLOCK)
            self._worth[block] = self._reckon(vectors[block])

    def find_best(self) -> tuple[int, float] | None:
        """Find the candidate that is worth most, and its worth; None where none is left."""
        self._left[self._known & (self._novelty <= _SAME)] = False
        self._worth[~self._left] = -1
        if not self._left.any():
            return None
        compared = self._known & self._left
        bare = self._left & ~self._known
        self._worth[bare] = self._weights[bare]
        if compared.any():
            mean = self._worth[compared].sum() / self._weights[compared].sum()
            self._worth[bare] = np.minimum(self._weights[bare] * mean, self._worth[compared].max())
        fresh = ~self._known
        for _ in range(_MOST_LOOKS):
            best = int(self._worth.argmax())
            if fresh[best]:
                break
            stale = np.where(fresh, -1, self._worth)
            looked = np.argpartition(-stale, min(_AT_ONCE, len(stale)) - 1)[:_AT_ONCE]
            looked = looked[~fresh[looked] & self._left[looked]]
            self._worth[looked] = self._reckon(self._vectors[looked])
            fresh[looked] = True
        best = int(np.where(fresh, self._worth, -1).argmax())
        return best, float(self._worth[best])

    def take(self, place: int) -> None:
        """Count a candidate among the labelled ones."""
        self._left[place] = False
        if self._known[place]:
            chosen = self._vectors[place]
            np.maximum(self._near, self._standards @ chosen, out=self._near)
            np.minimum(self._novelty, _apart(self._vectors @ chosen), out=self._novelty)

    def newer_than(self, place: int) -> float:
        """Tell what share of those left lies nearer to a labelled or chosen one than this."""
        return float(np.mean(self._novelty[self._left] < float(self._novelty[place])))

    def _reckon(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Tell how much nearer each of some vectors would bring the standards, at their weight."""
        nearer = np.maximum(vectors @ self._standards.T - self._near, 0)
        worth: NDArray[np.float32] = np.minimum(nearer @ self._shares, 1)  # more by rounding alone
        return worth


def _check(candidates: Sequence[Candidate]) -> None:
    if len({one.id for one in candidates}) < len(candidates):
        twice = next(name for name, times in Counter(one.id for one in candidates).items() if times > 1)
        raise ValueError(f"the candidate {twice!r} is there twice; give each once")
    for one in candidates:
        if not (0 <= one.uncertainty <= 1 and 0 <= (one.disagreement or 0) <= 1):
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
