"""The map of comments (話題マップ): near points read alike, colours are groups of themes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import (
    COLOURS,
    GREY,
    Caption,
    name_theme,
    new_figure,
    put_legend_below,
    shorten,
)
from voc_nlp.topics.model import ThemeModel

_HEIGHT = 860
_NEIGHBOURS = 30
_LETTER = 6.2
"""Pixels of a Latin letter in a label; a Japanese one takes twice as many."""
_LINE = 15


def project_comments(vectors: NDArray[np.float32], *, seed: int = 0) -> NDArray[np.float32]:
    """Lay comments out in the plane so that near ones read alike.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Unit vectors as themes compare them (`ThemeModel.bare`), shape (n, dimension).
    seed : int
        Seed of the projection.

    Returns
    -------
    NDArray[np.float32]
        Shape (n, 2); the same for the same arguments on one machine. Only who is near whom means something:
        not the axes, nor how far apart two distant heaps are.

    Raises
    ------
    InputError
        If there are fewer than 10 comments.

    References
    ----------
    McInnes, Healy, Melville (2018), UMAP: uniform manifold approximation and projection.
    """
    if len(vectors) < 10:
        raise InputError(f"{len(vectors)} comments were given to map; expected at least 10. Add comments.")
    from umap import UMAP

    neighbours = min(_NEIGHBOURS, len(vectors) - 1)
    drawn = UMAP(
        metric="cosine", n_neighbors=neighbours, random_state=seed, n_jobs=1, n_epochs=200, min_dist=0.4
    )
    places: NDArray[np.float32] = np.asarray(drawn.fit_transform(vectors), dtype=np.float32)
    return places


def plot_map(
    model: ThemeModel,
    places: NDArray[np.float32],
    themes: Sequence[str | None],
    ids: Sequence[str],
    caption: Caption,
    *,
    texts: Mapping[str, str] | None = None,
    labels: int = 20,
) -> Any:
    """Plot the map.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    places : NDArray[np.float32]
        What `project_comments` gave, shape (n, 2).
    themes : Sequence[str | None]
        Id of each comment's first theme.
    ids : Sequence[str]
        Id of each comment.
    caption : Caption
        Title.
    texts : Mapping[str, str] | None
        Comment id -> text to show beside its id; ids alone when None.
    labels : int
        Themes whose names are written on the map, the largest first; of two names that would cover each
        other the smaller theme's is left out.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``; the colour is the group of the theme.
    """
    figure = new_figure(caption, height=_HEIGHT)
    heads = {theme: _head(model, theme) for theme in set(themes)}
    order = sorted(set(heads.values()), key=lambda head: (head is None, head or ""))
    of_comment = [heads[theme] for theme in themes]
    colour = {
        head: GREY if head is None else COLOURS[place % len(COLOURS)] for place, head in enumerate(order)
    }
    for head in order:
        rows = [row for row, own in enumerate(of_comment) if own == head]
        figure.add_scattergl(
            x=places[rows, 0],
            y=places[rows, 1],
            mode="markers",
            marker={"size": 5, "color": colour[head], "opacity": 0.75 if head else 0.4},
            name=name_theme(model, head),
            customdata=[
                f"<b>{ids[row]}</b><br>{name_theme(model, themes[row])}"
                + ("" if texts is None else f"<br>{shorten(texts[ids[row]], 60)}")
                for row in rows
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    for theme, x, y in _choose_labels(model, places, themes, labels):
        label = model.find(theme).label
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{label['ja']}</b><br>{label['en']}",
            showarrow=False,
            font={"size": 11, "color": "#111111"},
            bgcolor="rgba(255,255,255,0.75)",
            borderpad=1,
        )
    axis = {"visible": False, "showgrid": False}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    put_legend_below(figure, lines=3)
    figure.update_layout(legend={"itemsizing": "constant"}, margin={"b": 90, "t": 80})
    return figure


def _head(model: ThemeModel, theme: str | None) -> str | None:
    """Find the group at the top of a theme; None for one that stands alone, and for no theme."""
    if theme is None:
        return None
    head = model.find(theme)
    while head.parent is not None:
        head = model.find(head.parent)
    return head.id


def _choose_labels(
    model: ThemeModel, places: NDArray[np.float32], themes: Sequence[str | None], most: int
) -> list[tuple[str, float, float]]:
    """Choose the names that fit on the map without covering each other."""
    span = np.maximum(places.max(axis=0) - places.min(axis=0), 1e-9)
    scale = np.asarray([880.0, 640.0]) / span
    named = [theme for theme in themes if theme is not None]
    sizes = sorted({(-named.count(theme), theme) for theme in set(named)})
    taken: list[tuple[float, float, float, float]] = []
    chosen = []
    for _, theme in sizes[:most]:
        rows = [row for row, own in enumerate(themes) if own == theme]
        middle = np.median(places[rows], axis=0)
        nearest = rows[int(np.argmin(np.linalg.norm(places[rows] - middle, axis=1)))]
        x, y = (float(one) for one in places[nearest])
        label = model.find(theme).label
        half = max(_length(label["ja"]), _length(label["en"])) / 2
        left, down = x * scale[0] - half, y * scale[1] - _LINE
        box = (left, left + 2 * half, down, down + 2 * _LINE)
        free = all(
            box[0] >= other[1] or other[0] >= box[1] or box[2] >= other[3] or other[2] >= box[3]
            for other in taken
        )
        if free:
            taken.append(box)
            chosen.append((theme, x, y))
    return chosen


def _length(text: str) -> float:
    """Estimate the pixels of a label."""
    return sum(_LETTER if letter.isascii() else 2 * _LETTER for letter in text)
