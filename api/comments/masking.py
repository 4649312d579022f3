"""Replaces personal data by placeholders, and carries spans between the text as sent and as stored."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voc_nlp.schema import Language, PiiSpan

_NAMES_JA = {
    "person": "氏名",
    "phone": "電話番号",
    "email": "メールアドレス",
    "address": "住所",
    "postal_code": "郵便番号",
    "member_id": "会員番号",
    "account_number": "口座番号",
    "card_number": "カード番号",
    "my_number": "マイナンバー",
    "birth_date": "生年月日",
    "license_plate": "車両番号",
    "line_id": "LINE ID",
    "ip_address": "IPアドレス",
    "passport": "旅券番号",
}
_NAMES_EN = {
    "account_number": "ACCOUNT",
    "card_number": "CARD",
    "license_plate": "PLATE",
}
_NOT_COUNTED = re.compile(r"[\s\-‐-―ー()．.]+")


@dataclass(frozen=True, slots=True)
class MaskedRange:
    """Where a placeholder stands: in the text as it was sent, and in the text as it is stored."""

    sent_start: int
    sent_end: int
    stored_start: int
    stored_end: int


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text with its personal data replaced; `ranges` are in order and do not overlap."""

    text: str
    ranges: tuple[MaskedRange, ...]


def mask(text: str, pii: Sequence[PiiSpan], language: Language) -> MaskedText:
    """Replace every stretch of personal data by a placeholder.

    The same value (apart from width, case, spaces and hyphens) gets the same number
    within a comment: 「[電話番号1]」, ``[PHONE1]``.

    Parameters
    ----------
    text : str
        The text as it was sent.
    pii : Sequence[PiiSpan]
        Where the personal data is; overlapping spans become one.
    language : Language
        Language of the placeholders.

    Returns
    -------
    MaskedText
        What may be stored.
    """
    placeholders: dict[tuple[str, str], str] = {}
    last_numbers: Counter[str] = Counter()
    pieces: list[str] = []
    ranges: list[MaskedRange] = []
    sent_at = stored_at = 0
    for span in _merged(pii, len(text)):
        name = _name(span.type, language)
        key = (name, _value(text[span.start : span.end]))
        if key not in placeholders:
            placeholders[key] = _new_placeholder(name, last_numbers, text)
        placeholder = placeholders[key]
        stored_start = stored_at + span.start - sent_at
        pieces += (text[sent_at : span.start], placeholder)
        stored_at, sent_at = stored_start + len(placeholder), span.end
        ranges.append(MaskedRange(span.start, span.end, stored_start, stored_at))
    pieces.append(text[sent_at:])
    return MaskedText("".join(pieces), tuple(ranges))


def apply_ranges(text: str, masked: MaskedText) -> str:
    """Mask a text in the places where another copy of it was masked.

    Parameters
    ----------
    text : str
        A text that may be the one that `masked` was made from.
    masked : MaskedText
        The stored text.

    Returns
    -------
    str
        Equal to ``masked.text`` when the texts agree outside the personal data.
    """
    pieces: list[str] = []
    at = 0
    for item in masked.ranges:
        pieces += (text[at : item.sent_start], masked.text[item.stored_start : item.stored_end])
        at = item.sent_end
    return "".join((*pieces, text[at:]))


def to_stored(analysis: Mapping[str, Any], masked: MaskedText) -> dict[str, Any]:
    """Let the spans of an analysis count in the stored text.

    Parameters
    ----------
    analysis : Mapping[str, Any]
        ``Analysis.to_dict()``; spans count in the text as it was sent.
    masked : MaskedText
        The stored text.

    Returns
    -------
    dict[str, Any]
        The same with spans in ``masked.text``; a span that cuts personal data takes the
        whole placeholder, and a `term` is what its span holds there.
    """
    shift = _forward(masked.ranges)
    return {name: _carried(value, shift, masked.text) for name, value in analysis.items()}


