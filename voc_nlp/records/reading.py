"""Open a file of comments, by extension, and yield its records in order."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.building import RecordBuilder
from voc_nlp.records.delimited import read_csv
from voc_nlp.records.encoding import detect_encoding
from voc_nlp.records.jsonl import read_jsonl
from voc_nlp.records.lines import numbered_lines
from voc_nlp.records.parquet import open_parquet, read_parquet
from voc_nlp.records.record import Record

STANDARD_STREAM = "-"
"""Stands for stdin or stdout, as JSONL."""

EXTENSIONS = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
"""Endings of the files that are read and written."""


class RecordReader:
    """The records of one file, in file order; iterate once, inside ``with``.

    A record that cannot be used is yielded with a refusal in place of a comment,
    and the rest goes on. Only what makes the whole file useless is raised.

    Parameters
    ----------
    source : Path | str
        A file ending in one of `EXTENSIONS`, or ``-`` for JSONL from stdin.

    Raises
    ------
    UnreadableFileError
        When the file is not there, cannot be opened or has an unknown ending;
        while iterating, when it turns out to be damaged or to have no column text.

    Examples
    --------
    >>> with RecordReader("reviews.csv") as records:  # doctest: +SKIP
    ...     for record in records:
    ...         print(record.line, record.item)
    """

    def __init__(self, source: Path | str) -> None:
        standard = str(source) == STANDARD_STREAM
        self.name = "stdin" if standard else str(source)
        self.encoding = "utf-8"
        self._closers: list[Callable[[], None]] = []
        self._tell: Callable[[], float] | None = None
        builder = RecordBuilder()
        if standard:
            self._records = read_jsonl(sys.stdin.buffer, builder, self.name)
            return
        path = Path(source)
        ending = extension(path)
        try:
            if not path.is_file():
                met = (
                    "is a directory"
                    if path.is_dir()
                    else "is no plain file"
                    if path.exists()
                    else "is not there"
                )
                raise UnreadableFileError(f"{path} {met}; expected a file ending in {', '.join(EXTENSIONS)}.")
            if ending == ".parquet":
                self._records = self._open_parquet(path, builder)
            elif ending.startswith(".csv"):
                self.encoding = detect_encoding(numbered_lines(self._open(path)), self.name)
                self.close()
                self._records = read_csv(self._open(path), self.encoding, builder, self.name)
            else:
                self._records = read_jsonl(self._open(path), builder, self.name)
        except (OSError, EOFError, zlib.error) as error:
            self.close()
            raise UnreadableFileError(_unreadable(self.name, error)) from error

    @property
    def share_read(self) -> float | None:
        """Share of the file that was read, 0 to 1; None when that is not known.

        Returns
        -------
        float | None
            For a progress bar; reading ahead counts as read.
        """
        return None if self._tell is None else min(1.0, self._tell())

    def __iter__(self) -> Iterator[Record]:
        """Yield the records."""
        try:
            yield from self._records
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFileError(_unreadable(self.name, error)) from error

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; harmless when called again."""
        self._tell = None
        while self._closers:
            self._closers.pop()()

    def _open(self, path: Path) -> BinaryIO:
        """Open a file of lines, unpacked when it is packed, and follow how far it is read."""
        file, packed = self._unpacked(path)
        self._closers += [packed.close, file.close]
        size = max(1, path.stat().st_size)
        self._tell = lambda: packed.tell() / size
        return file

    @staticmethod
    def _unpacked(path: Path) -> tuple[BinaryIO, BinaryIO]:
        """Return the file as it is to be read, and the one on disk below it."""
        raw = path.open("rb")
        if not path.name.lower().endswith(".gz"):
            return raw, raw
        return io.BufferedReader(gzip.GzipFile(fileobj=raw)), raw

    def _open_parquet(self, path: Path, builder: RecordBuilder) -> Iterator[Record]:
        """Open a Parquet file and follow how many of its rows are read."""
        file = open_parquet(path)
        self._closers.append(file.close)
        rows = max(1, file.metadata.num_rows)
        self._tell = lambda: builder.rows / rows
        return read_parquet(file, builder, self.name)


def extension(path: Path) -> str:
    """Tell which of the known endings a file has.

    Parameters
    ----------
    path : Path
        The file; it need not be there.

    Returns
    -------
    str
        One of `EXTENSIONS`, whatever the case in the name.

    Raises
    ------
    UnreadableFileError
        When the ending is not known.
    """
    for ending in EXTENSIONS:
        if path.name.lower().endswith(ending):
            return ending
    raise UnreadableFileError(
        f"{path} has an unknown ending; expected one of {', '.join(EXTENSIONS)}, or - for JSONL."
    )


def _unreadable(name: str, error: Exception) -> str:
    """Say what is wrong with a file that the system or the unpacking refuses."""
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{name} cannot be read: {why}. Check the path, its rights and that it is whole."
