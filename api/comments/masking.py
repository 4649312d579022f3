"""Carries an analysis between the text as it was sent and the masked text that is stored."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voc_nlp.text.privacy import MaskedText

_Move = Callable[[int, int], tuple[int, int]]


def to_ranges(masked: MaskedText) -> list[list[int]]:
    """Write down where the placeholders stand, as it is stored.

    Parameters
    ----------
    masked : MaskedText
        The masked text.

    Returns
    -------
    list[list[int]]
        ``[sent_start, sent_end, stored_start, stored_end]`` of every placeholder, in order.
    """
    return [[*sent, *stored] for sent, stored in zip(masked.original_spans, masked.masked_spans, strict=True)]


def from_ranges(text: str, ranges: Sequence[Sequence[int]]) -> MaskedText:
    """Read a masked text back from what is stored.

    Parameters
    ----------
    text : str
        The stored text.
    ranges : Sequence[Sequence[int]]
        What `to_ranges` made.

    Returns
    -------
    MaskedText
        The same as it was stored.
    """
    return MaskedText(
        text,
        tuple((sent_start, sent_end) for sent_start, sent_end, _, _ in ranges),
        tuple((stored_start, stored_end) for _, _, stored_start, stored_end in ranges),
    )


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
    for sent, stored in zip(masked.original_spans, masked.masked_spans, strict=True):
        pieces += (text[at : sent[0]], masked.text[slice(*stored)])
        at = sent[1]
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
    return {name: _carried(value, masked.masked_span, masked.text) for name, value in analysis.items()}


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
    return {name: _carried(value, masked.original_span, terms_from) for name, value in analysis.items()}


def _carried(value: Any, move: _Move, terms_from: str | None) -> Any:
    """Copy JSON values with every ``start``/``end`` carried."""
    if isinstance(value, Mapping):
        copy = {key: _carried(inner, move, terms_from) for key, inner in value.items()}
        if "start" in copy and "end" in copy:
            copy["start"], copy["end"] = move(copy["start"], copy["end"])
            if "term" in copy and terms_from is not None:
                copy["term"] = terms_from[copy["start"] : copy["end"]]
        return copy
    if isinstance(value, list | tuple):
        return [_carried(inner, move, terms_from) for inner in value]
    return value
