"""Open comments by name (a file, a folder or a URL) and yield the records in order."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.building import PASSED_OVER, RecordBuilder
from voc_nlp.records.folder import Part, parts_of
from voc_nlp.records.jsonl import read_jsonl
from voc_nlp.records.places import is_folder
from voc_nlp.records.record import Record
from voc_nlp.records.source import SourceFile
from voc_nlp.records.urls import file_name, shown, unreadable

STANDARD_STREAM = "-"
"""Stands for stdin or stdout, as JSONL."""

EXTENSIONS = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
"""Endings of the files that are read and written."""


class RecordReader:
    """The records of one file or folder, in their order; iterate once, inside ``with``.

    A record that cannot be used is yielded with a refusal in place of a comment,
    and the rest goes on. Only what makes a whole file useless is raised.

    The files of a folder are read in the order of their names, as if they were one:
    row numbers that stand for missing ids go on, and an id is unique in all of
    them. Folders named ``key=value`` around a file are columns of its records.

    UnreadableFileError is raised when the file is not there, cannot be opened or has
    an unknown ending; while iterating, when a file turns out to be damaged or to
    have no column text. Of a folder, it names the file.

    Parameters
    ----------
    source : Path | str
        A file ending in one of `EXTENSIONS`, a folder of such files of one kind,
        the URL of either (whatever fsspec knows: s3, gs, http, ...), or ``-`` for
        JSONL from stdin.

    Examples
    --------
    >>> with RecordReader("reviews.csv") as records:  # doctest: +SKIP
    ...     for record in records:
    ...         print(record.line, record.item)
    """

    def __init__(self, source: Path | str) -> None:
        name = str(source)
        self.name = "stdin" if name == STANDARD_STREAM else shown(name)
        """For messages: without credentials."""
        self.encoding = "utf-8"
        """What CSV is written in; of a folder, the first that is not UTF-8."""
        self._builder = RecordBuilder()
        self._parts: list[Part] = []
        self._at = 0
        self._file: SourceFile | None = None
        if name != STANDARD_STREAM:
            self._parts = parts_of(name, extension) if is_folder(name) else [_single(name)]
            self._open_part(0)

    @property
    def share_read(self) -> float | None:
        """Share that was read, 0 to 1; None when that is not known.

        Returns
        -------
        float | None
            For a progress bar; reading ahead counts as read. The files of a folder
            count alike.
        """
        share = None if self._file is None else self._file.share_read
        return None if share is None else (self._at + share) / len(self._parts)

    def skip(self, records: int) -> None:
        """Pass over the first records; to be called once, before iterating.

        They are read, for their ids and the numbers of the lines and rows, but not
        built: what follows is what would have followed them.

        Parameters
        ----------
        records : int
            How many; iterating raises UnreadableFileError when there are fewer.
        """
        self._builder.to_pass = records

    def __iter__(self) -> Iterator[Record]:
        """Yield the records."""
        for record in self._all():
            if record is not PASSED_OVER:
                yield record
        if self._builder.to_pass:
            raise UnreadableFileError(
                f"{self.name} has {self._builder.rows:,} records; expected "
                f"{self._builder.to_pass:,} more, which were read before. Give the same file again."
            )

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
        if self._file is not None:
            self._file.close()

    def _all(self) -> Iterator[Record]:
        """Yield what every file gives, also of the records that are passed over."""
        if not self._parts:
            try:
                yield from read_jsonl(sys.stdin.buffer, self._builder, self.name)
            except OSError as error:
                raise UnreadableFileError(unreadable(self.name, error)) from error
        for at in range(len(self._parts)):
            file = self._file if at == 0 and self._file is not None else self._open_part(at)
            yield from file
            if at + 1 < len(self._parts):
                file.close()

    def _open_part(self, at: int) -> SourceFile:
        """Open one of the files."""
        part = self._parts[at]
        if part.place is not None:
            self._builder.begin_file(part.place, part.columns)
        self._at = at
        self._file = SourceFile(part.name, part.ending, self._builder)
        if self.encoding == "utf-8":
            self.encoding = self._file.encoding
        return self._file


def extension(path: Path | str) -> str:
    """Tell which of the known endings a file has.

    Parameters
    ----------
    path : Path | str
        A path or a URL; the file need not be there.

    Returns
    -------
    str
        One of `EXTENSIONS`, whatever the case in the name.

    Raises
    ------
    UnreadableFileError
        When the ending is not known.
    """
    name = file_name(str(path)).lower()
    for ending in EXTENSIONS:
        if name.endswith(ending):
            return ending
    raise UnreadableFileError(
        f"{shown(str(path))} has an unknown ending; expected one of {', '.join(EXTENSIONS)}, or - for JSONL."
    )


def _single(name: str) -> Part:
    """Describe a file that stands alone."""
    return Part(name, extension(name), None, {})
