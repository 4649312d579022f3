"""Masking: placeholders in both languages, and spans carried to the stored text and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.comments.masking import mask, to_sent, to_stored
from voc_nlp.schema import Language, PiiSpan


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
        (Language.JA, "未知ABC", [("novelty", "ABC")], "未知[NOVELTY1]"),
        (Language.JA, "なし", [], "なし"),
    ],
)
def test_placeholders(language: Language, text: str, found: list[tuple[str, str]], expected: str) -> None:
    spans = [span(kind, text, part) for kind, part in found]
    assert mask(text, spans, language).text == expected


def test_overlapping_spans_become_one_of_the_longest_kind() -> None:
    spans = [PiiSpan("phone", 3, 8), PiiSpan("address", 0, 6), PiiSpan("phone", 4, 5)]
    assert mask("0123456789", spans, Language.EN).text == "[ADDRESS1]89"


def test_a_span_beyond_the_text_still_masks_what_it_holds() -> None:
    assert mask("秘密abc", [PiiSpan("person", 2, 99)], Language.JA).text == "秘密[氏名1]"


def test_spans_of_the_stored_analysis_point_into_the_stored_text_and_back() -> None:
    text = "田中です。電話090-1234-5678に配送の件で"
    found = [span("person", text, "田中"), span("phone", text, "090-1234-5678")]
    masked = mask(text, found, Language.JA)
    start = text.index("配送")
    analysis = {
        "pii": [{"type": item.type, "start": item.start, "end": item.end} for item in found],
        "aspects": [{"term": "配送", "start": start, "end": start + 2}],
        "sentences": [{"start": 0, "end": 5}, {"start": 5, "end": len(text)}],
        "label": "negative",
    }
    stored = to_stored(analysis, masked)
    assert masked.text == "[氏名1]です。電話[電話番号1]に配送の件で"
    assert [masked.text[item["start"] : item["end"]] for item in stored["pii"]] == ["[氏名1]", "[電話番号1]"]
    aspect = stored["aspects"][0]
    assert masked.text[aspect["start"] : aspect["end"]] == aspect["term"] == "配送"
    assert stored["sentences"][1]["end"] == len(masked.text)
    assert to_sent(stored, masked, text) == analysis


def test_a_term_with_personal_data_is_masked_in_storage_and_whole_in_the_answer() -> None:
    text = "田中さんの電話"
    masked = mask(text, [span("person", text, "田中")], Language.JA)
    stored = to_stored({"aspects": [{"term": "田中さん", "start": 0, "end": 4}]}, masked)
    assert stored["aspects"][0]["term"] == "[氏名1]さん"
    assert to_sent(stored, masked, text)["aspects"][0]["term"] == "田中さん"
    assert to_sent(stored, masked, "別の文です")["aspects"][0]["term"] == "[氏名1]さん"


@given(data=st.data(), text=st.text(min_size=1, max_size=60))
def test_masking_keeps_the_rest_and_carries_whole_spans_back(data: st.DataObject, text: str) -> None:
    offsets = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(offsets, offsets).map(sorted), max_size=6))
    masked = mask(text, [PiiSpan("phone", start, end) for start, end in spans], Language.EN)
    hidden = {place for start, end in spans for place in range(start, end)}
    kept = "".join(character for place, character in enumerate(text) if place not in hidden)
    parts, at = [], 0
    for item in masked.ranges:
        parts.append(masked.text[at : item.stored_start])
        at = item.stored_end
    assert "".join([*parts, masked.text[at:]]) == kept
    free = [place for place in range(len(text)) if place not in hidden]
    for place in free:
        stored = to_stored({"one": {"start": place, "end": place + 1}}, masked)
        one = stored["one"]
        assert masked.text[one["start"] : one["end"]] == text[place]
        assert to_sent(stored, masked, text)["one"] == {"start": place, "end": place + 1}
