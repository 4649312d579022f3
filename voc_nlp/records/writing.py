"""Write OUT by extension: under a temporary name beside it, renamed when it is whole."""

import csv
import gzip
import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TextIO, cast

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.flat import ANALYSIS_LAYOUT, Layout, flatten
from voc_nlp.records.jsonl import encodable, encode_line
from voc_nlp.records.parquet import kind_of, write_parquet
from voc_nlp.records.reading import STANDARD_STREAM, extension

_FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
"""First characters that make a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


class RecordWriter:
    """A file of answers; use inside ``with``.

    JSONL is written line by line. CSV and Parquet need every column's name before
    the first row, so their lines are kept in a temporary file beside OUT and laid
    flat at the end. When the ``with`` block is left by an exception, nothing stays
    behind and an older file of that name is untouched. Lines go to stdout as
    they come.

    Parameters
    ----------
    target : Path | str
        A file ending in one of `EXTENSIONS`, or ``-`` for JSONL to stdout.
    layout : Layout
        The columns of CSV and Parquet.
    guard_formulas : bool
        In CSV, put an apostrophe before text that a spreadsheet would run as a
        formula.

    Raises
    ------
    UnreadableFileError
        When the ending is unknown or the name is that of a folder.
    """

    def __init__(
        self, target: Path | str, *, layout: Layout = ANALYSIS_LAYOUT, guard_formulas: bool = True
    ) -> None:
        self._layout = layout
        self._guard = guard_formulas
        self._path: Path | None = None
        self._columns: dict[str, set[type]] = {}
        self._files: list[BinaryIO] = []
        self._ending = ".jsonl"
        if str(target) == STANDARD_STREAM:
            return
        path = Path(target)
        self._ending = extension(path)
        if path.is_dir():
            raise UnreadableFileError(f"{path} is a directory; expected the name of a file to write.")
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
            raise UnreadableFileError(self._unwritable(error)) from error
        self._write = self._files[0].write
        if direct and self._ending.endswith(".gz"):
            packed = gzip.GzipFile("", "wb", fileobj=self._files[0], mtime=0)
            self._files.append(cast(BinaryIO, packed))
            self._write = packed.write
        return self

    def write(self, line: Mapping[str, Any]) -> None:
        """Write one line.

        Parameters
        ----------
        line : Mapping[str, Any]
            As `answer_columns` makes it.

        Raises
        ------
        UnreadableFileError
            When the system refuses, for instance because the disk is full.
        BrokenPipeError
            When nobody reads stdout any more.
        """
        try:
            if not self._ending.startswith(".jsonl"):
                line = flatten(line, self._layout)
                self._note(line)
            self._write(encode_line(line))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnreadableFileError(self._unwritable(error)) from error

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
                self._finish()
                os.replace(self._partial, self._path)
        except OSError as failure:
            raise UnreadableFileError(self._unwritable(failure)) from failure
        finally:
            self._partial.unlink(missing_ok=True)
            self._spool.unlink(missing_ok=True)

    def _note(self, flat: Mapping[str, Any]) -> None:
        """Remember which columns there are and what kinds of values they hold."""
        for name, value in flat.items():
            kinds = self._columns.setdefault(name, set())
            if value is not None:
                kinds.add(kind_of(value))

    def _finish(self) -> None:
        """Lay the lines that were kept flat, now that all columns are known."""
        if self._ending == ".parquet":
            write_parquet(self._partial, self._kept_lines(), self._ordered_columns())
        elif self._ending.startswith(".csv"):
            opened = gzip.open if self._ending.endswith(".gz") else open
            with opened(self._partial, "xt", encoding="utf-8-sig", newline="") as file:
                self._write_csv(file)

    def _ordered_columns(self) -> dict[str, frozenset[type]]:
        """Return all columns in their order, with the kinds of their values."""
        plain = self._layout.plain
        front = ["id", *(["text"] if "text" in self._columns else []), *plain]
        back = [f"{key}_json" for key in self._layout.nested]
        others = [name for name in self._columns if name not in front and name not in back]
        fixed = {"id": str, **plain, **dict.fromkeys(back, str)}
        return {
            name: frozenset({fixed[name]}) if name in fixed else frozenset(self._columns.get(name, ()))
            for name in [*front, *others, *back]
        }

    def _kept_lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines that were kept."""
        with self._spool.open("rb") as file:
            for line in file:
                yield json.loads(line)

    def _write_csv(self, file: TextIO) -> None:
        """Write all kept lines as CSV."""
        columns = list(self._ordered_columns())
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(self._cells(columns))
        for line in self._kept_lines():
            writer.writerow(self._cells(line.get(name) for name in columns))

    def _cells(self, values: Iterable[Any]) -> list[str]:
        """Write values out as cells."""
        return [self._cell(value) for value in values]

    def _cell(self, value: Any) -> str:
        """Write one value out as a cell."""
        if value is None:
            return ""
        if not isinstance(value, str):
            return encodable(value)
        if self._guard and value[:1] in _FORMULA_STARTS and not _PLAIN_NUMBER.fullmatch(value):
            value = f"'{value}"
        return encodable(value)

    def _unwritable(self, error: OSError) -> str:
        """Say what is wrong with a file that the system refuses to write."""
        name = "stdout" if self._path is None else str(self._path)
        return (
            f"{name} cannot be written: {error.strerror or error}. Check the folder, its rights and the disk."
        )
