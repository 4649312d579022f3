"""What a fit reads of comments: the usable ones, a sample of many, their vectors and terms."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError, RecordError
from voc_nlp.schema import Comment, Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.assign import embed_texts
from voc_nlp.topics.model import take_out
from voc_nlp.topics.naming.describe import comment_terms
from voc_nlp.topics.naming.term import Term
from voc_nlp.topics.receipt import CommentHash
from voc_nlp.topics.sampling import Reservoir

LEAST_COMMENTS = 10
"""Fewer usable comments than this cannot be fitted."""

SAMPLE_SIZE = 20_000
"""Most comments that a fit reads; of more it reads a sample, and the others are only assigned."""

_DIRECTIONS = 12


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
        Their vectors as themes compare them, circumstances included, shape (n, dimension).
    terms : tuple[tuple[Term, ...], ...]
        Terms of each.
    given : int
        Number of comments that were given.
    usable : int
        Number of those that say something.
    refused : Mapping[str, int]
        Number of those that cannot be read, by code.
    data_sha256 : str
        Hash of all that were given; see `voc_nlp.topics.receipt.hash_comments`.
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


def find_circumstances(embedder: Embedder) -> NDArray[np.float32]:
    """Find the directions in which comments differ by when, how often and who, not by what they are about.

    Parameters
    ----------
    embedder : Embedder
        The encoder.

    Returns
    -------
    NDArray[np.float32]
        Orthonormal, shape (directions, dimension).
    """
    words = files("voc_nlp.topics").joinpath("data", "circumstances.txt").read_text(encoding="utf-8").split()
    _, _, directions = np.linalg.svd(embedder.embed(words).astype(np.float64), full_matrices=False)
    return np.ascontiguousarray(directions[:_DIRECTIONS]).astype(np.float32)


def bare_vectors(material: Material, circumstances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the circumstances out of the comments' vectors.

    Parameters
    ----------
    material : Material
        The comments.
    circumstances : NDArray[np.float32]
        Orthonormal directions.

    Returns
    -------
    NDArray[np.float32]
        Unit vectors, shape (n, dimension).
    """
    return take_out(material.vectors, circumstances)
