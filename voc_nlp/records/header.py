"""Name the columns of a table: known names whatever their case, every name once."""

from collections.abc import Sequence

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.fields import FIELDS


def column_names(header: Sequence[str], name: str) -> list[str]:
    """Turn a header into column names.

    Parameters
    ----------
    header : Sequence[str]
        The cells of the header.
    name : str
        The file's name for messages.

    Returns
    -------
    list[str]
        Trimmed names of the same order; those that have a meaning here in lower
        case; an empty one is ``column_<n>``, a second of the same name ``<name>_<n>``.

    Raises
    ------
    UnreadableFileError
        When no column, or more than one, is named text, or another known name
        stands twice.
    """
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        plain = cell.strip()
        known = plain.lower() in FIELDS
        plain = plain.lower() if known else plain or f"column_{position}"
        if plain in names:
            if known:
                raise UnreadableFileError(f"{name} has two columns {plain}; expected one. Rename the other.")
            while plain in names:
                plain = f"{plain}_{position}"
        names.append(plain)
    if "text" not in names:
        found = ", ".join(shown if len(shown) <= 40 else f"{shown[:40]}..." for shown in names[:20])
        raise UnreadableFileError(
            f"{name} has no column text; found: {found}. "
            f"Expected a column named text, and optionally {', '.join(n for n in FIELDS if n != 'text')}."
        )
    return names
