"""Words for counting, in both scripts, and when a word may be named."""

import pytest

from voc_nlp.drift.words import bucket_of, name_words, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ソラミストの配送が遅い", {"ソラミスト", "配送"}),
        ("ｿﾗﾐｽﾄ", {"ソラミスト"}),
        ("The SoraMist's light, 2 times", {"the", "soramist's", "light", "times"}),
        ("配送遅延問題", {"配送遅延問題", "配送", "遅延", "問題"}),
        ("[氏名1] 様 [PHONE2]", set()),
        ("ã\x81ã", {"ã"}),
        ("", set()),
    ],
)
def test_cutting(text: str, expected: set[str]) -> None:
    assert words_of(text) == expected


def test_words_of_few_writers_are_not_named() -> None:
    buckets = [bucket_of("ソラミスト"), bucket_of("soramist"), bucket_of("秘密")]
    texts = [(f"c{number}", "ソラミスト") for number in range(5)]
    texts += [("c1", "soramist")] * 9  # one customer, again and again
    texts += [(f"c{number}", "秘密") for number in range(4)]
    assert name_words(texts, buckets) == {buckets[0]: ("ソラミスト",)}
