"""Train the aspect tagger: a linear model over each piece's surroundings."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from training.data.labelled import Labelled
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.pieces import Pieces
from voc_nlp.sentiment.aspects import TAGS, WINDOW_BUCKETS, window_buckets
from voc_nlp.text.normalize import normalize


def train_tagger(
    embedder: StaticEmbedder,
    rows: Sequence[Labelled],
    weights: Mapping[str, float],
    *,
    epochs: int,
    seed: int,
) -> dict[str, NDArray[np.generic]]:
    """Train the tagger.

    Parameters
    ----------
    embedder : StaticEmbedder
        The encoder.
    rows : Sequence[Labelled]
        Examples with aspects.
    weights : Mapping[str, float]
        Weight of each source.
    epochs : int
        Passes over all pieces.
    seed : int
        Seed of the order.

    Returns
    -------
    dict[str, NDArray[np.generic]]
        The arrays of `voc_nlp.sentiment.aspects.AspectTagger`.
    """
    torch.manual_seed(seed)
    labelled = [row for row in rows if row.aspects is not None]
    texts = [normalize(row.text).text for row in labelled]
    pieces = embedder.pieces(texts)
    tags = torch.from_numpy(tag_pieces(pieces, texts, labelled))
    weight = torch.tensor([weights[row.source] for row in labelled])[torch.from_numpy(pieces.owners)]
    buckets = torch.from_numpy(window_buckets(pieces))
    vectors = torch.from_numpy(window_vectors(pieces, embedder))
    window = torch.nn.EmbeddingBag(WINDOW_BUCKETS, len(TAGS), mode="sum")
    torch.nn.init.zeros_(window.weight)
    linear = torch.nn.Linear(vectors.shape[1], len(TAGS))
    optimizer = torch.optim.AdamW([*window.parameters(), *linear.parameters()], lr=1e-2, weight_decay=1e-2)
    with _one_thread():
        for _ in range(epochs):
            for batch in torch.randperm(len(tags)).split(4096):
                logits = window(buckets[batch]) + linear(vectors[batch])
                losses = functional.cross_entropy(logits, tags[batch], reduction="none")
                loss = (losses * weight[batch]).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    weights_found = window.weight.detach().numpy()
    scales = np.abs(weights_found).max(axis=0) / 127
    return {
        "window_weights": np.round(weights_found / scales).astype(np.int8),
        "window_scales": scales.astype(np.float32),
        "vector_weights": np.ascontiguousarray(linear.weight.detach().numpy().T),
        "bias": linear.bias.detach().numpy(),
    }


@contextmanager
def _one_thread() -> Iterator[None]:
    """Run on one thread: several add up gradients in the order in which they finish."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def tag_pieces(pieces: Pieces, texts: Sequence[str], rows: Sequence[Labelled]) -> NDArray[np.int64]:
    """Mark the pieces of every labelled term, first occurrence.

    Parameters
    ----------
    pieces : Pieces
        The pieces of the texts.
    texts : Sequence[str]
        Normalised texts.
    rows : Sequence[Labelled]
        Their labels.

    Returns
    -------
    NDArray[np.int64]
        Index into `TAGS`; shape (total,).
    """
    tags = np.zeros(len(pieces.ids), dtype=np.int64)
    bounds = np.searchsorted(pieces.owners, np.arange(pieces.count + 1))
    for number, row in enumerate(rows):
        first, last = bounds[number], bounds[number + 1]
        for term, _ in row.aspects or ():
            start = texts[number].find(normalize(term).text)
            if start < 0:
                continue
            end = start + len(normalize(term).text)
            inside = np.flatnonzero((pieces.starts[first:last] < end) & (pieces.ends[first:last] > start))
            tags[first + inside[1:]] = 2
            tags[first + inside[:1]] = 1
    return tags


def window_vectors(pieces: Pieces, embedder: StaticEmbedder) -> NDArray[np.float32]:
    """Lay the rows of each piece and its two neighbours side by side.

    Parameters
    ----------
    pieces : Pieces
        The pieces of n texts.
    embedder : StaticEmbedder
        The encoder.

    Returns
    -------
    NDArray[np.float32]
        Shape (total, 3 * dimension); zeros beyond a text's ends.
    """
    rows = embedder.piece_vectors(pieces)
    wide = np.zeros((len(rows), 3 * rows.shape[1]), dtype=np.float32)
    size = rows.shape[1]
    wide[:, size : 2 * size] = rows
    same = pieces.owners[1:] == pieces.owners[:-1]
    wide[1:, :size] = rows[:-1] * same[:, None]
    wide[:-1, 2 * size :] = rows[1:] * same[:, None]
    return wide
