"""Cutting word by word against the tokenizer that cuts whole lines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers

from voc_nlp.artifacts import open_folder
from voc_nlp.cutter import Cut, Cutter
from voc_nlp.embedding import ENCODER_KIND
from voc_nlp.loading import shipped_models

LINES = [
    "The delivery was LATE, twice.",
    "配送が遅い。ABC123の梱包も雑、返金して!",
    "",
    "   ",
    "  spaces   everywhere ",
    "😡👍🏽 最悪!! 😀x",
    "(´;ω;`) slow",
    "İstanbul ΣΑΣ ıſK",
    "ＡＢＣ１２３ ﬁne e\u0301té ｱﾞ",
    "\x85late\u2028kind\x1c▁late",
    "漢\U00020bb7\U00020bb7字 한글",
]


def lines_of(cutter: Cutter, lines: list[str]) -> Cut:
    text = "".join(lines)
    letters = np.asarray([ord(letter) + 32 * ("A" <= letter <= "Z") for letter in text], dtype=np.uint32)
    return cutter.cut(lines, letters, np.cumsum([0, *map(len, lines)]))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Load the tokenizer of the shipped encoder."""
    folder = open_folder(shipped_models() / "encoder" / "1.0.0", ENCODER_KIND)
    return Tokenizer.from_str(folder.text("tokenizer.json"))


@pytest.fixture(scope="module")
def by_words(tokenizer: Tokenizer) -> Cutter:
    """Build a cutter that cuts word by word wherever it can."""
    cutter = Cutter(tokenizer)
    assert cutter.by_words, "the shipped tokenizer is of the kind that is cut word by word"
    return cutter


@pytest.fixture(scope="module")
def by_lines(tokenizer: Tokenizer) -> Cutter:
    """Build a cutter that does not know its tokenizer's normaliser, though it does the same."""
    other = Tokenizer.from_str(tokenizer.to_str())
    other.normalizer = normalizers.Sequence([tokenizer.normalizer, normalizers.Replace("never there", "")])
    cutter = Cutter(other)
    assert not cutter.by_words
    return cutter


def assert_same(one: Cut, other: Cut) -> None:
    for found, expected in zip(one, other, strict=True):
        assert found.tolist() == expected.tolist()


def test_words_are_cut_as_lines_are(by_words: Cutter, by_lines: Cutter) -> None:
    assert len(lines_of(by_words, LINES)[0]) > 60
    for lines in (LINES, LINES, LINES[::-1], [], [""]):  # once more, now that the words are known
        assert_same(lines_of(by_words, lines), lines_of(by_lines, lines))
    for line in LINES:
        assert_same(lines_of(by_words, [line]), lines_of(by_lines, [line]))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(
            st.one_of(
                st.sampled_from("aAzZ09 .,!'’-éÉΣßİı▁\x85\u1680\u2028。、ーあ配送遅い😀🏽ｱﾞ゛´é①㈱½\u3099"),
                st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\v\f\r\u3000"),
            ),
            max_size=20,
        ),
        max_size=4,
    )
)
def test_any_lines_are_cut_alike(by_words: Cutter, by_lines: Cutter, lines: list[str]) -> None:
    assert_same(lines_of(by_words, lines), lines_of(by_lines, lines))


def test_words_that_were_forgotten_are_cut_again(
    tokenizer: Tokenizer, by_lines: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voc_nlp.cutter._MOST_KEPT", 3)
    cutter = Cutter(tokenizer)
    for _ in range(2):
        assert_same(lines_of(cutter, LINES), lines_of(by_lines, LINES))
