"""Words in context: all forms and spellings, places in the text as sent, both languages."""

import pytest

from voc_nlp.errors import InputError
from voc_nlp.schema import Comment
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.concordance import find_in_context


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("荷物がまだ届きません。昨日届く予定でした。", "届く", ["届き", "届く"]),
        ("引っ越しの日に来なかった。", "引越し", ["引っ越し"]),
        ("ｻﾎﾟｰﾄの対応がよかった。", "サポート", ["ｻﾎﾟｰﾄ"]),
        ("お茶がおいしい。", "珈琲", []),
        (
            "Refunds? I asked for a refund in May and the refund never came.",
            "refund",
            ["Refunds", "refund", "refund"],
        ),
        ("My gift card was lost, and the card too.", "gift card", ["gift card"]),
        ("The carpet is fine.", "car", []),
        ("", "late", []),
    ],
)
def test_all_forms_are_found_where_they_stand(text: str, word: str, found: list[str]) -> None:
    lines = find_in_context([Comment("a", text)], word)
    assert [line.word for line in lines] == found
    assert [text[line.start : line.end] for line in lines] == found
    assert all(line.left + line.word + line.right in text for line in lines)


def test_context_is_cut_to_its_width_and_stands_in_one_line() -> None:
    (line,) = find_in_context([Comment("a", "一行目です。\n配送が遅いです。")], "配送", width=3)
    assert (line.left, line.word, line.right) == ("す。 ", "配送", "が遅い")


def test_unreadable_comments_are_passed_over_and_most_is_kept() -> None:
    comments = [Comment("bad", "late\x00"), *(Comment(str(n), "late again") for n in range(5))]
    assert [line.id for line in find_in_context(comments, "late", most=3)] == ["0", "1", "2"]


def test_synonyms_of_the_tenant_are_one_word() -> None:
    words = Dictionary.from_dict({"synonyms": {"コード払い": "PayPay"}})
    comments = [Comment("ja", "コード払いができない。", "ja"), Comment("en", "PayPay failed.", "en")]
    assert [line.id for line in find_in_context(comments, "PayPay", dictionary=words)] == ["ja", "en"]


@pytest.mark.parametrize(("word", "width"), [("", 10), (" ", 10), ("late", 0)])
def test_an_empty_word_is_refused(word: str, width: int) -> None:
    with pytest.raises(InputError, match="expected at least 1"):
        find_in_context([], word, width=width)
