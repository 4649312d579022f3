"""Key words of themes in one language: class-based TF-IDF over content words, weighed by nearness."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.schema import Language
from voc_nlp.topics.naming.term import TermKind
from voc_nlp.topics.naming.term_table import TermTable

KEYWORDS = 8
"""Key words a theme and language."""

_LEAST_COUNT = 2
_CANDIDATES = 40
_POOL = 5_000
"""Words that a theme without a comment in the language may choose from: the most frequent."""
_BASE_NEARNESS = 1.0


def choose_keywords(
    table: TermTable,
    clusters: Sequence[int],
    centroids: NDArray[np.float32],
    embedder: Embedder,
    language: Language,
) -> list[tuple[str, ...]]:
    """Choose the key words of themes.

    Parameters
    ----------
    table : TermTable
        The terms of the comments of one language.
    clusters : Sequence[int]
        Theme of each of these comments; -1 for none.
    centroids : NDArray[np.float32]
        Unit vectors, shape (themes, dimension).
    embedder : Embedder
        The encoder that the centroids were made with.
    language : Language
        The language.

    Returns
    -------
    list[tuple[str, ...]]
        At most `KEYWORDS` a theme, most telling first, none part of another. A theme without a
        comment in the language gets the nearest words; empty when there is no word at all.
    """
    words = table.of_kind(TermKind.NOUN, TermKind.PREDICATE, TermKind.COMPOUND)
    often = words[table.counts[words] >= _LEAST_COUNT]
    words = often if len(often) else words
    if not len(words):
        return [()] * len(centroids)
    weights = class_tfidf(table.by_theme(clusters, len(centroids))[:, words])
    candidates: list[NDArray[np.int64]] = []
    empty: list[int] = []
    for theme in range(len(centroids)):
        row = slice(weights.indptr[theme], weights.indptr[theme + 1])
        best = np.argsort(-weights.data[row], kind="stable")[:_CANDIDATES]
        candidates.append(weights.indices[row][best].astype(np.int64))
        if not len(best):
            empty.append(theme)
    if empty:
        pool = np.sort(np.argsort(-table.counts[words], kind="stable")[:_POOL])
        for theme in empty:
            candidates[theme] = pool
    wanted = np.unique(np.concatenate(candidates))
    vectors = embedder.embed([table.surfaces[word] for word in words[wanted]])
    chosen = []
    for theme, columns in enumerate(candidates):
        near = vectors[np.searchsorted(wanted, columns)] @ centroids[theme]
        if theme in empty:
            score = near
        else:
            row = slice(weights.indptr[theme], weights.indptr[theme + 1])
            weight = dict(zip(weights.indices[row].tolist(), weights.data[row].tolist(), strict=True))
            score = np.array([weight[column] for column in columns.tolist()]) * (
                _BASE_NEARNESS + np.maximum(near, 0)
            )
        ranked = [
            table.surfaces[words[columns[place]]]
            for place in np.argsort(-score, kind="stable")
            if score[place] > 0
        ]
        chosen.append(tuple(without_parts(ranked[: 6 * KEYWORDS], language)[:KEYWORDS]))
    return chosen


def class_tfidf(counts: Any) -> Any:
    """Weigh terms by class-based TF-IDF, as BERTopic does.

    Parameters
    ----------
    counts : Any
        Sparse matrix (scipy CSR) of shape (themes, terms): comments of a theme that hold a term.

    Returns
    -------
    Any
        Sparse matrix (scipy CSR) of the same shape.
    """
    used = np.flatnonzero(np.asarray(counts.sum(axis=0)).ravel())
    if len(used) < 2 or counts.sum() < counts.shape[0]:
        return counts.tocsr()  # BERTopic's own cannot weigh a single term, nor fewer terms than themes
    from bertopic.vectorizers import ClassTfidfTransformer
    from scipy.sparse import csr_matrix

    dense = counts[:, used].astype(np.float64)
    weighed = ClassTfidfTransformer().fit(dense).transform(dense).tocoo()
    found = csr_matrix((weighed.data, (weighed.row, used[weighed.col])), shape=counts.shape)
    found.sort_indices()
    return found


def without_parts(ranked: Sequence[str], language: Language) -> list[str]:
    """Drop a term that is part of a better one, and a better one's mere extension.

    Parameters
    ----------
    ranked : Sequence[str]
        Terms, best first.
    language : Language
        Their language; English terms are compared word by word.

    Returns
    -------
    list[str]
        What is left, in order.
    """
    kept: list[str] = []
    for term in ranked:
        if language is Language.JA:
            part = any(term in other or other in term for other in kept)
        else:
            words = {_stem(word) for word in term.split()}
            part = any(words & {_stem(word) for word in other.split()} for other in kept)
        if not part:
            kept.append(term)
    return kept


def _stem(word: str) -> str:
    from voc_nlp.text.english_lemma import english_lemma

    return english_lemma(word)
