"""Read and write JSONL: one JSON object a line, UTF-8."""

import codecs
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.building import RecordBuilder
from voc_nlp.records.lines import MAX_LINE_BYTES, numbered_lines
from voc_nlp.records.record import Record

MAX_NESTING = 100
"""How deep lists and objects may lie in one another: deeper ones end the recursion of whoever writes them."""


def read_jsonl(file: BinaryIO, builder: RecordBuilder, name: str) -> Iterator[Record]:
    """Yield the records of a JSONL file; blank lines are passed over.

    Parameters
    ----------
    file : BinaryIO
        The file from its start.
    builder : RecordBuilder
        Turns columns into records.
    name : str
        The file's name for messages.

    Yields
    ------
    Record
        One for each line that is not blank, in file order.

    Raises
    ------
    UnreadableFileError
        When the file is UTF-16.
    """
    for number, line in numbered_lines(file):
        if line is None:
            yield builder.broken(number, f"is longer than {MAX_LINE_BYTES:,} bytes; shorten it", None)
            continue
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise UnreadableFileError(f"{name} is UTF-16; expected UTF-8. Save it as UTF-8.")
            line = line.removeprefix(codecs.BOM_UTF8)
        line = line.strip()
        if line:
            yield _parse(line, number, builder)


def encode_line(value: Any) -> bytes:
    """Write one value as a line of JSON.

    Parameters
    ----------
    value : Any
        Plain values; times become ISO 8601, NaN and infinities become null.

    Returns
    -------
    bytes
        UTF-8 with a line break; a text with lone surrogates is written with
        escapes, so that every text can be written and read again.
    """
    return dump(value).encode("utf-8") + b"\n"


def dump(value: Any) -> str:
    """Write one value as JSON that UTF-8 can hold.

    Parameters
    ----------
    value : Any
        As in `encode_line`.

    Returns
    -------
    str
        JSON without line breaks; non-ASCII characters are escaped only where a
        lone surrogate makes it necessary.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError:
        value = without_nan(value)
        text = json.dumps(value, ensure_ascii=False, default=_plain)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True, default=_plain)
    return text


def encodable(value: Any) -> str:
    """Write a value as text that UTF-8 can hold.

    Parameters
    ----------
    value : Any
        A text, or any other JSON value.

    Returns
    -------
    str
        The text, lone surrogates as ``\\udXXX``; another value as JSON.
    """
    if not isinstance(value, str):
        return dump(value)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def without_nan(value: Any) -> Any:
    """Copy a value with None in place of NaN and infinities, which JSON does not know.

    Parameters
    ----------
    value : Any
        A JSON-like value.

    Returns
    -------
    Any
        The copy.
    """
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return value


def _parse(line: bytes, number: int, builder: RecordBuilder) -> Record:
    """Read one line that is not blank."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        return builder.broken(number, reason, line.decode("utf-8", "backslashreplace"))
    try:
        columns = json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"not JSON at character {error.colno}; expected one JSON object a line"
        return builder.broken(number, reason, text)
    except (ValueError, RecursionError):
        reason = "JSON with a number too long or nesting too deep; expected one flat JSON object a line"
        return builder.broken(number, reason, text)
    if not isinstance(columns, dict):
        reason = 'JSON but no object; expected one JSON object a line, such as {"id": "1", "text": "..."}'
        return builder.broken(number, reason, text)
    if text.count("[") + text.count("{") > MAX_NESTING and _nesting(columns) > MAX_NESTING:
        reason = f"JSON with nesting deeper than {MAX_NESTING} levels; expected one flat JSON object a line"
        return builder.broken(number, reason, text)
    return builder.record(number, columns)


def _nesting(value: Any) -> int:
    """Tell how deep lists and objects lie in one another, without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _plain(value: Any) -> Any:
    """Turn a value that JSON does not know into one that it knows."""
    if isinstance(value, datetime | date | time):
        return None if value != value else value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
