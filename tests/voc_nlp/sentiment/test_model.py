"""Sentiment from a head: label, score, probabilities."""

import numpy as np
import pytest

from tests.voc_nlp.toys import toy_features, toy_ngrams
from voc_nlp.errors import UnknownFormatError
from voc_nlp.heads import LinearHead
from voc_nlp.loading import shipped_models
from voc_nlp.schema import Sentiment, SentimentLabel
from voc_nlp.sentiment.model import SentimentModel, Sides, find_sides, weigh_parts

LABELS = ("negative", "positive", "mixed", "neutral")


def model(*, late: float, kind: float) -> SentimentModel:
    """Build a head in which the word late speaks for negative, kind for positive."""
    weights = np.zeros((3, 4), dtype=np.float32)
    weights[0, 0], weights[2, 1] = late, kind
    return SentimentModel(
        LinearHead(
            labels=LABELS,
            ngram_weights=np.zeros((len(toy_ngrams()), 4), dtype=np.int8),
            ngram_scales=np.ones(4, dtype=np.float32),
            vector_weights=weights,
            bias=np.zeros(4, dtype=np.float32),
            temperature=1.0,
        )
    )


def test_label_score_and_probabilities() -> None:
    texts = ["late", "遅い", "kind", "nonsense"]
    negative, same, positive, none = model(late=3, kind=3).predict(toy_features(texts))
    strong = np.exp(3) / (np.exp(3) + 3)
    weak = 1 / (np.exp(3) + 3)
    assert negative.label is SentimentLabel.NEGATIVE
    assert negative.score == pytest.approx(weak - strong, abs=1e-5)
    assert negative.probabilities[SentimentLabel.NEGATIVE] == pytest.approx(strong, abs=1e-5)
    assert same == negative
    assert positive.label is SentimentLabel.POSITIVE
    assert positive.score == pytest.approx(strong - weak, abs=1e-5)
    assert none.score == pytest.approx(0, abs=1e-6)
    assert set(none.probabilities) == set(SentimentLabel)
    for one in (negative, positive, none):
        assert sum(one.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_no_text() -> None:
    assert model(late=1, kind=1).predict(toy_features([])) == []


def test_the_shipped_model_has_the_labels_of_the_schema() -> None:
    assert set(SentimentModel.load(shipped_models() / "sentiment" / "1.0.0")._labels) == set(SentimentLabel)


def test_a_folder_of_another_kind() -> None:
    with pytest.raises(UnknownFormatError, match="'routing'"):
        SentimentModel.load(shipped_models() / "routing" / "1.0.0")


def mood(positive: float, neutral: float, negative: float, mixed: float) -> Sentiment:
    """Build a sentiment whose label is the likeliest."""
    shares = dict(zip(SentimentLabel, (positive, neutral, negative, mixed), strict=True))
    return Sentiment(max(shares, key=shares.__getitem__), positive - negative, shares)


WEIGHTS = {"mixed_by_aspects": 0.6, "mixed_by_sentences": 0.5}


@pytest.mark.parametrize(
    ("aspects", "sentences", "odds"),
    [
        ([], [], 0.0),
        ([0.9, 0.5], [0.9, 0.5], 0.0),
        ([0.9, -0.2], [0.9, -0.3], 0.0),
        ([0.9, -0.9], [], 0.6),
        ([], [-0.8, 0.1, 0.6], 0.5),
        ([-0.4, 0.4], [0.5, -0.5], 1.1),
    ],
)
def test_parts_on_both_sides_speak_for_mixed(
    aspects: list[float], sentences: list[float], odds: float
) -> None:
    before = mood(0.5, 0.1, 0.1, 0.3)
    after = weigh_parts(before, aspects, sentences, WEIGHTS)
    shares = after.probabilities
    assert sum(shares.values()) == pytest.approx(1)
    assert np.log(shares[SentimentLabel.MIXED] / shares[SentimentLabel.POSITIVE]) == pytest.approx(
        np.log(0.3 / 0.5) + odds
    )
    assert after.score == pytest.approx(shares[SentimentLabel.POSITIVE] - shares[SentimentLabel.NEGATIVE])
    assert after.label is (SentimentLabel.MIXED if odds > 0.51 else SentimentLabel.POSITIVE)


def test_without_weights_the_parts_change_nothing() -> None:
    before = mood(0.5, 0.1, 0.1, 0.3)
    assert weigh_parts(before, [0.9, -0.9], [0.9, -0.9], {}) is before


@pytest.mark.parametrize(
    ("aspects", "sentences", "weights", "sides"),
    [
        ([0.9, 0.1, -0.9], [-0.8, 0.1, 0.6], WEIGHTS, Sides((0, 2), (0, 2))),
        ([0.9, 0.1, -0.9], [-0.8, 0.1, 0.6], {"mixed_by_sentences": 0.5}, Sides((), (0, 2))),
        ([0.9, 0.1, -0.9], [0.9], {"mixed_by_sentences": 0.5}, Sides()),
        ([0.9, -0.2], [0.9, -0.3], WEIGHTS, Sides()),
        ([], [], WEIGHTS, Sides()),
    ],
)
def test_the_sides_that_are_weighed(
    aspects: list[float], sentences: list[float], weights: dict[str, float], sides: Sides
) -> None:
    assert find_sides(aspects, sentences, weights) == sides
    before = mood(0.5, 0.1, 0.1, 0.3)
    assert (weigh_parts(before, aspects, sentences, weights) is before) is (sides == Sides())
