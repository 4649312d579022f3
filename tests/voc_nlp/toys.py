"""Small stand-ins for the shipped models: an encoder over a handful of words, features of made-up texts."""

from collections.abc import Mapping, Sequence

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer

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


def toy_features(texts: Sequence[str]) -> Features:
    """Compute the features of texts with the toy encoder."""
    embedder = toy_embedder()
    return Featurizer(embedder).featurize(embedder.pieces(texts).whole())
