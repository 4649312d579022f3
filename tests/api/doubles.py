"""A small analyzer of our own for the service's tests: marks words, knows nothing about language."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.topics.lineage import Descent, DescentKind
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme, ThemeKind

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


_WORDS = {
    0: r"配送|届かない|荷物|delivery|parcel",
    1: r"請求|返金|bill|charged|refund",
    2: r"店員|接客|staff",
    3: r"アプリ|決済|app|payment",
    4: r"遅い|late|届かない",
    5: r"最高|great|love",
    6: r"返品|return",
    7: r"味|taste",
}
DIMENSION = 16


class WordEmbedder:
    """Gives each of a few things its own direction, in both languages; other texts share one."""

    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for place, pattern in _WORDS.items():
                if re.search(pattern, text):
                    vectors[row, place] = 1.0 if place < 4 else 0.4
            vectors[row, 8 + len(text) % 8] += 0.05
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors


def word_themes(embedder: WordEmbedder) -> ThemeModel:
    """Return themes made by hand: delivery and bills below a group, and staff."""
    names = [
        ("theme-001", "配送が遅い", "late delivery", "group-001"),
        ("theme-002", "請求の誤り", "wrong bill", "group-001"),
        ("theme-003", "店員の接客", "staff", None),
    ]
    themes = [
        Theme(theme_id, {"ja": ja, "en": en}, 10, {"ja": (ja,), "en": (en,)}, parent=parent)
        for theme_id, ja, en, parent in names
    ]
    head = Theme("group-001", {"ja": "注文", "en": "orders"}, 20, {"ja": (), "en": ()}, ThemeKind.GROUP)
    return ThemeModel(
        [*themes, head],
        np.eye(DIMENSION, dtype=np.float32)[:3],
        np.zeros((2, DIMENSION), dtype=np.float32),
        threshold=0.5,
        encoder="words",
        seed=0,
        probe=probe_encoder(embedder),
        history=[Descent(1, theme.id, DescentKind.NEW, {}, theme.label) for theme in [*themes, head]],
    )


class WordAnalyzer:
    """Answers by a few words in both languages; counts how often it is asked."""

    model_version = "words-1"

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.embedder = WordEmbedder()
        self.themes = word_themes(self.embedder)

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
