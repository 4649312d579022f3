"""Choose the n-grams that the heads may know, and count how rare each is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.labelled import Labelled
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import hash_ngrams, slots_of
from voc_nlp.text.normalize import normalize


def choose_ngrams(
    embedder: StaticEmbedder, rows: Sequence[Labelled], *, least_texts: int, least_public_texts: int
) -> tuple[NDArray[np.uint64], NDArray[np.float16]]:
    """Choose n-grams, at most one a slot of the vocabulary's table: the others would never be found.

    Parameters
    ----------
    embedder : StaticEmbedder
        Cuts texts into pieces.
    rows : Sequence[Labelled]
        Training texts.
    least_texts : int
        In how many texts of the corpus an n-gram must occur, ...
    least_public_texts : int
        ... or else in how many texts of all sources.

    Returns
    -------
    tuple[NDArray[np.uint64], NDArray[np.float16]]
        Hashes, ascending, and the inverse document frequency of each in the corpus.
    """
    authored = [row for row in rows if row.source == "corpus"]
    own_keys, own_counts = _count(embedder, authored)
    all_keys, all_counts = _count(embedder, rows)
    own = np.zeros(len(all_keys), dtype=np.int64)
    own[np.searchsorted(all_keys, own_keys)] = own_counts
    enough = np.flatnonzero((own >= least_texts) | (all_counts >= least_public_texts))
    kept = enough[_commonest_of_slots(all_keys[enough], own[enough], all_counts[enough])]
    idf = np.log((1 + len(authored)) / (1 + np.maximum(own[kept], 1))) + 1
    return all_keys[kept], idf.astype(np.float16)


def _commonest_of_slots(
    keys: NDArray[np.uint64], own: NDArray[np.int64], everywhere: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the n-gram of each slot that is commonest in the corpus, then in all sources."""
    slots = slots_of(keys)
    order = np.lexsort((-everywhere, -own, slots))
    first = np.ones(len(order), dtype=bool)
    first[1:] = slots[order[1:]] != slots[order[:-1]]
    return np.sort(order[first])


def _count(
    embedder: StaticEmbedder, rows: Sequence[Labelled]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Count in how many texts each n-gram occurs."""
    hashes, owners = hash_ngrams(embedder.pieces([normalize(row.text).text for row in rows]).whole())
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    first = np.ones(len(hashes), dtype=bool)
    first[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    keys, counts = np.unique(hashes[first], return_counts=True)
    return keys, counts
