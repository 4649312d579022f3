"""A small analyzer for tests of what happens around the analysis; loaded by name in worker processes too."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from voc_nlp.errors import MissingArtifactError
from voc_nlp.schema import (
    Analysis,
    Churn,
    Comment,
    Department,
    Intent,
    IntentLabel,
    Language,
    PiiSpan,
    Refusal,
    Sentence,
    Sentiment,
    SentimentLabel,
    ThemeMatch,
    Urgency,
    UrgencyLevel,
)


class AnalyzerDouble:
    """Answers by simple rules; texts that begin with a word in capitals make it misbehave."""

    model_version = "double-1"

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        return [self._answer(c if isinstance(c, Comment) else Comment("1", c)) for c in comments]

    def _answer(self, comment: Comment) -> Analysis | Refusal:
        text = comment.text
        if text == "CRASH":
            os._exit(9)
        if text.startswith("CRASH ONCE ") and not Path(text.removeprefix("CRASH ONCE ")).exists():
            Path(text.removeprefix("CRASH ONCE ")).touch()
            os._exit(9)
        if text.startswith("PID "):
            Path(text.removeprefix("PID ")).write_text(str(os.getpid()))
        if text == "RAISE":
            raise RuntimeError(f"this message holds the text: {text}")
        if text == "SLOW":
            time.sleep(0.3)
        if len(text) > 20_000:
            return Refusal(comment.id, "text_too_long", "20,001 characters")
        if "\0" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
            return Refusal(comment.id, "invalid_text", "a character that is none")
        if comment.lang not in ("ja", "en", "auto"):
            return Refusal(comment.id, "unsupported_language", "expected ja or en", Language.OTHER)
        language = Language.EN if text.isascii() else Language.JA
        probabilities = dict.fromkeys(SentimentLabel, 0.25)
        return Analysis(
            id=comment.id,
            language=language,
            meaningful=bool(text.strip()),
            sentiment=Sentiment(SentimentLabel.NEGATIVE, -0.5, probabilities),
            sentences=(Sentence(0, len(text), SentimentLabel.NEGATIVE, -0.5),),
            aspects=(),
            intent=Intent(IntentLabel.COMPLAINT, dict.fromkeys(IntentLabel, 0.2)),
            urgency=Urgency(UrgencyLevel.NORMAL),
            churn=Churn(False, 0.1),
            departments=(Department("logistics", 0.9), Department("billing", 0.6)),
            abstained=False,
            themes=(ThemeMatch("t-1", "配送", 0.7),),
            pii=(PiiSpan("phone", 0, 1),),
            model_version=self.model_version,
        )


def load() -> AnalyzerDouble:
    return AnalyzerDouble()


def load_analyzer(
    models_dir: object = None, tier: str = "default", departments: object = None
) -> AnalyzerDouble:
    return AnalyzerDouble()


def model_digests(models_dir: object = None, tier: str = "default") -> dict[str, str]:
    return {"version": AnalyzerDouble.model_version}


def load_crashing() -> AnalyzerDouble:
    os._exit(9)


def load_missing() -> AnalyzerDouble:
    raise MissingArtifactError("models are missing")


def load_noted(folder: str) -> AnalyzerDouble:
    """Note that it was loaded, and in which process."""
    (Path(folder) / f"{os.getpid()}-{time.monotonic_ns()}").touch()
    return AnalyzerDouble()
