"""One input record: from columns as given to a comment or to a refusal that says why."""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from voc_nlp.errors import RecordError
from voc_nlp.schema import Comment, Refusal

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


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read.

    Parameters
    ----------
    line : int
        1-based line of the file where it starts (the row in Parquet).
    item : Comment or Refusal
        The comment, or why there is none.
    columns : Mapping[str, Any]
        The columns as given; of a line that cannot be read as a record, the line
        itself under ``raw``.
    """

    line: int
    item: Comment | Refusal
    columns: Mapping[str, Any]


class RecordBuilder:
    """Turn the columns of one file into records, in file order.

    It counts the rows, so that a record without an id gets its row number, and
    remembers the ids, so that the second record of an id is refused. Memory grows
    by the ids that are given, not by the texts.
    """

    def __init__(self) -> None:
        self._row = 0
        self._given: set[str] = set()
        self._numbered = _RowRuns()

    def record(self, line: int, columns: Mapping[str, Any]) -> Record:
        """Build the next record.

        Parameters
        ----------
        line : int
            1-based line where it starts.
        columns : Mapping[str, Any]
            Its columns as given.

        Returns
        -------
        Record
            With a comment, or with a refusal of code ``missing_text``,
            ``invalid_record`` or ``duplicate_id``.
        """
        self._row += 1
        record_id = str(self._row)
        try:
            given = _identifier(columns.get("id"))
            record_id = given if given is not None else record_id
            self._claim(record_id, given is None)
            item: Comment | Refusal = _comment(record_id, columns)
        except RecordError as error:
            item = Refusal(record_id, error.code, f"line {line}: {error.message}")
        return Record(line, item, columns)

    def broken(self, line: int, reason: str, raw: str | None) -> Record:
        """Build a record for a line that cannot be read as one.

        Parameters
        ----------
        line : int
            1-based line where it starts.
        reason : str
            What was met, what was expected, what to do.
        raw : str | None
            The line as far as it can be kept.

        Returns
        -------
        Record
            With a refusal of code ``broken_record``, under its row number.
        """
        self._row += 1
        refusal = Refusal(str(self._row), "broken_record", f"line {line}: {reason}")
        return Record(line, refusal, {} if raw is None else {"raw": raw})

    def _claim(self, record_id: str, numbered: bool) -> None:
        """Remember an id; raise when an earlier record has it."""
        taken = record_id in self._given or record_id in self._numbered
        if not taken:
            if numbered:
                self._numbered.add(self._row)
            else:
                self._given.add(record_id)
        elif numbered:
            raise RecordError(
                "duplicate_id",
                "the record has no id and its row number is the id of an earlier record; "
                "give every record an id of its own",
            )
        else:
            raise RecordError(
                "duplicate_id",
                "an earlier record has the same id; ids must be unique in a file: "
                "remove this record or give it another id",
            )


class _RowRuns:
    """A growing set of ascending row numbers, kept as runs so that it stays small."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, row: int) -> None:
        """Add a row that is higher than all before."""
        if self._ends and self._ends[-1] == row:
            self._ends[-1] = row + 1
        else:
            self._starts.append(row)
            self._ends.append(row + 1)

    def __contains__(self, record_id: str) -> bool:
        """Say whether the id is the plain decimal form of a row that was added."""
        if not (record_id.isascii() and record_id.isdigit() and record_id[0] != "0" and len(record_id) < 18):
            return False
        row = int(record_id)
        at = bisect_right(self._starts, row) - 1
        return at >= 0 and row < self._ends[at]


def answer_columns(record: Record, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Put a record's own columns beside its answer: a line of OUT.

    Parameters
    ----------
    record : Record
        The record as it was read.
    answer : Mapping[str, Any]
        `Analysis.to_dict` or `Refusal.to_dict` of its comment.

    Returns
    -------
    dict[str, Any]
        The answer's keys first, then the record's columns as given (``text`` among
        them). A column that has the name of one of the answer's keys is kept as
        ``input_<name>``; an ``id`` only when it was not usable as one. An error's
        message names the line.
    """
    merged = dict(answer)
    error = answer.get("error")
    if error is not None and not str(error["message"]).startswith("line "):
        merged["error"] = {**error, "message": f"line {record.line}: {error['message']}"}
    kept_id = record.columns.get("id")
    for name, value in record.columns.items():
        if name == "id" and (is_missing(kept_id) or _as_text(kept_id) == record.item.id):
            continue
        merged[free_name(name, merged) if name in RESERVED else name] = value
    return merged


RESERVED = frozenset(
    {
        "id",
        "language",
        "meaningful",
        "sentiment",
        "sentences",
        "aspects",
        "intent",
        "urgency",
        "churn",
        "departments",
        "abstained",
        "themes",
        "pii",
        "model_version",
        "error",
    }
)
"""Keys of an answer; an input column of such a name is kept as ``input_<name>``."""


def free_name(name: str, taken: Mapping[str, Any] | set[str] | frozenset[str]) -> str:
    """Find a name for an input column whose own name is taken.

    Parameters
    ----------
    name : str
        The column's name.
    taken : Mapping[str, Any] | set[str] | frozenset[str]
        Names that are not free.

    Returns
    -------
    str
        ``input_<name>``, with as many further ``input_`` as it takes.
    """
    name = f"input_{name}"
    while name in taken:
        name = f"input_{name}"
    return name


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


def _comment(record_id: str, columns: Mapping[str, Any]) -> Comment:
    """Read every known column; raise RecordError for the first that is unusable."""
    text = columns.get("text")
    if not isinstance(text, str):
        if is_missing(text):
            raise RecordError("missing_text", "no text was found; expected a string in the column text")
        raise _wrong("text", text, "a string")
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


def _identifier(value: Any) -> str | None:
    """Read an id; None when there is none."""
    if is_missing(value):
        return None
    text = _as_text(value)
    if text is None or isinstance(value, bool):
        raise _wrong("id", value, "a string or an integer")
    return text


def _language(value: Any) -> str:
    """Read a language hint; one that is not known is passed on for the analysis to answer."""
    if is_missing(value):
        return "auto"
    if not isinstance(value, str):
        raise _wrong("lang", value, "ja, en or auto")
    plain = value.strip().lower()
    return plain if plain in ("ja", "en", "auto") else value


def _optional_text(name: str, columns: Mapping[str, Any]) -> str | None:
    """Read a text column; numbers and times are written out."""
    value = columns.get(name)
    if is_missing(value):
        return None
    text = _as_text(value)
    if text is None:
        raise _wrong(name, value, "a string")
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
        raise _wrong(name, value, expected)
    if isinstance(value, str) and "_" in value:
        raise _wrong(name, value, expected)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _wrong(name, value, expected) from None
    if not math.isfinite(number):
        raise _wrong(name, value, expected)
    return number


def _as_text(value: Any) -> str | None:
    """Write an id-like value out; None when it is nothing of the kind."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return None


def _wrong(name: str, value: Any, expected: str) -> RecordError:
    """Build the error for an unusable cell; the cell itself is never quoted."""
    met = "text that is no number" if isinstance(value, str) else f"a value of type {type(value).__name__}"
    if isinstance(value, bool | None):
        met = "a boolean" if value is not None else "nothing"
    elif isinstance(value, int | float | Decimal):
        met = "a number out of range" if expected.startswith("a whole") or "finite" in expected else "a number"
    elif isinstance(value, list | tuple):
        met = "a list"
    elif isinstance(value, dict):
        met = "an object"
    optional = "" if name == "text" else ", or nothing"
    return RecordError("invalid_record", f"{name} is {met}; expected {expected}{optional}")
