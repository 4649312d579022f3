"""What a fit reads of comments: the usable ones, a sample of many, their vectors and terms."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError, RecordError
from voc_nlp.schema import Comment, Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.assign import embed_texts
from voc_nlp.topics.hashing import CommentHash
from voc_nlp.topics.naming.describe import comment_terms
from voc_nlp.topics.naming.term import Term
from voc_nlp.topics.sampling import Reservoir

LEAST_COMMENTS = 10
"""Fewer usable comments than this cannot be fitted."""

SAMPLE_SIZE = 20_000
"""Most comments that a fit reads; of more it reads a sample, and the others are only assigned."""

_LENT = 50
"""Comments of all languages that the mean of one language is made of besides its own."""


@dataclass(frozen=True, slots=True)
class Material:
    """Comments made ready for a fit.

    Parameters
    ----------
    comments : tuple[Comment, ...]
        The usable comments, a sample of them where there are many.
    texts : tuple[PreparedText, ...]
        What `prepare` made of each.
    vectors : NDArray[np.float32]
        Their vectors, spelling variants and synonyms written alike, shape (n, dimension).
    terms : tuple[tuple[Term, ...], ...]
        Terms of each.
    given : int
        Number of comments that were given.
    usable : int
        Number of those that say something.
    refused : Mapping[str, int]
        Number of those that cannot be read, by code.
    data_sha256 : str
        Hash of all that were given; see `voc_nlp.topics.hashing.hash_comments`.
    """

    comments: tuple[Comment, ...]
    texts: tuple[PreparedText, ...]
    vectors: NDArray[np.float32]
    terms: tuple[tuple[Term, ...], ...]
    given: int
    usable: int
    refused: Mapping[str, int]
    data_sha256: str

    @property
    def languages(self) -> list[Language]:
        """Language of each comment."""
        return [text.language for text in self.texts]

    def pick(self, rows: Sequence[int]) -> "Material":
        """Keep some of the comments.

        Parameters
        ----------
        rows : Sequence[int]
            Places of those to keep.

        Returns
        -------
        Material
            The others left out; what is said of all that were given stays.
        """
        return replace(
            self,
            comments=tuple(self.comments[row] for row in rows),
            texts=tuple(self.texts[row] for row in rows),
            vectors=self.vectors[list(rows)],
            terms=tuple(self.terms[row] for row in rows),
        )


def gather(
    comments: Iterable[Comment], embedder: Embedder, dictionary: Dictionary, *, seed: int, sample_size: int
) -> Material:
    """Pick what a fit reads.

    Parameters
    ----------
    comments : Iterable[Comment]
        Comments in Japanese, English or both, read once and as they come; noise and unusable ones
        are left out.
    embedder : Embedder
        The encoder.
    dictionary : Dictionary
        The tenant's words.
    seed : int
        Seed of the sample.
    sample_size : int
        Most comments to keep.

    Returns
    -------
    Material
        In the order of `comments`.

    Raises
    ------
    InputError
        If fewer than `LEAST_COMMENTS` are usable, or the encoder gives a vector that is not finite.
    """
    sample: Reservoir[tuple[Comment, PreparedText]] = Reservoir(sample_size, seed)
    digest = CommentHash()
    refused: Counter[str] = Counter()
    for comment in comments:
        digest.add(comment)
        try:
            text = prepare(comment.text, comment.lang)
        except RecordError as error:
            refused[error.code] += 1
            continue
        if text.meaningful:
            sample.offer((comment, text))
    if sample.offered < LEAST_COMMENTS:
        raise InputError(
            f"{sample.offered} of {digest.count} comments are usable; expected at least {LEAST_COMMENTS}. "
            "Add comments with meaningful text in Japanese or English."
        )
    kept = list(sample)
    texts = tuple(text for _, text in kept)
    vectors = embed_texts(texts, embedder, dictionary)
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise InputError(
            f"the encoder gave vectors with NaN or infinity for {len(bad)} of {len(texts)} comments, "
            f"the first for {kept[bad[0]][0].id!r}; expected finite numbers. Use another encoder."
        )
    terms = tuple(comment_terms(texts, dictionary))
    return Material(
        tuple(comment for comment, _ in kept),
        texts,
        vectors,
        terms,
        digest.count,
        sample.offered,
        refused,
        digest.hexdigest(),
    )


def find_centers(material: Material) -> NDArray[np.float32]:
    """Find what comments of each language have in common, whatever they are about.

    It is their mean. That of a language with few comments leans on the mean of all; and the more alike all
    comments are, the less of it is taken, so that something is left to compare.

    Parameters
    ----------
    material : Material
        The comments.

    Returns
    -------
    NDArray[np.float32]
        Japanese and then English, shape (2, dimension).
    """
    vectors = material.vectors.astype(np.float64)
    centers = []
    for language in (Language.JA, Language.EN):
        own = vectors[[one is language for one in material.languages]]
        mean = (own.sum(axis=0) + _LENT * vectors.mean(axis=0)) / (len(own) + _LENT)
        centers.append(mean * min(1.0, max(0.0, 2 * (1 - float(mean @ mean)))))
    return np.stack(centers).astype(np.float32)
