"""Find personal data in a text as it was sent, and mask it."""

import re
from bisect import bisect_right

from voc_nlp.schema import Language, PiiSpan
from voc_nlp.text.masking import MaskedText, mask_pii
from voc_nlp.text.person_names import find_person_names
from voc_nlp.text.personal_numbers import find_numbers

__all__ = ["MaskedText", "find_pii", "mask_pii"]

_Found = tuple[str, int, int]

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    map(ord, "‐‑‒–—―−－"), ord("-")
)
_FOLD[0x3000] = ord(" ")

_BAR_AS_HYPHEN = re.compile(r"(?<=\d)ー(?=\d)")
_DIGIT = re.compile("[0-9０-９]")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_LINE_ID = re.compile(
    r"(?:LINE|Line|ライン)[ ]?(?:の)?[ ]?(?:ID|id|アカウント)[ ]?(?:は|が|:|="
    r"|is)?[ ]{0,2}@?(?P<value>[a-z0-9][a-z0-9._-]{3,19})"
)

_PRIORITY = [
    "email",
    "iban",
    "card_number",
    "my_number",
    "ssn",
    "passport",
    "birth_date",
    "line_id",
    "account_number",
    "member_id",
    "ip_address",
    "postal_code",
    "license_plate",
    "address",
    "phone",
    "person",
]


def find_pii(text: str, language: Language) -> list[PiiSpan]:
    """Find personal data.

    Parameters
    ----------
    text : str
        The text as it was sent; full-width digits are read too.
    language : Language
        Decides the rules for names and the regions of telephone numbers.

    Returns
    -------
    list[PiiSpan]
        Spans in `text`, sorted, not overlapping; types are ``person``, ``phone``,
        ``email``, ``address``, ``postal_code``, ``member_id``, ``account_number``,
        ``card_number``, ``my_number``, ``birth_date``, ``license_plate``, ``line_id``,
        ``ip_address``, ``passport``, ``iban`` and ``ssn``.
    """
    found: list[_Found] = [
        ("person", start, end)
        for start, end in find_person_names(text, language is Language.JA)
        if end > start
    ]
    has_digits = _DIGIT.search(text) is not None or "丁目" in text
    has_at = "@" in text or "＠" in text
    has_line = "LINE" in text or "ライン" in text or "ＬＩＮＥ" in text
    if has_digits or has_at or has_line:
        folded = text if text.isascii() else _BAR_AS_HYPHEN.sub("-", text.translate(_FOLD))
        if has_at:
            found += [("email", *match.span()) for match in _EMAIL.finditer(folded)]
        if has_line:
            found += [("line_id", *match.span("value")) for match in _LINE_ID.finditer(folded)]
        if has_digits:
            found += find_numbers(folded, language)
    return _without_overlaps(found) if found else []


def _without_overlaps(found: list[_Found]) -> list[PiiSpan]:
    """Keep the surer type, then the longer span, where spans overlap."""
    starts: list[int] = []
    kept: list[_Found] = []
    for span in sorted(set(found), key=lambda item: (_PRIORITY.index(item[0]), item[1] - item[2], item[1])):
        index = bisect_right(starts, span[1])
        if (index and kept[index - 1][2] > span[1]) or (index < len(kept) and kept[index][1] < span[2]):
            continue
        starts.insert(index, span[1])
        kept.insert(index, span)
    return [PiiSpan(*span) for span in kept]
