"""Stored analyses: their spans are carried to the stored text and back."""

from hypothesis import given
from hypothesis import strategies as st

from api.comments.masking import apply_ranges, from_ranges, to_ranges, to_sent, to_stored
from voc_nlp.schema import Language, PiiSpan
from voc_nlp.text.privacy import mask_pii


def span(kind: str, text: str, part: str) -> PiiSpan:
    start = text.index(part)
    return PiiSpan(kind, start, start + len(part))


def test_spans_of_the_stored_analysis_point_into_the_stored_text_and_back() -> None:
    text = "田中です。電話090-1234-5678に配送の件で"
    found = [span("person", text, "田中"), span("phone", text, "090-1234-5678")]
    masked = mask_pii(text, found, Language.JA)
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
    masked = mask_pii(text, [span("person", text, "田中")], Language.JA)
    stored = to_stored({"aspects": [{"term": "田中さん", "start": 0, "end": 4}]}, masked)
    assert stored["aspects"][0]["term"] == "[氏名1]さん"
    assert to_sent(stored, masked, text)["aspects"][0]["term"] == "田中さん"
    assert to_sent(stored, masked, "別の文です")["aspects"][0]["term"] == "[氏名1]さん"


def test_the_stored_ranges_keep_their_shape() -> None:
    text = "田中です。電話090-1234-5678へ"
    found = [span("person", text, "田中"), span("phone", text, "090-1234-5678")]
    masked = mask_pii(text, found, Language.JA)
    assert to_ranges(masked) == [[0, 2, 0, 5], [7, 20, 10, 17]]
    assert from_ranges(masked.text, to_ranges(masked)) == masked
    assert to_ranges(mask_pii("なし", [], Language.JA)) == []


@given(data=st.data(), text=st.text(min_size=1, max_size=60))
def test_spans_of_an_analysis_are_carried_back_whole(data: st.DataObject, text: str) -> None:
    offsets = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(offsets, offsets).map(sorted), max_size=6))
    masked = mask_pii(text, [PiiSpan("phone", start, end) for start, end in spans], Language.EN)
    assert apply_ranges(text, masked) == masked.text
    hidden = {place for start, end in spans for place in range(start, end)}
    free = [place for place in range(len(text)) if place not in hidden]
    for place in free:
        stored = to_stored({"one": {"start": place, "end": place + 1}}, masked)
        one = stored["one"]
        assert masked.text[one["start"] : one["end"]] == text[place]
        assert to_sent(stored, masked, text)["one"] == {"start": place, "end": place + 1}
