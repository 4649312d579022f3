"""What the heads look at: known n-grams, the text's vector, and what the context says of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import pool
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.pieces import Stretches, write_ranges

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

    def bounds(self) -> NDArray[np.int64]:
        """Say where the n-grams of each text begin.

        Returns
        -------
        NDArray[np.int64]
            Shape (n + 1,); the last is the end of all.
        """
        return np.searchsorted(self.owners, np.arange(len(self) + 1))

    def rows(self, first: int, last: int) -> "Features":
        """Return the features of some neighbouring texts alone.

        Parameters
        ----------
        first : int
            The first text.
        last : int
            One past the last.

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

    def take(self, numbers: Sequence[int]) -> "Features":
        """Return the features of some texts.

        Parameters
        ----------
        numbers : Sequence[int]
            Which texts, in the order wanted.

        Returns
        -------
        Features
            Copies.
        """
        wanted = np.asarray(numbers, dtype=np.int64)
        bounds = self.bounds()
        chosen, owners = write_ranges(bounds[wanted], np.diff(bounds)[wanted])
        contextual = None if self.contextual is None else self.contextual[wanted]
        return Features(self.ngrams[chosen], self.values[chosen], owners, self.vectors[wanted], contextual)


class NgramVocabulary:
    """The n-grams that training has seen, by hash; others are passed over.

    Hashing into a fixed number of buckets without this check lets the many
    unseen n-grams of a new text fall on weights that were learnt for others.

    Parameters
    ----------
    keys : NDArray[np.uint64]
        Hash of each n-gram, shape (n,). Of those that share a slot only the last is ever found.
    idf : NDArray[np.float16]
        Inverse document frequency of each, shape (n,).
    """

    def __init__(self, keys: NDArray[np.uint64], idf: NDArray[np.float16]) -> None:
        self._keys = keys
        self._idf = idf.astype(np.float32)
        self._row_bits = len(keys).bit_length()
        self._row_mask = (1 << self._row_bits) - 1
        self._row_in_slot = np.full(1 << _SLOT_BITS, -1, dtype=np.int32)
        self._row_in_slot[slots_of(keys)] = np.arange(len(keys), dtype=np.int32)

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
        """Look up n-grams of texts.

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
        places, rows = self._look_up(hashes)
        return self._weigh((owners[places] << self._row_bits) + rows)

    def find_in(
        self, stretches: Stretches
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Look up the n-grams of texts: what `find` finds of their hashes, but each place is looked up once.

        Parameters
        ----------
        stretches : Stretches
            The pieces of n texts.

        Returns
        -------
        tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]
            As `find` gives them.
        """
        found: list[NDArray[np.integer]] = []
        small = len(stretches) << self._row_bits < 1 << 31  # half the memory, and sorted in half the time
        marks = (np.arange(len(stretches)) << self._row_bits).astype(np.int32 if small else np.int64)
        for hashes, first, last in _hash_all(stretches):
            places, rows = self._look_up(hashes)
            bounds = np.searchsorted(places, (first, last))
            chosen, _ = write_ranges(bounds[0], bounds[1] - bounds[0])
            pairs = np.repeat(marks, bounds[1] - bounds[0])
            pairs += rows[chosen]
            found.append(pairs)
        return self._weigh(np.concatenate(found))

    def _weigh(
        self, pairs: NDArray[np.integer]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Take each n-gram once a text and weigh it; a pair holds the text's number above the row's bits."""
        pairs.sort()
        new = np.ones(len(pairs), dtype=np.bool_)
        np.not_equal(pairs[1:], pairs[:-1], out=new[1:])
        pairs = pairs[new]
        owner, row = (pairs >> self._row_bits).astype(np.int64), (pairs & self._row_mask).astype(np.int64)
        values = self._idf[row]
        norms = np.sqrt(np.maximum(np.bincount(owner, weights=values * values), 1e-9))
        return row, (values / norms[owner]).astype(np.float32), owner

    def _look_up(self, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Find where known n-grams stand among hashes, and the row of each."""
        rows = self._row_in_slot[slots_of(hashes)]
        places = np.flatnonzero(rows >= 0)
        rows = rows[places]
        same = self._keys[rows] == hashes[places]
        return places[same], rows[same]


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
        ngrams, values, owners = self._vocabulary.find_in(stretches)
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
    found: list[NDArray[np.uint64]] = []
    owners: list[NDArray[np.int64]] = []
    for hashes, first, last in _hash_all(stretches):
        chosen, owner = write_ranges(first, last - first)
        found.append(hashes[chosen])
        owners.append(owner)
    return np.concatenate(found), np.concatenate(owners)


def slots_of(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Say in which slot of a vocabulary's table n-grams are looked up.

    Parameters
    ----------
    hashes : NDArray[np.uint64]
        Hash of each n-gram, shape (n,).

    Returns
    -------
    NDArray[np.int64]
        Slot of each; a slot holds one n-gram.
    """
    return (hashes >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)


def _hash_all(
    stretches: Stretches,
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]:
    """Hash the n-grams of one length that begin at each place, and say which places lie in each stretch.

    What stands in several stretches, a sentence and its text, is hashed once.
    """
    first_letter, last_letter = stretches.letter_bounds()
    for symbols, first, last, lengths, salt in (
        (stretches.pieces.letters, first_letter, last_letter, _LETTER_LENGTHS, 0),
        (stretches.pieces.ids, stretches.first, stretches.last, _PIECE_LENGTHS, _PIECE_SALT),
    ):
        wide = symbols.astype(np.uint64)
        hashes = np.full(len(wide), salt, dtype=np.uint64)
        for length in lengths:
            count = max(len(wide) - length + 1, 0)
            hashes = _mixed(hashes[:count], wide[length - 1 :])
            yield hashes, first, np.maximum(last - length + 1, first)


def _mixed(hashes: NDArray[np.uint64], symbols: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Take one symbol more into each hash."""
    mixed = (hashes ^ (symbols + np.uint64(1))) * _PRIME
    return mixed ^ (mixed >> np.uint64(29))
