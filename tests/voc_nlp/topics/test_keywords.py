"""Candidate terms of themes: noun compounds, predicates and pairs, without the words that say nothing."""

import pytest

from voc_nlp.schema import Language
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.keywords import candidate_terms

FOUND = [
    ("配送が遅い", {"配送", "遅い", "配送が遅い"}),
    ("The delivery driver was rude", {"delivery", "driver", "delivery driver", "rude"}),
    ("電話番号を変更したい", {"電話番号", "変更"}),
    ("Please cancel my subscription plan", {"cancel", "subscription", "plan", "subscription plan"}),
    ("サーバーが落ちる", {"落ちる"}),
]
STOPPED = [
    "それはそうだと思うことだ",
    "そう思うこともある",
    "it was just what they said it would be",
    "です。",
    "12 34 !!",
    "",
]


def terms(text: str) -> list[str]:
    prepared = prepare(text, "en" if text.isascii() else "ja")
    return candidate_terms(prepared.tokens, prepared.language)


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_terms(text: str, expected: set[str]) -> None:
    assert expected <= set(terms(text))


@pytest.mark.parametrize("text", STOPPED)
def test_words_that_say_nothing(text: str) -> None:
    assert terms(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サーバが落ちた", "サーバーが落ちた"),
        ("引っ越しの見積もり", "引越しの見積もり"),
        ("Parcels arrived", "parcel arrived"),
    ],
)
def test_spellings_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one)[0] == terms(other)[0]


def test_no_token() -> None:
    assert candidate_terms([], Language.JA) == candidate_terms([], Language.EN) == []
