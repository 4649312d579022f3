"""The hierarchy of themes: groups and what stands below them, by number of comments."""

from collections.abc import Mapping
from typing import Any

from voc_nlp.topics.figures.style import COLOURS, GREY, Caption, name_theme, new_figure
from voc_nlp.topics.model import ThemeModel

_HEIGHT = 680


def plot_hierarchy(model: ThemeModel, counts: Mapping[str | None, int], caption: Caption) -> Any:
    """Plot the themes within their groups; the area is the number of comments.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    counts : Mapping[str | None, int]
        Theme id -> comments whose first theme it is; None -> comments without a theme.
    caption : Caption
        Title.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.
    """
    parent = {theme.id: theme.parent for theme in model.themes}
    total = {theme.id: counts.get(theme.id, 0) for theme in model.themes}
    for theme in model.themes:
        above = theme.parent
        while above is not None:
            total[above] += counts.get(theme.id, 0)
            above = parent[above]
    shown = [theme.id for theme in model.themes if total[theme.id]]
    heads = [theme for theme in shown if parent[theme] is None]
    colour = {head: COLOURS[place % len(COLOURS)] for place, head in enumerate(heads)}
    ids, above_of, values, names, colours = list(shown), [], [], [], []
    for theme in shown:
        head = theme
        while (over := parent[head]) is not None:
            head = over
        above_of.append(parent[theme] or "")
        values.append(total[theme])
        names.append(name_theme(model, theme))
        colours.append(colour[head])
    if counts.get(None):
        ids.append("none")
        above_of.append("")
        values.append(counts[None])
        names.append(name_theme(model, None))
        colours.append(GREY)
    figure = new_figure(caption, height=_HEIGHT)
    figure.add_treemap(
        ids=ids,
        parents=above_of,
        values=values,
        labels=[
            name.replace(" / ", "<br>") if above else name
            for name, above in zip(names, above_of, strict=True)
        ],
        text=[f"{value:,}" for value in values],
        branchvalues="total",
        texttemplate="%{label}<br>%{text}",
        hovertemplate="<b>%{label}</b><br>n = %{value:,}<br>%{percentRoot:.1%}<extra></extra>",
        marker={"colors": colours, "line": {"width": 1, "color": "white"}},
        textfont={"color": [_ink(colour) for colour in colours]},
        tiling={"pad": 2},
        sort=True,
    )
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 90, "b": 10}, uniformtext={"minsize": 9, "mode": "hide"}
    )
    return figure


def _ink(colour: str) -> str:
    """Choose black or white, whichever reads better on a colour."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return "#111111" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.2 else "white"
