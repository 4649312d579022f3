"""Replace personal data by stable placeholders, keeping the way from the original to the masked text."""

import re
from bisect import bisect_right
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
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text without personal data.

    Parameters
    ----------
    text : str
        The masked text.
    original_spans : tuple of tuple[int, int]
        What was replaced, in order, in the original text.
    masked_spans : tuple of tuple[int, int]
        The placeholders, side by side with `original_spans`, in `text`.
    """

    text: str
    original_spans: tuple[tuple[int, int], ...] = ()
    masked_spans: tuple[tuple[int, int], ...] = ()

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
            whole placeholder.
        """
        if start >= end:
            here = self._position(start, opening=True)
            return here, here
        return self._position(start, opening=True), self._position(end, opening=False)

    def _position(self, position: int, opening: bool) -> int:
        """Translate one offset; inside a replaced stretch go to its placeholder's edge."""
        index = bisect_right(self.original_spans, (position, -1)) - 1
        if index + 1 < len(self.original_spans) and self.original_spans[index + 1][0] == position and opening:
            return self.masked_spans[index + 1][0]
        if index < 0:
            return position
        _, after = self.original_spans[index]
        if position < after or (position == after and not opening):
            return self.masked_spans[index][0 if opening else 1]
        return self.masked_spans[index][1] + position - after


def mask_pii(text: str, spans: Sequence[PiiSpan], language: Language) -> MaskedText:
    """Replace personal data by placeholders numbered by type and value.

    Parameters
    ----------
    text : str
        The text in which the spans were found.
    spans : Sequence[PiiSpan]
        Sorted and not overlapping, as `find_pii` returns them.
    language : Language
        ``JA`` writes ``[氏名1]``, anything else ``[PERSON1]``.

    Returns
    -------
    MaskedText
        The masked text; the same value has the same number everywhere in it.
    """
    parts: list[str] = []
    masked: list[tuple[int, int]] = []
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    done = length = 0
    for span in spans:
        key = (span.type, _value(span.type, text[span.start : span.end]))
        if key not in numbers:
            counts[span.type] = numbers[key] = counts.get(span.type, 0) + 1
        label = _LABELS_JA.get(span.type, span.type) if language is Language.JA else span.type.upper()
        placeholder = f"[{label}{numbers[key]}]"
        length += span.start - done
        masked.append((length, length + len(placeholder)))
        length += len(placeholder)
        parts += (text[done : span.start], placeholder)
        done = span.end
    parts.append(text[done:])
    return MaskedText("".join(parts), tuple((span.start, span.end) for span in spans), tuple(masked))


def _value(kind: str, written: str) -> str:
    """Return what identifies a value, however it is written."""
    plain = written.translate(_NARROW).casefold()
    return plain if kind == "email" else _SEPARATORS.sub("", plain)


_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
