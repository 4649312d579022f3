"""What the study labels and measures on: the corpus as features, each text computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from training.data.labelled import Labelled
from training.heads.tasks import LABELS, target
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Featurizer, NgramVocabulary
from voc_nlp.loading import read_tier
from voc_nlp.text.normalize import normalize

TASKS = ("sentiment", "owner", "intent", "urgency", "churn")
"""The tasks that are learnt, by their names in `training.heads.tasks.LABELS`."""

VECTOR_SCALE = 1.5
"""How much the vector counts beside the n-grams, as in the shipped configurations."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Comments as the heads see them.

    Parameters
    ----------
    rows : tuple of Labelled
        The comments.
    ngrams : csr_matrix
        Weighted n-grams, shape (n, vocabulary).
    vectors : NDArray[np.float32]
        Unit vectors, shape (n, dimension).
    targets : NDArray[np.int64]
        Column of the right class by task, shape (n, tasks).
    """

    rows: tuple[Labelled, ...]
    ngrams: csr_matrix
    vectors: NDArray[np.float32]
    targets: NDArray[np.int64]

    def take(self, numbers: NDArray[np.int64]) -> "Texts":
        """Return some of the comments.

        Parameters
        ----------
        numbers : NDArray[np.int64]
            Which, in the order wanted.

        Returns
        -------
        Texts
            Copies.
        """
        rows = tuple(self.rows[number] for number in numbers.tolist())
        return Texts(rows, self.ngrams[numbers], self.vectors[numbers], self.targets[numbers])

    def __len__(self) -> int:
        """Return the number of comments."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Pool:
    """What may be labelled and what is measured on, with the products of their features.

    Parameters
    ----------
    texts : Texts
        The n comments that may be labelled.
    test : Texts
        The m fixed ones.
    among : NDArray[np.float64]
        Products of the former with each other, shape (n, n).
    across : NDArray[np.float64]
        Products of the fixed ones with them, shape (m, n).
    """

    texts: Texts
    test: Texts
    among: NDArray[np.float64]
    across: NDArray[np.float64]


def read_texts(rows: Sequence[Labelled], models: Path, tier: str = "fast") -> Texts:
    """Compute the features of comments that have every label.

    Parameters
    ----------
    rows : Sequence[Labelled]
        Comments of the corpus.
    models : Path
        Models folder; encoder and n-grams are taken, no head.
    tier : str
        The tier whose they are.

    Returns
    -------
    Texts
        In the order of the rows.
    """
    parts = read_tier(models, tier)
    embedder = StaticEmbedder.load(models / parts["encoder"])
    vocabulary = NgramVocabulary.load(models / parts["ngrams"])
    pieces = embedder.pieces([normalize(row.text).text for row in rows])
    features = Featurizer(embedder, vocabulary).featurize(pieces.whole())
    targets = [[LABELS[task].index(str(target(row, task))) for task in TASKS] for row in rows]
    return Texts(
        tuple(rows),
        csr_matrix((features.values, (features.owners, features.ngrams)), shape=(len(rows), len(vocabulary))),
        features.vectors,
        np.asarray(targets, dtype=np.int64).reshape(-1, len(TASKS)),
    )


def draw_pool(texts: Texts, test: Texts, size: int, generator: np.random.Generator) -> Pool:
    """Draw what may be labelled.

    Parameters
    ----------
    texts : Texts
        All that there is.
    test : Texts
        The fixed comments.
    size : int
        Comments of the pool; all when there are fewer.
    generator : np.random.Generator
        Draws them.

    Returns
    -------
    Pool
        Products computed.
    """
    drawn = texts.take(generator.permutation(len(texts))[:size])
    return Pool(drawn, test, _products(drawn, drawn), _products(test, drawn))


def _products(first: Texts, second: Texts) -> NDArray[np.float64]:
    among = (first.ngrams @ second.ngrams.T).toarray()
    vectors = VECTOR_SCALE**2 * (first.vectors.astype(np.float64) @ second.vectors.astype(np.float64).T)
    products: NDArray[np.float64] = among + vectors
    return products
