"""Names of groups: their first key words, distinct."""

from voc_nlp.topics.naming.describe import ThemeDescription
from voc_nlp.topics.naming.groups import name_groups


def described(ja: tuple[str, ...], en: tuple[str, ...]) -> ThemeDescription:
    return ThemeDescription({"ja": "名前", "en": "name"}, {"ja": ja, "en": en})


def test_two_key_words_in_each_language() -> None:
    (found,) = name_groups([described(("返金", "電話", "口座"), ("refund", "phone", "fee"))])
    assert found == {"ja": "返金・電話", "en": "refund, phone"}


def test_groups_that_share_key_words() -> None:
    first = described(("返金", "電話", "口座"), ("refund", "phone"))
    second = described(("返金", "電話", "窓口"), ("refund", "phone"))
    assert [one["ja"] for one in name_groups([first, second])] == ["返金・電話", "返金・電話・窓口"]
    assert [one["en"] for one in name_groups([first, second])] == ["refund, phone", "name"]


def test_few_key_words() -> None:
    assert name_groups([described(("返金",), ())]) == [{"ja": "返金", "en": "name"}]
