"""A record as it was read, and how its columns and its answer make a line of OUT."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from voc_nlp.records.fields import is_missing, plain_text
from voc_nlp.schema import Comment, Refusal

RESERVED = frozenset(
    {
        "id",
        "language",
        "meaningful",
        "sentiment",
        "sentences",
        "aspects",
        "intent",
        "urgency",
        "churn",
        "departments",
        "abstained",
        "themes",
        "pii",
        "model_version",
        "runner_up",
        "deciding_sentence",
        "masked_complaint",
        "contradiction",
        "error",
    }
)
"""Keys of an answer; an input column of such a name is kept as ``input_<name>``."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read.

    Parameters
    ----------
    line : int
        1-based line of the file where it starts (the row in Parquet).
    item : Comment or Refusal
        The comment, or why there is none.
    columns : Mapping[str, Any]
        The columns as given; of a line that cannot be read as a record, the line
        itself under ``raw``.
    file : str or None
        In a folder, the file's place in it; else None.
    """

    line: int
    item: Comment | Refusal
    columns: Mapping[str, Any]
    file: str | None = None


def answer_columns(record: Record, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Put a record's own columns beside its answer: a line of OUT.

    Parameters
    ----------
    record : Record
        The record as it was read.
    answer : Mapping[str, Any]
        `Analysis.to_dict` or `Refusal.to_dict` of its comment.

    Returns
    -------
    dict[str, Any]
        The answer's keys first, then the record's columns as given (``text`` among
        them). A column that has the name of one of the answer's keys is kept as
        ``input_<name>``; an ``id`` only when it was not usable as one. An error's
        message names the line.
    """
    merged = answer_of_line(record, answer)
    for name, value in record.columns.items():
        if name == "id" and (is_missing(value) or plain_text(value) == record.item.id):
            continue
        if name in RESERVED or name in merged:
            name = free_name(name, RESERVED | merged.keys())
        merged[name] = value
    return merged


def answer_of_line(record: Record, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Name the record's line in the message of an answer that is an error.

    Parameters
    ----------
    record : Record
        The record as it was read.
    answer : Mapping[str, Any]
        What is said about its comment.

    Returns
    -------
    dict[str, Any]
        The answer; a refusal from reading names its line already.
    """
    if "error" not in answer or isinstance(record.item, Refusal):
        return dict(answer)
    error = answer["error"]
    return {
        **answer,
        "error": {**error, "message": f"{place_of(record.line, record.file)}: {error['message']}"},
    }


def place_of(line: int, file: str | None) -> str:
    """Say where a record stands.

    Parameters
    ----------
    line : int
        1-based line (the row in Parquet).
    file : str | None
        The file's place in a folder; None when there is one file only.

    Returns
    -------
    str
        For messages: ``line 7``, or ``lang=ja/part-0.parquet, line 7``.
    """
    return f"line {line}" if file is None else f"{file}, line {line}"


def free_name(name: str, taken: Container[str]) -> str:
    """Find a name for an input column whose own name is taken.

    Parameters
    ----------
    name : str
        The column's name.
    taken : Container[str]
        Names that are not free.

    Returns
    -------
    str
        ``input_<name>``, with as many further ``input_`` as it takes.
    """
    name = f"input_{name}"
    while name in taken:
        name = f"input_{name}"
    return name
