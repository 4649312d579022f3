"""Queries of rule themes: what they find, what they mean, and how they are refused."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.errors import InputError, QueryError
from voc_nlp.schema import (
    Analysis,
    Churn,
    Comment,
    Department,
    Intent,
    IntentLabel,
    Language,
    Sentiment,
    SentimentLabel,
    Urgency,
    UrgencyLevel,
)
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.queries.query import MAX_CHARACTERS, parse_query, read_document

FOUND = [
    ("解約", "解約したいです", True),
    ("解約", "解約手続きが面倒", True),
    ("解約したい", "解約したかったのに", True),
    ('"解約したい"', "解約したかったのに", False),
    ("配送", "配送料が高い", True),
    ("配送", "再配送を頼んだ", True),
    ('"配送"', "配送料が高い", False),
    ("京都", "東京都に住んでいます", False),
    ("京都", "京都に住んでいます", True),
    ("遅い", "返事が遅かった", True),
    ("おそい", "返事が遅い", True),
    ("届かない", "荷物が届かなかった", True),
    ("カー", "カーテンが汚い", False),
    ("カー*", "カーテンが汚い", True),
    ("*テン", "カーテンが汚い", True),
    ("*ーテ*", "カーテンが汚い", True),
    ("カード", "ポイントカードを忘れた", False),
    ("ｻｰﾊﾞ", "サーバーが落ちた", True),
    ("問合せ", "お問い合わせの返事がない", True),
    ("引越し", "引っ越しの見積もり", True),
    ("スマートフォン", "スマホで見られない", True),
    ("wi-fi", "部屋のWi-Fiが遅い", True),
    ("クレカ", "クレジットカードが使えない", True),
    ("クレジットカード", "クレカが使えない", True),
    ("会員証", "ポイントカードを忘れた", False),
    ("PAYPAY", "ＰａｙＰａｙで払えない", True),
    ("😡", "最悪😡", True),
    ("cancel", "I cancelled my plan", True),
    ("cancelled", "please cancel it", True),
    ('"cancel"', "I cancelled my plan", False),
    ("cancel*", "No cancellation button", True),
    ("*pool", "the whirlpool was cold", True),
    ("card", "The cardigan shrank", False),
    ("car", "two CARS", True),
    ("colour", "The color is wrong", True),
    ('"late delivery"', "Late\n delivery again", True),
    ('"late delivery"', "delivery late again", False),
    ("late delivery", "delivery late again", True),
    ("points", "I lost my points card", True),
    ('"loyalty card"', "I lost my points card", True),
    ("check-in", "Check-in took an hour", True),
    ("app", "アプリではなくAppが落ちる", True),
    ("配送 遅い", "配送は早い", False),
    ("配送 OR 返金", "返金がまだ", True),
    ("配送 NOT 早い", "配送は早い", False),
    ("NOT (late OR slow)", "It was quick", True),
    ("a OR b c", "only a", True),
    ("(a OR b) c", "only a", False),
]

WORDS = Dictionary(
    synonyms={"クレカ": "クレジットカード", "loyalty card": "points card"},
    compounds=frozenset({"points card"}),
)

FIELDS = [
    ("channel:chat", True),
    ("channel:CHAT", True),
    ("channel:ch*", True),
    ("channel!=ch*", False),
    ("channel:email", False),
    ("channel!=email", True),
    ('touchpoint:"online shop"', True),
    ('touchpoint:"online"', False),
    ("industry:*", False),
    ("industry!=retail", False),
    ("NOT industry:retail", True),
    ("lang:ja", True),
    ("nps<=6", True),
    ("nps > 6", False),
    ("NPS＝6", True),
    ("nps≧7", False),
    ("csat>=3", True),
    ("csat!=3.5", False),
    ("ces>1", False),
    ("sentiment:negative", True),
    ("sentiment!=negative", False),
    ("score<-0.3", True),
    ("score>-0.3", False),
    ("intent:complaint", True),
    ("urgency:high", False),
    ("churn:true", True),
    ("department:logistics", True),
    ("department:billing", True),
    ("department!=billing", False),
    ("department:sales", False),
    ("created_at>=2026-04-01", True),
    ("created_at:2026-04", True),
    ("created_at:2026", True),
    ("created_at<2026-04-01", False),
    ("created_at!=2026-04-01", False),
    ("created_at<2026-04-01T08:00", True),
    ("created_at<2026-03-31T23:00:00+00:00", True),
    ("created_at>=2026-03-31T22:00Z", True),
    ("region:Kanto", True),
    ("extra.region:ｋａｎｔｏ", True),
    ("Region:Kan*", True),
    ("region:Kansai", False),
    ("店舗:渋谷", True),
    ("age>=30", True),
    ("age:42.0", True),
    ("age<30", False),
    ("member:true", True),
    ("extra.nps:high", True),
    ("extra.nps>5", False),
    ("missing:*", False),
    ("empty:*", False),
]

CANONICAL = [
    ("配送　ＡＮＤ　（遅い　OR 「届かない」）", '配送 AND (遅い OR "届かない")'),
    ("a (b (c))", "a AND b AND c"),
    ("a OR (b OR c) OR d e", "a OR b OR c OR d AND e"),
    ("a OR b OR a", "a OR b"),
    ("a a", "a"),
    ("NOT NOT NOT a", "NOT a"),
    ("NOT (a b)", "NOT (a AND b)"),
    ("NPS = 6", "nps:6"),
    ('channel:"chat"', "channel:chat"),
    ('channel:"chat*"', 'channel:"chat*"'),
    ("touchpoint:「online shop」", 'touchpoint:"online shop"'),
    ("EXTRA.region:x extra.nps:y", "region:x AND extra.nps:y"),
    ("sentiment:NEGATIVE", "sentiment:negative"),
]

REFUSED = [
    ("", 1, "expected a word"),
    ("  ", 3, "expected a word"),
    ("(a", 3, "expected )"),
    ("a)", 2, "no bracket is open"),
    ("（配送", 4, "expected )"),
    ('配送 "遅い', 4, "close the quote"),
    ("a OR", 5, "the end; expected a word"),
    ("a AND AND b", 7, "joins nothing here"),
    ("delay and refund", 7, "in small letters; write AND"),
    ("not x", 1, "write NOT"),
    ("a *", 3, "expected a word"),
    ("a C*D", 3, "expected a word"),
    ("!!", 1, "holds no letter"),
    ('"..."', 1, "holds no letter"),
    ("10:30", 1, "quotes"),
    ("channel:", 9, "expected a quoted phrase or a value"),
    ('channel:""', 9, "an empty value"),
    ("channel:a*b", 9, "a star inside"),
    ("channel>3", 9, "has no order"),
    ("sentiment>neutral", 11, "has no order"),
    ("sentiment:bad", 11, "expected one of positive, neutral, negative, mixed"),
    ("lang:fr", 6, "expected one of ja, en, other"),
    ("nps<=six", 6, "expected a number"),
    ("nps:*1", 5, "a star inside"),
    ("nps:1*", 5, "star was not expected"),
    ("region>north", 8, "expected a number"),
    ("created_at>=2026-13", 13, "expected 2026"),
    ("created_at>=yesterday", 13, "expected 2026"),
    ("a\x00", 2, "control character"),
    ("(" * 31 + "a" + ")" * 31, 1, "more than 30 brackets"),
    ("a" * (MAX_CHARACTERS + 1), MAX_CHARACTERS + 1, "at most 2,000"),
]


def _analysis() -> Analysis:
    return Analysis(
        id="1",
        language=Language.JA,
        meaningful=True,
        sentiment=Sentiment(SentimentLabel.NEGATIVE, -0.8, {SentimentLabel.NEGATIVE: 1.0}),
        sentences=(),
        aspects=(),
        intent=Intent(IntentLabel.COMPLAINT, {IntentLabel.COMPLAINT: 1.0}),
        urgency=Urgency(UrgencyLevel.NORMAL),
        churn=Churn(True, 0.9),
        departments=(Department("logistics", 0.9), Department("billing", 0.6)),
        abstained=False,
        themes=(),
        pii=(),
        model_version="toy",
    )


COMMENT = Comment(
    "1",
    "配送が遅い",
    channel="Chat",
    touchpoint="Online  Shop".replace("  ", " "),
    created_at="2026-04-01T07:30:00+09:00",
    nps=6,
    csat=3.5,
    extra={"region": "Kanto", "店舗": "渋谷", "age": "42", "member": True, "nps": "high", "empty": ""},
)


@pytest.mark.parametrize(("query", "text", "expected"), FOUND)
def test_words_are_found(query: str, text: str, expected: bool) -> None:
    document = read_document(Comment("1", text), dictionary=WORDS)
    assert parse_query(query).matches(document) is expected


@pytest.mark.parametrize(("query", "expected"), FIELDS)
def test_fields_are_compared(query: str, expected: bool) -> None:
    document = read_document(COMMENT, analysis=_analysis(), with_words=False)
    assert parse_query(query).matches(document) is expected


@pytest.mark.parametrize(("query", "canonical"), CANONICAL)
def test_the_canonical_text_reads_as_the_same_query(query: str, canonical: str) -> None:
    read = parse_query(query)
    assert str(read) == canonical
    assert parse_query(canonical) == read


@pytest.mark.parametrize(("query", "column", "message"), REFUSED)
def test_an_error_says_where_and_what(query: str, column: int, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(query)
    assert refused.value.column == column
    assert message in str(refused.value)
    assert isinstance(refused.value, InputError)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


@pytest.mark.parametrize(
    ("query", "words", "analysis"),
    [
        ("配送 nps<=6", True, False),
        ("channel:chat NOT score<0", False, True),
        ('NOT ("late" OR department:sales)', True, True),
        ("lang:en created_at:2026", False, False),
    ],
)
def test_a_query_says_what_it_needs(query: str, words: bool, analysis: bool) -> None:
    read = parse_query(query)
    assert (read.needs_words, read.needs_analysis) == (words, analysis)
    bare = read_document(COMMENT, with_words=False)
    if words or analysis:
        with pytest.raises(InputError, match="expected a document"):
            read.matches(bare)
    assert read.matches(read_document(COMMENT, analysis=_analysis())) in (True, False)


def test_a_new_dictionary_works_at_once() -> None:
    query = parse_query("ポイカ")
    comment = Comment("1", "会員カードを忘れた")
    assert not query.matches(read_document(comment))
    words = Dictionary(synonyms={"ポイカ": "会員カード"})
    assert query.matches(read_document(comment, dictionary=words))


def test_the_deepest_query_is_read_and_matched() -> None:
    query = "(b OR NOT (" * 15 + "a" + "))" * 15
    assert parse_query(query).matches(read_document(Comment("1", "b")))
    assert parse_query("NOT " * 499 + "a") == parse_query("NOT a")


_WORDS = st.sampled_from(
    ["配送", "遅い*", "*カード", "cancel", "Wi-Fi", '"late delivery"', "「お問い合わせ (窓口)」", "ｻｰﾊﾞ", "😡"]
)
_CONDITIONS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["channel", "Region", "extra.nps", "店舗", "extra.a.b"]),
    st.sampled_from([":", "=", "!=", " : "]),
    st.sampled_from(["chat", "a*", '"online shop"', '"x*"', "「渋谷 (東口)」", "10:30", "AND"]),
) | st.sampled_from(["nps<=6", "NPS ≧ 7", "created_at>=2026-04", "score<-0.3", "age>3", "lang:ja"])


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {})".format, parts, parts),
        st.builds("{} AND ({})".format, parts, parts),
        st.builds("({}) OR {}".format, parts, parts),
        st.builds("NOT ({})".format, parts),
    )


@given(st.recursive(_WORDS | _CONDITIONS, _joined, max_leaves=8))
def test_str_round_trip(text: str) -> None:
    query = parse_query(text)
    assert parse_query(str(query)) == query
    assert str(parse_query(str(query))) == str(query)


_SCRAPS = st.lists(
    st.text(max_size=4)
    | st.sampled_from([*'()":*<=「」“ ', "AND ", " OR ", "NOT ", "nps", "配送", "a:", "created_at"]),
    max_size=12,
).map("".join)


@given(_SCRAPS | st.text(max_size=40), st.text(max_size=30))
def test_no_text_raises_anything_but_the_query_error(text: str, comment: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017
        return
    assert parse_query(str(query)) == query
    extra: dict[str, Any] = {"a": comment, "b": None}
    document = read_document(
        Comment("1", text + comment, created_at=comment, extra=extra), analysis=_analysis(), dictionary=WORDS
    )
    assert query.matches(document) in (True, False)
