"""The encoder of a training run: every text is embedded once, in any order."""

import logging

import numpy as np
import pytest

from tests.voc_nlp.toys import ToyEncoder
from training.sentence_encoder import CachedEmbedder


def test_a_text_is_embedded_once() -> None:
    encoder = ToyEncoder()
    cached = CachedEmbedder(encoder)
    first = cached.embed(["遅い", "late", "", "遅い"])
    again = cached.embed(["kind", "late", "遅い"])
    assert sorted(encoder.asked) == ["", "kind", "late", "遅い"]
    assert np.array_equal(first, ToyEncoder().embed(["遅い", "late", "", "遅い"]))
    assert np.array_equal(again, ToyEncoder().embed(["kind", "late", "遅い"]))
    assert first.dtype == np.float32
    assert cached.embed([]).shape == (0, cached.dimension) == (0, 5)


def test_texts_of_like_length_go_together_and_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    encoder = ToyEncoder()
    with caplog.at_level(logging.INFO):
        CachedEmbedder(encoder).embed([str(number) for number in reversed(range(2000))])
    assert [len(text) for text in encoder.asked] == sorted(len(text) for text in encoder.asked)
    assert [record.getMessage() for record in caplog.records] == [
        "sentence encoder: 1024 of 2000 new texts",
        "sentence encoder: 2000 of 2000 new texts",
    ]
