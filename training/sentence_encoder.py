"""The sentence encoder that heads are learnt on: opened once a run, every text embedded once."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.sentence_encoder import open_sentence_encoder

_log = logging.getLogger(__name__)
_BATCH = 1024
"""Texts between two lines of the log."""


class CachedEmbedder:
    """Keeps the vector of every text that it has embedded.

    Parameters
    ----------
    encoder : Embedder
        Embeds the texts that are new.
    """

    def __init__(self, encoder: Embedder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; see `voc_nlp.embedding.Embedder.embed`.

        Parameters
        ----------
        texts : Sequence[str]
            Normalised texts, in any mix of languages.

        Returns
        -------
        NDArray[np.float32]
            Unit vectors, shape (n, dimension), in the order of `texts`.
        """
        # Of like length together: the encoder pads a batch to its longest text.
        new = sorted(
            {text for text in texts if text not in self._vectors}, key=lambda text: (len(text), text)
        )
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            self._vectors.update(zip(batch, self._encoder.embed(batch), strict=True))
            _log.info("sentence encoder: %d of %d new texts", start + len(batch), len(new))
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vectors[text]
        return vectors


_opened: dict[tuple[str, Path], CachedEmbedder] = {}


def cached_encoder(name_or_path: str, models: Path, *, may_fetch: bool = False) -> CachedEmbedder:
    """Open a sentence encoder, once a process.

    Parameters
    ----------
    name_or_path : str
        A path, absolute or within `models`, or the name of a model in the hub's cache.
    models : Path
        The models folder.
    may_fetch : bool
        Whether a model that is not in the cache may be fetched, where it is not open yet.

    Returns
    -------
    CachedEmbedder
        With what it has embedded so far.
    """
    key = name_or_path, models
    if key not in _opened:
        _opened[key] = CachedEmbedder(open_sentence_encoder(name_or_path, models, may_fetch=may_fetch))
    return _opened[key]
