"""Figures of a grouping of comments: agreement, purity, key words, both languages in one theme."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

UNASSIGNED = -1
"""Stands for a comment without a theme."""

TOP_WORDS = 10
LEAST_LANGUAGE_SHARE = 0.10
"""A theme holds a language when at least this share of its comments is in it."""

Figures = dict[str, float]


def agreement(labels: Sequence[str], themes: NDArray[np.int64]) -> Figures:
    """Compare themes with labels.

    Parameters
    ----------
    labels : Sequence[str]
        The set's own labels.
    themes : NDArray[np.int64]
        Theme of each comment, or `UNASSIGNED`.

    Returns
    -------
    Figures
        Mutual information, normalised (arithmetic mean; it grows with the number of themes) and adjusted for
        chance, and adjusted Rand index over all comments, the
        unassigned ones as a group of their own, and over the assigned ones; purity of the assigned ones.
    """
    from sklearn.metrics import (
        adjusted_mutual_info_score,
        adjusted_rand_score,
        normalized_mutual_info_score,
    )

    names = np.asarray(labels)
    held = themes != UNASSIGNED
    figures = {
        "nmi": normalized_mutual_info_score(names, themes),
        "ami": adjusted_mutual_info_score(names, themes),
        "ari": adjusted_rand_score(names, themes),
        "nmi_assigned": normalized_mutual_info_score(names[held], themes[held]) if held.any() else 0.0,
        "ari_assigned": adjusted_rand_score(names[held], themes[held]) if held.any() else 0.0,
        "purity": purity(names[held], themes[held]),
        "unassigned": float(1 - held.mean()),
        "themes": float(len(set(themes[held].tolist()))),
    }
    return {name: float(value) for name, value in figures.items()}


def purity(labels: NDArray[np.str_], themes: NDArray[np.int64]) -> float:
    """Give the share of comments that carry the most frequent label of their theme; 0 without any."""
    if not len(labels):
        return 0.0
    counts: dict[int, Counter[str]] = {}
    for label, theme in zip(labels.tolist(), themes.tolist(), strict=True):
        counts.setdefault(theme, Counter())[label] += 1
    return sum(max(count.values()) for count in counts.values()) / len(labels)


def rand_index(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Compare two groupings of the same comments, unassigned ones as a group: adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(first, second))


def coherence(
    keywords: Sequence[Sequence[str]], occurs: Callable[[str], NDArray[np.bool_]], documents: int
) -> float:
    """Give the mean NPMI of pairs of key words over themes that have two or more.

    Parameters
    ----------
    keywords : Sequence[Sequence[str]]
        Key words by theme, best first; `TOP_WORDS` of them count.
    occurs : Callable[[str], NDArray[np.bool_]]
        Which documents hold a key word.
    documents : int
        Number of documents; each is one boolean window.

    Returns
    -------
    float
        -1 to 1; a pair that never occurs together counts as -1, NaN where no theme has two words.

    References
    ----------
    Bouma (2009), Normalized (pointwise) mutual information in collocation extraction.
    """
    found = []
    for words in keywords:
        rows = {word: occurs(word) for word in words[:TOP_WORDS]}
        pairs = [_npmi(rows[a], rows[b], documents) for a, b in combinations(rows, 2)]
        if pairs:
            found.append(float(np.mean(pairs)))
    return float(np.mean(found)) if found else float("nan")


def _npmi(first: NDArray[np.bool_], second: NDArray[np.bool_], documents: int) -> float:
    both = int((first & second).sum())
    if not both:
        return -1.0
    if both == documents:
        return 1.0
    share = both / documents
    return float(np.log(share * documents**2 / (int(first.sum()) * int(second.sum()))) / -np.log(share))


def diversity(keywords: Sequence[Sequence[str]]) -> float:
    """Give the share of different words among all themes' key words; NaN where there are none."""
    words = [word for one in keywords for word in one[:TOP_WORDS]]
    return len(set(words)) / len(words) if words else float("nan")


def both_languages(themes: NDArray[np.int64], langs: Sequence[str]) -> float:
    """Give the share of themes of which each language makes `LEAST_LANGUAGE_SHARE` or more."""
    japanese = np.asarray([lang == "ja" for lang in langs])
    shares = [float(japanese[themes == theme].mean()) for theme in set(themes.tolist()) - {UNASSIGNED}]
    held = [LEAST_LANGUAGE_SHARE <= share <= 1 - LEAST_LANGUAGE_SHARE for share in shares]
    return float(np.mean(held)) if held else 0.0


def pairs_together(themes: NDArray[np.int64], pairs: Sequence[tuple[int, int]]) -> float:
    """Give the share of parallel pairs whose two comments have the same theme; unassigned ones have none."""
    return float(np.mean([themes[ja] == themes[en] != UNASSIGNED for ja, en in pairs]))


def retrieval(vectors: NDArray[np.float32], pairs: Sequence[tuple[int, int]]) -> Figures:
    """Find the other language's side of parallel pairs by cosine, mean of both directions.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Of all comments, shape (n, dimension).
    pairs : Sequence[tuple[int, int]]
        Places of the Japanese and the English side.

    Returns
    -------
    Figures
        Recall at 1 and at 5 among the pairs.
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    cosines = unit[[ja for ja, _ in pairs]] @ unit[[en for _, en in pairs]].T
    # Ties count against a system, so that equal vectors for all do not look like a find.
    ranks = [(side >= np.diag(side)[:, None]).sum(axis=1) for side in (cosines, cosines.T)]
    return {f"recall_{most}": float(np.mean([(rank <= most).mean() for rank in ranks])) for most in (1, 5)}
