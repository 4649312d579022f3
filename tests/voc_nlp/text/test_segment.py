"""Sentences and clauses, Japanese and English."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.schema import Language
from voc_nlp.text.segment import MAX_SENTENCE_CHARACTERS, split_clauses, split_sentences

JA, EN = Language.JA, Language.EN

SENTENCES = [
    (JA, "味は良い。店員が最悪。|", ["味は良い。", "店員が最悪。"]),
    (JA, "「もう来ない。」と言われた。次|", ["「もう来ない。」と言われた。", "次"]),
    (
        JA,
        "最高です!😊😊また来ますwwでも高い(笑)次は行かない|",
        ["最高です!😊😊", "また来ますww", "でも高い(笑)", "次は行かない"],
    ),
    (
        JA,
        "客、返金希望。再送不可説明→激怒。上席折返し|",
        ["客、返金希望。", "再送不可説明", "→激怒。", "上席折返し"],
    ),
    (
        JA,
        "・待ち時間が長い・駐車場が狭い\n・店員は親切|",
        ["・待ち時間が長い", "・駐車場が狭い", "・店員は親切"],
    ),
    (JA, "肉・魚・野菜が新鮮|", ["肉・魚・野菜が新鮮"]),
    (JA, "1.品揃えが悪い 2.通路が狭い|", ["1.品揃えが悪い", "2.通路が狭い"]),
    (JA, "◆肉・魚が新鮮 ◆壁が薄い|", ["◆肉・魚が新鮮", "◆壁が薄い"]),
    (JA, "昨日から 2.5時間待った|", ["昨日から 2.5時間待った"]),
    (JA, "笑顔が良い。v2.1で3.5秒|", ["笑顔が良い。", "v2.1で3.5秒"]),
    (EN, "Dr. Smith was great. See v2.1 e.g. No. 5. It costs $3.50.|", None),
    (EN, "wow!!great\nNever again.Really|", ["wow!!", "great", "Never again.", "Really"]),
    (EN, "I live in the U.S. and it's fine|", ["I live in the U.S. and it's fine"]),
    (EN, 'He said "no." Then left.|', ['He said "no."', "Then left."]),
    (EN, "so slow 😡 Never again|", ["so slow 😡", "Never again"]),
    (EN, "Paid $3.50.Never again|", ["Paid $3.50.", "Never again"]),
]

CLAUSES = [
    (JA, "味は良いが、店員が最悪。", ["contrast", "main"]),
    (JA, "美味しいけど高い", ["contrast", "main"]),
    (JA, "買ったばかりなのに壊れた", ["contrast", "main"]),
    (JA, "対応は良かったものの、解決していない", ["contrast", "main"]),
    (JA, "安いですが質は悪い", ["contrast", "main"]),
    (JA, "店員さんが親切でした。", ["main"]),
    (JA, "使うのに便利", ["main"]),
    (JA, "だが遅い", ["main"]),
    (JA, "安ければ買う", ["condition", "main"]),
    (JA, "電話したら送ってくれました。", ["main"]),
    (JA, "対応が早かったら続けます", ["condition", "main"]),
    (JA, "夫と、子供と、三人で", ["main"]),
    (JA, "払わなければならない", ["main"]),
    (EN, "The food was great but the service was awful.", ["contrast", "main"]),
    (EN, "Although cheap, it works.", ["contrast", "main"]),
    (EN, "It works, although it is slow", ["main", "contrast"]),
    (EN, "Great, except the parking.", ["contrast", "main"]),
    (EN, "The room is nice; however, the bed is hard.", ["contrast", "main"]),
    (EN, "nothing but problems", ["main"]),
    (EN, "Last but not least, love it", ["main"]),
    (EN, "If you fix it, I will stay.", ["condition", "main"]),
    (EN, "I would stay if you fix it.", ["main", "condition"]),
    (EN, "but it broke", ["main"]),
]


@pytest.mark.parametrize(("language", "text", "expected"), SENTENCES)
def test_sentences(language: Language, text: str, expected: list[str] | None) -> None:
    text = text.removesuffix("|")
    found = [text[span.start : span.end] for span in split_sentences(text, language)]
    assert found == (expected or ["Dr. Smith was great.", "See v2.1 e.g. No. 5.", "It costs $3.50."])


@pytest.mark.parametrize(("language", "text", "expected"), CLAUSES)
def test_clauses(language: Language, text: str, expected: list[str]) -> None:
    clauses = split_clauses(text, 0, len(text), language)
    assert [clause.relation for clause in clauses] == expected
    assert "".join(text[clause.start : clause.end] for clause in clauses) == text


@pytest.mark.parametrize("language", [JA, EN])
@settings(deadline=None)
@given(
    text=st.text(max_size=80)
    | st.text(st.sampled_from("あが、。「」!w笑→・\n. aA(ct)😊けどのに"), max_size=60)
)
def test_sentences_cover_and_clauses_tile(language: Language, text: str) -> None:
    spans = split_sentences(text, language)
    covered = set()
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert not text[span.start].isspace()
        assert not text[span.end - 1].isspace()
        covered.update(range(span.start, span.end))
        end = span.end
        clauses = split_clauses(text, span.start, span.end, language)
        assert "".join(text[c.start : c.end] for c in clauses) == text[span.start : span.end]
    assert all(character.isspace() for i, character in enumerate(text) if i not in covered)


@pytest.mark.parametrize("language", [JA, EN])
@pytest.mark.parametrize("unit", ["あ", "a ", "「", "(a", "。", "・", "w", "but ", "が、", "I. ", "😀 "])
def test_long_sentences_are_cut_in_linear_time(language: Language, unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    started = time.perf_counter()
    spans = split_sentences(text, language)
    assert time.perf_counter() - started < 2.0
    assert all(span.end - span.start <= MAX_SENTENCE_CHARACTERS for span in spans)
