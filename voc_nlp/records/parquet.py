"""Read and write Parquet, a row group at a time; pyarrow is loaded only when used."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.building import RecordBuilder
from voc_nlp.records.header import column_names
from voc_nlp.records.jsonl import encodable
from voc_nlp.records.places import open_for_reading
from voc_nlp.records.record import Record
from voc_nlp.records.urls import is_url, shown, unreadable

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

ROWS_AT_ONCE = 1_000
"""Rows that are held in memory while reading, and the rows of a batch while writing."""

_BUFFER_BYTES = 1 << 20

GROUP_BYTES = 64 * 1024 * 1024
"""Size in memory at which a row group is written: the file's index grows by groups, memory by one."""

_INT64 = range(-(2**63), 2**63)
_EXACT_IN_DOUBLE = 2**53


def open_parquet(name: str) -> "ParquetFile":
    """Open a Parquet file.

    Parameters
    ----------
    name : str
        A path or a URL.

    Returns
    -------
    ParquetFile
        To be read with `read_parquet` and closed by the caller.

    Raises
    ------
    UnreadableFileError
        When the file is not there or is not Parquet.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    file = open_for_reading(name)
    try:
        # A server is asked once for each row group; a disk a little at a time, which needs less memory.
        return ParquetFile(file, pre_buffer=is_url(name), buffer_size=0 if is_url(name) else _BUFFER_BYTES)
    except (pyarrow.ArrowException, OSError) as error:
        file.close()
        if not isinstance(error, pyarrow.ArrowException):
            raise UnreadableFileError(unreadable(name, error)) from error
        raise UnreadableFileError(
            f"{shown(name)} is not a Parquet file that can be read ({type(error).__name__}); write it again."
        ) from error


def read_parquet(file: "ParquetFile", builder: RecordBuilder, name: str) -> Iterator[Record]:
    """Yield the records of a Parquet file.

    Parameters
    ----------
    file : ParquetFile
        The opened file.
    builder : RecordBuilder
        Turns columns into records; the line of a record is its row.
    name : str
        The file's name for messages.

    Yields
    ------
    Record
        One for each row, in file order.

    Raises
    ------
    UnreadableFileError
        When the file is damaged further on.
    """
    import pyarrow

    names = column_names(file.schema_arrow.names, name)
    row = 0
    try:
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, row_groups=[group]):
                batch = batch.rename_columns(names)
                if batch.num_rows <= builder.to_pass and _all_plain(batch):
                    row += batch.num_rows
                    builder.pass_over(_ids(batch))
                    continue
                for columns in _rows(batch):
                    row += 1
                    if columns is None:
                        reason = "a cell's text is not UTF-8 or out of range; write the file again"
                        yield builder.broken(row, reason, None)
                    else:
                        yield builder.record(row, columns)
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableFileError(
            f"{name} is damaged after row {row} ({type(error).__name__}); write it again."
        ) from error


def column_type(kinds: frozenset[type]) -> "pa.DataType":
    """Choose the Parquet type of a column from the Python types of its values.

    Parameters
    ----------
    kinds : frozenset[type]
        The types of all values that are not None, as `kind_of` tells them.

    Returns
    -------
    pa.DataType
        bool, int64 or float64 when all values are of that kind, else string.
    """
    import pyarrow as pa

    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    if kinds and kinds <= {int, float}:
        return pa.float64()
    return pa.string()


def kind_of(value: Any) -> type:
    """Tell how a value may be kept in a column.

    Parameters
    ----------
    value : Any
        A JSON value that is not None.

    Returns
    -------
    type
        bool, int, float or str; str also for integers that Parquet cannot hold.
    """
    if isinstance(value, bool):
        return bool
    if isinstance(value, int):
        return int if value in _INT64 and abs(value) <= _EXACT_IN_DOUBLE else str
    return float if isinstance(value, float) else str


def write_parquet(
    path: Path, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, frozenset[type]]
) -> None:
    """Write rows to a Parquet file.

    Parameters
    ----------
    path : Path
        The file.
    rows : Iterable[Mapping[str, Any]]
        JSON values by column; a missing column is null.
    columns : Mapping[str, frozenset[type]]
        The columns in order, with the kinds of their values.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, column_type(kinds)) for name, kinds in columns.items()])
    with ParquetWriter(path, schema) as writer:
        remaining = iter(rows)
        group: list[pa.RecordBatch] = []
        while batch := list(islice(remaining, ROWS_AT_ONCE)):
            group.append(_batch(batch, schema))
            if sum(one.nbytes for one in group) >= GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(group))
                group = []
        if group:
            writer.write_table(pa.Table.from_batches(group))


def _all_plain(batch: "pa.RecordBatch") -> bool:
    """Say whether no row of a batch can be a broken one: plain types only, all text UTF-8."""
    import pyarrow as pa

    types = pa.types
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    if not all(
        types.is_null(column.type) or any(is_a(column.type) for is_a in plain) for column in batch.schema
    ):
        return False
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _ids(batch: "pa.RecordBatch") -> list[Any]:
    """Return the column id of a batch, None for each row when there is none."""
    if "id" not in batch.schema.names:
        return [None] * batch.num_rows
    ids: list[Any] = batch.column("id").to_pylist()
    return ids


def _rows(batch: "pa.RecordBatch") -> Iterator[dict[str, Any] | None]:
    """Turn a batch into rows; None for a row that cannot be turned into Python values."""
    try:
        yield from batch.to_pylist()
        return
    except (ValueError, OverflowError):
        pass
    for at in range(batch.num_rows):
        try:
            row: dict[str, Any] | None = batch.slice(at, 1).to_pylist()[0]
        except (ValueError, OverflowError):
            row = None
        yield row


def _batch(rows: list[Mapping[str, Any]], schema: "pa.Schema") -> "pa.RecordBatch":
    """Turn rows into a batch of the schema."""
    import pyarrow as pa

    arrays = []
    for column in schema:
        values = [row.get(column.name) for row in rows]
        if pa.types.is_string(column.type):
            values = [value if value is None else encodable(value) for value in values]
        elif pa.types.is_floating(column.type):
            values = [value if value is None else float(value) for value in values]
        arrays.append(pa.array(values, type=column.type))
    return pa.record_batch(arrays, schema=schema)
