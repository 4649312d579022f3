"""Phrases of urgency and of leaving, in both languages: which are named, which are taken back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.routing.rules import find_phrases
from voc_nlp.schema import Language, UrgencyCode

# Text, codes that must be found, a part of the text that each reason must touch.
URGENT = [
    ("子どもがやけどしました", {"safety"}, "やけど"),
    ("It started smoking and burned my hand", {"safety"}, "smok"),
    ("弁護士に相談します", {"legal"}, "弁護士"),
    ("I will contact my LAWYER", {"legal"}, "LAWYER"),
    ("個人情報が漏えいした", {"privacy"}, "個人情報"),
    ("my personal data was leaked", {"privacy"}, "personal data"),
    ("カードの不正利用がありました", {"fraud"}, "不正利用"),
    ("an unauthorised charge on my card", {"fraud"}, "unauthorised charge"),
    ("ログインできません", {"outage"}, "ログインできませ"),
    ("we have no internet since Monday", {"outage"}, "no internet"),
    ("本日解約しました", {"leaving"}, "解約しました"),
    ("I have cancelled my account", {"leaving"}, "have cancelled"),
    ("至急お願いします", {"deadline"}, "至急"),
    ("Please call me ASAP", {"deadline"}, "ASAP"),
    ("蓋で指を切りました", {"safety"}, "指を切り"),
    ("I cut my hand on the lid", {"safety"}, "cut my hand"),
    ("通信障害があるそうです", {"outage"}, "通信障害"),
]
CALM = [
    "店員さんが親切でした",
    "The staff were kind and the food was good",
    "けがれのない味",
    "We sat in the courtyard",
    "A smoky flavour, lovely",
    "料理がおいしい",
    "この業者とは手を切りました",
    "騙されたと思って食べてみて",
    "子ども騙しの内容",
    "爆発的に売れています",
    "障害がある子でも使えます",
    "警察署の隣のお店",
    "やけどしそうなくらい熱々",
    "The pudding stole the show",
    "",
]
LEAVING = [
    ("もう解約します", "解約"),
    ("I am cancelling my subscription", "cancel"),
    ("他社に乗り換えます", "他社"),
    ("We are switching to another provider", "switching"),
    ("二度と行きません", "二度と"),
    ("I will never come back", "never"),
    ("次回は考えさせていただきます", "次回"),
    ("Uninstalled.", "ninstalled"),
    ("リピなし", "リピなし"),
    ("今回を最後にします", "最後に"),
    ("I won't buy anything else from you", "buy anything else"),
    ("I’m done", "done"),
]
STAYING = [
    "解約手続きの方法を教えてください",
    "How do I cancel my subscription?",
    "解約するつもりはありません",
    "I am not cancelling, I love it",
    "他社より良いです",
    "Your rival is no better",
    "他社から乗り換えて正解でした",
    "So glad I switched to you",
    "解約したい場合はどうすればいいですか",
    "Can I cancel at any time?",
    "My flight was cancelled by the airline",
    "とても満足しています",
    "もう他のクリーニング店には行かないと決めました",
    "他のプリンは二度と買えない",
    "名古屋駅で乗り換えるときに便利",
    "I will never buy any other brand again",
    "I'll never go back to paper tickets now that I have the app",
    "Very happy with it",
    "",
]


def language_of(text: str) -> Language:
    return Language.EN if text.isascii() or "’" in text else Language.JA


@pytest.mark.parametrize(("text", "codes", "part"), URGENT)
def test_urgent(text: str, codes: set[str], part: str) -> None:
    reasons = find_phrases(text, language_of(text)).urgent
    assert {reason.code for reason in reasons} == codes
    assert any(part in text[reason.start : reason.end] for reason in reasons)


def test_every_code_has_a_case_in_both_languages() -> None:
    for language in (Language.JA, Language.EN):
        covered = {code for text, codes, _ in URGENT if language_of(text) is language for code in codes}
        assert covered == set(UrgencyCode)


@pytest.mark.parametrize("text", CALM)
def test_calm(text: str) -> None:
    assert find_phrases(text, language_of(text)).urgent == []


@pytest.mark.parametrize(("text", "part"), LEAVING)
def test_leaving(text: str, part: str) -> None:
    phrases = find_phrases(text, language_of(text)).leaving
    assert phrases
    assert any(part in text[phrase.start : phrase.end] for phrase in phrases)


@pytest.mark.parametrize("text", STAYING)
def test_staying(text: str) -> None:
    assert find_phrases(text, language_of(text)).leaving == []


def test_a_denial_takes_back_its_own_phrase_alone() -> None:
    text = "I am not cancelling the phone, but I am cancelling my internet."
    phrases = find_phrases(text, Language.EN).leaving
    assert phrases
    assert all(phrase.start > text.index("but") for phrase in phrases)


@pytest.mark.parametrize(
    ("text", "language"), [("弁護士。" * 100, Language.JA), ("lawyer, " * 100, Language.EN)]
)
def test_reasons_are_in_order_and_few(text: str, language: Language) -> None:
    reasons = find_phrases(text, language).urgent
    assert [reason.start for reason in reasons] == sorted(reason.start for reason in reasons)
    assert 1 <= len(reasons) <= 20


def test_two_reasons_of_different_kinds_are_both_named() -> None:
    text = "弁護士に相談します。個人情報が漏えいしました。"
    assert {reason.code for reason in find_phrases(text, Language.JA).urgent} == {"legal", "privacy"}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.sampled_from([Language.JA, Language.EN]))
def test_any_text(text: str, language: Language) -> None:
    found = find_phrases(text, language)
    for span in (*found.urgent, *found.leaving):
        assert 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize("unit", ["a", "i am ", "解約", "もう", "never ", "次回", "data leaked ", "w"])
@pytest.mark.parametrize("language", [Language.JA, Language.EN])
def test_the_longest_texts_come_to_an_end(unit: str, language: Language) -> None:
    text = (unit * 20_000)[:20_000]
    found = find_phrases(text, language)
    assert len(found.urgent) <= 20
    assert len(found.leaving) <= 20
