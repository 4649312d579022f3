"""Replace personal data by numbered placeholders, keeping the way to the masked text and back."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from voc_nlp.schema import Language, PiiSpan

_LABELS_JA = {
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
    "iban": "IBAN",
    "ssn": "社会保障番号",
}
_LABELS_EN = {
    "account_number": "ACCOUNT",
    "card_number": "CARD",
    "license_plate": "PLATE",
}

_SPELLED_EXACTLY = {"email", "line_id"}
_OF_NUMBERED_PARTS = {"address", "birth_date", "ip_address"}
_SEPARATORS = re.compile(r"(?:[\W_]|(?<=\d)ー(?=\d))+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:[\W_]+|ー)(?=\d)")

_Stretches = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text without personal data.

    Parameters
    ----------
    text : str
        The masked text.
    original_spans : tuple of tuple[int, int]
        What was replaced, in order and not overlapping, in the original text.
    masked_spans : tuple of tuple[int, int]
        The placeholders, side by side with `original_spans`, in `text`.
    """

    text: str
    original_spans: _Stretches = ()
    masked_spans: _Stretches = ()

    def masked_span(self, start: int, end: int) -> tuple[int, int]:
        """Translate a stretch of the original text to the masked text.

        Parameters
        ----------
        start : int
            First character in the original text.
        end : int
            One past the last character, at least `start`.

        Returns
        -------
        tuple[int, int]
            Start and end in `text`; a stretch that touches personal data holds its
            whole placeholder, and an empty one stays empty.
        """
        return _translated(start, end, self.original_spans, self.masked_spans)

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Translate a stretch of the masked text to the original text.

        Parameters
        ----------
        start : int
            First character in `text`.
        end : int
            One past the last character, at least `start`.

        Returns
        -------
        tuple[int, int]
            Start and end in the original text; a stretch that touches a placeholder
            holds all that it stands for, and an empty one stays empty.
        """
        return _translated(start, end, self.masked_spans, self.original_spans)


def mask_pii(text: str, spans: Sequence[PiiSpan], language: Language) -> MaskedText:
    """Replace personal data by placeholders numbered by type and value.

    Parameters
    ----------
    text : str
        The text in which the spans were found.
    spans : Sequence[PiiSpan]
        Where the personal data is; spans that overlap become one, of the type of the
        longest.
    language : Language
        ``JA`` writes ``[氏名1]``, anything else ``[PERSON1]``.

    Returns
    -------
    MaskedText
        The masked text; the same value, however it is written, has the same number
        everywhere in it. A placeholder that stands in `text` already is not used again.
    """
    placeholders: dict[tuple[str, str], str] = {}
    last_numbers: Counter[str] = Counter()
    parts: list[str] = []
    original: list[tuple[int, int]] = []
    masked: list[tuple[int, int]] = []
    done = length = 0
    for span in _merged(spans, len(text)):
        label = _label(span.type, language)
        key = (label, _value(span.type, text[span.start : span.end]))
        if key not in placeholders:
            placeholders[key] = _new_placeholder(label, last_numbers, text)
        placeholder = placeholders[key]
        start = length + span.start - done
        length, previous, done = start + len(placeholder), done, span.end
        parts += (text[previous : span.start], placeholder)
        original.append((span.start, span.end))
        masked.append((start, length))
    parts.append(text[done:])
    return MaskedText("".join(parts), tuple(original), tuple(masked))


def _translated(start: int, end: int, here: _Stretches, there: _Stretches) -> tuple[int, int]:
    """Translate a stretch from the text of `here` to the text of `there`."""
    first = _position(start, here, there, at_end=False)
    return first, _position(end, here, there, at_end=True) if start < end else first


def _position(position: int, here: _Stretches, there: _Stretches, *, at_end: bool) -> int:
    """Translate one offset; inside a replaced stretch go to its edge, outwards."""
    last = bisect_left(here, (position, -1)) - 1
    if last < 0:
        return position
    if position < here[last][1]:
        return there[last][1 if at_end else 0]
    return position + there[last][1] - here[last][1]


def _merged(spans: Sequence[PiiSpan], length: int) -> list[PiiSpan]:
    """Sort the spans, clip them to the text and join those that overlap, under the type of the longest."""
    clipped = (PiiSpan(span.type, max(0, span.start), min(length, span.end)) for span in spans)
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


def _label(kind: str, language: Language) -> str:
    """Name a type of personal data in a placeholder."""
    labels = _LABELS_JA if language is Language.JA else _LABELS_EN
    return labels.get(kind, kind.upper())


def _value(kind: str, written: str) -> str:
    """Return what identifies a value, however it is written."""
    plain = unicodedata.normalize("NFKC", written).casefold()
    if kind in _SPELLED_EXACTLY:
        return plain
    if kind in _OF_NUMBERED_PARTS:
        return "-".join(_SEPARATORS.sub("", part) for part in _BETWEEN_DIGITS.split(plain))
    return _SEPARATORS.sub("", plain)


def _new_placeholder(label: str, last_numbers: Counter[str], text: str) -> str:
    """Number a placeholder; one that the customer typed is passed over."""
    while True:
        last_numbers[label] += 1
        placeholder = f"[{label}{last_numbers[label]}]"
        if placeholder not in text:
            return placeholder
