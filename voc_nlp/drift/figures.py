"""Drift as a figure: each measure by week beside its threshold; needs Plotly (extra ``notebooks``)."""

from collections.abc import Sequence
from typing import Any

from voc_nlp.drift.measures import Measure
from voc_nlp.drift.watch import Pace, Report, Watched
from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import COLOURS, GREY, Caption, dress, put_legend_below

NAMES = {
    Measure.LANGUAGE: Caption("language mix", "言語の割合"),
    Measure.SENTIMENT: Caption("sentiment", "感情"),
    Measure.INTENT: Caption("intent", "意図"),
    Measure.URGENCY: Caption("urgency", "緊急度"),
    Measure.DEPARTMENT: Caption("department", "担当部署"),
    Measure.CHURN: Caption("churn", "解約の恐れ"),
    Measure.MEANINGFUL: Caption("says something", "内容の有無"),
    Measure.CONFIDENCE: Caption("confidence", "確信度"),
    Measure.LENGTH: Caption("length", "長さ"),
    Measure.VOCABULARY: Caption("vocabulary", "語彙"),
    Measure.EMBEDDING: Caption("embedding", "ベクトル"),
}
"""Of every measure, in both languages."""

_PANEL = 150
"""Pixels of a panel's height."""


def plot_drift(
    reports: Sequence[Report],
    caption: Caption,
    *,
    measures: Sequence[Measure] = tuple(Measure),
    pace: Pace = Pace.SUDDEN,
    columns: int = 3,
) -> Any:
    """Plot how far each week lies from those before it.

    Parameters
    ----------
    reports : Sequence[Report]
        What `watch` reported.
    caption : Caption
        Title.
    measures : Sequence[Measure]
        One panel each, in order.
    pace : Pace
        Which kind of drift.
    columns : int
        Panels side by side.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``; alarms are filled, thresholds dotted.

    Raises
    ------
    InputError
        If no week could be judged.
    """
    from plotly.subplots import make_subplots

    panels = [(measure, _points(reports, measure, pace)) for measure in measures]
    if not any(points for _, points in panels):
        raise InputError("no week could be judged; expected one with enough weeks before it. Hand in more.")
    across = min(columns, len(panels))
    down = -(-len(panels) // across)
    figure = make_subplots(
        rows=down,
        cols=across,
        subplot_titles=[str(NAMES[measure]) for measure, _ in panels],
        shared_xaxes="all",
        vertical_spacing=0.3 / (down + 1),
    )
    for number, (_, points) in enumerate(panels):
        place = {"row": number // across + 1, "col": number % across + 1}
        weeks = [report.start for report, _ in points]
        alarms = [one.finding.is_alarm for _, one in points]
        figure.add_scatter(
            x=weeks,
            y=[one.finding.threshold for _, one in points],
            mode="lines",
            line={"color": GREY, "width": 1.2, "dash": "dot"},
            name="しきい値 / threshold",
            showlegend=number == 0,
            hoverinfo="skip",
            **place,
        )
        figure.add_scatter(
            x=weeks,
            y=[one.finding.statistic for _, one in points],
            mode="lines+markers",
            line={"color": COLOURS[0], "width": 1.2},
            marker={
                "size": [9 if alarm else 4 for alarm in alarms],
                "color": [COLOURS[1] if alarm else COLOURS[0] for alarm in alarms],
            },
            customdata=[_words(report, one) for report, one in points],
            hovertemplate="%{customdata}<extra></extra>",
            name="距離 / distance",
            showlegend=number == 0,
            **place,
        )
    dress(figure, caption, height=150 + down * _PANEL)
    figure.update_annotations(font={"size": 12})
    figure.update_xaxes(tickformat="%Y-%m", nticks=5)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    put_legend_below(figure)
    return figure


def _points(reports: Sequence[Report], measure: Measure, pace: Pace) -> list[tuple[Report, Watched]]:
    return [
        (report, one)
        for report in reports
        for one in report.watched
        if one.finding.measure is measure and one.pace is pace and one.finding.statistic is not None
    ]


def _words(report: Report, one: Watched) -> str:
    found = one.finding
    moved = (
        ""
        if found.measure is Measure.VOCABULARY
        else "".join(f"<br>{move.name}: {move.before:.1%} → {move.now:.1%}" for move in found.moved[:3])
    )
    return (
        f"{report.start.isoformat()}, n = {found.n:,}<br>{found.statistic:.3f} ({found.threshold:.3f}){moved}"
    )
