"""Figures and tables as Markdown."""

from collections.abc import Iterable, Sequence

from training.evaluate.metrics import Score


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table; columns of figures are set to the right.

    Parameters
    ----------
    header : Sequence[str]
        Names of the columns.
    rows : Iterable[Sequence[str]]
        Cells.

    Returns
    -------
    str
        Lines of Markdown without a line end behind the last.
    """
    body = list(rows)
    marks = [
        "---:" if all(_is_figure(row[column]) for row in body) else "---" for column in range(len(header))
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, marks, *body))


def figure(score: Score | None) -> str:
    """Write a figure with its interval.

    Parameters
    ----------
    score : Score | None
        The figure.

    Returns
    -------
    str
        Two decimals for the interval, three for the figure; a dash when there is none.
    """
    return "-" if score is None else f"{score.value:.3f} ({score.low:.2f} to {score.high:.2f})"


def gap(value: float, target: float, *, most: bool = False) -> str:
    """Write how far a figure is from its target.

    Parameters
    ----------
    value : float
        The figure.
    target : float
        The target.
    most : bool
        Whether the target is an upper limit.

    Returns
    -------
    str
        Figure less target, and ``met`` where it is.
    """
    met = value <= target if most else value >= target
    return f"{value - target:+.3f}{' met' if met else ''}"


def _is_figure(cell: str) -> bool:
    return cell == "" or cell[0] in "0123456789+-≤"
