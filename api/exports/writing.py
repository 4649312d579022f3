"""Writes rows as CSV, JSON lines or Parquet, piece by piece."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from api.exports.cells import cell
from api.exports.columns import Kind

Pages = Iterable[list[dict[str, Any]]]
_BOM = "\ufeff"
_GROUP = 2_000
"""Rows of a Parquet row group, at least: what is held in memory."""


class Format(StrEnum):
    """Formats of an export."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


def as_csv(pages: Pages, columns: Mapping[str, Kind], *, bom: bool) -> Iterator[bytes]:
    """Write CSV (RFC 4180) in UTF-8, formulas made harmless.

    Parameters
    ----------
    pages : Pages
        The rows.
    columns : Mapping[str, Kind]
        Names in their order.
    bom : bool
        Whether to begin with a byte order mark, which Excel needs to see that it is UTF-8.

    Yields
    ------
    bytes
        The header, then a piece a page.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(_BOM if bom else "")
    writer.writerow(columns)
    yield _emptied(buffer)
    for page in pages:
        writer.writerows([cell(row.get(name)) for name in columns] for row in page)
        if page:
            yield _emptied(buffer)


def as_jsonl(pages: Pages, columns: Mapping[str, Kind]) -> Iterator[bytes]:
    """Write JSON lines in UTF-8.

    Parameters
    ----------
    pages : Pages
        The rows.
    columns : Mapping[str, Kind]
        Names in their order; each is in every line.

    Yields
    ------
    bytes
        A piece a page.
    """
    for page in pages:
        lines = [
            json.dumps({name: _plain(row.get(name)) for name in columns}, ensure_ascii=False) + "\n"
            for row in page
        ]
        if lines:
            yield "".join(lines).encode()


def as_parquet(pages: Pages, columns: Mapping[str, Kind]) -> Iterator[bytes]:
    """Write Parquet.

    Parameters
    ----------
    pages : Pages
        The rows.
    columns : Mapping[str, Kind]
        Names, order and types.

    Yields
    ------
    bytes
        A piece a row group, then the footer.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        Kind.TEXT: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.OBJECT: pa.string(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    sink = _Sink()
    waiting: list[dict[str, Any]] = []
    with pq.ParquetWriter(sink, schema) as writer:
        for page in pages:
            waiting += [_storable(row, columns) for row in page]
            if len(waiting) >= _GROUP:
                writer.write_table(pa.Table.from_pylist(waiting, schema=schema))
                waiting = []
                yield sink.drain()
        if waiting:
            writer.write_table(pa.Table.from_pylist(waiting, schema=schema))
    yield sink.drain()


class _Sink(io.RawIOBase):
    """A file that hands out what was written to it, and keeps nothing of it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def tell(self) -> int:
        """Return how much was written."""
        return self._written

    def write(self, piece: Any) -> int:
        """Take a piece."""
        held = bytes(piece)
        self._pieces.append(held)
        self._written += len(held)
        return len(held)

    def drain(self) -> bytes:
        """Hand out what was written since the last time."""
        drained = b"".join(self._pieces)
        self._pieces.clear()
        return drained


def _emptied(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _storable(row: Mapping[str, Any], columns: Mapping[str, Kind]) -> dict[str, Any]:
    """Give an object as JSON, and leave the rest as it is."""
    stored = {}
    for name, kind in columns.items():
        value = row.get(name)
        if kind is Kind.OBJECT:
            value = json.dumps(value, ensure_ascii=False) if value else None
        stored[name] = value
    return stored
