"""What the statistics of themes read of one comment: themes, day, mood, answer, segments; never its text."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from voc_nlp.errors import InputError
from voc_nlp.schema import Analysis, Comment, Language, Refusal, SentimentLabel, ThemeMatch

SEGMENTS = ("channel", "touchpoint", "industry", "region")
"""Columns that are taken along unless others are named."""

LANGUAGE_SEGMENT = "language"
"""Name under which the language can be used like a segment."""

_NPS_MAX = 10


@dataclass(frozen=True, slots=True)
class Observation:
    """One comment, as trends, bursts and impact see it.

    Parameters
    ----------
    id : str
        The comment's identifier.
    themes : tuple[str, ...]
        Ids of its themes, best first, each once; empty when it is unassigned.
    at : date | None
        Day on which it was written; None when that is not known.
    language : Language | None
        Its language.
    score : float | None
        Sentiment, in [-1, 1].
    label : SentimentLabel | None
        Sentiment.
    nps : int | None
        Net Promoter Score answer, 0 to 10.
    segments : Mapping[str, str]
        Where it came from: ``channel``, ``touchpoint``, ``region``, ...; without what is not known.
    """

    id: str
    themes: tuple[str, ...] = ()
    at: date | None = None
    language: Language | None = None
    score: float | None = None
    label: SentimentLabel | None = None
    nps: int | None = None
    segments: Mapping[str, str] = field(default_factory=dict)

    def segment(self, name: str) -> str | None:
        """Look up a segment.

        Parameters
        ----------
        name : str
            Name of the segment; ``language`` works too.

        Returns
        -------
        str | None
            Its value; None when it is not known.
        """
        if name == LANGUAGE_SEGMENT and name not in self.segments:
            return None if self.language is None else self.language.value
        return self.segments.get(name)


@dataclass(frozen=True, slots=True)
class Observed:
    """Observations, and how many of them have no day.

    Parameters
    ----------
    observations : tuple[Observation, ...]
        One a comment, in the order of the comments.
    without_date : int
        Comments without `created_at`.
    unreadable_dates : int
        Comments whose `created_at` is not an ISO 8601 date.
    """

    observations: tuple[Observation, ...]
    without_date: int
    unreadable_dates: int


def observe(
    comments: Sequence[Comment],
    matches: Sequence[Sequence[ThemeMatch]],
    analyses: Sequence[Analysis | Refusal | None] | None = None,
    *,
    segments: Iterable[str] = SEGMENTS,
    zone: tzinfo | None = None,
) -> Observed:
    """Reduce comments to what the statistics read of them.

    Parameters
    ----------
    comments : Sequence[Comment]
        The comments.
    matches : Sequence[Sequence[ThemeMatch]]
        Themes of each comment, best first.
    analyses : Sequence[Analysis | Refusal | None] | None
        Analysis of each comment, for sentiment and language; without them the
        language is the one that the comment states.
    segments : Iterable[str]
        Columns to take along, of the comment or of its `extra`.
    zone : tzinfo | None
        Where the day is counted, for times that state their offset; None leaves the day as written.

    Returns
    -------
    Observed
        An unreadable or missing date, score or answer is None, and dates are counted; nothing is refused.

    Raises
    ------
    InputError
        If there are not as many matches or analyses as comments, or an analysis is another comment's.
    """
    if len(matches) != len(comments):
        raise InputError(_unequal(len(matches), "theme assignments", len(comments)))
    if analyses is not None and len(analyses) != len(comments):
        raise InputError(_unequal(len(analyses), "analyses", len(comments)))
    names = tuple(segments)
    found, without, unreadable = [], 0, 0
    for index, (comment, themes) in enumerate(zip(comments, matches, strict=True)):
        analysis = None if analyses is None else analyses[index]
        if analysis is not None and analysis.id != comment.id:
            raise InputError(
                f"the analysis at place {index} is of comment {analysis.id!r}, the comment there is "
                f"{comment.id!r}; expected both in one order. Sort them alike."
            )
        missing = _is_missing(comment.created_at)
        at = None if missing else read_day(comment.created_at, zone)
        without += missing
        unreadable += at is None and not missing
        known = analysis if isinstance(analysis, Analysis) else None
        score = None if known is None else _finite(known.sentiment.score)
        found.append(
            Observation(
                id=comment.id,
                themes=tuple(dict.fromkeys(match.id for match in themes)),
                at=at,
                language=_stated_language(comment) if known is None else known.language,
                score=score,
                label=None if known is None or score is None else known.sentiment.label,
                nps=_read_nps(comment.nps),
                segments=_read_segments(comment, names),
            )
        )
    return Observed(tuple(found), without, unreadable)


def _unequal(count: int, what: str, comments: int) -> str:
    return f"{count} {what} for {comments} comments; expected one for each. Hand in both in one order."


def read_day(value: Any, zone: tzinfo | None) -> date | None:
    """Read the day of an ISO 8601 date or time.

    Parameters
    ----------
    value : Any
        As it was sent.
    zone : tzinfo | None
        Where the day is counted, for times that state their offset; None leaves the day as written.

    Returns
    -------
    date | None
        None when it is none.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        return (time.astimezone(zone) if zone is not None and time.tzinfo is not None else time).date()
    except (ValueError, OverflowError):
        return None


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(value, str) and not value.strip())
    )


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _read_nps(value: Any) -> int | None:
    """Read an answer; whole numbers from 0 to 10 alone are answers."""
    if isinstance(value, bool) or _finite(value) is None or value != int(value):
        return None
    return int(value) if 0 <= value <= _NPS_MAX else None


def _stated_language(comment: Comment) -> Language | None:
    return Language(comment.lang) if comment.lang in (Language.JA, Language.EN) else None


def _read_segments(comment: Comment, names: Sequence[str]) -> dict[str, str]:
    values = {name: getattr(comment, name) if name in _COLUMNS else comment.extra.get(name) for name in names}
    return {name: str(value).strip() for name, value in values.items() if not _is_missing(value)}


_COLUMNS = frozenset({"channel", "industry", "touchpoint", "customer_id"})
