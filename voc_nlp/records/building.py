"""Turn the rows of one file into records: ids, row numbers, duplicates, refusals."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from voc_nlp.errors import RecordError
from voc_nlp.records.fields import read_comment, read_id
from voc_nlp.records.record import Record
from voc_nlp.schema import Comment, Refusal


class RecordBuilder:
    """Turn the columns of one file into records, in file order.

    It counts the rows, so that a record without an id gets its row number, and
    remembers the ids, so that the second record of an id is refused. Memory grows
    by the ids that are given, not by the texts.
    """

    def __init__(self) -> None:
        self.rows = 0
        """Rows that were built so far."""
        self._given: set[str] = set()
        self._numbered = _RowRuns()

    def record(self, line: int, columns: Mapping[str, Any]) -> Record:
        """Build the next record.

        Parameters
        ----------
        line : int
            1-based line where it starts.
        columns : Mapping[str, Any]
            Its columns as given.

        Returns
        -------
        Record
            With a comment, or with a refusal of code ``missing_text``,
            ``invalid_record`` or ``duplicate_id``.
        """
        self.rows += 1
        record_id = str(self.rows)
        try:
            given = read_id(columns.get("id"))
            record_id = given if given is not None else record_id
            self._claim(record_id, given is None)
            item: Comment | Refusal = read_comment(record_id, columns)
        except RecordError as error:
            item = Refusal(record_id, error.code, f"line {line}: {error.message}")
        return Record(line, item, columns)

    def broken(self, line: int, reason: str, raw: str | None) -> Record:
        """Build a record for a line that cannot be read as one.

        Parameters
        ----------
        line : int
            1-based line where it starts.
        reason : str
            What was met, what was expected, what to do.
        raw : str | None
            The line as far as it can be kept.

        Returns
        -------
        Record
            With a refusal of code ``broken_record``, under its row number.
        """
        self.rows += 1
        refusal = Refusal(str(self.rows), "broken_record", f"line {line}: {reason}")
        return Record(line, refusal, {} if raw is None else {"raw": raw})

    def _claim(self, record_id: str, numbered: bool) -> None:
        """Remember an id; raise when an earlier record has it."""
        taken = record_id in self._given or record_id in self._numbered
        if not taken:
            if numbered:
                self._numbered.add(self.rows)
            else:
                self._given.add(record_id)
        elif numbered:
            raise RecordError(
                "duplicate_id",
                "the record has no id and its row number is the id of an earlier record; "
                "give every record an id of its own",
            )
        else:
            raise RecordError(
                "duplicate_id",
                "an earlier record has the same id; ids must be unique in a file: "
                "remove this record or give it another id",
            )


class _RowRuns:
    """A growing set of ascending row numbers, kept as runs so that it stays small."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, row: int) -> None:
        """Add a row that is higher than all before."""
        if self._ends and self._ends[-1] == row:
            self._ends[-1] = row + 1
        else:
            self._starts.append(row)
            self._ends.append(row + 1)

    def __contains__(self, record_id: str) -> bool:
        """Say whether the id is the plain decimal form of a row that was added."""
        if not (record_id.isascii() and record_id.isdigit() and record_id[0] != "0" and len(record_id) < 18):
            return False
        row = int(record_id)
        at = bisect_right(self._starts, row) - 1
        return at >= 0 and row < self._ends[at]
