"""Read CSV: any of the usual encodings and delimiters, line breaks in cells, broken rows passed over.

A quote that is opened and never closed would swallow every later row. A record
over several lines is therefore given up, and its first line alone reported, when
it grows beyond all sense, when the file ends in it, when its closing quote is
followed by anything but a delimiter, or when its cells do not fit the header
while one of its later lines fits alone. Reading goes on at the line after its
first.
"""

import codecs
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.building import RecordBuilder
from voc_nlp.records.encoding import decode
from voc_nlp.records.header import column_names
from voc_nlp.records.lines import MAX_LINE_BYTES, numbered_lines
from voc_nlp.records.record import Record

MAX_RECORD_LINES = 1_000
"""Most lines that a quoted cell may span; more means a quote that was never closed."""

MAX_RECORD_CHARACTERS = 250_000
"""Most characters of a record over several lines; well above the longest comment."""

_DELIMITERS = (",", "\t", ";")
_NO_DELIMITER = "\x1f"


@dataclass(frozen=True, slots=True)
class _Line:
    """A decoded line; `sound` is false when some of its bytes are not legal in the encoding."""

    number: int
    text: str
    sound: bool


def read_csv(file: BinaryIO, encoding: str, builder: RecordBuilder, name: str) -> Iterator[Record]:
    """Yield the records of a CSV file; blank lines are passed over.

    Every cell is text, as it stands in the file (leading zeros are kept).

    Parameters
    ----------
    file : BinaryIO
        The file from its start.
    encoding : str
        As `detect_encoding` tells it.
    builder : RecordBuilder
        Turns columns into records.
    name : str
        The file's name for messages.

    Yields
    ------
    Record
        One for each row, in file order.
    """
    source = _Lines(file, encoding)
    delimiter, names = _read_header(source, name)
    while (line := source.take()) is not None:
        if line.text.strip("\r\n"):
            yield _read_record(line, source, delimiter, names, encoding, builder)


class _Lines:
    """The decoded lines of a file; lines can be handed back to be taken again."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._lines = numbered_lines(file)
        self._encoding = encoding
        self._returned: deque[_Line] = deque()

    def take(self) -> _Line | None:
        """Return the next line, None at the end of the file."""
        if self._returned:
            return self._returned.popleft()
        number, raw = next(self._lines, (0, b""))
        if number == 0:
            return None
        if raw is None:
            return _Line(number, f"(a line of more than {MAX_LINE_BYTES:,} bytes)", False)
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        return _Line(number, *decode(raw, self._encoding))

    def hand_back(self, lines: list[_Line]) -> None:
        """Put lines back, to be taken again in their order."""
        self._returned.extendleft(reversed(lines))


class _Row:
    """The cells of one record, fed line by line."""

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self.tidy = True
        """False when something follows a closing quote before the next delimiter."""
        self._delimiter = delimiter
        self._open: list[str] | None = None

    def feed(self, text: str) -> bool:
        """Take one line; return whether the record is complete."""
        at = 0
        if self._open is None and '"' not in text:
            self.cells = text.rstrip("\r\n").split(self._delimiter)
            return True
        while True:
            if self._open is None:
                if not text.startswith('"', at):
                    at = self._end_cell(text, at, [])
                    if at < 0:
                        return True
                    continue
                self._open = []
                at += 1
            quote = text.find('"', at)
            if quote < 0:
                self._open.append(text[at:])
                return False
            if text.startswith('"', quote + 1):
                self._open.append(text[at : quote + 1])
                at = quote + 2
                continue
            pieces, self._open = [*self._open, text[at:quote]], None
            at = self._end_cell(text, quote + 1, pieces)
            if at < 0:
                return True

    def _end_cell(self, text: str, at: int, pieces: list[str]) -> int:
        """Close a cell at the next delimiter; return where the next cell starts, -1 at the end."""
        end = text.find(self._delimiter, at)
        tail = text[at:end] if end >= 0 else text[at:].rstrip("\r\n")
        if pieces and tail.strip():
            self.tidy = False
        self.cells.append("".join(pieces) + tail)
        return end + 1 if end >= 0 else -1


def _read_header(source: _Lines, name: str) -> tuple[str, list[str]]:
    """Read the header; return the delimiter that suits it best and the columns' names."""
    first = source.take()
    while first is not None and not first.text.strip():
        first = source.take()
    if first is None:
        raise UnreadableFileError(
            f"{name} is empty; expected a header line that names the columns, with text among them."
        )
    met: list[tuple[bool, int, str, list[str]]] = []
    for delimiter in _DELIMITERS:
        row, lines, complete = _assemble(first, source, delimiter)
        cells = row.cells if complete else [first.text]
        source.hand_back(lines[1:])
        has_text = any(cell.strip().lower() == "text" for cell in cells)
        met.append((has_text, len(cells), delimiter, cells))
    _, width, delimiter, cells = max(met, key=lambda choice: choice[:2])
    row, _, complete = _assemble(first, source, delimiter)
    if not complete:
        raise UnreadableFileError(
            f"{name} has a quote in its header (line {first.number}) that is never closed; close it."
        )
    names = column_names(cells, f"{name} (header in line {first.number})")
    return (delimiter if width > 1 else _NO_DELIMITER), names


