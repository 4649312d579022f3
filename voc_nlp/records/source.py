"""One file of comments: opened by its ending, unpacked, followed while it is read, closed."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.building import RecordBuilder
from voc_nlp.records.delimited import read_csv
from voc_nlp.records.encoding import detect_encoding
from voc_nlp.records.jsonl import read_jsonl
from voc_nlp.records.lines import numbered_lines
from voc_nlp.records.parquet import open_parquet, read_parquet
from voc_nlp.records.places import open_for_reading, stat_of
from voc_nlp.records.record import Record
from voc_nlp.records.urls import shown, unreadable


class SourceFile:
    """The records of one file, in file order; iterate once.

    Parameters
    ----------
    name : str
        A path or a URL.
    ending : str
        One of `voc_nlp.records.reading.EXTENSIONS`.
    builder : RecordBuilder
        Turns columns into records.

    Raises
    ------
    UnreadableFileError
        When the file cannot be opened; while iterating, when it turns out to be
        damaged or to have no column text.
    """

    def __init__(self, name: str, ending: str, builder: RecordBuilder) -> None:
        self.encoding = "utf-8"
        """What a CSV file is written in."""
        self._name = name
        self._packed = ending.endswith(".gz")
        self._closers: list[Callable[[], None]] = []
        self._tell: Callable[[], float] | None = None
        try:
            if ending == ".parquet":
                self._records = self._open_parquet(builder)
            elif ending.startswith(".csv"):
                file = self._open()
                self.encoding = detect_encoding(numbered_lines(file), shown(name))
                file.seek(0)
                self._records = read_csv(file, self.encoding, builder, shown(name))
            else:
                self._records = read_jsonl(self._open(), builder, shown(name))
        except (OSError, EOFError, zlib.error) as error:
            self.close()
            raise UnreadableFileError(unreadable(name, error)) from error
        except UnreadableFileError:
            self.close()
            raise

    @property
    def share_read(self) -> float | None:
        """Share of the file that was read, 0 to 1; None when that is not known.

        Returns
        -------
        float | None
            Reading ahead counts as read.
        """
        return None if self._tell is None else min(1.0, self._tell())

    def __iter__(self) -> Iterator[Record]:
        """Yield the records."""
        try:
            yield from self._records
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFileError(unreadable(self._name, error)) from error

    def close(self) -> None:
        """Close the file; harmless when called again."""
        self._tell = None
        while self._closers:
            self._closers.pop()()

    def _open(self) -> BinaryIO:
        """Open a file of lines, unpacked when it is packed, and follow how far it is read."""
        packed = file = open_for_reading(self._name)
        self._closers.append(packed.close)
        if self._packed:
            file = cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=packed)))
            self._closers.append(file.close)
        size = stat_of(self._name).size
        if size is not None:
            self._tell = lambda: packed.tell() / max(1, size)
        return file

    def _open_parquet(self, builder: RecordBuilder) -> Iterator[Record]:
        """Open a Parquet file and follow how many of its rows are read."""
        file = open_parquet(self._name)
        self._closers.append(lambda: file.close(force=True))
        rows = max(1, file.metadata.num_rows)
        before = builder.rows
        self._tell = lambda: (builder.rows - before) / rows
        return read_parquet(file, builder, shown(self._name))
