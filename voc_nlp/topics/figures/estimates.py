"""Figures with their intervals, one row each: shares, differences, accuracies side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import COLOURS, Caption, new_figure, put_legend_below
from voc_nlp.topics.statistics.intervals import Estimate

_ROW = 26
"""Pixels of a row with one figure."""

_MORE = 13
"""Pixels that each further figure of a row needs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the plot.

    Parameters
    ----------
    name : str
        What it is of; figures of the same name share a row.
    estimate : Estimate
        The figure with its interval.
    n : int
        How many comments or answers it is of.
    series : str
        Which of the figures in a row it is; empty when each row has one.
    sure : bool
        False draws it hollow.
    """

    name: str
    estimate: Estimate
    n: int
    series: str = ""
    sure: bool = True


def plot_estimates(
    rows: Sequence[Row],
    caption: Caption,
    axis: Caption,
    *,
    reference: float | None = None,
    percent: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Any:
    """Plot figures with their 95% intervals and the number of comments they are of.

    Parameters
    ----------
    rows : Sequence[Row]
        From top to bottom.
    caption : Caption
        Title.
    axis : Caption
        What the figures are.
    reference : float | None
        Where to draw a line, such as 0 for differences.
    percent : bool
        Whether the figures are shares, to be written as per cent.
    colours : Mapping[str, str] | None
        Colour of each series; a colour for each in turn when None.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.

    Raises
    ------
    InputError
        If there is no row.
    """
    if not rows:
        raise InputError("there is nothing to plot; expected at least one row. Count more comments.")
    names = list(dict.fromkeys(row.name for row in rows))
    series = list(dict.fromkeys(row.series for row in rows))
    height = 150 + len(names) * (_ROW + _MORE * (len(series) - 1)) + (60 if len(series) > 1 else 0)
    figure = new_figure(caption, height=height)
    form = ".1%" if percent else ".2f" if all(abs(row.estimate.value) <= 1 for row in rows) else "+.1f"
    for number, name in enumerate(series):
        own = [row for row in rows if row.series == name]
        colour = (colours or {}).get(name, COLOURS[number % len(COLOURS)])
        shift = (number - (len(series) - 1) / 2) * 0.7 / len(series)
        figure.add_scatter(
            x=[row.estimate.value for row in own],
            y=[names.index(row.name) + shift for row in own],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_reach(row.estimate.high, row.estimate.value) for row in own],
                "arrayminus": [_reach(row.estimate.value, row.estimate.low) for row in own],
                "color": colour,
                "thickness": 1.6,
                "width": 3,
            },
            mode="markers",
            name=name,
            showlegend=len(series) > 1,
            marker={
                "size": 9,
                "color": [colour if row.sure else "white" for row in own],
                "line": {"color": colour, "width": 1.8},
            },
            customdata=[_words(row, form) for row in own],
            hovertemplate="%{customdata}<extra></extra>",
        )
    if reference is not None:
        figure.add_vline(x=reference, line={"color": "#444444", "width": 1, "dash": "dot"})
    alike = all(len({row.n for row in rows if row.name == name}) == 1 for name in names)
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[_label(name, [row.n for row in rows if row.name == name], alike) for name in names],
        range=[len(names) - 0.4, -0.6],
        showgrid=False,
    )
    figure.update_xaxes(title=str(axis), tickformat=".0%" if percent else None)
    if len(series) > 1:
        put_legend_below(figure)
    return figure


def _reach(high: float | None, low: float | None) -> float:
    """Measure how far an interval goes; an open end is not drawn."""
    return 0.0 if high is None or low is None else max(0.0, high - low)


def _label(name: str, counts: Sequence[int], alike: bool) -> str:
    """Name a row with its number of comments, or with that of each figure in it."""
    numbers = counts[:1] if alike else counts
    return f"{name}  <i>n = {' · '.join(f'{count:,}' for count in numbers)}</i>"


def _words(row: Row, form: str) -> str:
    one = row.estimate
    ends = ["…" if end is None else format(end, form) for end in (one.low, one.high)]
    series = f" · {row.series}" if row.series else ""
    return f"<b>{row.name}</b>{series}<br>{format(one.value, form)} [{ends[0]}, {ends[1]}]<br>n = {row.n:,}"
