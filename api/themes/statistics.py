"""Trends, what is emerging, and what themes go with, over the stored comments."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from api.themes import repository
from api.themes.comments import UNASSIGNED
from api.themes.errors import ThemeStatisticsError, check_known
from api.themes.movement import MOST_IDS
from api.themes.observing import observations
from api.themes.shelf import ThemeShelf
from voc_nlp.errors import InputError
from voc_nlp.schema import Language
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.statistics.bursts import Burst, find_bursts
from voc_nlp.topics.statistics.emerging import scan_for_new
from voc_nlp.topics.statistics.impact import measure_impact
from voc_nlp.topics.statistics.intervals import Estimate
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.trends import count_by_period
from voc_nlp.topics.theme import ThemeKind

MOST_ROWS = 20_000
MOST_SEGMENTS = 500
MOST_SCANNED = 20_000
"""Comments that a scan for new themes reads, the latest ones: it compares each recent one with all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose comments, by which themes, on whose calendar."""

    tenant_id: str
    model: ThemeModel
    zone: tzinfo


def trends(
    session: Session,
    scope: Scope,
    *,
    period: str,
    by: str | None,
    theme: str | None,
    start: date | None,
    end: date | None,
) -> dict[str, Any]:
    """Count themes by period and segment.

    Parameters
    ----------
    session : Session
        A reading session.
    scope : Scope
        Whose comments.
    period : str
        Length of a period.
    by : str | None
        A segment to divide by.
    theme : str | None
        One theme, or `UNASSIGNED`; None for all.
    start : date | None
        First day.
    end : date | None
        Last day.

    Returns
    -------
    dict[str, Any]
        A `TrendsOut`.

    Raises
    ------
    ThemeStatisticsError
        If a parameter cannot be used, or more than `MOST_ROWS` rows would have to be counted.
    """
    if theme is not None and theme != UNASSIGNED:
        check_known(scope.model, theme)
    seen = observations(session, scope.tenant_id, scope.model, zone=scope.zone, by=by)
    most_rows = MOST_ROWS
    if theme is not None:
        seen = [replace(one, themes=_only(one.themes, theme)) for one in seen]
        most_rows = 2 * MOST_ROWS  # half of them are of the other comments, and left out below
    try:
        found = count_by_period(seen, period=period, by=by, start=start, end=end, most_rows=most_rows)
    except InputError as error:
        raise ThemeStatisticsError(str(error)) from None
    wanted = None if theme == UNASSIGNED else theme
    rows = [row for row in found.rows if theme is None or row.theme == wanted]
    return {
        "revision": scope.model.revision,
        "period": period,
        "by": by,
        "items": [
            {
                "start": row.start,
                "end": row.end,
                "theme": row.theme,
                "segment": row.segment,
                "comments": row.n,
                "total": row.total,
                "share": _estimate(row.share),
                "sentiment": _estimate(row.score),
                "change": _estimate(row.change),
                "complete": row.complete,
            }
            for row in rows
        ],
        "outside": found.outside,
    }


def emerging(
    session: Session, scope: Scope, shelf: ThemeShelf, *, window_days: int, at: date | None
) -> dict[str, Any]:
    """Find known themes that rise, and recent comments that read alike and belong to none.

    Parameters
    ----------
    session : Session
        A reading session.
    scope : Scope
        Whose comments.
    shelf : ThemeShelf
        Reads the vectors.
    window_days : int
        How many days are recent.
    at : date | None
        Last of them; the last day with a comment when None.

    Returns
    -------
    dict[str, Any]
        An `EmergingAnswer`.

    Raises
    ------
    ThemeStatisticsError
        If a parameter cannot be used.
    """
    seen = observations(session, scope.tenant_id, scope.model, zone=scope.zone)
    try:
        report = find_bursts(seen, window_days=window_days, at=at)
        groups = _new_groups(session, scope, shelf, seen, window_days, at)
    except InputError as error:
        raise ThemeStatisticsError(str(error)) from None
    return {
        "revision": scope.model.revision,
        "bursts": [_burst(burst, seen) for burst in report.bursts],
        "groups": groups,
        "start": report.start,
        "end": report.end,
    }


def impact(session: Session, scope: Scope, *, outcome: str, by: str | None) -> dict[str, Any]:
    """Compare the comments with a theme with those without it.

    Parameters
    ----------
    session : Session
        A reading session.
    scope : Scope
        Whose comments.
    outcome : str
        ``nps`` or ``score``.
    by : str | None
        A segment to divide by.

    Returns
    -------
    dict[str, Any]
        An `ImpactOut`.

    Raises
    ------
    ThemeStatisticsError
        If a parameter cannot be used, or the segment has more than `MOST_SEGMENTS` values.
    """
    seen = observations(session, scope.tenant_id, scope.model, zone=scope.zone, by=by)
    values = 0 if by is None else len({one.segment(by) for one in seen})
    if values > MOST_SEGMENTS:
        raise ThemeStatisticsError(
            f"{by!r} has {values:,} values; expected at most {MOST_SEGMENTS:,}. "
            "Name a segment that has fewer."
        )
    try:
        report = measure_impact(seen, outcome=outcome, by=by)
    except InputError as error:
        raise ThemeStatisticsError(str(error)) from None
    return {
        "revision": scope.model.revision,
        "outcome": report.outcome.value,
        "items": [
            {
                "theme": one.theme,
                "segment": one.segment,
                "with_theme": one.with_theme,
                "without_theme": one.without_theme,
                "n_with": one.n_with,
                "n_without": one.n_without,
                "difference": _estimate(one.difference),
                "contribution": _estimate(one.contribution),
                "p_adjusted": one.p_adjusted,
            }
            for one in report.impacts
        ],
        "not_measured": [
            {
                "theme": one.theme,
                "segment": one.segment,
                "reason": one.reason.value,
                "n_with": one.n_with,
                "n_without": one.n_without,
            }
            for one in report.not_measured
        ],
        "n": report.n,
        "unanswered": report.unanswered,
    }


def _only(themes: Sequence[str], wanted: str) -> tuple[str, ...]:
    """Leave of a comment's themes what tells the wanted one, or `UNASSIGNED`, from all else."""
    if wanted == UNASSIGNED:
        return ("assigned",) if themes else ()
    return tuple(one for one in themes if one == wanted)


