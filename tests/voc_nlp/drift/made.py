"""Weeks made for tests: answers in both languages with given shares, words and directions."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.drift.profile import WeekProfile
from voc_nlp.drift.profiling import profile
from voc_nlp.drift.watch import Week

MONDAY = date(2025, 1, 6)
WORDS = {
    "ja": ["配送", "請求", "店員", "アプリ", "返品", "料金", "味付", "電話", "ポイント", "予約"],
    "en": ["parcel", "bill", "staff", "app", "return", "price", "taste", "phone", "points", "booking"],
}


def body(language: str = "ja", **more: Any) -> dict[str, Any]:
    """Return an analysis as it is published."""
    return {
        "language": language,
        "meaningful": True,
        "sentiment": {"label": "negative", "probabilities": {"negative": 0.9, "positive": 0.1}},
        "intent": {"label": "complaint", "probabilities": {"complaint": 0.8, "praise": 0.2}},
        "urgency": {"level": "normal"},
        "churn": {"at_risk": False},
        "departments": [{"id": "logistics", "probability": 0.9}],
        "abstained": False,
        "model_version": "1",
        **more,
    }


def draw_week(
    rng: np.random.Generator,
    n: int = 200,
    *,
    english: float = 0.4,
    complaints: float = 0.4,
    confidence: float = 8.0,
    new_word: float = 0.0,
    turned: float = 0.0,
    cut: bool = False,
    version: str = "1",
) -> WeekProfile:
    """Draw a week of comments."""
    analyses: list[Mapping[str, Any]] = []
    texts: list[str] = []
    vectors: NDArray[np.float64] = rng.normal(0, 1, (n, 16))
    vectors[:, 0] += 3 * turned
    for _ in range(n):
        language = "en" if rng.random() < english else "ja"
        surest = rng.beta(confidence, 2.0)
        intent = "complaint" if rng.random() < complaints else str(rng.choice(["praise", "question"]))
        analyses.append(
            body(
                language,
                sentiment={
                    "label": str(rng.choice(["positive", "negative"])),
                    "probabilities": {"x": surest},
                },
                intent={"label": intent, "probabilities": {"x": surest}},
                churn={"at_risk": bool(rng.random() < 0.1)},
                model_version=version,
            )
        )
        words: Sequence[str] = rng.choice(WORDS[language], size=int(rng.integers(2, 6))).tolist()
        if rng.random() < new_word:
            words = [*words, "ソラミスト" if language == "ja" else "soramist"]
        text = (" が " if language == "ja" else " and ").join(words)
        texts.append(text[:4] if cut else text)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return profile(analyses, texts, vectors, encoder="static")


def stream(profiles: Sequence[WeekProfile]) -> list[Week]:
    """Date profiles, a week each."""
    return [Week(MONDAY + timedelta(weeks=number), one) for number, one in enumerate(profiles)]
