"""Opinion words: predicates, attributes and governing verbs with what negates them, in both languages."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.schema import Language, Span
from voc_nlp.sentiment.opinions import find_opinions

JA, EN = Language.JA, Language.EN


def opinions(pieces: str, term: str, language: Language = JA) -> list[str]:
    """Find the opinion words in a clause whose pieces are parted by bars."""
    parts = pieces.split("|")
    text = "".join(parts)
    ends = [sum(map(len, parts[: number + 1])) for number in range(len(parts))]
    words = [Span(end - len(part), end) for part, end in zip(parts, ends, strict=True)]
    start = text.index(term)
    found = find_opinions(text, Span(0, len(text)), Span(start, start + len(term)), words, language)
    return [text[span.start : span.end] for span in found]


@pytest.mark.parametrize(
    ("japanese", "term_ja", "expected_ja", "english", "term_en", "expected_en"),
    [
        # Predicates.
        ("配送|が|遅い|。", "配送", ["遅い"], "delivery is slow.", "delivery", ["slow"]),
        (
            "店員|が|とても|失礼|でし|た|。",
            "店員",
            ["とても失礼でした"],
            "staff were really rude",
            "staff",
            ["really rude"],
        ),
        ("味|は|最悪|。", "味", ["最悪"], "Bed comfy.", "Bed", ["comfy"]),
        (
            "箱|が|潰れ|て|い|た|。",
            "箱",
            ["潰れていた"],
            "My order arrived broken.",
            "order",
            ["arrived broken"],
        ),
        # Negation and auxiliaries belong to the opinion.
        (
            "料理|は|おいしく|なかっ|た|。",
            "料理",
            ["おいしくなかった"],
            "The food wasn't good.",
            "food",
            ["wasn't good"],
        ),
        (
            "部屋|は|きれい|で|は|なかっ|た|。",
            "部屋",
            ["きれいではなかった"],
            "The room was not very clean.",
            "room",
            ["not very clean"],
        ),
        (
            "アプリ|が|開け|ませ|ん|。",
            "アプリ",
            ["開けません"],
            "Checkout doesn't load.",
            "Checkout",
            ["doesn't load"],
        ),
        (
            "荷物|が|届か|ない|。",
            "荷物",
            ["届かない"],
            "My parcel never arrived.",
            "parcel",
            ["never arrived"],
        ),
        ("カゴ|が|ない|。", "カゴ", ["ない"], "Website no good.", "Website", ["no good"]),
        # Numbers.
        (
            "待ち|時間|が|40|分|。",
            "待ち時間",
            ["40分"],
            "delivery took three weeks",
            "delivery",
            ["took three weeks"],
        ),
        # Attributes.
        ("遅い|配送|です|。", "配送", ["遅い"], "slow delivery.", "delivery", ["slow"]),
        (
            "不|親切|な|店員|。",
            "店員",
            ["不親切な"],
            "a really unhelpful clerk",
            "clerk",
            ["really unhelpful"],
        ),
        (
            "使い|やすい|アプリ|です|。",
            "アプリ",
            ["使いやすい"],
            "a friendly and quick team",
            "team",
            ["friendly and quick"],
        ),
        # Both sides, and two predicates.
        (
            "丁寧|な|対応|で|満足|し|て|い|ます|。",
            "対応",
            ["丁寧な", "満足しています"],
            "great food, cold",
            "food",
            ["great", "cold"],
        ),
        (
            "座席|が|狭く|て|、|うるさかっ|た|。",
            "座席",
            ["狭くて", "うるさかった"],
            "The host was kind and stayed late.",
            "host",
            ["kind", "stayed late"],
        ),
        # What governs the term.
        ("店員|を|褒め|たい|。", "店員", ["褒めたい"], "I love this app!", "app", ["love"]),
        (
            "困っ|た|の|は|におい|です|。",
            "におい",
            ["困った"],
            "can't fault the pierogi",
            "pierogi",
            ["can't fault"],
        ),
        # Of a part of the term's thing.
        (
            "料金|の|安|さ|は|助かり|ます|。",
            "料金",
            ["安さ", "助かります"],
            "disappointed with the fee",
            "fee",
            ["disappointed"],
        ),
        (
            "店員|の|態度|が|悪かっ|た|し",
            "店員",
            ["悪かった"],
            "The girl at the desk was sweet.",
            "girl",
            ["sweet"],
        ),
        # No words that give an opinion.
        ("ケーキ|を|食べ|まし|た|。", "ケーキ", [], "I bought it for the price.", "price", []),
        ("ポイント|は|いつ|付き|ます|か|。", "ポイント", [], "Is the sauna open?", "sauna", []),
        ("返品|し|まし|た|。", "返品", [], "I use the app every day.", "app", []),
        ("アプリ", "アプリ", [], "app", "app", []),
    ],
)
def test_opinion_words(
    japanese: str, term_ja: str, expected_ja: list[str], english: str, term_en: str, expected_en: list[str]
) -> None:
    assert opinions(japanese, term_ja) == expected_ja
    assert opinions(english, term_en, EN) == expected_en


@pytest.mark.parametrize(
    ("pieces", "term", "expected"),
    [
        # は goes to the end of its phrase, past what modifies other nouns; が takes the first predicate.
        ("瓶|から|硬い|欠片|が|出|まし|た|。", "瓶", ["欠片が出ました"]),
        ("お礼|の|電話|が|古い|台帳|まで|調べ|て|くださっ|た|。", "電話", ["調べてくださった"]),
        # What is quoted is not what is said of the term.
        ("係|が|「|遅い|です|」|と|止め|て|くださっ|た|。", "係", ["止めてくださった"]),
        ("味|は|普通|だ|と|思い|ます|。", "味", ["普通だ"]),
        # A bought, used or ordered thing is not judged by that, but a help or a failure judges.
        ("昨日|買っ|た|本|です|。", "本", []),
        ("買っ|て|くれ|た|係|です|。", "係", ["買ってくれた"]),
        ("クーポン|が|使え|なかっ|た|。", "クーポン", ["使えなかった"]),
    ],
)
def test_japanese_particles(pieces: str, term: str, expected: list[str]) -> None:
    assert opinions(pieces, term) == expected


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("the soup, which was cold, took an hour", "soup", ["cold", "took an hour"]),
        ("you have lost my dads ashes.", "ashes", ["have lost"]),
        ("Butter's smaller.", "Butter", ["smaller"]),
        ("I'm still waiting for my refund.", "refund", ["still waiting"]),
        ("The fee you took", "fee", ["took"]),
        ("no complaints about the parking", "parking", ["no complaints"]),
        ("my new phone", "phone", []),
    ],
)
def test_english_order_of_words(text: str, term: str, expected: list[str]) -> None:
    assert opinions(text, term, EN) == expected


@pytest.mark.parametrize(
    ("text", "clause", "language"),
    [("味は良い。店員が悪い。", Span(5, 11), JA), ("Taste good. Staff bad.", Span(12, 22), EN)],
)
def test_nothing_outside_the_clause(text: str, clause: Span, language: Language) -> None:
    words = [Span(place, place + 1) for place in range(len(text))]
    term = Span(clause.start, clause.start + (2 if language is JA else 5))
    for span in find_opinions(text, clause, term, words, language):
        assert clause.start <= span.start < span.end <= clause.end


@pytest.mark.parametrize("language", list(Language))
def test_a_term_outside_the_clause_has_none(language: Language) -> None:
    text = "味は良い good taste"
    assert find_opinions(text, Span(0, 4), Span(5, 9), [Span(0, 1), Span(1, 2), Span(2, 4)], language) == []


ALPHABET = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from("配送が遅いのはをでさしないたです、。「」(10 a's not was very bad, "),
)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.text(ALPHABET, min_size=1, max_size=60), st.sampled_from(list(Language)))
def test_any_text(data: st.DataObject, text: str, language: Language) -> None:
    places = st.integers(0, len(text))
    first, last = sorted((data.draw(places), data.draw(places)))
    start, end = sorted((data.draw(places), data.draw(places)))
    cuts = sorted({0, len(text), *data.draw(st.lists(places, max_size=30))})
    words = [Span(here, there) for here, there in pairwise(cuts)]
    clause, term = Span(first, last), Span(start, end)
    found = find_opinions(text, clause, term, words, language)
    assert len(found) <= 2
    assert found == find_opinions(text, clause, term, words, language)
    for span in found:
        assert first <= span.start < span.end <= last
        assert span.end <= start or end <= span.start
        assert re.search(r"\w", text[span.start : span.end])
    for one, other in pairwise(found):
        assert one.end <= other.start
