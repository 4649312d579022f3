"""Tokens: surfaces slice out of the text, lemmas are natural, newer words stay whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.schema import Language
from voc_nlp.text.english_lemma import english_lemma
from voc_nlp.text.tokenize import JapaneseTokenizer, tokenizer_for
from voc_nlp.text.variant import canonical_form

LEMMAS = [
    (Language.JA, "荷物がまだ届かない", ["荷物", "が", "まだ", "届く", "ない"]),
    (Language.JA, "配送が遅かった", ["配送", "が", "遅い", "た"]),
    (Language.JA, "サポートの 対応\n最悪", ["サポート", "の", "対応", "最悪"]),
    (Language.JA, "1,000円を3.5回", ["1,000", "円", "を", "3.5", "回"]),
    (Language.EN, "The apps kept crashing", ["the", "app", "keep", "crash"]),
    (Language.EN, "It didn't work.", ["it", "do", "not", "work", "."]),
    (Language.EN, "charged  twice", ["charge", "twice"]),
]

WHOLE = [
    "サブスク",
    "PayPay",
    "インボイス",
    "Web会議",
    "コロナ禍",
    "スマホ",
    "ポイントカード",
    "置き配",
    "Wi-Fi",
    "リピ確",
]

POS = [
    (Language.JA, "渋谷の店が高い!", ["proper_noun", "particle", "noun", "particle", "adjective", "symbol"]),
    (Language.JA, "これは3回", ["pronoun", "particle", "number", "noun"]),
    (Language.EN, "I can't pay 30 !", ["pronoun", "auxiliary", "auxiliary", "other", "number", "symbol"]),
]

ENGLISH_LEMMAS = """
crashes crash|charging charge|services service|better good|worst bad|cancelled cancel|refunds refund
waited wait|left leave|women woman|lies lie|using use|billing billing|routes route|hopping hop
hoping hope|agreed agree|buses bus|news news|address address|mice mouse|running run|writing write
broken break|missing miss|stopped stop|calling call|updating update|transferred transfer
batteries battery|deliveries delivery|glasses glasses|less less|apologised apologise|feed feed
String string
"""

VARIANTS = [
    ("サーバー", "サーバ"),
    ("サーバ", "サーバ"),
    ("問合せ", "問い合わせ"),
    ("問い合せ", "問い合わせ"),
    ("引越し", "引っ越し"),
    ("ユーザー", "ユーザ"),
    ("カー", "カー"),
    ("おいしい", "美味しい"),
    ("colour", "color"),
    ("Delivery", "delivery"),
    ("配送", "配送"),
]


@pytest.mark.parametrize(("language", "text", "expected"), LEMMAS)
def test_lemmas(language: Language, text: str, expected: list[str]) -> None:
    assert [token.lemma for token in tokenizer_for(language).tokenize(text)] == expected


@pytest.mark.parametrize(("language", "text", "expected"), POS)
def test_parts_of_speech(language: Language, text: str, expected: list[str]) -> None:
    assert [token.pos for token in tokenizer_for(language).tokenize(text)] == expected


@pytest.mark.parametrize("word", WHOLE)
def test_newer_words_stay_whole(word: str) -> None:
    tokens = tokenizer_for(Language.JA).tokenize(f"この{word}が便利でした")
    assert word in [token.surface for token in tokens]


def test_a_tenants_own_words_stay_whole() -> None:
    tokens = JapaneseTokenizer(["まるごとバナナ祭"]).tokenize("まるごとバナナ祭は最高")
    assert (tokens[0].surface, tokens[0].pos) == ("まるごとバナナ祭", "noun")


@pytest.mark.parametrize(
    ("word", "lemma"),
    [pair.split(" ") for line in ENGLISH_LEMMAS.strip().split("\n") for pair in line.split("|")],
)
def test_english_lemma(word: str, lemma: str) -> None:
    assert english_lemma(word) == lemma


@pytest.mark.parametrize(("lemma", "expected"), VARIANTS)
def test_spelling_variants_are_one(lemma: str, expected: str) -> None:
    assert canonical_form(lemma) == expected


@pytest.mark.parametrize("language", [Language.JA, Language.EN])
@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_surfaces_slice_out_of_the_text(language: Language, text: str) -> None:
    end = 0
    for token in tokenizer_for(language).tokenize(text):
        assert token.start >= end
        assert text[token.start : token.end] == token.surface or "\x00" in text
        end = token.end
    assert end <= len(text)


@pytest.mark.parametrize(("language", "unit"), [(Language.JA, "配送が遅い。"), (Language.EN, "it is slow. ")])
def test_long_texts_are_cut_up_without_loss(language: Language, unit: str) -> None:
    text = unit * 1_000
    tokens = tokenizer_for(language).tokenize(text)
    assert len(tokens) == 1_000 * 4
    assert all(text[token.start : token.end] == token.surface for token in tokens)


@pytest.mark.parametrize(
    ("language", "text"), [(Language.JA, "荷物がまだ届かない"), (Language.EN, "it is still not here")]
)
def test_threads_share_a_tokenizer(language: Language, text: str) -> None:
    tokenizer = tokenizer_for(language)
    expected = tokenizer.tokenize(text)
    with ThreadPoolExecutor(4) as pool:
        assert all(result == expected for result in pool.map(tokenizer.tokenize, [text] * 200))
