"""Themes over time and in sum: counts, shares and sentiment by period and segment, with intervals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from voc_nlp.errors import InputError
from voc_nlp.schema import Language, SentimentLabel
from voc_nlp.topics.statistics.intervals import Estimate, estimate_change, estimate_mean, estimate_share
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.periods import Period, Stretch, period_of, periods_between

UNASSIGNED = None
"""Stands for the group of comments without a theme, where else a theme's id stands."""


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One theme in one period and segment.

    Parameters
    ----------
    start, end : date
        First and last day of the period.
    theme : str | None
        Id of the theme; None for the comments without a theme.
    segment : str | None
        Value of the segment; None when none was asked for, and for comments without a value.
    n : int
        Comments with this theme.
    total : int
        All comments of the period and segment.
    share : Estimate | None
        ``n / total``, Wilson's interval; None without a comment.
    score : Estimate | None
        Mean sentiment, in [-1, 1], Student's interval; None when no sentiment is known.
    n_scored : int
        Comments that `score` is the mean of.
    change : Estimate | None
        Share less the share of the period before, Newcombe's interval; None in the
        first period and where one of the two holds no comment.
    complete : bool
        False for a first or last period of which not all days were looked at.
    """

    start: date
    end: date
    theme: str | None
    segment: str | None
    n: int
    total: int
    share: Estimate | None
    score: Estimate | None
    n_scored: int
    change: Estimate | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """Themes by period.

    Parameters
    ----------
    rows : tuple[TrendRow, ...]
        By period, segment and theme; comments without a value or a theme last.
    undated : int
        Comments without a day, which are in no row.
    outside : int
        Comments before the start or after the end, which are in no row.
    """

    rows: tuple[TrendRow, ...]
    undated: int
    outside: int


@dataclass(frozen=True, slots=True)
class ThemeSummary:
    """One theme in one segment, or in one language of it.

    Parameters
    ----------
    theme : str | None
        Id of the theme; None for the comments without a theme.
    segment : str | None
        Value of the segment; None when none was asked for, and for comments without a value.
    n : int
        Comments with this theme.
    total : int
        All comments of the segment, in this language where it is of one language.
    share : Estimate | None
        ``n / total``, Wilson's interval.
    labels : Mapping[SentimentLabel, Estimate]
        Share of each of the four sentiments among the comments whose sentiment is known; empty without one.
    score : Estimate | None
        Mean sentiment, in [-1, 1], Student's interval.
    n_scored : int
        Comments that `score` is the mean of.
    languages : Mapping[Language, ThemeSummary]
        The same for the comments of each language; empty in such a summary itself.
    """

    theme: str | None
    segment: str | None
    n: int
    total: int
    share: Estimate | None
    labels: Mapping[SentimentLabel, Estimate]
    score: Estimate | None
    n_scored: int
    languages: Mapping[Language, "ThemeSummary"]


def count_by_period(
    observations: Iterable[Observation],
    *,
    period: Period | str,
    by: str | None = None,
    start: date | None = None,
    end: date | None = None,
    within: Mapping[str, str] | None = None,
    most_rows: int | None = None,
) -> Trend:
    """Count themes by period.

    A comment with two themes counts in both, so that shares can sum to more
    than one. Every period from the first to the last has a row for every theme
    and segment value of the table, also where nothing was written.

    Parameters
    ----------
    observations : Iterable[Observation]
        The comments.
    period : Period | str
        ``day``, ``week`` (from Monday), ``month``, ``quarter``, ``fiscal_quarter``, ``year`` or
        ``fiscal_year`` (from April).
    by : str | None
        A segment to divide by, or ``language``.
    start : date | None
        First day to look at; the first day with a comment when None.
    end : date | None
        Last day to look at; the last day with a comment when None.
    within : Mapping[str, str] | None
        Leaves out comments of other segments, also from the totals.
    most_rows : int | None
        Rows of the table, at most; any number when None.

    Returns
    -------
    Trend
        No row when no comment has a day and start or end is not named.

    Raises
    ------
    InputError
        If `period` is none, `end` is before `start`, or there are too many periods or rows.
    """
    try:
        length = Period(period)
    except ValueError as error:
        raise InputError(
            f"{period!r} is no period; expected one of {', '.join(Period)}. Name one of them."
        ) from error
    chosen = [one for one in observations if _lies_within(one, within)]
    days = [one.at for one in chosen if one.at is not None]
    first = start or min(days, default=None)
    last = end or max(days, default=None)
    if first is None or last is None:
        return Trend((), len(chosen), 0)
    if start is None and first > last:  # all comments are after the end that was named
        first = last
    if end is None and last < first:
        last = first
    cells: dict[tuple[Stretch, str | None], list[Observation]] = defaultdict(list)
    stretches: dict[date, Stretch] = {}
    outside = 0
    for one in chosen:
        if one.at is None:
            continue
        if not first <= one.at <= last:
            outside += 1
            continue
        if one.at not in stretches:
            stretches[one.at] = period_of(one.at, length)
        cells[stretches[one.at], _segment(one, by)].append(one)
    segments = sorted({segment for _, segment in cells}, key=_none_last) or [None]
    groups = {cell: _by_theme(members) for cell, members in cells.items()}
    themes = sorted({UNASSIGNED, *(theme for group in groups.values() for theme in group)}, key=_none_last)
    periods = list(periods_between(first, last, length))
    expected = len(periods) * len(segments) * len(themes)
    if most_rows is not None and expected > most_rows:
        raise InputError(
            f"the table would have {expected:,} rows ({len(periods):,} periods, {len(segments):,} segments, "
            f"{len(themes):,} themes); expected at most {most_rows:,}. Name a theme, a first and last day, a "
            "longer period, or a segment of fewer values."
        )
    rows = []
    before: Stretch | None = None
    for stretch in periods:
        for segment in segments:
            total = len(cells.get((stretch, segment), ()))
            group = groups.get((stretch, segment), {})
            past = groups.get((before, segment), {}) if before else {}
            total_past = len(cells.get((before, segment), ())) if before else 0
            for theme in themes:
                members = group.get(theme, [])
                scores = [one.score for one in members if one.score is not None]
                rows.append(
                    TrendRow(
                        start=stretch.start,
                        end=stretch.end,
                        theme=theme,
                        segment=segment,
                        n=len(members),
                        total=total,
                        share=estimate_share(len(members), total),
                        score=estimate_mean(scores, least=-1, most=1),
                        n_scored=len(scores),
                        change=estimate_change(len(members), total, len(past.get(theme, ())), total_past),
                        complete=first <= stretch.start and stretch.end <= last,
                    )
                )
        before = stretch
    return Trend(tuple(rows), len(chosen) - len(days), outside)


def summarise_themes(
    observations: Iterable[Observation], *, by: str | None = None
) -> tuple[ThemeSummary, ...]:
    """Sum up every theme over all comments, dated or not.

    A comment with two themes counts in both.

    Parameters
    ----------
    observations : Iterable[Observation]
        The comments.
    by : str | None
        A segment to divide by, or ``language``.

    Returns
    -------
    tuple[ThemeSummary, ...]
        By segment, largest theme first, the comments without a theme last; themes without a comment
        in a segment are left out there.
    """
    segments: dict[str | None, list[Observation]] = defaultdict(list)
    for one in observations:
        segments[_segment(one, by)].append(one)
    summaries = []
    for segment in sorted(segments, key=_none_last):
        members = segments[segment]
        totals: dict[Language, int] = defaultdict(int)
        for one in members:
            if one.language is not None:
                totals[one.language] += 1
        groups = _by_theme(members)
        order = sorted(groups, key=lambda theme: (theme is None, -len(groups[theme]), theme or ""))
        for theme in order:
            by_language = {
                language: _summarise(
                    theme, segment, [one for one in groups[theme] if one.language is language], total, {}
                )
                for language, total in sorted(totals.items())
            }
            summaries.append(_summarise(theme, segment, groups[theme], len(members), by_language))
    return tuple(summaries)


def _summarise(
    theme: str | None,
    segment: str | None,
    members: Sequence[Observation],
    total: int,
    languages: Mapping[Language, ThemeSummary],
) -> ThemeSummary:
    scores = [one.score for one in members if one.score is not None]
    labels = [one.label for one in members if one.label is not None]
    shares = {label: estimate_share(labels.count(label), len(labels)) for label in SentimentLabel}
    return ThemeSummary(
        theme=theme,
        segment=segment,
        n=len(members),
        total=total,
        share=estimate_share(len(members), total),
        labels={label: share for label, share in shares.items() if share is not None},
        score=estimate_mean(scores, least=-1, most=1),
        n_scored=len(scores),
        languages=languages,
    )


def _lies_within(one: Observation, within: Mapping[str, str] | None) -> bool:
    return all(one.segment(name) == value for name, value in (within or {}).items())


def _segment(one: Observation, by: str | None) -> str | None:
    return None if by is None else one.segment(by)


def _by_theme(members: Iterable[Observation]) -> dict[str | None, list[Observation]]:
    """Gather comments by theme; one without a theme goes to `UNASSIGNED`."""
    groups: dict[str | None, list[Observation]] = defaultdict(list)
    for one in members:
        for theme in one.themes or (UNASSIGNED,):
            groups[theme].append(one)
    return dict(groups)


def _none_last(value: str | None) -> tuple[bool, Any]:
    return value is None, value or ""
