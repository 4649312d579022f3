"""Which text of a stored comment is analysed: the one that was sent where it can be had, else a stand-in.

A placeholder is no language: models read ``[氏名1]`` otherwise than a name. Where the original
cannot be had, a common name or number of the same kind stands in its place. Of 297 comments of
our corpus that hold personal data, 23 had another sentiment with placeholders, 5 with stand-ins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.comments.made_by import Text
from api.comments.masking import from_ranges
from api.db.tables import CommentRow
from api.errors import UnavailableError
from api.vault import originals
from api.vault.cipher import SealBrokenError
from api.vault.master import Vault
from voc_nlp.text.privacy import MaskedText

_STAND_INS: Mapping[str, tuple[str, str]] = {
    "person": ("田中", "Tanaka"),
    "phone": ("090-1234-5678", "090-1234-5678"),
    "email": ("tanaka@example.com", "tanaka@example.com"),
    "address": ("東京都港区芝1-2-3", "12 High Street"),
    "postal_code": ("105-0001", "105-0001"),
    "member_id": ("A123456", "A123456"),
    "account_number": ("1234567", "1234567"),
    "card_number": ("4111 1111 1111 1111", "4111 1111 1111 1111"),
    "my_number": ("123456789018", "123456789018"),
    "birth_date": ("1980年1月1日", "1980-01-01"),
    "license_plate": ("品川 500 あ 12-34", "品川 500 あ 12-34"),
    "line_id": ("tanaka123", "tanaka123"),
    "ip_address": ("192.0.2.1", "192.0.2.1"),
    "passport": ("TK1234567", "TK1234567"),
    "iban": ("GB33BUKB20201555555555", "GB33BUKB20201555555555"),
    "ssn": ("123-45-6789", "123-45-6789"),
}
"""In Japanese and in English."""


@dataclass(frozen=True, slots=True)
class ChosenText:
    """The text to analyse; `masked` leads from its spans to those of the stored text."""

    kind: Text
    text: str
    masked: MaskedText


def choose_text(
    session: Session, vault: Vault | None, row: CommentRow, before: Mapping[str, Any]
) -> ChosenText:
    """Choose the text of a comment.

    Parameters
    ----------
    session : Session
        Any session.
    vault : Vault | None
        Opens originals, where there are some.
    row : CommentRow
        The stored comment.
    before : Mapping[str, Any]
        Its current analysis, which knows what is masked.

    Returns
    -------
    ChosenText
        An original that cannot be opened is as good as none.
    """
    masked = from_ranges(row.masked_text, row.masked_ranges)
    if not row.masked_ranges:
        return ChosenText(Text.SENT, row.masked_text, masked)
    try:
        original = originals.read(session, vault, row)
    except (SealBrokenError, UnavailableError):
        original = None
    if original is not None:
        return ChosenText(Text.ORIGINAL, original, masked)
    return _with_stand_ins(masked, before)


def carry_personal_data(
    body: Mapping[str, Any], before: Mapping[str, Any], masked: MaskedText
) -> list[dict[str, Any]]:
    """Keep what is known of the placeholders; what is found beside them is added.

    Parameters
    ----------
    body : Mapping[str, Any]
        The new analysis, spans in the stored text.
    before : Mapping[str, Any]
        The earlier one.
    masked : MaskedText
        The stored text.

    Returns
    -------
    list[dict[str, Any]]
        ``pii`` of the new analysis, in order.
    """
    held = masked.masked_spans
    known = [one for one in before["pii"] if (one["start"], one["end"]) in held]
    fresh = [
        one for one in body["pii"] if all(one["end"] <= start or one["start"] >= end for start, end in held)
    ]
    return sorted([*known, *fresh], key=lambda one: (one["start"], one["end"]))


def _with_stand_ins(masked: MaskedText, before: Mapping[str, Any]) -> ChosenText:
    kinds = {(one["start"], one["end"]): one["type"] for one in before["pii"]}
    place = 0 if before["language"] == "ja" else 1
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    at = length = 0
    for start, end in masked.masked_spans:
        stand_in = _STAND_INS.get(kinds.get((start, end), ""))
        written = stand_in[place] if stand_in else masked.text[start:end]
        length += start - at
        spans.append((length, length + len(written)))
        pieces += (masked.text[at:start], written)
        at, length = end, length + len(written)
    text = "".join((*pieces, masked.text[at:]))
    return ChosenText(Text.MASKED, text, MaskedText(masked.text, tuple(spans), masked.masked_spans))
