"""Builders of labelled comments and answers."""

from typing import Any

from training.data.labelled import Labelled
from training.evaluate.predictions import Prediction
from training.heads.tasks import LABELS


def comment(text: str = "部屋は良い。朝食は冷たい。", **labels: Any) -> Labelled:
    given: dict[str, Any] = {
        "sentiment": "mixed",
        "departments": ("store_operations",),
        "intent": "complaint",
        "urgency": "normal",
        "churn_risk": False,
        "aspects": (("部屋", "positive"), ("朝食", "negative")),
        "lang": "ja",
    }
    return Labelled(text=text, source="corpus", group="c", **(given | labels))


def answer(**said: Any) -> Prediction:
    given: dict[str, Any] = {
        "sentiment": "mixed",
        "departments": ("store_operations",),
        "confidence": 0.8,
        "abstained": False,
        "intent": "complaint",
        "urgency": "normal",
        "churn": False,
        "aspects": ((0, 2, "positive"), (6, 8, "negative")),
        "language": "ja",
    }
    given |= said
    rest = (1 - 0.7) / 3
    given.setdefault(
        "probabilities",
        tuple(0.7 if label == given["sentiment"] else rest for label in LABELS["sentiment"]),
    )
    return Prediction(**given)
