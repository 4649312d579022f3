"""Write OUT so that a run that was stopped, by whatever, is gone on with: no line lost, none twice."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from voc_nlp.batch.checkpoint import START_OVER, Checkpoint
from voc_nlp.batch.chunks import CHUNK_SIZE
from voc_nlp.batch.job import differences
from voc_nlp.batch.target import FOLDER, Target
from voc_nlp.errors import ResumeError, UnreadableFileError
from voc_nlp.records.flat import ANALYSIS_LAYOUT, Layout
from voc_nlp.records.laying import Columns, lay_out, lay_out_parts
from voc_nlp.records.partial import PartialFile
from voc_nlp.records.ready import ReadyLine
from voc_nlp.records.writing import unwritable

CHECKPOINT_RECORDS = 8 * CHUNK_SIZE
"""Records from one checkpoint to the next: whole chunks, so that a run that is gone on with cuts the same
chunks as one that never stopped, and few enough that a stop costs seconds."""

ROWS_PER_FILE = 1_000_000
"""Rows of a file where OUT is a folder."""


class ResumableWriter:
    """A file of answers that survives the end of its process; use inside ``with``.

    Lines go to a partial file, and every `CHECKPOINT_RECORDS` a checkpoint says how
    much of it is certain. JSONL's partial file becomes OUT by one rename; for CSV
    and Parquet it is laid out when all lines are there. Where the ``with`` block is
    left by an exception, the partial file and the checkpoint stay, if there is
    anything to go on from.

    Parameters
    ----------
    target : Target
        Where OUT lies.
    job : Mapping[str, Any]
        As `describe_job` tells it.
    layout : Layout
        The columns of CSV and Parquet.
    guard_formulas : bool
        In CSV, put an apostrophe before text that a spreadsheet would run as a formula.
    rows_per_file : int
        Rows of a file where OUT is a folder.
    fresh : bool
        Discard an unfinished run.
    every : int
        Records from one checkpoint to the next.

    Attributes
    ----------
    records : int
        Records whose lines were written, by this run and by those that it goes on from.
    refused : Counter[str]
        Refused records among them, by code.
    is_complete : bool
        Whether all records' lines were there when the run was taken up: nothing is to be read then.
    """

    def __init__(
        self,
        target: Target,
        job: Mapping[str, Any],
        *,
        layout: Layout = ANALYSIS_LAYOUT,
        guard_formulas: bool = True,
        rows_per_file: int = ROWS_PER_FILE,
        fresh: bool = False,
        every: int = CHECKPOINT_RECORDS,
    ) -> None:
        self._target = target
        self._job = job
        self._columns = Columns(layout)
        self._guard = guard_formulas
        self._rows_per_file = rows_per_file
        self._fresh = fresh
        self._every = every
        self._certain = Checkpoint(job)
        self._is_in_place = False
        self.is_complete = False

    @property
    def layout(self) -> Layout | None:
        """Return the columns that lines are to be laid flat to.

        Returns
        -------
        Layout | None
            None where OUT is JSONL.
        """
        return None if self._target.is_direct else self._columns.layout

    @property
    def kept(self) -> int:
        """Return how many records a next run will not have to repeat.

        Returns
        -------
        int
            Records of the last checkpoint.
        """
        return self._certain.records

    def __enter__(self) -> Self:
        """Open the partial file and go back to its checkpoint, if there is one.

        Returns
        -------
        Self
            The writer itself; a `ResumeError` is raised when the unfinished run cannot be gone on with,
            or another process is at it.
        """
        with self._writing():
            self._open()
        return self

    def write(self, line: ReadyLine) -> None:
        """Write the line of the next record.

        Parameters
        ----------
        line : ReadyLine
            Made for the `layout` of this writer.

        Raises
        ------
        UnreadableFileError
            When the system refuses, for instance because the disk is full.
        """
        try:
            self._partial.write(line.data)
            self.records += 1
            if line.refused is not None:
                self.refused[line.refused] += 1
            if line.columns:
                self._columns.add(line.columns)
            if self.records % self._every == 0:
                self._save(self._partial.make_certain())
        except OSError as error:
            raise UnreadableFileError(unwritable(self._target.name, error)) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Make OUT of the lines; after an exception, keep them for the next run."""
        try:
            if kind is None:
                with self._writing():
                    self._finish()
        finally:
            try:
                if self._is_in_place or not self.kept:
                    self._clear()
            finally:
                self._partial.close()

    def _open(self) -> None:
        """Open the partial file alone, and see what there is to go on from."""
        target = self._target
        was_there = target.partial.exists()
        self._partial = PartialFile(target.partial, packed=target.ending == ".jsonl.gz")
        try:
            if self._fresh:
                target.checkpoint.unlink(missing_ok=True)
            known = Checkpoint.load(target.checkpoint)
            self._take_up(known)
            if not self._is_in_place:
                target.check_free(going_on=known is not None)
                target.discard_laid()
                self._partial.cut(self._certain.length)
            if known is None:
                self._certain.save(target.checkpoint)
        except BaseException:
            if not was_there:
                self._partial.unlink()
            self._partial.close()
            target.discard_work()
            raise

    def _take_up(self, known: Checkpoint | None) -> None:
        """Go on from a checkpoint, or from nothing."""
        target = self._target
        if known is not None:
            changed = differences(known.job, self._job)
            if changed:
                raise ResumeError(
                    f"{target.checkpoint} is of a run that stopped after {known.records:,} records and "
                    f"differs in {', '.join(changed)}. Give the command as it was to go on. {START_OVER}"
                )
            self._is_in_place = known.result is not None and target.is_in_place(known.result)
            if self._partial.length < known.length and not self._is_in_place:
                raise ResumeError(
                    f"{target.partial} has {self._partial.length:,} bytes; its checkpoint expects "
                    f"{known.length:,} at least: it was cut, deleted or exchanged. {START_OVER}"
                )
            self._certain = known
        self.records = self._certain.records
        self.refused = Counter(self._certain.refused)
        self.is_complete = self._certain.complete
        self._columns = Columns(self._columns.layout, self._certain.columns)

    def _save(self, length: int, *, complete: bool = False) -> None:
        """Write a checkpoint of what is certain."""
        certain = Checkpoint(
            self._job, self.records, length, dict(self.refused), self._columns.to_dict(), complete
        )
        certain.save(self._target.checkpoint)
        self._certain = certain

    def _finish(self) -> None:
        """Make OUT of the lines, each step of which may be repeated."""
        target = self._target
        if self._is_in_place:
            return
        if not self.is_complete:
            self._save(self._partial.end(), complete=True)
        if target.ending == FOLDER:
            target.laid.mkdir()
            lay_out_parts(target.partial, target.laid, self._columns, self._rows_per_file)
            for part in target.laid.iterdir():
                _make_certain(part)
        elif not target.is_direct:
            lay_out(target.partial, target.laid, target.ending, self._columns, guard_formulas=self._guard)
            _make_certain(target.laid)
        self._certain = replace(self._certain, result=target.result())
        self._certain.save(target.checkpoint)
        target.put_in_place()
        self._is_in_place = True

    def _clear(self) -> None:
        """Leave nothing but OUT; the checkpoint goes last, for it says that OUT is whole."""
        with suppress(OSError):
            self._target.discard_laid()
            self._partial.unlink()
            self._target.checkpoint.unlink(missing_ok=True)
            self._target.discard_work()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn what the system refuses into an error of OUT."""
        try:
            yield
        except OSError as error:
            raise UnreadableFileError(unwritable(self._target.name, error)) from error


def _make_certain(path: Path) -> None:
    """Bring a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
