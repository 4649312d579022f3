"""The vocabulary of the project: what a comment is and what is said about it.

Everything else speaks in these words. ``Analysis.to_dict`` is the published
shape of one answer (a line of ``voc analyze``, the ``analysis`` of the API).
All ``start``/``end`` in an answer count Unicode code points of the text as it
was sent: ``text[start:end]`` is the thing meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_CHARACTERS = 20_000
"""Longest text that is analysed, in Unicode code points; longer ones are refused, never cut."""


class Language(StrEnum):
    """Language of a comment."""

    JA = "ja"
    EN = "en"
    OTHER = "other"


class SentimentLabel(StrEnum):
    """Sentiment of a comment or a sentence; ``mixed`` holds praise and blame of like weight."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


class Polarity(StrEnum):
    """Polarity of one aspect."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class IntentLabel(StrEnum):
    """What the customer wants by writing."""

    COMPLAINT = "complaint"
    PRAISE = "praise"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    OTHER = "other"


class OwnIntent(str):
    """An intent that a customer's own models were taught, by its id; it is used as an `IntentLabel` is."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The id."""
        return str(self)


class UrgencyLevel(StrEnum):
    """How soon somebody must act."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class UrgencyCode(StrEnum):
    """Why a comment is urgent."""

    SAFETY = "safety"
    LEGAL = "legal"
    PRIVACY = "privacy"
    FRAUD = "fraud"
    OUTAGE = "outage"
    LEAVING = "leaving"
    DEADLINE = "deadline"


class Contradiction(StrEnum):
    """How a comment speaks against the score that came with it."""

    HIGH_SCORE_COMPLAINT = "high_score_complaint"
    LOW_SCORE_PRAISE = "low_score_praise"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, ``text[start:end]``, in Unicode code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comment:
    """One customer comment as it was sent.

    Parameters
    ----------
    id : str
        The sender's identifier of the comment.
    text : str
        The comment, at most `MAX_CHARACTERS` code points; it may be empty.
    lang : str
        ``ja``, ``en`` or ``auto`` (find out).
    channel, industry, touchpoint, customer_id, created_at : str or None
        Where it came from, as the sender names it; `created_at` is ISO 8601.
    nps : int or None
        Net Promoter Score answer, 0 to 10.
    csat, ces : float or None
        Customer satisfaction and customer effort scores on the sender's scale.
    extra : mapping
        Every other column, kept as given.
    """

    id: str
    text: str
    lang: str = "auto"
    channel: str | None = None
    industry: str | None = None
    touchpoint: str | None = None
    customer_id: str | None = None
    created_at: str | None = None
    nps: int | None = None
    csat: float | None = None
    ces: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentiment:
    """Sentiment of a whole comment; `score` is in [-1, 1], `probabilities` sum to one."""

    label: SentimentLabel
    score: float
    probabilities: Mapping[SentimentLabel, float]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and its sentiment; `score` is in [-1, 1]."""

    start: int
    end: int
    label: SentimentLabel
    score: float


@dataclass(frozen=True, slots=True)
class Aspect:
    """An opinion target, the department-like category it belongs to, its polarity, the words that give it."""

    term: str
    start: int
    end: int
    category: str
    label: Polarity
    score: float
    opinions: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """What the customer wants; `probabilities` sum to one."""

    label: IntentLabel | OwnIntent
    probabilities: Mapping[IntentLabel | OwnIntent, float]


@dataclass(frozen=True, slots=True)
class UrgencyReason:
    """A phrase that makes a comment urgent."""

    code: UrgencyCode
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Urgency:
    """How soon somebody must act, and the phrases that say so; `probabilities` sum to one."""

    level: UrgencyLevel
    reasons: tuple[UrgencyReason, ...] = ()
    probabilities: Mapping[UrgencyLevel, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Churn:
    """Whether the customer says or implies leaving; `reasons` are the phrases."""

    at_risk: bool
    probability: float
    reasons: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A department that must own acting on the comment."""

    id: str
    probability: float


@dataclass(frozen=True, slots=True)
class ThemeMatch:
    """A theme the comment belongs to; `similarity` is a cosine in [-1, 1]."""

    id: str
    label: str
    similarity: float


@dataclass(frozen=True, slots=True)
class PiiSpan:
    """A stretch of personal data, by type (``phone``, ``email``, ``person``, ...)."""

    type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that is said about one comment.

    `departments` holds the owners only, primary first, at most three; it is
    empty when nobody owns the comment. `abstained` is true when somebody should
    own it but the model is not sure enough who. `runner_up` is the rival that
    the owners were chosen over, and `deciding_sentence` speaks most clearly for
    the primary owner. `masked_complaint` holds the polite phrases behind which a
    complaint hides (低姿勢の不満). `contradiction` is set where the comment and
    its NPS answer say opposite things.
    """

    id: str
    language: Language
    meaningful: bool
    sentiment: Sentiment
    sentences: tuple[Sentence, ...]
    aspects: tuple[Aspect, ...]
    intent: Intent
    urgency: Urgency
    churn: Churn
    departments: tuple[Department, ...]
    abstained: bool
    themes: tuple[ThemeMatch, ...]
    pii: tuple[PiiSpan, ...]
    model_version: str
    runner_up: Department | None = None
    deciding_sentence: Span | None = None
    masked_complaint: tuple[Span, ...] = ()
    contradiction: Contradiction | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON shape of the answer.

        Returns
        -------
        dict[str, Any]
            Plain dicts, lists, strings, numbers and booleans; scores and
            probabilities are rounded to four decimals.
        """
        plain = to_plain(self)
        assert isinstance(plain, dict)
        return plain


@dataclass(frozen=True, slots=True)
class Refusal:
    """One comment that could not be analysed, and why.

    Parameters
    ----------
    id : str
        The comment's identifier.
    code : str
        ``text_too_long``, ``invalid_text``, ``unsupported_language``, ``invalid_record``, ...
    message : str
        What was met, what was expected, what to do.
    language : Language or None
        Set when the language is what was wrong.
    """

    id: str
    code: str
    message: str
    language: Language | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"id", "language"?, "error": {"code", "message"}}``.

        Returns
        -------
        dict[str, Any]
            The published JSON shape of a refused record.
        """
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.language is None:
            return {"id": self.id, "error": error}
        return {"id": self.id, "language": self.language.value, "error": error}


def name_intent(label: str) -> IntentLabel | OwnIntent:
    """Turn an intent's id into the label that stands for it.

    Parameters
    ----------
    label : str
        The id.

    Returns
    -------
    IntentLabel | OwnIntent
        A label of the shipped models where the id is one of theirs.
    """
    return IntentLabel(label) if label in IntentLabel.__members__.values() else OwnIntent(label)


def to_plain(value: Any) -> Any:
    """Turn dataclasses, enums and tuples into JSON values.

    Parameters
    ----------
    value : Any
        A value of this vocabulary.

    Returns
    -------
    Any
        Dicts, lists, strings, booleans, and numbers rounded to four decimals.
    """
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is float:
        return round(value, 4)
    if kind is tuple:
        return [to_plain(item) for item in value]
    names = _FIELDS.get(kind)
    if names is not None:
        return {name: to_plain(getattr(value, name)) for name in names}
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    names = getattr(value, "__dataclass_fields__", None)
    if names is not None:
        _FIELDS[kind] = tuple(names)
        return {name: to_plain(getattr(value, name)) for name in names}
    return value


_AS_IT_IS = frozenset((str, int, bool, type(None)))
_FIELDS: dict[type, tuple[str, ...]] = {}
"""Names of the fields of the dataclasses met so far: every answer asks for them many times."""
