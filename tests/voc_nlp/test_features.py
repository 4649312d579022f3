"""What the heads look at: each n-gram once a text, each text for itself."""

import numpy as np
import pytest

from tests.voc_nlp.toys import DIMENSION, toy_embedder, toy_features
from voc_nlp.features import BUCKETS, Featurizer
from voc_nlp.loading import load_embedder

MANY = ["late delivery", "", "kind", "配送が遅い", "nonsense late", "late late late late"] * 9


def buckets(text: str) -> list[int]:
    return toy_features([text]).buckets.tolist()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("late", 1),
        # two words, one pair
        ("late delivery", 3),
        # three words, two pairs, one triple, one pair with a gap
        ("late delivery kind", 7),
        ("配送が遅い", 7),
        # one word, one pair, one triple, one pair with a gap, each once
        ("late late late late", 4),
    ],
)
def test_number_of_ngrams(text: str, count: int) -> None:
    assert len(buckets(text)) == count


def test_buckets_are_in_range_and_each_once() -> None:
    features = toy_features(MANY)
    assert features.buckets.min() >= 0
    assert features.buckets.max() < BUCKETS
    assert np.all(np.diff(features.owners) >= 0)
    pairs = set(zip(features.owners.tolist(), features.buckets.tolist(), strict=True))
    assert len(pairs) == len(features.buckets)


def test_order_of_words_counts() -> None:
    one, other = set(buckets("late delivery")), set(buckets("delivery late"))
    assert len(one & other) == 2
    assert one != other


def test_a_gap_is_not_a_neighbour() -> None:
    assert not set(buckets("late kind")) <= set(buckets("late delivery kind"))


def test_ngrams_do_not_cross_from_text_to_text() -> None:
    together = toy_features(["late", "delivery", "kind"])
    assert together.buckets.tolist() == [*buckets("late"), *buckets("delivery"), *buckets("kind")]


def test_a_text_has_the_same_features_in_any_batch() -> None:
    together = toy_features(MANY)
    assert len(together) == len(MANY)
    for number, text in enumerate(MANY):
        alone = toy_features([text])
        assert np.array_equal(together.buckets[together.owners == number], alone.buckets)
        assert np.array_equal(together.vectors[number], alone.vectors[0])


@pytest.mark.parametrize("count", [0, 1, 2, 5, len(MANY)])
def test_head_is_the_first_texts(count: int) -> None:
    first, expected = toy_features(MANY).head(count), toy_features(MANY[:count])
    assert len(first) == count
    assert np.array_equal(first.buckets, expected.buckets)
    assert np.array_equal(first.owners, expected.owners)
    assert np.array_equal(first.vectors, expected.vectors)


def test_no_text() -> None:
    features = toy_features([])
    assert len(features) == 0
    assert features.vectors.shape == (0, DIMENSION)
    assert len(features.buckets) == 0


def test_the_same_pieces_give_the_same_buckets_everywhere() -> None:
    # The hash is part of the model format: shipped weights stand in these buckets.
    embedder = toy_embedder()
    pieces = embedder.pieces(["late delivery"])
    first, second = (pieces.ids + 1).tolist()
    mixed = [first * 1_000_003, second * 1_000_003, first * 1_000_003 + second * 998_244_353]
    expected = sorted((value ^ (value >> 15)) % BUCKETS for value in mixed)
    assert Featurizer(embedder).featurize(pieces.whole()).buckets.tolist() == expected


@pytest.mark.parametrize(
    ("text", "start", "end"), [("遅い。配送が遅い", 3, 8), ("Bad. So late again", 5, 18)]
)
def test_a_stretch_has_the_features_of_its_words(text: str, start: int, end: int) -> None:
    embedder = load_embedder()
    pieces = embedder.pieces([text])  # type: ignore[attr-defined]
    stretch = Featurizer(embedder).featurize(pieces.stretches([0], [start], [end]))  # type: ignore[arg-type]
    alone = Featurizer(embedder).featurize(embedder.pieces([text[start:end]]).whole())  # type: ignore
    assert stretch.buckets.tolist() == alone.buckets.tolist()
    assert np.array_equal(stretch.vectors, alone.vectors)
