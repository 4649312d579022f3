"""How every figure looks: fonts that hold Japanese, colours that the colour-blind tell apart, captions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voc_nlp.schema import SentimentLabel
from voc_nlp.topics.model import ThemeModel

FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "sans-serif",
)
"""Looked for in this order; each but the last holds Japanese, on Linux, macOS or Windows."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195")
"""Okabe and Ito (2008), Color universal design, without black, and without the yellow that white paper
swallows; the last is added."""

GREY = "#8C8C8C"
"""Of what has no theme, no group, or is there to compare with."""

SENTIMENT_COLOURS: Mapping[SentimentLabel, str] = {
    SentimentLabel.POSITIVE: "#0072B2",
    SentimentLabel.NEUTRAL: GREY,
    SentimentLabel.MIXED: "#CC79A7",
    SentimentLabel.NEGATIVE: "#D55E00",
}

WIDTH = 960
"""Pixels of a figure, so that a picture of it breaks its lines as the screen does."""

_NO_THEME = "テーマなし / no theme"
_GRID = "#E5E5E5"


@dataclass(frozen=True, slots=True)
class Caption:
    """Words of a figure in both languages.

    Parameters
    ----------
    en : str
        In English.
    ja : str
        In Japanese.
    """

    en: str
    ja: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.en} / {self.ja}"


def new_figure(caption: Caption, *, height: int) -> Any:
    """Make an empty figure.

    Parameters
    ----------
    caption : Caption
        Its title and, below it, the Japanese one.
    height : int
        Pixels.

    Returns
    -------
    Any
        A ``plotly.graph_objects.Figure``.
    """
    from plotly.graph_objects import Figure

    return dress(Figure(), caption, height=height)


def dress(figure: Any, caption: Caption, *, height: int) -> Any:
    """Give a figure the look of all.

    Parameters
    ----------
    figure : Any
        A ``plotly.graph_objects.Figure``; it is changed.
    caption : Caption
        Its title and, below it, the Japanese one.
    height : int
        Pixels.

    Returns
    -------
    Any
        The same figure.
    """
    axis = {"gridcolor": _GRID, "linecolor": _GRID, "zeroline": False, "automargin": True}
    figure.update_layout(
        title={
            "text": caption.en,
            "subtitle": {"text": caption.ja, "font": {"size": 13, "color": "#555555"}},
            "font": {"size": 17},
            "x": 0.015,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 16},
        },
        font={"family": ", ".join(FONTS), "size": 12, "color": "#222222"},
        colorway=list(COLOURS),
        paper_bgcolor="white",
        plot_bgcolor="white",
        width=WIDTH,
        height=height,
        margin={"l": 20, "r": 30, "t": 90, "b": 50},
        hoverlabel={"font": {"family": ", ".join(FONTS)}, "align": "left"},
    )
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def put_legend_below(figure: Any, *, lines: int = 1) -> None:
    """Put the legend under the figure, where it covers nothing.

    Parameters
    ----------
    figure : Any
        A ``plotly.graph_objects.Figure``; it is changed.
    lines : int
        Lines that the legend may take.
    """
    figure.update_layout(
        legend={
            "orientation": "h",
            "x": 0.015,
            "xref": "container",
            "xanchor": "left",
            "y": 0.015,
            "yref": "container",
            "yanchor": "bottom",
        },
        margin={"b": 80 + 20 * lines},
    )


def name_theme(model: ThemeModel, theme_id: str | None) -> str:
    """Name a theme in both languages.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str | None
        Id of the theme; None for the comments without one.

    Returns
    -------
    str
        ``配送が遅い / late delivery``.
    """
    if theme_id is None:
        return _NO_THEME
    label = model.find(theme_id).label
    return label["ja"] if label["ja"] == label["en"] else f"{label['ja']} / {label['en']}"


def shorten(text: str, most: int) -> str:
    """Cut a text for hovering over.

    Parameters
    ----------
    text : str
        Any text.
    most : int
        Characters to keep.

    Returns
    -------
    str
        In one line, with an ellipsis where something was cut; safe to put into a figure.
    """
    from html import escape

    line = " ".join(text.split())
    return escape(line if len(line) <= most else f"{line[: most - 1]}…", quote=False)
