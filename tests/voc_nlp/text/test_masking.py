"""Masking: placeholders in both languages, and spans carried to the masked text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.schema import Language, PiiSpan
from voc_nlp.text.privacy import mask_pii


def span(kind: str, text: str, part: str) -> PiiSpan:
    start = text.index(part)
    return PiiSpan(kind, start, start + len(part))


@pytest.mark.parametrize(
    ("language", "text", "found", "expected"),
    [
        (Language.JA, "電話は090-1234-5678です", [("phone", "090-1234-5678")], "電話は[電話番号1]です"),
        (Language.EN, "Call 03-1234-5678 now", [("phone", "03-1234-5678")], "Call [PHONE1] now"),
        (
            Language.JA,
            "田中様と佐藤様、090-1111-2222",
            [("person", "田中"), ("person", "佐藤"), ("phone", "090-1111-2222")],
            "[氏名1]様と[氏名2]様、[電話番号1]",
        ),
        (
            Language.EN,
            "Mr Sato, a@b.jp",
            [("person", "Sato"), ("email", "a@b.jp")],
            "Mr [PERSON1], [EMAIL1]",
        ),
        (
            Language.JA,
            "09012345678か090-1234-5678か090-1234-5678",
            [("phone", "09012345678"), ("phone", "090-1234-5678")],
            "[電話番号1]か[電話番号1]か090-1234-5678",
        ),
        (Language.EN, "[PHONE1] or 03-1234-5678", [("phone", "03-1234-5678")], "[PHONE1] or [PHONE2]"),
        (Language.JA, "[氏名1]と[氏名2]と田中", [("person", "田中")], "[氏名1]と[氏名2]と[氏名3]"),
        (Language.JA, "未知ABC", [("novelty", "ABC")], "未知[NOVELTY1]"),
        (Language.JA, "なし", [], "なし"),
    ],
)
def test_placeholders(language: Language, text: str, found: list[tuple[str, str]], expected: str) -> None:
    spans = [span(kind, text, part) for kind, part in found]
    assert mask_pii(text, spans, language).text == expected


def test_overlapping_spans_become_one_of_the_longest_kind() -> None:
    spans = [PiiSpan("phone", 3, 8), PiiSpan("address", 0, 6), PiiSpan("phone", 4, 5)]
    assert mask_pii("0123456789", spans, Language.EN).text == "[ADDRESS1]89"


def test_a_span_beyond_the_text_still_masks_what_it_holds() -> None:
    assert mask_pii("秘密abc", [PiiSpan("person", 2, 99)], Language.JA).text == "秘密[氏名1]"


@pytest.mark.parametrize(
    ("kind", "english", "japanese"),
    [
        ("phone", "PHONE", "電話番号"),
        ("account_number", "ACCOUNT", "口座番号"),
        ("card_number", "CARD", "カード番号"),
        ("license_plate", "PLATE", "車両番号"),
        ("postal_code", "POSTAL_CODE", "郵便番号"),
        ("iban", "IBAN", "IBAN"),
        ("ssn", "SSN", "社会保障番号"),
    ],
)
def test_labels(kind: str, english: str, japanese: str) -> None:
    for language, label in ((Language.EN, english), (Language.OTHER, english), (Language.JA, japanese)):
        assert mask_pii("abc", [PiiSpan(kind, 0, 3)], language).text == f"[{label}1]"


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("phone", "０９０ー１２３４ー５６７８", "(090)1234.5678", True),
        ("person", "田中 花子", "田中花子", True),
        ("person", "ﾀﾅｶ", "タナカ", True),
        ("person", "サトー", "サト", False),
        ("email", "Ａ.b@x.jp", "a.B@X.jp", True),
        ("email", "a.b@x.jp", "ab@x.jp", False),
        ("line_id", "taro_1", "taro1", False),
        ("ip_address", "10.1.11.1", "10.11.1.1", False),
        ("birth_date", "1/11/1980", "11/1/1980", False),
        ("birth_date", "1/11/1980", "1-11-1980", True),
        ("address", "渋谷区 渋谷2−21−1", "渋谷区渋谷2-21-1", True),
        ("address", "渋谷区渋谷2-21-1", "渋谷区渋谷22-1-1", False),
    ],
)
def test_what_is_the_same_value(kind: str, one: str, other: str, same: bool) -> None:
    text = f"{one}|{other}"
    spans = [PiiSpan(kind, 0, len(one)), PiiSpan(kind, len(one) + 1, len(text))]
    first, second = mask_pii(text, spans, Language.EN).text.split("|")
    assert (first == second) is same


def test_spans_lead_back_from_the_masked_text() -> None:
    text = "担当の佐藤様は親切"
    masked = mask_pii(text, [span("person", text, "佐藤")], Language.JA)
    assert masked.text == "担当の[氏名1]様は親切"
    for word, expected in (
        ("親切", "親切"),
        ("[氏名1]", "佐藤"),
        ("名1]様", "佐藤様"),
        ("の[", "の佐藤"),
        ("担当", "担当"),
    ):
        start = masked.text.index(word)
        here, there = masked.original_span(start, start + len(word))
        assert text[here:there] == expected
    assert masked.masked_span(4, 4) == (3, 3)


@given(data=st.data(), text=st.text(min_size=1, max_size=60))
def test_masking_keeps_the_rest_and_carries_whole_spans_back(data: st.DataObject, text: str) -> None:
    offsets = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(offsets, offsets).map(sorted), max_size=6))
    masked = mask_pii(text, [PiiSpan("phone", start, end) for start, end in spans], Language.EN)
    hidden = {place for start, end in spans for place in range(start, end)}
    kept = "".join(character for place, character in enumerate(text) if place not in hidden)
    parts, at = [], 0
    for start, end in masked.masked_spans:
        parts.append(masked.text[at:start])
        at = end
    assert "".join([*parts, masked.text[at:]]) == kept
    for place in sorted(set(range(len(text))) - hidden):
        start, end = masked.masked_span(place, place + 1)
        assert masked.text[start:end] == text[place]
        assert masked.original_span(start, end) == (place, place + 1)
    for whole, placeholder in zip(masked.original_spans, masked.masked_spans, strict=True):
        assert masked.masked_span(*whole) == placeholder
        assert masked.original_span(*placeholder) == whole
