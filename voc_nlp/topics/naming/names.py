"""Names of themes in one language: the phrase that most of a theme's comments say, and others do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.schema import Language
from voc_nlp.text.wordlists import read_sections
from voc_nlp.topics.naming.keywords import class_tfidf
from voc_nlp.topics.naming.term import TermKind
from voc_nlp.topics.naming.term_table import TermTable

LONGEST_NAME = {Language.JA: 20, Language.EN: 5}
"""Characters of a Japanese name, words of an English one."""

_CANDIDATES = 60
_POOL = 2_000
"""Phrases that a theme with hardly a comment in the language may choose from: the most frequent."""
_LEAST_COMMENTS = 3
_NEAR_VARIANT = 0.55
"""Cosine from which two phrases begin to count as variants of each other."""
_SHARPNESS = 12.0
_PRIOR = 3.0
_LONG = 12
_COMMENTS_A_MENTION = 150
"""A phrase is doubted by half when it is said once in so many comments of its theme."""
_SAID_TWICE_FROM = 60
"""In a theme of so many comments a phrase said once names nothing."""
_MANY = 10
_SAYS_LITTLE = 0.012
"""Where the best phrase of so many comments scores less, they have only a subject in common.

Chosen by reading the names of 40 themes of the corpus.
"""
_LEAST_SAID = {Language.JA: 0.0, Language.EN: 0.04}
"""Share of a theme of `_SAID_TWICE_FROM` comments and more that must say its name.

An English compound narrows the noun that the comments share (``food`` to ``rice cooker``); a Japanese pair
tells what is said of it.
"""
_FORM = {
    TermKind.PHRASE: 1.0,
    TermKind.COMPOUND: 0.75,
    TermKind.NOUN: 0.25,
    TermKind.PREDICATE: 0.001,
    TermKind.VAGUE: 0.0001,
}
_PLAIN = frozenset(read_sections("terms_ja.txt", __package__)["plain-predicate"])


@dataclass(frozen=True, slots=True)
class _Candidate:
    term: int
    score: float
    said: float


def choose_names(
    table: TermTable,
    clusters: Sequence[int],
    centroids: NDArray[np.float32],
    embedder: Embedder,
    language: Language,
    keywords: Sequence[Sequence[str]],
) -> list[str]:
    """Choose one name a theme.

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
    keywords : Sequence[Sequence[str]]
        Key words of each theme, which tell themes of one name apart.

    Returns
    -------
    list[str]
        Distinct names; empty strings when the comments hold no term.
    """
    themes = len(centroids)
    if not len(table.surfaces):
        return [""] * themes
    ranked = _rank(table, clusters, centroids, embedder, language)
    nouns = {table.surfaces[term] for term in table.of_kind(TermKind.NOUN, TermKind.COMPOUND)}
    sizes = np.bincount([theme for theme in clusters if theme >= 0], minlength=themes)
    broad = [
        _join([word for word in keywords[theme] if word in nouns], language)
        if _is_broad(ranked[theme][0], int(sizes[theme]), language)
        else ""
        for theme in range(themes)
    ]
    return _distinct(ranked, table, language, keywords, broad)


def _rank(
    table: TermTable,
    clusters: Sequence[int],
    centroids: NDArray[np.float32],
    embedder: Embedder,
    language: Language,
) -> list[list[_Candidate]]:
    """Rank the candidates of each theme: share of comments × specificity × nearness to the centroid."""
    themes = len(centroids)
    labels = np.asarray(clusters, dtype=np.int64)
    inside = table.by_theme(clusters, themes)
    telling = _telling_words(table, inside)
    rows = [np.flatnonzero(labels == theme) for theme in range(themes)]
    candidates = [
        _candidates(table, inside, telling, theme) if len(rows[theme]) >= _LEAST_COMMENTS else None
        for theme in range(themes)
    ]
    pool = _pool(table) if any(one is None or not len(one) for one in candidates) else None
    chosen = [one if one is not None and len(one) else pool for one in candidates]
    wanted = np.unique(np.concatenate([one for one in chosen if one is not None]))
    vectors = embedder.embed([table.surfaces[term] for term in wanted])
    cosines = vectors @ centroids.T
    belonging = _softmax(cosines * _SHARPNESS)
    found = []
    for theme, terms in enumerate(chosen):
        assert terms is not None
        places = np.searchsorted(wanted, terms)
        near = np.maximum(cosines[places, theme], 0)
        own = belonging[places, theme]
        if candidates[theme] is None or not len(candidates[theme]):  # type: ignore[arg-type]
            said = np.ones(len(terms))
            score = near * (0.2 + own) * _form(table, terms, language)
        else:
            held = inside[theme, terms].toarray().ravel()
            said = held / len(rows[theme])
            share = _share(table, rows[theme], terms, vectors[places], embedder)
            specific = (held + _PRIOR * own) / (table.counts[terms] + _PRIOR)
            score = (
                (share + 0.02)
                * np.sqrt(specific)
                * (0.2 + near)
                * held
                / (held + 1 + len(rows[theme]) / _COMMENTS_A_MENTION)
                * _form(table, terms, language)
                * np.where((held < 2) & (len(rows[theme]) >= _SAID_TWICE_FROM), 0.05, 1.0)
                * _said(table, terms, telling[theme].toarray().ravel())
            )
        order = np.argsort(-score, kind="stable")
        found.append([_Candidate(int(terms[i]), float(score[i]), float(said[i])) for i in order])
    return found


def _telling_words(table: TermTable, inside: Any) -> Any:
    """Weigh the words of each theme by class-based TF-IDF, the most telling word of a theme as 1."""
    from scipy.sparse import csr_matrix, diags

    words = table.of_kind(TermKind.NOUN, TermKind.PREDICATE, TermKind.VAGUE)
    only = np.zeros(len(table.surfaces), dtype=np.float32)
    only[words] = 1
    counts = (inside @ diags(only)).tocsr()
    counts.eliminate_zeros()
    weights = class_tfidf(counts)
    most = np.maximum(weights.max(axis=1).toarray().ravel(), 1e-9)
    return csr_matrix(diags(1 / most) @ weights)


def _candidates(table: TermTable, inside: Any, telling: Any, theme: int) -> NDArray[np.int64]:
    """Choose the terms that a theme's comments hold whose words are most telling of it."""
    row = slice(inside.indptr[theme], inside.indptr[theme + 1])
    terms: NDArray[np.int64] = inside.indices[row].astype(np.int64)
    held = inside.data[row]
    if not len(terms):
        return terms
    weight = np.zeros(len(table.surfaces), dtype=np.float32)
    own = slice(telling.indptr[theme], telling.indptr[theme + 1])
    weight[telling.indices[own]] = telling.data[own]
    score = np.array(
        [
            _FORM[table.kinds[term]] * sum(weight[list(table.parts[term])]) / max(len(table.parts[term]), 1)
            for term in terms.tolist()
        ]
    ) * np.log1p(held)
    best: NDArray[np.int64] = np.sort(terms[np.argsort(-score, kind="stable")[:_CANDIDATES]])
    return best


