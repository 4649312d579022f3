"""Turns a payload of any shape into the fields of a comment, by JSON pointers (RFC 6901)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

COMMENT_FIELDS: Final = (
    "text",
    "external_id",
    "lang",
    "channel",
    "industry",
    "touchpoint",
    "customer_id",
    "created_at",
    "nps",
    "csat",
    "ces",
)
"""Fields that the service knows; a mapping to any other name is kept as an extra field."""
MAX_FIELDS = 50
MAX_POINTERS = 10
MAX_POINTER = 300
_ABSENT: Final = object()
_NAMES = frozenset({"external_id", "customer_id", "channel", "industry", "touchpoint"})
_NUMBERS = frozenset({"nps", "csat", "ces"})


def is_pointer(text: str) -> bool:
    """Tell whether a text is a JSON pointer that this service reads.

    Parameters
    ----------
    text : str
        For instance ``/data/response/q1``.

    Returns
    -------
    bool
        False when it does not begin with a slash, is too long, or has a broken escape.
    """
    broken = text.replace("~0", "").replace("~1", "").count("~") > 0
    return text.startswith("/") and len(text) <= MAX_POINTER and not broken


def look_up(payload: object, pointer: str) -> object | None:
    """Find a value.

    Parameters
    ----------
    payload : object
        JSON values.
    pointer : str
        A JSON pointer.

    Returns
    -------
    object | None
        None when there is nothing, or null.
    """
    value = payload
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key, _ABSENT)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and len(key) < 7:
            value = value[int(key)] if int(key) < len(value) else _ABSENT
        else:
            value = _ABSENT
        if value is _ABSENT:
            return None
    return value


def is_meant(payload: object, only: Mapping[str, Sequence[object]]) -> bool:
    """Tell whether a payload is one of those that become comments.

    Parameters
    ----------
    payload : object
        JSON values.
    only : Mapping[str, Sequence[object]]
        The values that a pointer may have; empty takes all.

    Returns
    -------
    bool
        True when every pointer finds one of its values.
    """
    return all(look_up(payload, pointer) in values for pointer, values in only.items())


def comment_of(payload: object, mapping: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Gather the fields of a comment.

    Parameters
    ----------
    payload : object
        JSON values.
    mapping : Mapping[str, Sequence[str]]
        Pointers by field; several texts are joined by line breaks, of other fields the first found counts.

    Returns
    -------
    dict[str, Any]
        Only what was found; ``text`` is missing when there is no word of the customer.
    """
    comment: dict[str, Any] = {}
    for name, pointers in mapping.items():
        found = [value for pointer in pointers if (value := look_up(payload, pointer)) not in (None, "")]
        if not found:
            continue
        if name == "text":
            texts = [str(value).strip() for value in found if isinstance(value, str | int | float)]
            if any(texts):
                comment[name] = "\n".join(text for text in texts if text)
        else:
            comment[name] = _read(name, found[0])
    return comment


def _read(name: str, value: object) -> object:
    """Read a value as its field is written here: survey systems send numbers as texts and the other way."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _NAMES and is_number:
        return str(value)
    if name in _NUMBERS and isinstance(value, str):
        return value.strip()
    if name == "lang":
        language = str(value)[:2].lower()
        return language if language in ("ja", "en") else "auto"
    return value
