"""What the heads look at: hashed n-grams of pieces, the text's vector, and what the context says of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc_nlp.contextual import pool
from voc_nlp.embedding import StaticEmbedder, Stretches

BUCKETS = 1 << 17
"""Number of n-gram buckets: 131,072."""

_PRIMES = (1_000_003, 998_244_353, 1_000_000_007)
_SKIP_SALT = 7_368_787


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n texts.

    Parameters
    ----------
    buckets : NDArray[np.int64]
        N-gram buckets of all texts laid end to end, each once a text, shape (total,).
    owners : NDArray[np.int64]
        Which text each bucket belongs to, ascending, shape (total,).
    vectors : NDArray[np.float32]
        Unit vectors of the texts, shape (n, dimension).
    contextual : NDArray[np.float32] | None
        Pooled contextual vectors, shape (n, 2 * width); None in a tier without a contextual encoder.
    """

    buckets: NDArray[np.int64]
    owners: NDArray[np.int64]
    vectors: NDArray[np.float32]
    contextual: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.vectors)

    def head(self, count: int) -> "Features":
        """Return the features of the first texts alone.

        Parameters
        ----------
        count : int
            How many texts.

        Returns
        -------
        Features
            Views, nothing is copied.
        """
        end = int(np.searchsorted(self.owners, count))
        contextual = None if self.contextual is None else self.contextual[:count]
        return Features(self.buckets[:end], self.owners[:end], self.vectors[:count], contextual)


class Featurizer:
    """Turns texts into features with the encoder's own pieces.

    Parameters
    ----------
    embedder : StaticEmbedder
        The encoder whose pieces and vectors are used.
    """

    def __init__(self, embedder: StaticEmbedder) -> None:
        self._embedder = embedder

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
        buckets, owners = _ngram_buckets(stretches)
        contextual = None if hidden is None else pool(hidden, stretches)
        return Features(buckets, owners, self._embedder.embed_stretches(stretches), contextual)


def _ngram_buckets(stretches: Stretches) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hash 1-, 2- and 3-grams and pairs with one piece between, each once a text."""
    ids, owner = stretches.lay_out()
    ids = ids + 1
    found = [ids * _PRIMES[0]]
    owners = [owner]
    same = owner[:-1] == owner[1:]
    pair = ids[:-1] * _PRIMES[0] + ids[1:] * _PRIMES[1]
    found.append(pair[same])
    owners.append(owner[:-1][same])
    same = owner[:-2] == owner[2:]
    triple = ids[:-2] * _PRIMES[0] + ids[1:-1] * _PRIMES[1] + ids[2:] * _PRIMES[2]
    found.append(triple[same])
    owners.append(owner[:-2][same])
    skip = ids[:-2] * _PRIMES[0] + ids[2:] * _PRIMES[1] + _SKIP_SALT
    found.append(skip[same])
    owners.append(owner[:-2][same])
    mixed = np.concatenate(found)
    mixed = (mixed ^ (mixed >> 15)) % BUCKETS
    keys = np.concatenate(owners) * BUCKETS + mixed
    keys.sort()
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return keys % BUCKETS, keys // BUCKETS
