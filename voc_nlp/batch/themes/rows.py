"""Lay the statistics of themes out as rows: one flat mapping of plain values each, with the theme's names."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voc_nlp.topics.model import ThemeModel
    from voc_nlp.topics.statistics.bursts import BurstReport
    from voc_nlp.topics.statistics.emerging import Scan
    from voc_nlp.topics.statistics.impact import ImpactReport
    from voc_nlp.topics.statistics.intervals import Estimate
    from voc_nlp.topics.statistics.trends import ThemeSummary, Trend

_NO_THEME = {"ja": "テーマなし", "en": "no theme"}
_DIGITS = 6
_MOST_SHOWN = 10
"""Comments of an emerging theme that are named."""

Row = dict[str, Any]


def trend_rows(trend: "Trend", model: "ThemeModel") -> list[Row]:
    """Lay out themes by period.

    Parameters
    ----------
    trend : Trend
        The counts.
    model : ThemeModel
        Where the names come from.

    Returns
    -------
    list[Row]
        ``id`` is the theme's, None for the comments without a theme.
    """
    named = _names(model)
    return [
        {
            **named(row.theme),
            "start": row.start.isoformat(),
            "end": row.end.isoformat(),
            "segment": row.segment,
            "n": row.n,
            "total": row.total,
            **_spread("share", row.share),
            **_spread("score", row.score),
            "n_scored": row.n_scored,
            **_spread("change", row.change),
            "complete": row.complete,
        }
        for row in trend.rows
    ]


def summary_rows(summaries: Iterable["ThemeSummary"], model: "ThemeModel") -> list[Row]:
    """Lay out themes in sum.

    Parameters
    ----------
    summaries : Iterable[ThemeSummary]
        The sums.
    model : ThemeModel
        Where the names come from.

    Returns
    -------
    list[Row]
        With the mean sentiment by language too.
    """
    named = _names(model)
    rows = []
    for one in summaries:
        row = {
            **named(one.theme),
            "segment": one.segment,
            "n": one.n,
            "total": one.total,
            **_spread("share", one.share),
            **_spread("score", one.score),
            "n_scored": one.n_scored,
        }
        for label, share in one.labels.items():
            row |= _spread(f"{label.value}_share", share)
        for language, part in one.languages.items():
            row |= {f"n_{language.value}": part.n, **_spread(f"score_{language.value}", part.score)}
        rows.append(row)
    return rows


def emerging_rows(bursts: "BurstReport", scan: "Scan", ids: Sequence[str], model: "ThemeModel") -> list[Row]:
    """Lay out known themes that rise, and new ones that nobody has fitted.

    Parameters
    ----------
    bursts : BurstReport
        Known themes that rise.
    scan : Scan
        Groups of recent comments.
    ids : Sequence[str]
        Id of each comment that was scanned.
    model : ThemeModel
        Where the names come from.

    Returns
    -------
    list[Row]
        ``finding`` is ``rising`` for a known theme, ``new`` for comments that no theme holds and
        ``within`` for comments that begin within the theme of `id`.
    """
    named = _names(model)
    rows: list[Row] = [
        {
            **named(one.theme),
            "finding": "rising",
            "first_seen": one.first_seen.isoformat(),
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "n": one.n,
            "n_before": one.n_before,
            "expected": _round(one.expected),
            **_spread("ratio", one.ratio),
            "p_adjusted": one.p_adjusted,
            "by_chance": None,
            "comments": None,
        }
        for one in bursts.bursts
    ]
    for group in scan.groups:
        rows.append(
            {
                **(
                    named(group.theme)
                    if group.theme is not None
                    else {**named(None), "label_ja": "新しい話題", "label_en": "new topic"}
                ),
                "finding": "new" if group.is_new else "within",
                "first_seen": group.first_seen.isoformat(),
                "start": _day(scan.start),
                "end": _day(scan.end),
                "n": group.n_recent,
                "n_before": group.n_past,
                "expected": _round(group.expected),
                **_spread("ratio", None),
                "p_adjusted": None,
                "by_chance": group.by_chance,
                "comments": ";".join(ids[place] for place in group.rows[:_MOST_SHOWN]),
            }
        )
    return rows


def impact_rows(report: "ImpactReport", model: "ThemeModel") -> list[Row]:
    """Lay out what themes go with.

    Parameters
    ----------
    report : ImpactReport
        The impacts.
    model : ThemeModel
        Where the names come from.

    Returns
    -------
    list[Row]
        Where `not_measured` says why, the figures are None.
    """
    named = _names(model)
    rows: list[Row] = [
        {
            **named(one.theme),
            "outcome": report.outcome.value,
            "segment": one.segment,
            "with_theme": _round(one.with_theme),
            "without_theme": _round(one.without_theme),
            "n_with": one.n_with,
            "n_without": one.n_without,
            **_spread("difference", one.difference),
            **_spread("contribution", one.contribution),
            "p_adjusted": one.p_adjusted,
            "not_measured": None,
        }
        for one in report.impacts
    ]
    for left_out in report.not_measured:
        rows.append(
            {
                **named(left_out.theme),
                "outcome": report.outcome.value,
                "segment": left_out.segment,
                "with_theme": None,
                "without_theme": None,
                "n_with": left_out.n_with,
                "n_without": left_out.n_without,
                **_spread("difference", None),
                **_spread("contribution", None),
                "p_adjusted": None,
                "not_measured": left_out.reason.value,
            }
        )
    return rows


class _names:
    """Gives the columns that name a theme."""

    def __init__(self, model: "ThemeModel") -> None:
        self._themes = {theme.id: theme for theme in model.themes}

    def __call__(self, theme_id: str | None) -> Mapping[str, Any]:
        """Return id, names and kind; the comments without a theme have names of their own."""
        theme = None if theme_id is None else self._themes[theme_id]
        label = _NO_THEME if theme is None else theme.label
        return {
            "id": theme_id,
            "label_ja": label.get("ja"),
            "label_en": label.get("en"),
            "kind": None if theme is None else theme.kind.value,
        }


def _spread(name: str, estimate: "Estimate | None") -> Row:
    """Write an estimate as three columns: the value and the ends of its interval."""
    values = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return {
        column: None if value is None else _round(value)
        for column, value in zip((name, f"{name}_low", f"{name}_high"), values, strict=True)
    }


def _round(value: float) -> float:
    return round(value, _DIGITS)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
