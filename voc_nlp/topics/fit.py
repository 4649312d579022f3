"""Fit themes on comments: BERTopic's pipeline with our encoder and terms, frozen centroids at the end."""

import math
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError, RecordError
from voc_nlp.schema import Comment, Language
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.keywords import candidate_terms
from voc_nlp.topics.model import Theme, ThemeModel, take_out

LEAST_COMMENTS = 10
"""Fewer usable comments than this cannot be fitted."""

_UNASSIGNED_SHARE = 0.10
_KEYWORDS = 8
_DIRECTIONS = 12
_LEAST_TERM_COUNT = 2


def fit_themes(
    comments: Sequence[Comment],
    embedder: Embedder,
    *,
    seed: int = 0,
    most_themes: int | None = None,
    encoder: str = "encoder",
) -> ThemeModel:
    """Fit a theme model.

    Parameters
    ----------
    comments : Sequence[Comment]
        Comments in Japanese, English or both; noise and unusable ones are left out of the fit.
    embedder : Embedder
        The encoder.
    seed : int
        Seed of the clustering; the same comments, encoder and seed give the same model.
    most_themes : int | None
        Number of themes; chosen from the number of comments when None.
    encoder : str
        Name of the encoder, kept in the model.

    Returns
    -------
    ThemeModel
        Its threshold leaves at most a tenth of the fitted comments without a theme.

    Raises
    ------
    InputError
        If fewer than `LEAST_COMMENTS` comments are usable.
    """
    texts = _usable(comments)
    if len(texts) < LEAST_COMMENTS:
        raise InputError(
            f"{len(texts)} of {len(comments)} comments are usable; expected at least {LEAST_COMMENTS}. "
            "Add comments with meaningful text in Japanese or English."
        )
    circumstances = _circumstances(embedder)
    vectors = take_out(embedder.embed([text.normalized.text for text in texts]), circumstances)
    terms = [candidate_terms(text.tokens, text.language) for text in texts]
    count = most_themes or max(2, min(len(texts) // 5, round(2.5 * math.sqrt(len(texts) / 10))))
    clusters = _cluster(terms, vectors, count, seed)
    centroids = _centroids(vectors, clusters)
    nearest = (vectors @ centroids.T).max(axis=1)
    threshold = math.floor(float(np.quantile(nearest, _UNASSIGNED_SHARE)) * 1e4) / 1e4
    sizes = Counter((vectors @ centroids.T).argmax(axis=1)[nearest >= threshold].tolist())
    order = sorted(range(len(centroids)), key=lambda index: -sizes[index])
    keywords = {
        lang: _keywords(terms, texts, clusters, centroids, embedder, lang)
        for lang in (Language.JA, Language.EN)
    }
    themes = [
        Theme(
            id=f"theme-{rank:03d}",
            label={lang.value: _label(words[index], lang) for lang, words in keywords.items()},
            size=sizes[index],
            keywords={lang.value: tuple(words[index]) for lang, words in keywords.items()},
        )
        for rank, index in enumerate(order, start=1)
    ]
    return ThemeModel(
        themes,
        centroids[order],
        circumstances,
        threshold=threshold,
        encoder=encoder,
        seed=seed,
        probe=probe_encoder(embedder),
    )


def _circumstances(embedder: Embedder) -> NDArray[np.float32]:
    """Find the directions in which comments differ by when, how often and who, not by what they are about."""
    words = files("voc_nlp.topics").joinpath("data", "circumstances.txt").read_text(encoding="utf-8").split()
    _, _, directions = np.linalg.svd(embedder.embed(words).astype(np.float64), full_matrices=False)
    return np.ascontiguousarray(directions[:_DIRECTIONS]).astype(np.float32)


def _usable(comments: Sequence[Comment]) -> list[PreparedText]:
    texts = []
    for comment in comments:
        try:
            text = prepare(comment.text, comment.lang)
        except RecordError:
            continue
        if text.meaningful:
            texts.append(text)
    return texts


def _cluster(
    terms: Sequence[Sequence[str]], vectors: NDArray[np.float32], count: int, seed: int
) -> list[int]:
    """Run BERTopic with k-means, which leaves no comment out and is reproducible by its seed."""
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        language="multilingual",
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=KMeans(n_clusters=count, n_init=10, random_state=seed),
        vectorizer_model=CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False),
        calculate_probabilities=False,
    )
    documents = [" ".join(term.replace(" ", "_") for term in one) or "_" for one in terms]
    clusters, _ = model.fit_transform(documents, embeddings=vectors)
    return [int(cluster) for cluster in clusters]


def _centroids(vectors: NDArray[np.float32], clusters: Sequence[int]) -> NDArray[np.float32]:
    labels = np.asarray(clusters)
    sums = np.stack([vectors[labels == cluster].sum(axis=0) for cluster in np.unique(labels)])
    unit: NDArray[np.float32] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return unit.astype(np.float32)


def _keywords(
    terms: Sequence[Sequence[str]],
    texts: Sequence[PreparedText],
    clusters: Sequence[int],
    centroids: NDArray[np.float32],
    embedder: Embedder,
    language: Language,
) -> list[list[str]]:
    """Choose each theme's key words of one language: c-TF-IDF, weighed by nearness to the centroid.

    A theme without a comment in the language gets the nearest terms of that language.
    """
    rows = [index for index, text in enumerate(texts) if text.language is language]
    counts = Counter(term for index in rows for term in set(terms[index]))
    vocabulary = sorted(term for term, n in counts.items() if n >= _LEAST_TERM_COUNT) or sorted(counts)
    if not vocabulary:
        return [[] for _ in centroids]
    column = {term: index for index, term in enumerate(vocabulary)}
    table = np.zeros((len(centroids), len(vocabulary)))
    for index in rows:
        for term in terms[index]:
            if term in column:
                table[clusters[index], column[term]] += 1
    nearness = centroids @ embedder.embed(vocabulary).T
    weights = _class_tfidf(table)
    chosen = []
    for row in range(len(centroids)):
        seen = table[row] > 0
        score = (
            np.where(seen, weights[row] * (0.3 + np.maximum(nearness[row], 0)), 0)
            if seen.any()
            else nearness[row]
        )
        ranked = [vocabulary[i] for i in np.argsort(-score, kind="stable") if score[i] > 0]
        chosen.append(_without_parts(ranked)[:_KEYWORDS])
    return chosen


def _class_tfidf(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh terms by class-based TF-IDF, as BERTopic does; its own cannot weigh a single term."""
    if table.shape[1] == 1:
        return table
    from bertopic.vectorizers import ClassTfidfTransformer
    from scipy.sparse import csr_matrix

    matrix = csr_matrix(table + 1e-12)
    weights: NDArray[np.float64] = (
        ClassTfidfTransformer(reduce_frequent_words=True).fit(matrix).transform(matrix).toarray()
    )
    return weights


def _without_parts(ranked: Sequence[str]) -> list[str]:
    """Drop a term that is part of a better one, and a better one's mere extension."""
    kept: list[str] = []
    for term in ranked[: 6 * _KEYWORDS]:
        if not any(term in other or other in term for other in kept):
            kept.append(term)
    return kept


def _label(keywords: Sequence[str], language: Language) -> str:
    """Name a theme by its most telling phrase; words alone are joined."""
    if not keywords:
        return "その他" if language is Language.JA else "other"
    phrase = next((word for word in keywords[:4] if _is_phrase(word, language)), None)
    joiner = "・" if language is Language.JA else ", "
    return phrase or joiner.join(keywords[:2])


def _is_phrase(word: str, language: Language) -> bool:
    return "が" in word[1:] if language is Language.JA else " " in word