def to_sent(analysis: Mapping[str, Any], masked: MaskedText, text: str) -> dict[str, Any]:
    """Let the spans of a stored analysis count in the text as it was sent.

    Parameters
    ----------
    analysis : Mapping[str, Any]
        What `to_stored` made.
    masked : MaskedText
        The stored text.
    text : str
        The text as the caller sent it now; when it is not the text that was stored, the
        spans count in the first text and a `term` stays as it is stored.

    Returns
    -------
    dict[str, Any]
        The same with spans in the text as it was sent.
    """
    terms_from = text if apply_ranges(text, masked) == masked.text else None
    shift = _backward(masked.ranges)
    return {name: _carried(value, shift, terms_from) for name, value in analysis.items()}


@dataclass(frozen=True, slots=True)
class _Shift:
    """Carries offsets from one text into the other; all lists are in order and of one length."""

    from_starts: list[int]
    from_ends: list[int]
    to_starts: list[int]
    to_ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Carry one span; an offset inside a range goes to the range's near end, outwards."""
        return self._offset(start, at_end=False), self._offset(end, at_end=True)

    def _offset(self, offset: int, *, at_end: bool) -> int:
        """Carry one offset by the last range that starts before it."""
        last = bisect_left(self.from_starts, offset) - 1
        if last < 0:
            return offset
        if offset < self.from_ends[last]:
            return self.to_ends[last] if at_end else self.to_starts[last]
        return offset + self.to_ends[last] - self.from_ends[last]


def _forward(ranges: Sequence[MaskedRange]) -> _Shift:
    """Return the way from the text as sent to the text as stored."""
    return _Shift(
        [item.sent_start for item in ranges],
        [item.sent_end for item in ranges],
        [item.stored_start for item in ranges],
        [item.stored_end for item in ranges],
    )


def _backward(ranges: Sequence[MaskedRange]) -> _Shift:
    """Return the way from the text as stored to the text as sent."""
    forward = _forward(ranges)
    return _Shift(forward.to_starts, forward.to_ends, forward.from_starts, forward.from_ends)


def _carried(value: Any, shift: _Shift, terms_from: str | None) -> Any:
    """Copy JSON values with every ``start``/``end`` carried."""
    if isinstance(value, Mapping):
        copy = {key: _carried(inner, shift, terms_from) for key, inner in value.items()}
        if "start" in copy and "end" in copy:
            copy["start"], copy["end"] = shift.span(copy["start"], copy["end"])
            if "term" in copy and terms_from is not None:
                copy["term"] = terms_from[copy["start"] : copy["end"]]
        return copy
    if isinstance(value, list | tuple):
        return [_carried(inner, shift, terms_from) for inner in value]
    return value


def _merged(pii: Sequence[PiiSpan], length: int) -> list[PiiSpan]:
    """Sort the spans and join those that overlap, under the type of the longest."""
    clipped = (PiiSpan(span.type, max(0, span.start), min(length, span.end)) for span in pii)
    inside = [span for span in clipped if span.start < span.end]
    merged: list[PiiSpan] = []
    longest = 0
    for span in sorted(inside, key=lambda item: (item.start, -item.end)):
        size = span.end - span.start
        if merged and span.start < merged[-1].end:
            before = merged[-1]
            kind = span.type if size > longest else before.type
            merged[-1] = PiiSpan(kind, before.start, max(before.end, span.end))
            longest = max(longest, size)
        else:
            merged.append(span)
            longest = size
    return merged


def _name(kind: str, language: Language) -> str:
    """Name a kind of personal data in a placeholder."""
    if language == Language.JA:
        return _NAMES_JA.get(kind, kind.upper())
    return _NAMES_EN.get(kind, kind.upper())


def _value(found: str) -> str:
    """Fold what does not make two values different."""
    return _NOT_COUNTED.sub("", unicodedata.normalize("NFKC", found).casefold())


def _new_placeholder(name: str, last_numbers: Counter[str], text: str) -> str:
    """Number a placeholder; one that the customer typed is passed over."""
    while True:
        last_numbers[name] += 1
        placeholder = f"[{name}{last_numbers[name]}]"
        if placeholder not in text:
            return placeholder