def _pool(table: TermTable) -> NDArray[np.int64]:
    """List what names a theme that has hardly a comment in the language: phrases if there are any."""
    phrases = table.of_kind(TermKind.PHRASE, TermKind.COMPOUND)
    often = phrases[table.counts[phrases] >= 2]
    terms = often if len(often) else phrases if len(phrases) else np.arange(len(table.surfaces))
    often = terms[np.argsort(-table.counts[terms], kind="stable")[:_POOL]]
    pool: NDArray[np.int64] = np.sort(often)
    return pool


def _share(
    table: TermTable,
    rows: NDArray[np.int64],
    terms: NDArray[np.int64],
    vectors: NDArray[np.float32],
    embedder: Embedder,
) -> NDArray[np.float64]:
    """Measure the share of a theme's comments that say each term: it, a near variant, or its words apart."""
    same = _held_or_alike(table.held[rows][:, terms].toarray(), vectors)
    parts = sorted({part for term in terms.tolist() for part in table.parts[term]})
    if not parts:
        return same
    place = {part: number for number, part in enumerate(parts)}
    words = table.held[rows][:, parts].toarray()
    alike = _held_or_alike(words, embedder.embed([table.surfaces[part] for part in parts]))
    whole, apart = np.zeros(len(terms)), np.zeros(len(terms))
    for column, term in enumerate(terms.tolist()):
        columns = [place[part] for part in table.parts[term]]
        if columns:
            whole[column] = words[:, columns].min(axis=1).mean()
            apart[column] = np.prod(alike[columns]) ** (1 / len(columns))
    return 0.4 * same + 0.3 * whole + 0.3 * apart


