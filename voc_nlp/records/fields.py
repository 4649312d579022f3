"""Read the columns that have a meaning, whatever type the file gave them, into a comment."""

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from types import UnionType
from typing import Any

from voc_nlp.errors import RecordError
from voc_nlp.schema import Comment

FIELDS = (
    "id",
    "text",
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
"""Columns that have a meaning here; any other column is kept as given."""

_NPS_MAX = 10


def read_comment(record_id: str, columns: Mapping[str, Any]) -> Comment:
    """Read every known column.

    Parameters
    ----------
    record_id : str
        The comment's id.
    columns : Mapping[str, Any]
        The columns as given.

    Returns
    -------
    Comment
        Columns without a meaning here are its `extra`.

    Raises
    ------
    RecordError
        For the first column that is unusable; it names the column, never the value.
    """
    text = columns.get("text")
    if not isinstance(text, str):
        if is_missing(text):
            raise RecordError("missing_text", "no text was found; expected a string in the column text")
        raise RecordError("invalid_record", _unfit("text", text, "a string"))
    return Comment(
        id=record_id,
        text=text,
        lang=_language(columns.get("lang")),
        channel=_optional_text("channel", columns),
        industry=_optional_text("industry", columns),
        touchpoint=_optional_text("touchpoint", columns),
        customer_id=_optional_text("customer_id", columns),
        created_at=_optional_text("created_at", columns),
        nps=_nps(columns.get("nps")),
        csat=_number("csat", columns.get("csat"), "a finite number"),
        ces=_number("ces", columns.get("ces"), "a finite number"),
        extra={name: value for name, value in columns.items() if name not in FIELDS},
    )


def read_id(value: Any) -> str | None:
    """Read an id.

    Parameters
    ----------
    value : Any
        The cell.

    Returns
    -------
    str | None
        The id, an integer written out; None when there is none.

    Raises
    ------
    RecordError
        When it is neither text nor a number.
    """
    if is_missing(value):
        return None
    text = plain_text(value)
    if text is None or isinstance(value, bool):
        raise RecordError("invalid_record", _unfit("id", value, "a string or an integer"))
    return text


def is_missing(value: Any) -> bool:
    """Say whether a cell holds nothing: None, NaN (also pandas' NaT) or white space.

    Parameters
    ----------
    value : Any
        The cell.

    Returns
    -------
    bool
        True when there is nothing in it.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return isinstance(value, float | Decimal | datetime) and bool(value != value)


def _language(value: Any) -> str:
    """Read a language hint; one that is not known is passed on for the analysis to answer."""
    if is_missing(value):
        return "auto"
    if not isinstance(value, str):
        raise RecordError("invalid_record", _unfit("lang", value, "ja, en or auto"))
    plain = value.strip().lower()
    return plain if plain in ("ja", "en", "auto") else value


def _optional_text(name: str, columns: Mapping[str, Any]) -> str | None:
    """Read a text column; numbers and times are written out."""
    value = columns.get(name)
    if is_missing(value):
        return None
    text = plain_text(value)
    if text is None:
        raise RecordError("invalid_record", _unfit(name, value, "a string"))
    return text


def _nps(value: Any) -> int | None:
    """Read a Net Promoter Score answer."""
    expected = f"a whole number from 0 to {_NPS_MAX}"
    number = _number("nps", value, expected)
    if number is None:
        return None
    if not number.is_integer() or not 0 <= number <= _NPS_MAX:
        raise RecordError("invalid_record", f"nps is {number:g}; expected {expected}, or nothing")
    return int(number)


def _number(name: str, value: Any, expected: str) -> float | None:
    """Read a number, also one that is written as text (CSV knows nothing else)."""
    if is_missing(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise RecordError("invalid_record", _unfit(name, value, expected))
    if isinstance(value, str) and "_" in value:
        raise RecordError("invalid_record", _unfit(name, value, expected))
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise RecordError("invalid_record", _unfit(name, value, expected)) from None
    if not math.isfinite(number):
        raise RecordError("invalid_record", _unfit(name, value, expected))
    return number


def plain_text(value: Any) -> str | None:
    """Write an id-like value out.

    Parameters
    ----------
    value : Any
        A cell.

    Returns
    -------
    str | None
        Text as it is, numbers and times written out (17.0 as ``17``, as tables that
        have gaps turn integers into such); None for anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return None


def _unfit(name: str, value: Any, expected: str) -> str:
    """Say what is wrong with an unusable cell; the cell itself is never quoted."""
    met = next(
        (words for kind, words in _KINDS if isinstance(value, kind)), f"of type {type(value).__name__}"
    )
    optional = "" if name == "text" else ", or nothing"
    return f"{name} is {met}; expected {expected}{optional}"


_KINDS: tuple[tuple[type | UnionType, str], ...] = (
    (bool, "a boolean"),
    (int | float | Decimal, "a number of another kind"),
    (str, "text of another form"),
    (list | tuple, "a list"),
    (dict, "an object"),
)
"""How a cell's type is named in a message, the first that fits."""
