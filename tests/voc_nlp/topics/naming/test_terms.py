"""Terms of comments: nouns, predicates and pairs, without the words that say nothing."""

import pytest

from voc_nlp.schema import Language
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.naming.term import Term, TermKind
from voc_nlp.topics.naming.terms import find_terms

JAPANESE_PHRASES = [
    ("配送が遅い", "配送が遅い"),
    ("配送がとても遅かったです。", "配送が遅い"),
    ("遅い配送にがっかり", "配送が遅い"),
    ("配送遅い", "配送が遅い"),
    ("ポイントが使えませんでした", "ポイントが使えない"),
    ("返金がまだされていません", "返金されない"),
    ("返金してもらえない", "返金してもらえない"),
    ("返事がない", "返事がない"),
    ("電話がつながらなかった", "電話がつながらない"),
    ("何度かけても電話につながらない", "電話につながらない"),
    ("箱がつぶれていました", "箱がつぶれる"),
    ("壊れた箱が届いた", "箱が壊れる"),
    ("クーポンを適用できない", "クーポンを適用できない"),
    ("クーポンが適用されません", "クーポンが適用されない"),
    ("ログインができません", "ログインできない"),
    ("メールが何度やっても来ない", "メールが来ない"),
    ("待ち時間の長さ", "待ち時間が長い"),
    ("味が薄くなった", "味が薄い"),
    ("解約手続きがわかりにくい", "解約手続きがわかりにくい"),
    ("使いづらいアプリ", "アプリが使いづらい"),
    ("送料は高すぎる", "送料が高すぎる"),
    ("商品を返品しました", "商品の返品"),
    ("ポイントが失効した", "ポイントの失効"),
    ("とても親切なスタッフさんでした", "スタッフが親切"),
    ("スタッフの対応が悪い", "スタッフの対応が悪い"),
    ("対応が良くなかった", "対応が良くない"),
    ("丁寧に説明してくださいました", "説明が丁寧"),
    ("過剰包装だと思う", "過剰包装"),
    ("チャットの返信が来ない", "返信が来ない"),
]
ENGLISH_PHRASES = [
    ("The delivery was very late", "late delivery"),
    ("A late delivery again", "late delivery"),
    ("Refund delay, as usual", "refund delay"),
    ("My app keeps crashing", "app keeps crashing"),
    ("The app crashes", "app crashes"),
    ("Points expired without warning", "points expired"),
    ("I can't log in", "cannot log in"),
    ("I could not log in", "could not log in"),
    ("The coupon doesn't work", "coupon does not work"),
    ("I was charged twice", "charged twice"),
    ("The driver was so rude", "rude driver"),
    ("Please cancel my subscription", "cancel subscription"),
    ("No reply from anybody", "no reply"),
    ("What a waste of paper", "waste of paper"),
    ("The parcel was damaged", "damaged parcel"),
]
SAY_NOTHING = [
    "それはそうだと思うことだ",
    "そう思うこともある",
    "お願いします。ありがとうございました。",
    "母が昨日三時に来た",
    "先週の月曜日に買った",
    "it was just what they said it would be",
    "Thank you, hello and kind regards",
    "My husband came on Monday",
    "です。",
    "12 34 !!",
    "",
]


def terms(text: str, stop_words: frozenset[str] = frozenset()) -> list[Term]:
    prepared = prepare(text, "en" if text.isascii() else "ja")
    return find_terms(prepared.tokens, prepared.language, stop_words)


@pytest.mark.parametrize(("text", "phrase"), [*JAPANESE_PHRASES, *ENGLISH_PHRASES])
def test_phrases(text: str, phrase: str) -> None:
    assert phrase in {term.surface for term in terms(text) if term.kind is not TermKind.NOUN}


@pytest.mark.parametrize("text", SAY_NOTHING)
def test_words_that_say_nothing(text: str) -> None:
    assert [term for term in terms(text) if term.kind is not TermKind.VAGUE] == []


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("スタッフは対応が早い", "スタッフが早い"),
        ("お皿を洗わなければならない", "皿を洗わない"),
        ("連絡していただけませんか", "連絡してもらえない"),
        ("The coupon doesn't work", "coupon work"),
        ("I typed my password", "typed password"),
    ],
)
def test_what_was_not_said(text: str, never: str) -> None:
    assert never not in {term.surface for term in terms(text)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サーバが落ちた", "サーバーが落ちた"),
        ("引っ越しの見積もり", "引越しの見積り"),
        ("お茶が美味しい", "茶がおいしい"),
        ("Late delivery", "the delivery was late"),
        ("Parcels arrived", "parcel arrived"),
        ("the app crashed", "the app crashes"),
    ],
)
def test_spellings_of_a_term_have_one_key(one: str, other: str) -> None:
    assert {term.key for term in terms(one)} == {term.key for term in terms(other)}


def test_surfaces_are_natural() -> None:
    assert "お茶がおいしい" in {term.surface for term in terms("お茶がおいしい")}
    assert "points expired" in {term.surface for term in terms("POINTS EXPIRED")}


@pytest.mark.parametrize(
    ("text", "stop_word", "left"),
    [
        ("配送が遅い。箱が壊れた。", "配送", {"遅い", "箱", "壊れる", "箱が壊れる"}),
        ("サーバが重い", "サーバー", {"重い"}),
        ("Late delivery, broken box", "delivery", {"late", "box", "broken", "broken box"}),
    ],
)
def test_stop_words_take_away_all_that_hold_them(text: str, stop_word: str, left: set[str]) -> None:
    assert {term.surface for term in terms(text, frozenset({stop_word}))} == left


@pytest.mark.parametrize("text", ["返事がない", "説明がないまま"])
def test_being_not_there_names_nothing_alone(text: str) -> None:
    found = {term.surface: term.kind for term in terms(text)}
    assert "ない" not in found
    assert any(kind is TermKind.PHRASE for kind in found.values())


def test_parts_are_the_words_of_a_phrase() -> None:
    phrase = next(term for term in terms("配送が遅い") if term.kind is TermKind.PHRASE)
    assert phrase.parts == ("配送", "遅い")


def test_no_token() -> None:
    assert find_terms([], Language.JA) == find_terms([], Language.EN) == []
