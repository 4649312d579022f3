"""Small stand-ins for the shipped models: an encoder over a handful of words, features of made-up texts."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary, hash_ngrams

DIMENSION = 3
# Row by word; a word and its other form share one row.
ROWS: Mapping[str, tuple[int, int, int]] = {
    "▁late": (127, 0, 0),
    "▁delivery": (0, 127, 0),
    "配送": (0, 127, 0),
    "遅い": (127, 0, 0),
    "が": (0, 0, 1),
    "▁kind": (0, 0, 127),
}

# Every n-gram of these texts is known, no other.
KNOWN = ("late delivery kind", "配送が遅い")


def toy_embedder() -> StaticEmbedder:
    """Build an encoder that knows the words of `ROWS` alone; 遅い and late are the same row."""
    pieces = [("[UNK]", -20.0), ("▁", -8.0), *((word, -5.0) for word in ROWS)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    distinct = [(0, 0, 0), *dict.fromkeys(ROWS.values())]
    return StaticEmbedder(
        tokenizer,
        np.asarray(distinct, dtype=np.int8),
        np.full(len(distinct), 1 / 127, dtype=np.float32),
        np.asarray([0, 0, *(distinct.index(row) for row in ROWS.values())], dtype=np.int32),
    )


def toy_ngrams(texts: Sequence[str] = KNOWN) -> NgramVocabulary:
    """Build a vocabulary of the n-grams of these texts, no two of them equally rare."""
    keys = np.unique(hash_ngrams(toy_embedder().pieces(texts).whole())[0])
    return NgramVocabulary(keys, np.linspace(1, 3, len(keys)).astype(np.float16))


def toy_features(texts: Sequence[str]) -> Features:
    """Compute the features of texts with the toy encoder and the n-grams of `KNOWN`."""
    embedder = toy_embedder()
    return Featurizer(embedder, toy_ngrams()).featurize(embedder.pieces(texts).whole())


class ToyEncoder:
    """A sentence encoder: each text, capitals and all, has its own direction; notes what it was asked."""

    def __init__(self, dimension: int = 5, seed: int = 0) -> None:
        self.dimension = dimension
        self.asked: list[str] = []
        self._seed = seed

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; a blank one gets the zero vector."""
        self.asked += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            if text.strip():
                generator = np.random.default_rng([self._seed, *text.encode()])
                vectors[row] = generator.normal(size=self.dimension)
                vectors[row] /= np.linalg.norm(vectors[row])
        return vectors
