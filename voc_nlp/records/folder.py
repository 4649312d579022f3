"""A folder of files of one kind, read as if they were one file; its ``key=value`` folders are columns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.fields import FIELDS
from voc_nlp.records.header import column_names
from voc_nlp.records.parquet import open_parquet
from voc_nlp.records.places import files_in
from voc_nlp.records.urls import is_url, shown, within

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""The folder where Hive and Spark put rows whose column is null."""

_OWN_TO_EACH = frozenset({"id", "text"})
"""Columns that a whole folder of records cannot share."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a folder.

    Parameters
    ----------
    name : str
        Its path or URL.
    ending : str
        One of `voc_nlp.records.reading.EXTENSIONS`.
    place : str or None
        Its place in the folder, for messages; None for a file that stands alone.
    columns : dict[str, Any]
        The columns that the folders around it name, as text.
    """

    name: str
    ending: str
    place: str | None
    columns: dict[str, Any]


def parts_of(folder: str, ending_of: Callable[[str], str]) -> list[Part]:
    """List the files of a folder in the order of their names.

    Hidden files, and those that begin with an underscore, are passed over. The
    Parquet files of a folder on this machine are looked into at once, so that a
    broken one shows before hours of work, and not after them.

    Parameters
    ----------
    folder : str
        A path or a URL.
    ending_of : Callable[[str], str]
        Tells a file's ending, or raises.

    Returns
    -------
    list[Part]
        At least one, all of one kind, packed or not.

    Raises
    ------
    UnreadableFileError
        When there is no file, one of an unknown ending, two kinds, or a broken one.
    """
    parts = [_part(folder, name, ending_of(name)) for name in files_in(folder)]
    if not parts:
        raise UnreadableFileError(
            f"{shown(folder)} is a directory that holds no file; expected Parquet, JSONL or CSV files in it."
        )
    first = parts[0]
    other = next((part for part in parts if _kind(part) != _kind(first)), None)
    if other is not None:
        raise UnreadableFileError(
            f"{shown(folder)} holds files of two kinds, {first.place} and {other.place}; expected one kind. "
            "Put them into a folder each."
        )
    if not is_url(folder) and first.ending == ".parquet":
        for part in parts:
            file = open_parquet(part.name)
            try:
                column_names(file.schema_arrow.names, part.name)
            finally:
                file.close(force=True)
    return parts


def _part(folder: str, name: str, ending: str) -> Part:
    """Describe one file of a folder."""
    place = within(folder, name)
    columns: dict[str, Any] = {}
    for step in place.split("/")[:-1]:
        key, equals, value = step.partition("=")
        key = unquote(key)
        key = key.lower() if key.lower() in FIELDS else key
        if equals and key and key not in _OWN_TO_EACH:
            columns[key] = None if value == _NO_VALUE else unquote(value)
    return Part(name, ending, place, columns)


def _kind(part: Part) -> str:
    """Return the ending without that of packing."""
    return part.ending.removesuffix(".gz")
