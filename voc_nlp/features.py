"""What the heads look at: known n-grams, the text's vector, and what the context says of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import pool
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.pieces import Stretches

NGRAMS_KIND = "ngrams"

_LETTER_LENGTHS = (1, 2, 3, 4)
_PIECE_LENGTHS = (1, 2)
_PIECE_SALT = 0x5BD1E995
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SLOT_BITS = 22


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n texts.

    Parameters
    ----------
    ngrams : NDArray[np.int64]
        Known n-grams of all texts laid end to end, each once a text, as vocabulary rows, shape (total,).
    values : NDArray[np.float32]
        Weight of each by rarity, every text scaled to unit length, shape (total,).
    owners : NDArray[np.int64]
        Which text each belongs to, ascending, shape (total,).
    vectors : NDArray[np.float32]
        Unit vectors of the texts, shape (n, dimension).
    contextual : NDArray[np.float32] | None
        Pooled contextual vectors, shape (n, 2 * width); None in a tier without a contextual encoder.
    """

    ngrams: NDArray[np.int64]
    values: NDArray[np.float32]
    owners: NDArray[np.int64]
    vectors: NDArray[np.float32]
    contextual: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.vectors)

    def rows(self, first: int, last: int) -> "Features":
        """Return the features of some neighbouring texts alone.

        Parameters
        ----------
        first, last : int
            Which texts, the last not included.

        Returns
        -------
        Features
            Vectors are views.
        """
        start, end = np.searchsorted(self.owners, (first, last)).tolist()
        contextual = None if self.contextual is None else self.contextual[first:last]
        owners = self.owners[start:end] - first
        return Features(
            self.ngrams[start:end], self.values[start:end], owners, self.vectors[first:last], contextual
        )


class NgramVocabulary:
    """The n-grams that training has seen, by hash; others are passed over.

    Hashing into a fixed number of buckets without this check lets the many
    unseen n-grams of a new text fall on weights that were learnt for others.

    Parameters
    ----------
    keys : NDArray[np.uint64]
        Hash of each n-gram, shape (n,).
    idf : NDArray[np.float16]
        Inverse document frequency of each, shape (n,).
    """

    def __init__(self, keys: NDArray[np.uint64], idf: NDArray[np.float16]) -> None:
        self._keys = keys
        self._idf = idf.astype(np.float32)
        self._row_in_slot = np.full(1 << _SLOT_BITS, -1, dtype=np.int32)
        self._row_in_slot[_slots(keys)] = np.arange(len(keys), dtype=np.int32)

    @classmethod
    def load(cls, folder: Path) -> "NgramVocabulary":
        """Open a model folder of kind ``ngrams``.

        Parameters
        ----------
        folder : Path
            The model folder.

        Returns
        -------
        NgramVocabulary
            Ready to look up.
        """
        arrays = open_folder(folder, NGRAMS_KIND).tensors("ngrams")
        return cls(arrays["keys"].astype(np.uint64, copy=False), arrays["idf"].astype(np.float16, copy=False))

    def __len__(self) -> int:
        """Return the number of n-grams."""
        return len(self._keys)

    def find(
        self, hashes: NDArray[np.uint64], owners: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Look up the n-grams of texts.

        Parameters
        ----------
        hashes : NDArray[np.uint64]
            What `hash_ngrams` gave.
        owners : NDArray[np.int64]
            Which text each belongs to.

        Returns
        -------
        tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]
            Rows of the known ones, each once a text; their values; the text of each, ascending.
        """
        rows = self._row_in_slot[_slots(hashes)].astype(np.int64)
        known = rows >= 0
        known[known] = self._keys[rows[known]] == hashes[known]
        pairs = owners[known] * len(self._keys) + rows[known]
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        owner, row = np.divmod(pairs, max(len(self._keys), 1))
        values = self._idf[row]
        squares = np.bincount(owner, weights=values * values)
        scaled = values / np.sqrt(np.maximum(squares, 1e-9))[owner] if len(owner) else values
        return row, scaled.astype(np.float32), owner


class Featurizer:
    """Turns texts into features.

    Parameters
    ----------
    embedder : StaticEmbedder
        The encoder whose pieces are used, and whose vectors, unless there is another for these.
    vocabulary : NgramVocabulary
        The known n-grams.
    sentence_encoder : Embedder | None
        Whose vectors are used in place of the embedder's.
    """

    def __init__(
        self,
        embedder: StaticEmbedder,
        vocabulary: NgramVocabulary,
        sentence_encoder: Embedder | None = None,
    ) -> None:
        self._embedder = embedder
        self._vocabulary = vocabulary
        self._sentence_encoder = sentence_encoder

    def featurize(self, stretches: Stretches, hidden: NDArray[np.float32] | None = None) -> Features:
        """Compute the features of texts.

        Parameters
        ----------
        stretches : Stretches
            The pieces of n texts.
        hidden : NDArray[np.float32] | None
            Contextual vector of every piece, where there is a contextual encoder.

        Returns
        -------
        Features
            In the order of the texts.
        """
        ngrams, values, owners = self._vocabulary.find(*hash_ngrams(stretches))
        contextual = None if hidden is None else pool(hidden, stretches)
        if self._sentence_encoder is None:
            vectors = self._embedder.embed_stretches(stretches)
        else:
            vectors = self._sentence_encoder.embed(stretches.texts())
        return Features(ngrams, values, owners, vectors, contextual)


def hash_ngrams(stretches: Stretches) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash the n-grams of texts: one to four letters, one or two pieces.

    Parameters
    ----------
    stretches : Stretches
        The pieces of n texts.

    Returns
    -------
    tuple[NDArray[np.uint64], NDArray[np.int64]]
        Hashes, repeated ones too, and the text of each.
    """
    letters, letter_owners = stretches.lay_out_letters()
    pieces, piece_owners = stretches.lay_out()
    found: list[NDArray[np.uint64]] = []
    owners: list[NDArray[np.int64]] = []
    for symbols, owner, lengths, salt in (
        (letters.astype(np.uint64), letter_owners, _LETTER_LENGTHS, 0),
        (pieces.astype(np.uint64), piece_owners, _PIECE_LENGTHS, _PIECE_SALT),
    ):
        hashes = np.full(len(symbols), salt, dtype=np.uint64)
        for length in range(1, max(lengths) + 1):
            count = max(len(symbols) - length + 1, 0)
            hashes = _mixed(hashes[:count], symbols[length - 1 :])
            same = owner[:count] == owner[length - 1 :]
            found.append(hashes[same])
            owners.append(owner[:count][same])
    return np.concatenate(found), np.concatenate(owners)


def _mixed(hashes: NDArray[np.uint64], symbols: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Take one symbol more into each hash."""
    mixed = (hashes ^ (symbols + np.uint64(1))) * _PRIME
    return mixed ^ (mixed >> np.uint64(29))


def _slots(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return (hashes >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)
