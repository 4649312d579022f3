"""Counts the spans of an answer in UTF-16 code units, as JavaScript, Java and C# count text."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import accumulate
from typing import Any

_LAST_OF_ONE_UNIT = "\uffff"


class Offsets(StrEnum):
    """What `start` and `end` count."""

    CODEPOINT = "codepoint"
    """Unicode code points; the default."""
    UTF16 = "utf16"
    """UTF-16 code units: a character beyond U+FFFF, as most emoji, counts two."""


def to_utf16(answer: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Let the spans of an answer count UTF-16 code units.

    Parameters
    ----------
    answer : Mapping[str, Any]
        JSON values; `start` and `end` count code points of the text.
    text : str
        The text that the spans count in.

    Returns
    -------
    dict[str, Any]
        A copy with other `start` and `end`; a place beyond the text is taken as its end.
    """
    if not text or max(text) <= _LAST_OF_ONE_UNIT:
        return dict(answer)
    places = [0, *accumulate(2 if letter > _LAST_OF_ONE_UNIT else 1 for letter in text)]
    return {name: _moved(value, places) for name, value in answer.items()}


def _moved(value: Any, places: list[int]) -> Any:
    """Copy JSON values with every ``start``/``end`` moved."""
    if isinstance(value, Mapping):
        copy = {key: _moved(inner, places) for key, inner in value.items()}
        if "start" in copy and "end" in copy:
            copy["start"] = places[min(copy["start"], len(places) - 1)]
            copy["end"] = places[min(copy["end"], len(places) - 1)]
        return copy
    if isinstance(value, list | tuple):
        return [_moved(inner, places) for inner in value]
    return value
