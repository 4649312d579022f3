"""The comments that show best what a theme is about, by their index."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voc_nlp.schema import Language
from voc_nlp.text.prepare import PreparedText

_ALIKE = 0.95
"""Cosine from which two comments say the same."""
_LOOKED_AT = 20
"""Nearest comments looked at for each that is wanted."""


def representatives(
    texts: Sequence[PreparedText],
    vectors: NDArray[np.float32],
    clusters: Sequence[int],
    centroids: NDArray[np.float32],
    *,
    count: int = 5,
) -> list[tuple[int, ...]]:
    """Choose the comments that stand for each theme.

    Parameters
    ----------
    texts : Sequence[PreparedText]
        The comments.
    vectors : NDArray[np.float32]
        Unit vectors of the comments, shape (comments, dimension).
    clusters : Sequence[int]
        Index of each comment's theme; -1 for none.
    centroids : NDArray[np.float32]
        Unit vectors of the themes, shape (themes, dimension).
    count : int
        Most comments a theme.

    Returns
    -------
    list[tuple[int, ...]]
        Indices into `texts`, nearest to the centroid first, no two of which say the same; both languages
        by their share, at least one comment each, when the theme has both and `count` allows.
    """
    labels = np.asarray(clusters, dtype=np.int64)
    found: list[tuple[int, ...]] = []
    for theme, centroid in enumerate(centroids):
        rows = np.flatnonzero(labels == theme)
        near = vectors[rows] @ centroid
        order = rows[np.argsort(-near, kind="stable")]
        by_language = [
            [int(row) for row in order if texts[row].language is language]
            for language in (Language.JA, Language.EN)
        ]
        chosen: list[int] = []
        for own, places in zip(by_language, _places([len(own) for own in by_language], count), strict=True):
            chosen += _unlike(own, texts, vectors, places)
        rank = {int(row): place for place, row in enumerate(order)}
        found.append(tuple(sorted(chosen, key=lambda row: rank[row])))
    return found


def _places(sizes: Sequence[int], count: int) -> list[int]:
    """Share places between languages by size, one at least where there is a comment."""
    total = sum(sizes)
    if not total or count < 1:
        return [0 for _ in sizes]
    places = [round(count * size / total) for size in sizes]
    if count > 1 and all(sizes):
        places = [min(max(place, 1), count - 1) for place in places]
    places[-1] = count - sum(places[:-1])
    return places


def _unlike(
    rows: Sequence[int], texts: Sequence[PreparedText], vectors: NDArray[np.float32], count: int
) -> list[int]:
    """Take the first comments that are unlike those taken before."""
    taken: list[int] = []
    for row in rows[: count * _LOOKED_AT]:
        if len(taken) == count:
            break
        same_text = any(texts[row].normalized.text == texts[other].normalized.text for other in taken)
        if not same_text and (not taken or float((vectors[taken] @ vectors[row]).max()) < _ALIKE):
            taken.append(row)
    return taken
