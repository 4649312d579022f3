"""A line of OUT as bytes: made wherever a core is free, so that whoever writes has only bytes to write."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from voc_nlp.records.flat import flatten
from voc_nlp.records.jsonl import encode_line
from voc_nlp.records.laying import Columns


class ReadyLine(NamedTuple):
    """A line of OUT; a tuple, because very many of them go from one process to another.

    Parameters
    ----------
    data : bytes
        JSON with its line break, flat where OUT is CSV or Parquet.
    refused : str | None
        The code of the refusal, None when the record was analysed.
    columns : Mapping[str, list[str]]
        Where OUT is CSV or Parquet: the columns and kinds that the lines made before it did not have.
    """

    data: bytes
    refused: str | None = None
    columns: Mapping[str, list[str]] = {}


def make_ready(line: Mapping[str, Any], met: Columns | None) -> ReadyLine:
    """Make a line of OUT ready to be written.

    Parameters
    ----------
    line : Mapping[str, Any]
        As `answer_columns` makes it.
    met : Columns | None
        Where OUT is CSV or Parquet: the columns of the lines before it, to which its own are added.

    Returns
    -------
    ReadyLine
        The line.
    """
    error = line.get("error")
    refused = None if error is None else str(error["code"])
    if met is None:
        return ReadyLine(encode_line(line), refused)
    flat = flatten(line, met.layout)
    return ReadyLine(encode_line(flat), refused, met.note(flat))
