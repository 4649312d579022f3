"""The encoder of a training run: every text is embedded once, in any order."""

import logging
from pathlib import Path

import numpy as np
import pytest

from tests.voc_nlp.toys import ToyEncoder
from training import sentence_encoder
from training.sentence_encoder import CachedEmbedder, cached_encoder


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


def test_an_encoder_is_opened_once_and_fetched_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[tuple[str, bool]] = []

    def fake(name: str, folder: Path, *, may_fetch: bool) -> ToyEncoder:
        opened.append((name, may_fetch))
        return ToyEncoder()

    monkeypatch.setattr(sentence_encoder, "open_sentence_encoder", fake)
    fetched = cached_encoder("hub/a", tmp_path, may_fetch=True)
    assert cached_encoder("hub/a", tmp_path) is fetched
    assert cached_encoder("hub/b", tmp_path) is not fetched
    assert opened == [("hub/a", True), ("hub/b", False)]
