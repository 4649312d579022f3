"""Fit themes on comments: BERTopic's pipeline with our encoder and terms, frozen centroids at the end."""

import math
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError, RecordError
from voc_nlp.schema import Comment
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.describe import describe_themes
from voc_nlp.topics.model import Theme, ThemeModel, take_out
from voc_nlp.topics.terms import find_terms

LEAST_COMMENTS = 10
"""Fewer usable comments than this cannot be fitted."""

_UNASSIGNED_SHARE = 0.10
_DIRECTIONS = 12


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
    terms = [[term.key for term in find_terms(text.tokens, text.language)] for text in texts]
    count = most_themes or max(2, min(len(texts) // 5, round(2.5 * math.sqrt(len(texts) / 10))))
    clusters = _cluster(terms, vectors, count, seed)
    centroids = _centroids(vectors, clusters)
    nearest = (vectors @ centroids.T).max(axis=1)
    threshold = math.floor(float(np.quantile(nearest, _UNASSIGNED_SHARE)) * 1e4) / 1e4
    sizes = Counter((vectors @ centroids.T).argmax(axis=1)[nearest >= threshold].tolist())
    order = sorted(range(len(centroids)), key=lambda index: -sizes[index])
    described = describe_themes(texts, vectors, clusters, centroids, embedder)
    themes = [
        Theme(
            id=f"theme-{rank:03d}",
            label=described[index].label,
            size=sizes[index],
            keywords=described[index].keywords,
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
