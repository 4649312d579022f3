"""The entrance of the package: what it refuses, what it lets in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.errors import RecordError
from voc_nlp.schema import MAX_CHARACTERS, Language
from voc_nlp.text.prepare import prepare

REFUSED = [
    ("あ" * (MAX_CHARACTERS + 1), "auto", "text_too_long", "20,001"),
    ("\x00" * (MAX_CHARACTERS + 1), "auto", "text_too_long", "20,000"),
    ("遅い\ud800です", "ja", "invalid_text", "position 2"),
    ("slow\x00app", "en", "invalid_text", "position 4"),
    ("서비스가 느려요", "auto", "unsupported_language", "neither"),
    ("The app is slow", "fr", "unsupported_language", "fr"),
]

LET_IN = [
    ("配送が遅い。最悪", "auto", Language.JA, True, 2),
    ("Delivery was late. Awful", "auto", Language.EN, True, 2),
    ("特になし", "auto", Language.JA, False, 1),
    ("n/a", "auto", Language.EN, False, 1),
    ("", "auto", Language.EN, False, 0),
    (" \n ", "ja", Language.JA, False, 0),
    ("Très bon service", "en", Language.EN, True, 1),
]


@pytest.mark.parametrize(("text", "lang", "code", "part"), REFUSED)
def test_refused(text: str, lang: str, code: str, part: str) -> None:
    with pytest.raises(RecordError) as caught:
        prepare(text, lang)
    assert caught.value.code == code
    assert part in caught.value.message
    assert text not in caught.value.message


@pytest.mark.parametrize(("text", "lang", "language", "meaningful", "sentences"), LET_IN)
def test_let_in(text: str, lang: str, language: Language, meaningful: bool, sentences: int) -> None:
    prepared = prepare(text, lang)
    assert prepared.original == text
    assert prepared.language is language
    assert prepared.meaningful is meaningful
    assert len(prepared.sentences) == sentences


@settings(deadline=None)
@given(st.text(max_size=100), st.sampled_from(["auto", "ja", "en", ""]))
def test_nothing_but_a_record_error_comes_out(text: str, lang: str) -> None:
    try:
        prepared = prepare(text, lang)
    except RecordError:
        return
    clean = prepared.normalized.text
    for token in prepared.tokens:
        assert clean[token.start : token.end] == token.surface
        here, there = prepared.normalized.original_span(token.start, token.end)
        assert 0 <= here < there <= len(text)
    for span in prepared.sentences:
        here, there = prepared.normalized.original_span(span.start, span.end)
        assert 0 <= here < there <= len(text)


@pytest.mark.parametrize(
    "text", ["あ" * MAX_CHARACTERS, "w" * MAX_CHARACTERS, "it is late. " * 1_666, "ﷺ" * 1_000]
)
def test_the_longest_texts(text: str) -> None:
    lang = "ja" if text[0] == "あ" else "en"
    assert prepare(text, lang).normalized.original_span(0, 1)[0] == 0
