"""The library's answers are read end to end; equal tiers are measured once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.training.evaluate.builders import comment
from training.evaluate.predictions import predict, read_tiers, truth_spans
from training.evaluate.run import _group
from voc_nlp.analysis import Analyzer
from voc_nlp.schema import (
    Analysis,
    Aspect,
    Churn,
    Department,
    Intent,
    IntentLabel,
    Language,
    Polarity,
    Refusal,
    Sentiment,
    SentimentLabel,
    Urgency,
    UrgencyLevel,
)

ANALYSIS = Analysis(
    id="1",
    language=Language.JA,
    meaningful=True,
    sentiment=Sentiment(
        SentimentLabel.MIXED, 0.0, {label: float(label is SentimentLabel.MIXED) for label in SentimentLabel}
    ),
    sentences=(),
    aspects=(Aspect("部屋", 0, 2, "store_operations", Polarity.POSITIVE, 0.5),),
    intent=Intent(IntentLabel.COMPLAINT, {}),
    urgency=Urgency(UrgencyLevel.NORMAL),
    churn=Churn(True, 0.9),
    departments=(Department("billing", 0.7), Department("sales", 0.5)),
    abstained=False,
    themes=(),
    pii=(),
    model_version="1",
)


class TwoAnswers:
    """Analyses the first comment and refuses the second."""

    def analyze(self, texts: Sequence[Any]) -> list[Analysis | Refusal]:
        assert all(isinstance(text, str) for text in texts)
        return [ANALYSIS, Refusal("2", "unsupported_language", "no")]


def test_answers_in_the_words_of_the_metrics() -> None:
    first, second = predict(cast(Analyzer, TwoAnswers()), [comment(), comment()])
    assert (first.sentiment, first.probabilities) == ("mixed", (0.0, 0.0, 0.0, 1.0))
    assert (first.owner, first.departments, first.confidence) == ("billing", ("billing", "sales"), 0.7)
    assert (first.intent, first.urgency, first.churn) == ("complaint", "normal", True)
    assert first.aspects == ((0, 2, "positive"),)
    assert not first.refused
    assert (second.owner, second.sentiment, second.refused) == ("none", "neutral", True)


def test_targets_stand_where_they_occur_first() -> None:
    row = comment("箱と箱", aspects=(("箱", "negative"), ("無", "positive"), ("", "neutral")))
    assert truth_spans(row) == [(0, 1, "negative")]


def test_equal_tiers_are_measured_once(tmp_path: Path) -> None:
    (tmp_path / "registry.toml").write_text(
        '[tiers.default]\nencoder = "e/1"\n[tiers.fast]\nencoder = "e/1"\n[tiers.best]\nencoder = "e/2"\n',
        "utf-8",
    )
    tiers = read_tiers(tmp_path)
    assert [names for names, _ in _group(tiers, [])] == [("default", "fast"), ("best",)]
    assert [names for names, _ in _group(tiers, ["fast"])] == [("fast",)]
    with pytest.raises(ValueError, match="no tier 'slow'"):
        _group(tiers, ["slow"])