def _held_or_alike(held: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Measure for each term the share of comments that hold it, or as much of it as the nearest they hold."""
    alike = np.clip((vectors @ vectors.T - _NEAR_VARIANT) / (1 - _NEAR_VARIANT), 0, 1)
    np.fill_diagonal(alike, 1)
    return np.array([(held * row).max(axis=1).mean() for row in alike], dtype=np.float64)


def _said(table: TermTable, terms: NDArray[np.int64], telling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Favour what is said of the theme's thing in words that its comments share, not just the thing."""
    found = np.empty(len(terms))
    for place, term in enumerate(terms.tolist()):
        weights = sorted(telling[[part for part in table.parts[term] if part != term]])[:-1]
        found[place] = 0.3 + min(1.0, 2 * sum(weights) / len(weights)) if weights else 0.6
    return found


def _form(table: TermTable, terms: NDArray[np.int64], language: Language) -> NDArray[np.float64]:
    """Prefer phrases to words, and short ones to long."""
    form = np.array([_FORM[table.kinds[term]] for term in terms.tolist()])
    for place, term in enumerate(terms.tolist()):
        name = table.surfaces[term]
        if language is Language.JA:
            if len(name) > LONGEST_NAME[language]:
                form[place] = 0.01
            elif len(name) > _LONG:
                form[place] *= 0.7
            elif len(name) == 1:
                form[place] *= 0.5
            subject, _, said = name.rpartition("が")
            if subject or name.endswith("ない"):
                form[place] *= 0.7 if said in _PLAIN else 1.4
            elif name in _PLAIN or "を" in name[1:-1]:
                form[place] *= 0.7
            elif "の" in name[1:-1]:
                form[place] *= 0.8
        elif len(name.split()) > LONGEST_NAME[language]:
            form[place] = 0.01
        elif name.startswith("no "):
            form[place] *= 0.6
    return form


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
    return found


def _distinct(
    ranked: Sequence[Sequence[_Candidate]],
    table: TermTable,
    language: Language,
    keywords: Sequence[Sequence[str]],
    broad: Sequence[str],
) -> list[str]:
    """Give every theme its best name that no other has; the theme that it fits best is served first."""
    names = [""] * len(ranked)
    taken: set[str] = set()
    words_taken: set[frozenset[int]] = set()
    order = sorted(range(len(ranked)), key=lambda theme: (-(ranked[theme][0].score), theme))
    for theme in order:
        if broad[theme] and broad[theme] not in taken:
            names[theme] = broad[theme]
            taken.add(broad[theme])
            continue
        best = ranked[theme][0]
        chosen = None
        for candidate in ranked[theme]:
            words = frozenset(table.parts[candidate.term])
            if table.surfaces[candidate.term] in taken or words in words_taken:
                continue
            if candidate.score >= 0.25 * best.score:
                chosen = candidate
            break
        if chosen is not None:
            names[theme] = table.surfaces[chosen.term]
            words_taken.add(frozenset(table.parts[chosen.term]))
        else:
            names[theme] = _add(table.surfaces[best.term], keywords[theme], taken, language)
        taken.add(names[theme])
    return names


def _is_broad(best: _Candidate, size: int, language: Language) -> bool:
    """Return whether the comments of a theme share a subject and no more."""
    seldom = size >= _SAID_TWICE_FROM and best.said < _LEAST_SAID[language]
    return size >= _MANY and (best.score < _SAYS_LITTLE or seldom)


def _join(nouns: Sequence[str], language: Language) -> str:
    """Name a broad theme by its first two nouns; by nothing when they are too long or too few."""
    name = ("・" if language is Language.JA else ", ").join(nouns[:2])
    length = len(name) if language is Language.JA else len(name.split())
    return name if len(nouns) > 1 and length <= LONGEST_NAME[language] else ""


def _add(name: str, keywords: Sequence[str], taken: set[str], language: Language) -> str:
    """Tell a name from the same name of another theme by a key word in brackets, or else by a number."""
    most = LONGEST_NAME[language]
    for word in keywords:
        longer = f"{name} ({word})" if language is Language.EN else f"{name}({word})"
        length = len(longer) if language is Language.JA else len(longer.split())
        if word not in name and length <= most and longer not in taken:
            return longer
    number = 2
    while (longer := f"{name} ({number})" if language is Language.EN else f"{name}({number})") in taken:
        number += 1
    return longer
