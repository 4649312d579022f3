"""Complaints behind polite phrases, and what is none."""

import pytest

from voc_nlp.schema import Language, SentimentLabel
from voc_nlp.sentiment.politeness import find_masked_complaint

JA, EN = Language.JA, Language.EN


@pytest.mark.parametrize(
    ("text", "language", "phrase"),
    [
        ("少々残念に思いました。", JA, "少々残念"),
        ("改善の余地があるかと存じます。", JA, "改善の余地"),
        ("次回は考えさせていただきます。", JA, "次回は考えさせて"),
        ("もう少し早くお返事をいただけると助かります。", JA, "もう少し早くお返事をいただけ"),
        ("差し出がましいようですが、床が濡れておりました。", JA, "差し出がましい"),
        ("恐れ入りますが、三度目のお願いです。", JA, "恐れ入りますが"),
        ("I'm sure it was a busy evening, but we waited an hour.", EN, "I'm sure it"),
        ("I was a little disappointed with the room.", EN, "a little disappointed"),
        ("Perhaps someone could look at the lift before the winter.", EN, "Perhaps someone"),
        ("We had hoped for a quieter room.", EN, "We had hoped for a"),
        ("There is room for improvement at the desk.", EN, "room for improvement"),
        ("I’m afraid the lift was broken again.", EN, "I’m afraid"),
        ("I CAN’T HELP BUT WONDER WHY nobody came.", EN, "I CAN’T HELP BUT WONDER WHY"),
    ],
)
@pytest.mark.parametrize("mood", [SentimentLabel.NEGATIVE, SentimentLabel.MIXED])
def test_found(text: str, language: Language, phrase: str, mood: SentimentLabel) -> None:
    spans = find_masked_complaint(text, language, mood)
    assert phrase in [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "language", "mood"),
    [
        # nothing is blamed
        ("お忙しい中ご対応いただきありがとうございました。", JA, "positive"),
        ("恐れ入りますが、営業時間を教えてください。", JA, "neutral"),
        ("I would be grateful for the opening hours.", EN, "neutral"),
        # nothing is hidden
        ("恐れ入りますが、最悪の対応でした。", JA, "negative"),
        ("I'm sure you tried, but this is the worst hotel ever.", EN, "negative"),
        ("I’m sure you tried, but this is the WORST hotel ever.", EN, "negative"),
        # no polite phrase
        ("届くのが遅い。", JA, "negative"),
        ("The room was cold.", EN, "negative"),
        ("She spoke kindly, the room was cold.", EN, "mixed"),
        ("", JA, "negative"),
        ("", EN, "mixed"),
    ],
)
def test_not_found(text: str, language: Language, mood: str) -> None:
    assert find_masked_complaint(text, language, SentimentLabel(mood)) == []


def test_at_most_five() -> None:
    assert len(find_masked_complaint("少々残念です。" * 9, JA, SentimentLabel.NEGATIVE)) == 5
