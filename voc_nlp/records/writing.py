"""Write OUT by extension: under a temporary name beside it, renamed when it is whole."""

import gzip
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.flat import ANALYSIS_LAYOUT, Layout
from voc_nlp.records.laying import PACKING, Columns, lay_out
from voc_nlp.records.reading import STANDARD_STREAM, extension
from voc_nlp.records.ready import ReadyLine, make_ready


class RecordWriter:
    """A file of answers; use inside ``with``.

    JSONL is written line by line. CSV and Parquet need every column's name before
    the first row, so their lines are kept in a temporary file beside OUT and laid
    flat at the end. When the ``with`` block is left by an exception, nothing stays
    behind and an older file of that name is untouched. Lines go to stdout as
    they come. `voc_nlp.batch.resumable.ResumableWriter` is the one that can be
    gone on with after a stop.

    Parameters
    ----------
    target : Path | str
        A file ending in one of `EXTENSIONS`, or ``-`` for JSONL to stdout.
    layout : Layout
        The columns of CSV and Parquet.
    guard_formulas : bool
        In CSV, put an apostrophe before text that a spreadsheet would run as a
        formula.

    Attributes
    ----------
    layout : Layout | None
        The columns that lines made elsewhere are laid flat to; None where OUT is JSONL.

    Raises
    ------
    UnreadableFileError
        When the ending is unknown or the name is that of a folder.
    """

    def __init__(
        self, target: Path | str, *, layout: Layout = ANALYSIS_LAYOUT, guard_formulas: bool = True
    ) -> None:
        self.layout: Layout | None = None
        self._guard = guard_formulas
        self._path: Path | None = None
        self._columns = Columns(layout)
        self._files: list[BinaryIO] = []
        self._ending = ".jsonl"
        if str(target) == STANDARD_STREAM:
            return
        path = Path(target)
        self._ending = extension(path)
        if path.is_dir():
            raise UnreadableFileError(f"{path} is a directory; expected the name of a file to write.")
        if not self._ending.startswith(".jsonl"):
            self.layout = layout
        self._path = path.resolve()
        self._partial = self._path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._spool = self._partial.with_suffix(".lines")

    def __enter__(self) -> Self:
        """Open the temporary file, so that a folder that cannot be written in shows at once.

        Returns
        -------
        Self
            The writer itself.

        Raises
        ------
        UnreadableFileError
            When the file cannot be written there.
        """
        if self._path is None:
            self._write = sys.stdout.buffer.write
            return self
        direct = self._ending.startswith(".jsonl")
        try:
            self._files.append((self._partial if direct else self._spool).open("xb"))
        except OSError as error:
            raise UnreadableFileError(unwritable(self._path, error)) from error
        self._write = self._files[0].write
        if direct and self._ending.endswith(".gz"):
            packed = gzip.GzipFile("", "wb", PACKING, self._files[0], mtime=0)
            self._files.append(cast(BinaryIO, packed))
            self._write = packed.write
        return self

    def write(self, line: Mapping[str, Any]) -> None:
        """Write one line.

        Parameters
        ----------
        line : Mapping[str, Any]
            As `answer_columns` makes it.
        """
        self.write_ready(make_ready(line, self._columns if self.layout else None))

    def write_ready(self, line: ReadyLine) -> None:
        """Write one line that was made elsewhere.

        Parameters
        ----------
        line : ReadyLine
            Made for the `layout` of this writer.

        Raises
        ------
        UnreadableFileError
            When the system refuses, for instance because the disk is full.
        BrokenPipeError
            When nobody reads stdout any more.
        """
        try:
            self._columns.add(line.columns)
            self._write(line.data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnreadableFileError(unwritable(self._path or "stdout", error)) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the whole file in its place, or take the unfinished one away."""
        if self._path is None:
            if kind is None:
                sys.stdout.buffer.flush()
            return
        try:
            while self._files:
                self._files.pop().close()
            if kind is None:
                if not self._ending.startswith(".jsonl"):
                    lay_out(
                        self._spool, self._partial, self._ending, self._columns, guard_formulas=self._guard
                    )
                os.replace(self._partial, self._path)
        except OSError as failure:
            raise UnreadableFileError(unwritable(self._path, failure)) from failure
        finally:
            self._partial.unlink(missing_ok=True)
            self._spool.unlink(missing_ok=True)


def unwritable(name: Path | str, error: OSError) -> str:
    """Say what is wrong with a file that the system refuses to write.

    Parameters
    ----------
    name : Path | str
        The file as the user knows it.
    error : OSError
        What the system said.

    Returns
    -------
    str
        For an `UnreadableFileError`.
    """
    return f"{name} cannot be written: {error.strerror or error}. Check the folder, its rights and the disk."
