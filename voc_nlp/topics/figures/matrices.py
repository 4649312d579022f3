"""Tables of counts as coloured squares: what was said against what is true, theme against topic."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import Caption, new_figure


def plot_matrix(
    counts: NDArray[np.int64],
    rows: Sequence[str],
    columns: Sequence[str],
    caption: Caption,
    *,
    down: Caption,
    across: Caption,
) -> Any:
    """Plot a table of counts; the colour is the share of the row.

    Parameters
    ----------
    counts : NDArray[np.int64]
        Shape (rows, columns).
    rows : Sequence[str]
        Names of the rows, from top to bottom.
    columns : Sequence[str]
        Names of the columns.
    caption : Caption
        Title.
    down : Caption
        What the rows are.
    across : Caption
        What the columns are.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.

    Raises
    ------
    InputError
        If the names do not fit the counts.
    """
    if counts.shape != (len(rows), len(columns)) or not counts.size:
        raise InputError(
            f"counts of shape {counts.shape} came with {len(rows)} and {len(columns)} names; expected one "
            "name a row and a column, and at least one of each. Count again."
        )
    sums = counts.sum(axis=1)
    shares = counts / np.maximum(sums, 1)[:, None]
    figure = new_figure(caption, height=230 + 30 * len(rows) + 5 * max(map(len, columns)))
    figure.add_heatmap(
        z=shares,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        text=[[f"{count:,}" if count else "" for count in row] for row in counts.tolist()],
        texttemplate="%{text}",
        customdata=[
            [f"{name} → {column}<br>n = {count:,}" for column, count in zip(columns, line, strict=True)]
            for name, line in zip(rows, counts.tolist(), strict=True)
        ],
        hovertemplate="%{customdata}<br>%{z:.0%}<extra></extra>",
        colorscale=[[0, "#FFFFFF"], [1, "#0072B2"]],
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "share of row<br>行内の割合"}, "tickformat": ".0%"},
    )
    figure.update_xaxes(
        title=str(across),
        tickvals=list(range(len(columns))),
        ticktext=list(columns),
        tickangle=-40 if len(columns) > 6 else 0,
        showgrid=False,
    )
    figure.update_yaxes(
        title=str(down),
        tickvals=list(range(len(rows))),
        ticktext=[f"{name}  <i>n = {int(total):,}</i>" for name, total in zip(rows, sums, strict=True)],
        autorange="reversed",
        showgrid=False,
    )
    return figure
