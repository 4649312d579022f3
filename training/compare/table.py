"""A comparison as text: one line a figure, what is worse marked."""

from training.compare.run import Comparison

_MARKS = {"better": "+", "worse": "-", "same": " "}
_HEADINGS = ("", "set", "task", "lang", "slice", "n", "old", "new", "difference (95% interval)")


def write_table(comparison: Comparison) -> str:
    """Write the table.

    Parameters
    ----------
    comparison : Comparison
        What was found.

    Returns
    -------
    str
        Columns of equal width; ``-`` before what is surely worse, ``+`` before what is surely better.
    """
    lines = [_HEADINGS]
    for row in comparison.rows:
        found = row.found
        lines.append(
            (
                _MARKS[found.verdict],
                row.set,
                row.task,
                row.lang,
                row.slice,
                str(found.n),
                f"{found.old:.3f}",
                f"{found.new:.3f}",
                f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    head = f"old: {comparison.old}\nnew: {comparison.new}"
    notes = [f"note: {note}" for note in comparison.notes]
    return "\n".join([head, "", *table, *([""] if notes else []), *notes])
