"""Normalization: what is folded, what is shortened, and that every offset leads back."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.text.normalize import normalize

CASES = [
    # J1: one spelling of characters
    ("ｻﾎﾟｰﾄ最悪", "サポート最悪"),
    ("ﾊﾞｯﾃﾘｰ", "バッテリー"),
    ("１，０００円", "1,000円"),
    ("㈱①", "(株)1"),
    ("９，８００円～", "9,800円〜"),
    ("Ｆｕｌｌ　ｗｉｄｔｈ！", "Full width!"),
    ("か\u3099き", "がき"),
    ("cafe\u0301", "café"),
    ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    ("a\u200bb\u00adc\ufeff\u202ed", "abcd"),
    ("tab\there\x07", "tab here"),
    ("1️⃣ ❤️", "1 ❤"),
    ("👍🏽", "👍"),
    ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    # kaomoji stay what they are
    ("(´;ω;`)", "(´;ω;`)"),
    ("（｀・ω・´）", "(`・ω・´)"),
    ("(ﾟДﾟ)", "(゜Д゜)"),
    # J2: stretching and repeats
    ("最高ーーー!!!", "最高ー!!"),
    ("ええぞ〜〜〜", "ええぞ〜"),
    ("すご〜い", "すごーい"),
    ("きれい〜です", "きれい〜です"),
    ("やばぁい", "やばい"),
    ("すごおおい", "すごい"),
    ("まぁまぁ", "まあまあ"),
    ("うるせぇ", "うるせぇ"),
    ("soooo good!!!!", "soo good!!"),
    ("ｗｗｗｗ", "ww"),
    ("w" * 10_000, "ww"),
    ("hahahahaha", "haha"),
    ("😡😡😡😡", "😡😡"),
    ("🇯🇵🇯🇵🇯🇵", "🇯🇵🇯🇵"),
    ("wait.......", "wait..."),
    ("too   many  spaces", "too many spaces"),
    # what must not change
    ("100000000円", "100000000円"),
    ("www.example.com", "www.example.com"),
    ("AAA batteries", "AAA batteries"),
    ("room VIII, size XXXL", "room VIII, size XXXL"),
    ("", ""),
]

SPANS = [
    ("ｻﾎﾟｰﾄが最悪", "サポート", "ｻﾎﾟｰﾄ"),
    ("㈱山田の対応", "対応", "対応"),
    ("最高ーーー!!!の味", "味", "味"),
    ("とても\u200b遅い", "遅い", "遅い"),
    ("soooo slow", "slow", "slow"),
    ("👍🏽👍🏽👍🏽 good", "good", "good"),
    ("１，０００円も高い", "1,000円", "１，０００円"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_normal_form(text: str, expected: str) -> None:
    assert normalize(text).text == expected


@pytest.mark.parametrize(("text", "wanted", "expected"), SPANS)
def test_a_stretch_of_the_normal_form_slices_out_of_the_original(
    text: str, wanted: str, expected: str
) -> None:
    normalized = normalize(text)
    start = normalized.text.index(wanted)
    here, there = normalized.original_span(start, start + len(wanted))
    assert text[here:there] == expected


ODD = st.text(
    st.sampled_from("あいーー〜ぁぉおｶﾞﾊﾟ①㈱!！wW 　\n\r\t\u200b\u200d\ufe0f👍🏽👩👧🇯🇵e\u0301\u3099ﷺ.…aA1゛´"),
    max_size=40,
)


@settings(deadline=None)
@given(st.text(max_size=60) | ODD)
def test_spans_are_in_range_monotone_and_not_empty(text: str) -> None:
    normalized = normalize(text)
    size = len(normalized.text)
    spans = [normalized.original_span(i, i + 1) for i in range(size)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))
    for i in range(size + 1):
        start, end = normalized.original_span(i, i)
        assert start == end
        assert 0 <= start <= len(text)
    if size:
        assert normalized.original_span(0, size)[0] == spans[0][0]
        assert normalized.original_span(0, size)[1] == spans[-1][1]


@settings(deadline=None)
@given(ODD)
def test_the_whole_holds_its_parts(text: str) -> None:
    normalized = normalize(text)
    for start in range(len(normalized.text)):
        here, there = normalized.original_span(start, len(normalized.text))
        assert here <= normalized.original_span(start, start + 1)[0]
        assert there >= normalized.original_span(start, start + 1)[1]


@pytest.mark.parametrize(
    "unit", ["w", "ー", "あぁ", "ab", "e\u0301", "\u0301", "👩\u200d", " ", "\n ", "お", "ﾊﾟ"]
)
def test_cost_is_linear(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    started = time.perf_counter()
    normalize(text)
    assert time.perf_counter() - started < 1.0
