"""The aspect tagger: what it marks becomes clean spans; surroundings do not cross from text to text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voc_nlp.toys import DIMENSION, toy_embedder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.loading import load_analyzer
from voc_nlp.sentiment.aspects import (
    TAGS,
    WINDOW_BUCKETS,
    AspectTagger,
    TermSpan,
    window_buckets,
)


def tagger(
    *, begin: tuple[float, float, float], inside: tuple[float, float, float] = (0, 0, 0)
) -> AspectTagger:
    """Build a tagger that looks at the row of the piece alone: its numbers speak for begin and inside."""
    vector_weights = np.zeros((3 * DIMENSION, len(TAGS)), dtype=np.float32)
    vector_weights[DIMENSION : 2 * DIMENSION, 1] = begin
    vector_weights[DIMENSION : 2 * DIMENSION, 2] = inside
    arrays = {
        "window_weights": np.zeros((WINDOW_BUCKETS, len(TAGS)), dtype=np.int8),
        "window_scales": np.ones(len(TAGS), dtype=np.float32),
        "vector_weights": vector_weights,
        "bias": np.asarray([5, 0, 0], dtype=np.float32),
    }
    return AspectTagger(toy_embedder(), arrays, least_probability=0.5)


def find(one: AspectTagger, texts: list[str]) -> list[list[str]]:
    found = one.find(texts, toy_embedder().pieces(texts))
    return [[text[span.start : span.end] for span in spans] for text, spans in zip(texts, found, strict=True)]


# The row of delivery and 配送 is (0, 1, 0), that of late and 遅い (1, 0, 0), that of kind (0, 0, 1).
ONLY_DELIVERY = (0.0, 10.0, 0.0)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("late delivery", ["delivery"]),
        ("配送が遅い", ["配送"]),
        ("delivery late delivery", ["delivery", "delivery"]),
        ("late", []),
        ("", []),
    ],
)
def test_marked_pieces_become_terms(text: str, terms: list[str]) -> None:
    assert find(tagger(begin=ONLY_DELIVERY), [text]) == [terms]


def test_each_text_keeps_its_terms() -> None:
    texts = ["late", "delivery", "", "late delivery", "配送"]
    expected: list[list[str]] = [[], ["delivery"], [], ["delivery"], ["配送"]]
    assert find(tagger(begin=ONLY_DELIVERY), texts) == expected


def test_inside_goes_on_a_term() -> None:
    one = tagger(begin=ONLY_DELIVERY, inside=(0, 0, 10))
    assert find(one, ["delivery kind late", "delivery late kind"]) == [
        ["delivery kind"],
        ["delivery", "kind"],
    ]


def test_inside_does_not_go_on_from_the_text_before() -> None:
    assert find(tagger(begin=ONLY_DELIVERY, inside=(0, 0, 10)), ["delivery", "kind"]) == [
        ["delivery"],
        ["kind"],
    ]


def test_at_most_five_terms_the_surest_in_text_order() -> None:
    assert len(find(tagger(begin=ONLY_DELIVERY), ["delivery late " * 9])[0]) == 5
    found = tagger(begin=(6.0, 10.0, 0.0)).find(
        ["late kind delivery kind " * 5], toy_embedder().pieces(["late kind delivery kind " * 5])
    )[0]
    assert [span.start for span in found] == sorted(span.start for span in found)
    assert min(span.probability for span in found) > 0.99


def test_a_term_does_not_grow_without_end() -> None:
    (terms,) = find(tagger(begin=(0, 0, 0), inside=ONLY_DELIVERY), ["delivery " * 40])
    assert terms
    assert max(map(len, terms)) <= 30


def test_no_text() -> None:
    assert find(tagger(begin=ONLY_DELIVERY), []) == []


def test_probability_is_that_of_the_surest_piece() -> None:
    text = ["late delivery"]
    (span,) = tagger(begin=ONLY_DELIVERY).find(text, toy_embedder().pieces(text))[0]
    assert span == TermSpan(5, 13, span.probability)
    powers = np.exp([5, 10, 0])
    assert span.probability == pytest.approx((powers[1] + powers[2]) / powers.sum(), abs=1e-4)


def test_surroundings_stop_at_the_ends_of_a_text() -> None:
    embedder = toy_embedder()
    together = embedder.pieces(["late", "delivery kind", "", "late"])
    alone = [embedder.pieces([text]) for text in ("late", "delivery kind", "late")]
    assert np.array_equal(window_buckets(together), np.concatenate([window_buckets(one) for one in alone]))


def test_each_piece_has_eleven_surroundings() -> None:
    embedder = toy_embedder()
    pieces = embedder.pieces(["late delivery kind"])
    buckets = window_buckets(pieces)
    assert buckets.shape == (3, 11)
    assert buckets.min() >= 0
    assert buckets.max() < WINDOW_BUCKETS


@pytest.fixture(scope="module")
def shipped() -> tuple[AspectTagger, StaticEmbedder]:
    """Load the shipped tagger and its encoder."""
    analyzer = load_analyzer()
    return analyzer._aspects, analyzer._embedder


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("配送が遅い。", "配送"),
        ("the delivery was late.", "delivery"),
        ("店員さんの態度が悪い", "店員"),
        ("the waiter was rude", "waiter"),
        ("部屋がとても清潔でした", "部屋"),
        ("the room was spotless", "room"),
    ],
)
def test_shipped_terms(shipped: tuple[AspectTagger, StaticEmbedder], text: str, term: str) -> None:
    found = shipped[0].find([text], shipped[1].pieces([text]))[0]
    assert any(term in text[span.start : span.end] for span in found)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(alphabet="配送が遅い店員さんの態度the waiter.、 \n-'(1)ー", max_size=40), max_size=4))
def test_any_text(shipped: tuple[AspectTagger, StaticEmbedder], texts: list[str]) -> None:
    found = shipped[0].find(texts, shipped[1].pieces(texts))
    assert len(found) == len(texts)
    for text, spans in zip(texts, found, strict=True):
        assert len(spans) <= 5
        for span in spans:
            term = text[span.start : span.end]
            assert 0 <= span.start < span.end <= len(text)
            assert 0 < span.probability <= 1
            assert term[0].isalnum()
            assert term[-1].isalnum() or term[-1] == "ー"