def _read_record(
    first: _Line, source: _Lines, delimiter: str, names: list[str], encoding: str, builder: RecordBuilder
) -> Record:
    """Read the record that starts in a line."""
    row, lines, complete = _assemble(first, source, delimiter)
    if not complete or (len(lines) > 1 and not _holds_together(row, lines, delimiter, len(names))):
        source.hand_back(lines[1:])
        reason = "a quoted cell is not closed; close its quote, and write a quote inside a cell twice"
        return builder.broken(first.number, reason, first.text.rstrip("\r\n"))
    if not all(line.sound for line in lines):
        number = next(line.number for line in lines if not line.sound)
        reason = f"line {number} is too long or has bytes that are not {encoding.upper()}; save it as UTF-8"
        return builder.broken(first.number, reason, _raw(lines))
    cells = row.cells
    if len(cells) > len(names) and not any(cells[len(names) :]):
        cells = cells[: len(names)]
    if len(cells) != len(names):
        many = "many" if len(cells) > len(names) else "few"
        reason = (
            f"too {many} cells: {len(cells)}; the header names {len(names)}. "
            "Put a cell that holds a delimiter or a quote into quotes"
        )
        return builder.broken(first.number, reason, _raw(lines))
    columns: Mapping[str, str] = dict(zip(names, cells, strict=True))
    return builder.record(first.number, columns)


def _assemble(first: _Line, source: _Lines, delimiter: str) -> tuple[_Row, list[_Line], bool]:
    """Take lines until the record is complete; the last value is false when it does not end."""
    row = _Row(delimiter)
    lines = [first]
    characters = len(first.text)
    complete = row.feed(first.text)
    while not complete:
        line = source.take()
        if line is None:
            return row, lines, False
        lines.append(line)
        characters += len(line.text)
        if len(lines) > MAX_RECORD_LINES or characters > MAX_RECORD_CHARACTERS:
            return row, lines, False
        complete = row.feed(line.text)
    return row, lines, True


def _holds_together(row: _Row, lines: list[_Line], delimiter: str, width: int) -> bool:
    """Say whether a record over several lines is one, and not rows swallowed by an open quote."""
    if not row.tidy:
        return False
    if len(row.cells) == width:
        return True
    for line in lines[1:]:
        alone = _Row(delimiter)
        if alone.feed(line.text) and alone.tidy and len(alone.cells) == width > 1:
            return False
    return True


def _raw(lines: list[_Line]) -> str:
    """Return the lines of a record as they stand in the file."""
    return "".join(line.text for line in lines).rstrip("\r\n")
