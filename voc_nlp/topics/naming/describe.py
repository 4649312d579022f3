"""What themes are called: names, key words and representative comments, in Japanese and English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.schema import Language
from voc_nlp.text.prepare import PreparedText
from voc_nlp.text.tokenize import Token
from voc_nlp.topics.naming.keywords import choose_keywords
from voc_nlp.topics.naming.names import choose_names
from voc_nlp.topics.naming.term import Term
from voc_nlp.topics.naming.term_table import TermTable
from voc_nlp.topics.naming.terms import find_terms

_LANGUAGES = (Language.JA, Language.EN)
_NOTHING = {Language.JA: "その他", Language.EN: "other"}


class TenantWords(Protocol):
    """A tenant's own words, as `describe_themes` reads them."""

    @property
    def stop_words(self) -> frozenset[str]:
        """Words that no key word and no name may hold."""
        ...

    def cut(self, text: str, language: Language) -> list[Token]:
        """Cut a text into words, the tenant's compounds kept whole."""
        ...

    def apply_synonyms(self, text: str) -> str:
        """Put the tenant's preferred word in the place of its synonyms."""
        ...


@dataclass(frozen=True, slots=True)
class ThemeDescription:
    """How a theme reads.

    Parameters
    ----------
    label : Mapping[str, str]
        Name by language, ``ja`` and ``en``; no two themes share one.
    keywords : Mapping[str, tuple[str, ...]]
        Key words by language, most telling first.
    """

    label: Mapping[str, str]
    keywords: Mapping[str, tuple[str, ...]]


def describe_themes(
    texts: Sequence[PreparedText],
    vectors: NDArray[np.float32],
    clusters: Sequence[int],
    centroids: NDArray[np.float32],
    embedder: Embedder,
    *,
    dictionary: TenantWords | None = None,
    terms: Sequence[Sequence[Term]] | None = None,
) -> list[ThemeDescription]:
    """Name themes and list their key words.

    Parameters
    ----------
    texts : Sequence[PreparedText]
        The comments, or a sample of them.
    vectors : NDArray[np.float32]
        Unit vectors of the comments, shape (comments, dimension).
    clusters : Sequence[int]
        Index of each comment's theme; -1 for none.
    centroids : NDArray[np.float32]
        Unit vectors of the themes, shape (themes, dimension).
    embedder : Embedder
        The encoder that `vectors` were made with.
    dictionary : TenantWords | None
        The tenant's stop words, synonyms and compounds.
    terms : Sequence[Sequence[Term]] | None
        Terms of each comment, where `comment_terms` has listed them already.

    Returns
    -------
    list[ThemeDescription]
        One a theme, in the order of `centroids`; the same for the same arguments.

    Raises
    ------
    ValueError
        If `texts`, `vectors` and `clusters` differ in number, or a cluster has no centroid.
    """
    if not len(texts) == len(vectors) == len(clusters):
        raise ValueError(
            f"{len(texts)} texts, {len(vectors)} vectors and {len(clusters)} clusters; "
            "expected as many of each"
        )
    if len(texts) and not -1 <= min(clusters) <= max(clusters) < len(centroids):
        raise ValueError(
            f"clusters from {min(clusters)} to {max(clusters)}; "
            f"expected -1 to {len(centroids) - 1}, one for each of the {len(centroids)} centroids"
        )
    listed = comment_terms(texts, dictionary) if terms is None else terms
    labels: dict[Language, list[str]] = {}
    keywords: dict[Language, list[tuple[str, ...]]] = {}
    for language in _LANGUAGES:
        rows = [row for row, text in enumerate(texts) if text.language is language]
        table = TermTable.build(listed[row] for row in rows)
        own = [clusters[row] for row in rows]
        keywords[language] = choose_keywords(table, own, centroids, embedder, language)
        labels[language] = choose_names(table, own, centroids, embedder, language, keywords[language])
    for language, other in zip(_LANGUAGES, reversed(_LANGUAGES), strict=True):
        labels[language] = [
            mine or theirs or _numbered(language, theme)
            for theme, (mine, theirs) in enumerate(zip(labels[language], labels[other], strict=True))
        ]
    return [
        ThemeDescription(
            label={language.value: labels[language][theme] for language in _LANGUAGES},
            keywords={language.value: keywords[language][theme] for language in _LANGUAGES},
        )
        for theme in range(len(centroids))
    ]


def comment_terms(
    texts: Sequence[PreparedText], dictionary: TenantWords | None = None
) -> list[tuple[Term, ...]]:
    """List the terms of comments.

    Parameters
    ----------
    texts : Sequence[PreparedText]
        The comments.
    dictionary : TenantWords | None
        The tenant's stop words, synonyms and compounds.

    Returns
    -------
    list[tuple[Term, ...]]
        Terms of each, in order of reading.
    """
    if dictionary is None:
        return [tuple(find_terms(text.tokens, text.language)) for text in texts]
    return [
        tuple(
            find_terms(
                dictionary.cut(dictionary.apply_synonyms(text.normalized.text), text.language),
                text.language,
                dictionary.stop_words,
            )
        )
        for text in texts
    ]


def _numbered(language: Language, theme: int) -> str:
    return _NOTHING[language] if theme == 0 else f"{_NOTHING[language]} ({theme + 1})"
