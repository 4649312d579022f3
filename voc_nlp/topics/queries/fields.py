"""Match the fields of a query: columns of a comment, and what was found of it."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from voc_nlp.schema import Analysis, IntentLabel, Language, SentimentLabel, UrgencyLevel
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.queries.documents import Document

OPERATORS = (":", "!=", "<=", ">=", "<", ">")
"""``=`` means the same as ``:``."""

ANALYSIS_FIELDS = frozenset({"sentiment", "score", "intent", "urgency", "churn", "department"})
NUMBERS = frozenset({"nps", "csat", "ces", "score"})
_TEXTS = frozenset({"id", "channel", "industry", "touchpoint", "customer_id"})
KNOWN_FIELDS = ANALYSIS_FIELDS | NUMBERS | _TEXTS | {"lang", "created_at"}

CHOICES: Mapping[str, tuple[str, ...]] = {
    "lang": tuple(Language),
    "sentiment": tuple(SentimentLabel),
    "intent": tuple(IntentLabel),
    "urgency": tuple(UrgencyLevel),
    "churn": ("true", "false"),
}
"""Fields with a fixed set of values."""

NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")
DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
BARE_VALUE = re.compile('[^\\s()"*「」“”]+')
"""A value that needs no quotes."""

_EXTRA = "extra."
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ":": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A condition on one field.

    Parameters
    ----------
    name : str
        One of `KNOWN_FIELDS`, or any other column of the comment; a column that has the
        name of a known field is ``extra.<name>``.
    operator : str
        One of `OPERATORS`.
    value : str
        As written, without quotes; checked by the parser.
    open_end : bool
        Written ``value*``: the field begins with it; ``*`` alone asks for any value.
    """

    name: str
    operator: str
    value: str
    open_end: bool = False

    def matches(self, document: Document) -> bool:
        """Say whether a comment meets the condition.

        Parameters
        ----------
        document : Document
            The comment, with its analysis where the field needs it.

        Returns
        -------
        bool
            A comment without the field meets no condition on it, ``!=`` included.
        """
        if self.name == "department":
            return self._matches_department(document.analysis)
        met = _read(self.name, document)
        if met is None or met == "" or (isinstance(met, float) and math.isnan(met)):
            return False
        if self.open_end:
            return (self.operator == ":") == _folded(_written(met)).startswith(_folded(self.value))
        if self.name == "created_at":
            return _compare_times(self.operator, str(met), self.value)
        compare = _COMPARE[self.operator]
        if self.name in NUMBERS or (self.name not in KNOWN_FIELDS and NUMBER.fullmatch(self.value)):
            number = _number(met)
            if number is not None:
                return compare(number, float(self.value))
            if self.operator not in (":", "!="):
                return False
        return compare(_folded(_written(met)), _folded(self.value))

    def __str__(self) -> str:
        """Return the condition as it is written in a query."""
        value = self.value if self.open_end or BARE_VALUE.fullmatch(self.value) else f'"{self.value}"'
        return f"{self.name}{self.operator}{value}{'*' * self.open_end}"

    def _matches_department(self, analysis: Analysis | None) -> bool:
        """Compare every owner; ``!=`` asks that none is of that name, and that there is one."""
        assert analysis is not None
        if not analysis.departments:
            return False
        value = _folded(self.value)
        owners = [_folded(department.id) for department in analysis.departments]
        found = any(owner.startswith(value) if self.open_end else owner == value for owner in owners)
        return found == (self.operator == ":")


def column_name(name: str) -> str:
    """Return the one name of a field.

    Parameters
    ----------
    name : str
        As written in a query.

    Returns
    -------
    str
        Known fields in small letters; ``extra.`` only where the column has the name of one.
    """
    if name.lower() in KNOWN_FIELDS:
        return name.lower()
    if name.lower().startswith(_EXTRA) and len(name) > len(_EXTRA):
        column = name[len(_EXTRA) :]
        return _EXTRA + column if column.lower() in KNOWN_FIELDS or "." in column else column
    return name


def read_time(value: str) -> datetime | None:
    """Read a date and time in ISO 8601.

    Parameters
    ----------
    value : str
        Of a comment or a query.

    Returns
    -------
    datetime | None
        None when it is none.
    """
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _read(name: str, document: Document) -> Any:
    """Return what a comment has in a field, None for nothing."""
    if name in ANALYSIS_FIELDS:
        analysis = document.analysis
        assert analysis is not None
        return {
            "sentiment": analysis.sentiment.label,
            "score": analysis.sentiment.score,
            "intent": analysis.intent.label,
            "urgency": analysis.urgency.level,
            "churn": analysis.churn.at_risk,
        }[name]
    if name == "lang":
        return document.language
    if name in KNOWN_FIELDS:
        return getattr(document.comment, name)
    extra = document.comment.extra
    column = name.removeprefix(_EXTRA)
    if name in extra:
        return extra[name]
    if column in extra:
        return extra[column]
    folded = _folded(column)
    return next((value for key, value in extra.items() if _folded(str(key)) == folded), None)


def _written(value: Any) -> str:
    """Return a value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4_096)
def _folded(text: str) -> str:
    """Return the form in which texts of fields are equal: width, case and outer spaces do not matter."""
    return normalize(text).text.strip().casefold()


def _number(value: Any) -> float | None:
    """Return a value as a number, where it is one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e18 else None
    text = _folded(str(value))
    return float(text) if NUMBER.fullmatch(text) else None


def _compare_times(sign: str, met: str, value: str) -> bool:
    """Compare a comment's time with a year, month, day (by the comment's own clock) or moment."""
    at = read_time(met)
    if at is None:
        return False
    compare = _COMPARE[sign]
    if DATE.fullmatch(value):
        parts = tuple(map(int, value.split("-")))
        return compare((at.year, at.month, at.day)[: len(parts)], parts)
    moment = read_time(value)
    assert moment is not None
    if moment.tzinfo is None:
        return compare(at.replace(tzinfo=None), moment)
    if at.tzinfo is None:
        at = at.replace(tzinfo=moment.tzinfo)
    try:
        return compare(at.astimezone(UTC), moment.astimezone(UTC))
    except OverflowError:
        return False  # within a day of the first or the last year