def _new_groups(
    session: Session,
    scope: Scope,
    shelf: ThemeShelf,
    seen: Sequence[Observation],
    window_days: int,
    at: date | None,
) -> list[dict[str, Any]]:
    """Scan the latest comments, copies of one text left out."""
    if not shelf.can_use(scope.model):
        return []
    dated = [one for one in seen if one.at is not None and (at is None or one.at <= at)]
    latest = sorted(dated, key=lambda one: (one.at, one.id))[-MOST_SCANNED:]
    vectors = repository.vectors_of(session, scope.tenant_id, [one.id for one in latest], shelf.fingerprint)
    kept: dict[bytes, Observation] = {}
    for one in latest:
        if one.id in vectors:
            kept.setdefault(vectors[one.id], one)
    if not kept:
        return []
    members = list(kept.values())
    own = {theme.id for theme in scope.model.themes if theme.kind is ThemeKind.LEARNT}
    scan = scan_for_new(
        scope.model.bare(shelf.unpack(list(kept)), [one.language or Language.EN for one in members]),
        [one.at for one in members],
        window_days=window_days,
        at=at,
        languages=[one.language for one in members],
        themes=[next((theme for theme in one.themes if theme in own), None) for one in members],
    )
    return [
        {
            "first_seen": group.first_seen,
            "comments": group.n_recent + 1,
            "comments_before": group.n_past,
            "expected": group.expected,
            "by_chance": group.by_chance,
            "comment_ids": [members[row].id for row in group.rows[:MOST_IDS]],
        }
        for group in scan.groups
        if group.is_new
    ]


def _burst(burst: Burst, seen: Sequence[Observation]) -> dict[str, Any]:
    inside = [
        one
        for one in seen
        if one.at is not None
        and burst.start <= one.at <= burst.end
        and (burst.theme in one.themes if burst.theme else not one.themes)
    ]
    inside.sort(key=lambda one: (one.at, one.id), reverse=True)
    return {
        "theme": burst.theme,
        "emerging": burst.emerging,
        "first_seen": burst.first_seen,
        "start": burst.start,
        "end": burst.end,
        "comments": burst.n,
        "comments_before": burst.n_before,
        "expected": burst.expected,
        "ratio": _estimate(burst.ratio),
        "p_adjusted": burst.p_adjusted,
        "comment_ids": [one.id for one in inside[:MOST_IDS]],
    }


def _estimate(estimate: Estimate | None) -> dict[str, float | None] | None:
    """Put a figure on the wire; JSON has no infinity."""
    if estimate is None:
        return None
    bounds = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {
        name: number if number is not None and math.isfinite(number) else None
        for name, number in bounds.items()
    }
