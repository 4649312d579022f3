"""Figures over time: one small panel each, with intervals, on one scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import COLOURS, Caption, dress
from voc_nlp.topics.statistics.intervals import Estimate
from voc_nlp.topics.statistics.trends import Trend

_PANEL = 190
"""Pixels of a panel's height."""


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of a period.

    Parameters
    ----------
    at : date
        First day of the period.
    estimate : Estimate
        The figure with its interval.
    n : int
        How many comments or answers it is of.
    complete : bool
        False draws it hollow: not all days of the period were looked at.
    """

    at: date
    estimate: Estimate
    n: int
    complete: bool = True


def plot_series(
    panels: Mapping[str, Sequence[Point]],
    caption: Caption,
    axis: Caption,
    *,
    percent: bool = False,
    reference: float | None = None,
    columns: int = 2,
) -> Any:
    """Plot figures over time with their 95% intervals.

    Parameters
    ----------
    panels : Mapping[str, Sequence[Point]]
        Title of a panel -> its figures in order of time; their numbers are summed up beside it.
    caption : Caption
        Title.
    axis : Caption
        What the figures are.
    percent : bool
        Whether the figures are shares, to be written as per cent.
    reference : float | None
        Where to draw a line, such as the figure of all months together.
    columns : int
        Panels side by side.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.

    Raises
    ------
    InputError
        If there is no point.
    """
    from plotly.subplots import make_subplots

    if not any(panels.values()):
        raise InputError("there is nothing to plot; expected at least one dated comment. Name other days.")
    across = min(columns, len(panels))
    down = -(-len(panels) // across)
    height = 155 + down * max(_PANEL, 260 if down == 1 else 0)
    figure = make_subplots(
        rows=down,
        cols=across,
        subplot_titles=[
            f"{name}  <i>n = {sum(one.n for one in points):,}</i>" for name, points in panels.items()
        ],
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.04,
        vertical_spacing=min(0.3, 45 / height * 1.6),
    )
    form = ".1%" if percent else "+.1f"
    for number, (name, points) in enumerate(panels.items()):
        place = {"row": number // across + 1, "col": number % across + 1}
        colour = COLOURS[number % len(COLOURS)]
        days = [point.at for point in points]
        bounded = [
            point for point in points if point.estimate.low is not None and point.estimate.high is not None
        ]
        figure.add_scatter(
            x=[point.at for point in bounded] + [point.at for point in reversed(bounded)],
            y=[point.estimate.high for point in bounded]
            + [point.estimate.low for point in reversed(bounded)],
            fill="toself",
            fillcolor=_faint(colour),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            mode="lines",
            **place,
        )
        figure.add_scatter(
            x=days,
            y=[point.estimate.value for point in points],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={
                "size": 7,
                "color": [colour if point.complete else "white" for point in points],
                "line": {"color": colour, "width": 1.6},
            },
            customdata=[_words(point, form) for point in points],
            hovertemplate="%{customdata}<extra></extra>",
            name=name,
            showlegend=False,
            **place,
        )
        if reference is not None:
            figure.add_hline(y=reference, line={"color": "#444444", "width": 1, "dash": "dot"}, **place)
    dress(figure, caption, height=height)
    figure.update_annotations(font={"size": 12})
    figure.update_xaxes(tickformat="%Y-%m", showticklabels=True, nticks=8)
    figure.update_yaxes(tickformat=".0%" if percent else None)
    if percent:
        figure.update_yaxes(rangemode="tozero")
    figure.add_annotation(
        text=str(axis), xref="paper", yref="paper", x=0, y=1, yshift=50, xanchor="left", showarrow=False
    )
    figure.update_layout(margin={"t": 145})
    return figure


def plot_trends(
    trend: Trend, names: Mapping[str | None, str], caption: Caption, *, segment: str | None = None
) -> Any:
    """Plot the share of themes over time.

    Parameters
    ----------
    trend : Trend
        What `count_by_period` counted.
    names : Mapping[str | None, str]
        Themes to show, in order, with the names to show them under.
    caption : Caption
        Title.
    segment : str | None
        Value of the segment to show, where the trend was divided by one.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.
    """
    panels = {
        name: [
            Point(row.start, row.share, row.n, row.complete)
            for row in trend.rows
            if row.theme == theme and row.segment == segment and row.share is not None
        ]
        for theme, name in names.items()
    }
    return plot_series(panels, caption, Caption("share of comments", "コメントに占める割合"), percent=True)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _words(point: Point, form: str) -> str:
    one = point.estimate
    ends = ["…" if end is None else format(end, form) for end in (one.low, one.high)]
    note = "" if point.complete else "<br>incomplete / 途中まで"
    day = point.at.isoformat()
    return f"{day}<br>{format(one.value, form)} [{ends[0]}, {ends[1]}]<br>n = {point.n:,}{note}"
