"""What must hold for a rule: conditions on every field of a comment and its analysis, and groups of them."""

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from voc_nlp.schema import (
    Analysis,
    Comment,
    Contradiction,
    IntentLabel,
    Language,
    SentimentLabel,
    UrgencyCode,
    UrgencyLevel,
)
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.queries.documents import Document, read_document
from voc_nlp.topics.queries.query import Query

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABELS: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(SentimentLabel),
    "intent": tuple(IntentLabel),
    "urgency": tuple(UrgencyLevel),
    "urgency_reasons": tuple(UrgencyCode),
    "contradictions": tuple(Contradiction),
    "languages": tuple(Language),
    "weekdays": WEEKDAYS,
}
"""Conditions whose values are among a few words."""


class Case:
    """A comment before the rules.

    Parameters
    ----------
    comment : Comment
        The comment as it is stored, personal data masked.
    analysis : Analysis
        What was said about it.
    at : datetime
        When it was received, by the calendar's clock: effective dates and weekdays are told by it.
    themes : Collection[str] | None
        Ids and names of its themes and of the groups above; None takes those of the analysis.
    dictionary : Dictionary | None
        The tenant's words, for queries.
    """

    def __init__(
        self,
        comment: Comment,
        analysis: Analysis,
        at: datetime,
        themes: Collection[str] | None = None,
        dictionary: Dictionary | None = None,
    ) -> None:
        self.comment = comment
        self.analysis = analysis
        self.at = at
        self.themes: Collection[str] = (
            themes
            if themes is not None
            else [name for theme in analysis.themes for name in (theme.id, theme.label)]
        )
        self._dictionary = dictionary
        self._documents: dict[bool, Document] = {}

    def document(self, with_words: bool) -> Document:
        """Read the comment as queries see it, once.

        Parameters
        ----------
        with_words : bool
            Whether the text must be cut into words.

        Returns
        -------
        Document
            With the analysis.
        """
        if with_words not in self._documents:
            self._documents[with_words] = read_document(
                self.comment, dictionary=self._dictionary, analysis=self.analysis, with_words=with_words
            )
        return self._documents[with_words]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `least` to `most`, both included; None has no end there."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float | None) -> bool:
        """Tell whether a number lies within; what is not there never does.

        Parameters
        ----------
        value : float | None
            The number.

        Returns
        -------
        bool
            Both ends are within.
        """
        if value is None:
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold together; what is left out does not matter.

    Parameters
    ----------
    choices : Mapping[str, frozenset[str]]
        Values of which one must be there, folded, by a key of `CHOICES`.
    ranges : Mapping[str, Range]
        Ranges by a key of `NUMBERS`.
    flags : Mapping[str, bool]
        Truths by a key of `FLAGS`.
    extra : Mapping[str, frozenset[str] | Range]
        Values or a range by the name of a further column.
    any_of : tuple[Conditions, ...]
        Of these one must hold, where there are any.
    none_of : tuple[Conditions, ...]
        Of these none may hold.
    query : Query | None
        In the rule language of docs/queries.md.
    """

    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    extra: Mapping[str, frozenset[str] | Range] = field(default_factory=dict)
    any_of: "tuple[Conditions, ...]" = ()
    none_of: "tuple[Conditions, ...]" = ()
    query: Query | None = None

    def hold(self, case: Case) -> bool:
        """Tell whether all conditions hold.

        Parameters
        ----------
        case : Case
            The comment before the rules.

        Returns
        -------
        bool
            True when no condition fails; the query, which costs most, is asked last.
        """
        return (
            all(not wanted.isdisjoint(map(fold, CHOICES[key](case))) for key, wanted in self.choices.items())
            and all(wanted.holds(NUMBERS[key](case)) for key, wanted in self.ranges.items())
            and all(FLAGS[key](case) == wanted for key, wanted in self.flags.items())
            and all(_holds(wanted, _column(case, name)) for name, wanted in self.extra.items())
            and (not self.any_of or any(part.hold(case) for part in self.any_of))
            and not any(part.hold(case) for part in self.none_of)
            and (self.query is None or self.query.matches(case.document(self.query.needs_words)))
        )


def fold(value: str) -> str:
    """Return the form in which values are equal: width, case and outer spaces do not matter.

    Parameters
    ----------
    value : str
        As it was written.

    Returns
    -------
    str
        Folded.
    """
    return unicodedata.normalize("NFKC", value).strip().casefold()


def written(value: Any) -> str:
    """Return a value of a further column as a text: ``true``, ``5``, ``gold``.

    Parameters
    ----------
    value : Any
        A JSON value.

    Returns
    -------
    str
        A whole number has no decimal point.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _some(value: str | None) -> Collection[str]:
    return () if value is None else (value,)


CHOICES: Mapping[str, Callable[[Case], Collection[str]]] = {
    "sentiment": lambda case: (case.analysis.sentiment.label,),
    "intent": lambda case: (case.analysis.intent.label,),
    "urgency": lambda case: (case.analysis.urgency.level,),
    "urgency_reasons": lambda case: [reason.code for reason in case.analysis.urgency.reasons],
    "contradictions": lambda case: _some(case.analysis.contradiction),
    "languages": lambda case: (case.analysis.language,),
    "weekdays": lambda case: (WEEKDAYS[case.at.weekday()],),
    "departments": lambda case: [department.id for department in case.analysis.departments],
    "themes": lambda case: case.themes,
    "categories": lambda case: [aspect.category for aspect in case.analysis.aspects],
    "channels": lambda case: _some(case.comment.channel),
    "industries": lambda case: _some(case.comment.industry),
    "touchpoints": lambda case: _some(case.comment.touchpoint),
}
"""Conditions that list values: what the comment has of each."""

NUMBERS: Mapping[str, Callable[[Case], float | None]] = {
    "nps": lambda case: case.comment.nps,
    "csat": lambda case: case.comment.csat,
    "ces": lambda case: case.comment.ces,
    "score": lambda case: case.analysis.sentiment.score,
    "churn": lambda case: case.analysis.churn.probability,
}
"""Conditions ``..._at_least`` and ``..._at_most``: the number of each."""

FLAGS: Mapping[str, Callable[[Case], bool]] = {
    "churn_at_risk": lambda case: case.analysis.churn.at_risk,
    "abstained": lambda case: case.analysis.abstained,
}
"""Conditions that are true or false."""


def _column(case: Case, name: str) -> Any:
    """Return the value of a further column, whatever the width and case of its name."""
    extra = case.comment.extra
    if name in extra:
        return extra[name]
    folded = fold(name)
    return next((value for key, value in extra.items() if fold(str(key)) == folded), None)


def _holds(wanted: frozenset[str] | Range, value: Any) -> bool:
    """Compare a further column; of several answers in a list one must be wanted."""
    if isinstance(value, list):
        return any(_holds(wanted, item) for item in value)
    if value is None or isinstance(value, dict):
        return False
    if isinstance(wanted, Range):
        return wanted.holds(_number(value))
    return fold(written(value)) in wanted


def _number(value: Any) -> float | None:
    """Read a number; true and false are none."""
    if isinstance(value, bool):
        return None
    try:
        return float(fold(value) if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        return None
