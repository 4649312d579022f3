"""Comment against NPS answer: promoters who complain, detractors who praise."""

import pytest

from voc_nlp.contradiction import find_contradiction
from voc_nlp.schema import Contradiction, Intent, IntentLabel, Sentiment, SentimentLabel

HIGH, LOW = Contradiction.HIGH_SCORE_COMPLAINT, Contradiction.LOW_SCORE_PRAISE


@pytest.mark.parametrize(
    ("label", "score", "intent", "nps", "expected"),
    [
        ("negative", -0.9, "complaint", 10, HIGH),
        ("negative", -0.9, "complaint", 9, HIGH),
        ("negative", -0.9, "complaint", 8, None),
        ("negative", -0.9, "complaint", 0, None),
        ("negative", -0.9, "complaint", None, None),
        ("negative", -0.9, "question", 10, HIGH),
        ("mixed", -0.2, "complaint", 10, None),
        ("mixed", -0.6, "complaint", 10, HIGH),
        ("neutral", -0.6, "suggestion", 10, None),
        ("positive", 0.9, "praise", 0, LOW),
        ("positive", 0.9, "praise", 6, LOW),
        ("positive", 0.9, "praise", 7, None),
        ("positive", 0.9, "praise", 10, None),
        ("positive", 0.4, "praise", 2, None),
        ("positive", 0.9, "complaint", 2, None),
        ("neutral", 0.6, "other", 0, None),
    ],
)
def test_contradiction(
    label: str, score: float, intent: str, nps: int | None, expected: Contradiction | None
) -> None:
    sentiment = Sentiment(SentimentLabel(label), score, {})
    assert find_contradiction(sentiment, Intent(IntentLabel(intent), {}), nps) is expected
