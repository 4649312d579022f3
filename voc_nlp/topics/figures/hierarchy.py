"""The hierarchy of themes: groups and what stands below them, by number of comments."""

import textwrap
from collections.abc import Mapping
from typing import Any

from voc_nlp.topics.figures.style import COLOURS, GREY, Caption, name_theme, new_figure
from voc_nlp.topics.model import ThemeModel

_HEIGHT = 820

_LEAST_NAMED = 0.009
"""Share of all comments below which a theme's name would be too small to read; hovering tells it."""

_LINE = 8
"""Letters of a Japanese name in one line; twice as many of an English one."""


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
    heads = [theme_id for theme_id in shown if parent[theme_id] is None]
    colour = {head: COLOURS[place % len(COLOURS)] for place, head in enumerate(heads)}
    ids, above_of, values, names, colours = list(shown), [], [], [], []
    for theme_id in shown:
        head = theme_id
        while (over := parent[head]) is not None:
            head = over
        above_of.append(parent[theme_id] or "")
        values.append(total[theme_id])
        names.append(name_theme(model, theme_id))
        colours.append(colour[head])
    if counts.get(None):
        ids.append("none")
        above_of.append("")
        values.append(counts[None])
        names.append(name_theme(model, None))
        colours.append(GREY)
    whole = sum(value for value, above in zip(values, above_of, strict=True) if not above)
    figure = new_figure(caption, height=_HEIGHT)
    figure.add_treemap(
        ids=ids,
        parents=above_of,
        values=values,
        labels=names,
        text=[
            "" if value < _LEAST_NAMED * whole else f"{_wrap(name) if above else name}<br>{value:,}"
            for name, above, value in zip(names, above_of, values, strict=True)
        ],
        branchvalues="total",
        texttemplate="%{text}",
        hovertemplate="<b>%{label}</b><br>n = %{value:,}<br>%{percentRoot:.1%}<extra></extra>",
        marker={"colors": colours, "line": {"width": 1, "color": "white"}},
        textfont={"color": [_ink(colour) for colour in colours]},
        tiling={"pad": 2},
        sort=True,
    )
    figure.update_layout(margin={"l": 10, "r": 10, "t": 90, "b": 10})
    return figure


def _wrap(name: str) -> str:
    """Break a name into short lines, each language on lines of its own."""
    lines: list[str] = []
    for part in name.split(" / "):
        if part.isascii():
            lines += textwrap.wrap(part, 2 * _LINE)
        else:
            length = -(-len(part) // -(-len(part) // _LINE))  # lines of like length, no letter alone
            lines += [part[start : start + length] for start in range(0, len(part), length)]
    return "<br>".join(lines)


def _ink(colour: str) -> str:
    """Choose black or white, whichever reads better on a colour."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return "#111111" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.2 else "white"
