"""A small analyzer of our own for the service's tests: marks words, knows nothing about language."""

import re
from collections.abc import Sequence

from voc_nlp.schema import (
    MAX_CHARACTERS,
    Analysis,
    Aspect,
    Churn,
    Comment,
    Department,
    Intent,
    IntentLabel,
    Language,
    PiiSpan,
    Polarity,
    Refusal,
    Sentence,
    Sentiment,
    SentimentLabel,
    Span,
    ThemeMatch,
    Urgency,
    UrgencyCode,
    UrgencyLevel,
    UrgencyReason,
)

_POSITIVE = re.compile(r"最高|ありがとう|great|love")
_NEGATIVE = re.compile(r"最悪|届かない|遅い|terrible|late|broken")
_LEAVING = re.compile(r"解約|退会|cancel|leave")
_GRAVE = re.compile(r"やけど|けが|injured|burnt")
_LEGAL = re.compile(r"弁護士|lawyer")
_PHONE = re.compile(r"0\d{1,3}-\d{2,4}-\d{4}|0\d{9,10}")
_OWNERS = {
    "logistics": re.compile(r"配送|届かない|delivery|parcel"),
    "billing": re.compile(r"請求|bill|charged"),
    "store_operations": re.compile(r"店員|staff"),
    "unheard_of": re.compile(r"謎の部署|mystery desk"),
}


class WordAnalyzer:
    """Answers by a few words in both languages; counts how often it is asked."""

    model_version = "words-1"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch."""
        self.batches.append(len(comments))
        return [_analyze(each if isinstance(each, Comment) else Comment("0", each)) for each in comments]


def _analyze(comment: Comment) -> Analysis | Refusal:
    text = comment.text
    if len(text) > MAX_CHARACTERS:
        return Refusal(comment.id, "text_too_long", f"{len(text)} characters; at most {MAX_CHARACTERS}")
    if "\x00" in text:
        return Refusal(comment.id, "invalid_text", "NUL in the text")
    if re.search(r"[а-яА-Я가-힣]", text):
        return Refusal(comment.id, "unsupported_language", "neither ja nor en", Language.OTHER)
    positive, negative = _POSITIVE.search(text), _NEGATIVE.search(text)
    leaving, grave, legal = _LEAVING.search(text), _GRAVE.search(text), _LEGAL.search(text)
    label = {
        (True, True): SentimentLabel.MIXED,
        (True, False): SentimentLabel.POSITIVE,
        (False, True): SentimentLabel.NEGATIVE,
        (False, False): SentimentLabel.NEUTRAL,
    }[bool(positive), bool(negative)]
    codes = [(UrgencyCode.SAFETY, grave), (UrgencyCode.LEGAL, legal), (UrgencyCode.LEAVING, leaving)]
    reasons = tuple(UrgencyReason(code, *found.span()) for code, found in codes if found)
    owners = [name for name, pattern in _OWNERS.items() if pattern.search(text)]
    abstained = "担当不明" in text or "who knows" in text
    intent = IntentLabel.COMPLAINT if negative else IntentLabel.OTHER
    return Analysis(
        id=comment.id,
        language=Language.JA if re.search(r"[ぁ-んァ-ヶ一-龠]", text) else Language.EN,
        meaningful=text.strip() not in ("", "特になし", "n/a"),
        sentiment=Sentiment(label, 0.0, {each: float(each == label) for each in SentimentLabel}),
        sentences=(Sentence(0, len(text), label, 0.0),) if text else (),
        aspects=tuple(
            Aspect(found.group(), *found.span(), "logistics", Polarity.NEGATIVE, -0.9)
            for found in re.finditer(r"配送|delivery|田中さん \S+", text)
        ),
        intent=Intent(intent, {each: float(each == intent) for each in IntentLabel}),
        urgency=Urgency(UrgencyLevel.HIGH if reasons else UrgencyLevel.NORMAL, reasons),
        churn=Churn(bool(leaving), 0.9 if leaving else 0.1, (Span(*leaving.span()),) if leaving else ()),
        departments=() if abstained else tuple(Department(name, 0.9) for name in owners),
        abstained=abstained,
        themes=(ThemeMatch("t1", "配送が遅い", 0.7),) if negative else (),
        pii=tuple(PiiSpan("phone", *found.span()) for found in _PHONE.finditer(text)),
        model_version=WordAnalyzer.model_version,
    )
