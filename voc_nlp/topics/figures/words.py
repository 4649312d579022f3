"""Words as figures: how much more often a theme's comments hold its words, and which words stand together."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.errors import InputError
from voc_nlp.topics.figures.style import COLOURS, GREY, Caption, dress, new_figure, put_legend_below
from voc_nlp.topics.statistics.words import TermNetwork, TypicalTerm

_BAR = 24
_HEIGHT = 760
_FRAME = (820, 560)
"""Pixels that the words of a network are laid out in."""

_TALL = 44
"""Pixels from a word to the one above it: a circle and a name."""


def plot_typical_terms(
    panels: Mapping[str, Sequence[TypicalTerm]], caption: Caption, *, inside: Caption, others: Caption
) -> Any:
    """Plot how many of some comments, and of the others, hold each of their typical words.

    Parameters
    ----------
    panels : Mapping[str, Sequence[TypicalTerm]]
        Title of a panel, such as the language -> its words, the most telling first.
    caption : Caption
        Title.
    inside : Caption
        What the comments are.
    others : Caption
        What the others are.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.

    Raises
    ------
    InputError
        If no panel has a word.
    """
    from plotly.subplots import make_subplots

    longest = max(map(len, panels.values()), default=0)
    if not longest:
        raise InputError("no word is typical of these comments; expected at least one. Take more comments.")
    height = 205 + _BAR * longest
    figure = make_subplots(rows=1, cols=len(panels), subplot_titles=list(panels), horizontal_spacing=0.14)
    for place, terms in enumerate(panels.values(), start=1):
        names = [term.term for term in terms]
        figure.add_bar(
            orientation="h",
            y=names,
            x=[term.share.value for term in terms],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(term.share.high or 0) - term.share.value for term in terms],
                "arrayminus": [term.share.value - (term.share.low or 0) for term in terms],
                "thickness": 1.2,
                "width": 3,
                "color": "#222222",
            },
            marker={"color": COLOURS[0]},
            name=str(inside),
            legendgroup="inside",
            showlegend=place == 1,
            customdata=[[term.n, term.p_adjusted] for term in terms],
            hovertemplate="%{y}: %{x:.1%}<br>n = %{customdata[0]:,}, p = %{customdata[1]:.2g}<extra></extra>",
            row=1,
            col=place,
        )
        figure.add_scatter(
            y=names,
            x=[term.share_others.value for term in terms],
            mode="markers",
            marker={
                "symbol": "diamond",
                "size": 8,
                "color": COLOURS[1],
                "line": {"color": "white", "width": 1},
            },
            name=str(others),
            legendgroup="others",
            showlegend=place == 1,
            customdata=[term.n_others for term in terms],
            hovertemplate="%{y}: %{x:.1%}<br>n = %{customdata:,}<extra></extra>",
            row=1,
            col=place,
        )
    dress(figure, caption, height=height)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(
        tickformat=".0%", rangemode="tozero", title="comments with the word / 語を含むコメントの割合"
    )
    figure.update_annotations(font={"size": 13})
    put_legend_below(figure)
    figure.update_layout(margin={"t": 110}, bargap=0.35)
    return figure


def plot_network(network: TermNetwork, caption: Caption, *, seed: int = 0) -> Any:
    """Plot words that stand in the same comments (共起ネットワーク).

    Parameters
    ----------
    network : TermNetwork
        What `find_network` found.
    caption : Caption
        Title.
    seed : int
        Seed of the layout.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``. A circle is a word, its size the comments that hold it; a line is
        the thicker the closer two words go together; words of one colour are linked among each other most.

    Raises
    ------
    InputError
        If no words are linked.

    References
    ----------
    Clauset, Newman, Moore (2004), Finding community structure in very large networks. Phys. Rev. E 70.
    """
    if not network.links:
        raise InputError("no two words stand together often enough; expected some. Take more comments.")
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(name for name, _ in network.counts)
    graph.add_weighted_edges_from((link.a, link.b, link.jaccard) for link in network.links)
    places = _lay_out(graph, seed)
    heaps = sorted(
        (sorted(heap) for heap in networkx.community.greedy_modularity_communities(graph, weight="weight")),
        key=lambda heap: (-len(heap), heap),
    )
    number = {name: place for place, heap in enumerate(heaps) for name in heap}
    figure = new_figure(caption, height=_HEIGHT)
    closest = max(link.jaccard for link in network.links)
    for link in network.links:
        (x0, y0), (x1, y1) = places[link.a], places[link.b]
        figure.add_scatter(
            x=[x0, (x0 + x1) / 2, x1],
            y=[y0, (y0 + y1) / 2, y1],
            mode="lines",
            line={"width": 0.8 + 5 * link.jaccard / closest, "color": "#BBBBBB"},
            text=f"{link.a} – {link.b}<br>n = {link.n:,}, Jaccard {link.jaccard:.2f}",
            hoverinfo="text",
            showlegend=False,
        )
    most = max(count for _, count in network.counts)
    names = [name for name, _ in network.counts]
    figure.add_scatter(
        x=[places[name][0] for name in names],
        y=[places[name][1] for name in names],
        mode="markers+text",
        text=names,
        textposition="top center",
        textfont={"size": 13},
        marker={
            "size": [10 + 30 * (count / most) ** 0.5 for _, count in network.counts],
            "color": [COLOURS[number[name]] if number[name] < len(COLOURS) else GREY for name in names],
            "line": {"color": "white", "width": 1.5},
            "opacity": 1,
        },
        customdata=[count for _, count in network.counts],
        hovertemplate="<b>%{text}</b><br>n = %{customdata:,}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def _lay_out(graph: Any, seed: int) -> dict[str, tuple[float, float]]:
    """Place words so that linked ones are near, and push them apart until their names can be read."""
    import networkx

    steps = dict(networkx.all_pairs_shortest_path_length(graph))
    farthest = max(max(row.values()) for row in steps.values())
    apart = {
        one: {other: float(steps[one].get(other, 0.4 * farthest + 1.5)) for other in graph} for one in graph
    }
    names = list(graph)
    start = networkx.circular_layout(graph)
    drawn = networkx.kamada_kawai_layout(graph, dist=apart, pos=start, weight=None)
    places = np.array([drawn[name] for name in names], dtype=np.float64)
    places -= places.min(axis=0)
    places *= (np.asarray(_FRAME) / np.maximum(places.max(axis=0), 1e-9)).astype(np.float64)
    widths = np.array([max(30.0, sum(8 if letter.isascii() else 14 for letter in name)) for name in names])
    _push_apart(places, widths, np.random.default_rng(seed))
    return {name: (float(x), float(y)) for name, (x, y) in zip(names, places, strict=True)}


def _push_apart(
    places: NDArray[np.float64], widths: NDArray[np.float64], chance: np.random.Generator
) -> None:
    """Move words that cover each other, in pixels, a little at a time."""
    places += chance.normal(scale=0.1, size=places.shape)  # two words in one place have no direction to go
    for _ in range(200):
        gaps = places[:, None, :] - places[None, :, :]
        room = np.stack([(widths[:, None] + widths[None, :]) / 2 + 6, np.full(gaps.shape[:2], _TALL)], axis=2)
        missing = room - np.abs(gaps)
        cover = (missing > 0).all(axis=2) & ~np.eye(len(places), dtype=bool)
        if not cover.any():
            return
        cheap = missing[..., 0] / 2 < missing[..., 1]  # to the side or up and down, whichever is less
        across = np.where(cover & cheap, np.sign(gaps[..., 0]) * missing[..., 0], 0).sum(axis=1)
        along = np.where(cover & ~cheap, np.sign(gaps[..., 1]) * missing[..., 1], 0).sum(axis=1)
        places += 0.25 * np.stack([across, along], axis=1)
