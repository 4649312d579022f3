"""Turn the rows of one file or folder into records: ids, row numbers, duplicates, refusals."""

from collections.abc import Iterable, Mapping
from typing import Any

from voc_nlp.errors import RecordError
from voc_nlp.records.fields import read_comment, read_id
from voc_nlp.records.ids import SeenIds
from voc_nlp.records.record import Record, place_of
from voc_nlp.schema import Comment, Refusal

PASSED_OVER = Record(0, Refusal("", "passed_over", "this record was not asked for"), {})
"""Stands for a record that is to be passed over; it is never handed on."""


class RecordBuilder:
    """Turn the columns of a file, or of a folder's files, into records, in their order.

    It counts the rows, so that a record without an id gets its row number, and
    remembers the ids, so that the second record of an id is refused. Memory grows
    by a few bytes an id that is given, not by the texts.
    """

    def __init__(self) -> None:
        self.rows = 0
        """Rows that were built so far."""
        self.to_pass = 0
        """Rows still to be passed over: counted and remembered, but not built."""
        self._seen = SeenIds()
        self._file: str | None = None
        self._fixed: Mapping[str, Any] = {}

    def begin_file(self, file: str, fixed: Mapping[str, Any]) -> None:
        """Go on with another file of a folder.

        Parameters
        ----------
        file : str
            Its place in the folder, for messages.
        fixed : Mapping[str, Any]
            Columns that all its records have, besides their own.
        """
        self._file = file
        self._fixed = fixed

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
            ``invalid_record`` or ``duplicate_id``; `PASSED_OVER` for one that is to
            be passed over.
        """
        if self._fixed:
            columns = {**columns, **{name: self._fixed[name] for name in self._fixed if name not in columns}}
        if self.to_pass:
            self.pass_over([columns.get("id")])
            return PASSED_OVER
        self.rows += 1
        record_id = str(self.rows)
        try:
            given = read_id(columns.get("id"))
            record_id = given if given is not None else record_id
            self._claim(record_id, given is None)
            item: Comment | Refusal = read_comment(record_id, columns)
        except RecordError as error:
            item = Refusal(record_id, error.code, f"{place_of(line, self._file)}: {error.message}")
        return Record(line, item, columns, self._file)

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
            With a refusal of code ``broken_record``, under its row number;
            `PASSED_OVER` for one that is to be passed over.
        """
        self.rows += 1
        if self.to_pass:
            self.to_pass -= 1
            return PASSED_OVER
        refusal = Refusal(str(self.rows), "broken_record", f"{place_of(line, self._file)}: {reason}")
        return Record(line, refusal, {} if raw is None else {"raw": raw}, self._file)

    def pass_over(self, ids: Iterable[Any]) -> None:
        """Count rows and remember their ids without building their records.

        Parameters
        ----------
        ids : Iterable[Any]
            What stands in the column id of each row, not more than `to_pass`.
        """
        for value in ids:
            self.rows += 1
            self.to_pass -= 1
            try:
                given = read_id(value)
            except RecordError:
                continue
            if given is None:
                self._seen.claim_row(self.rows)
            else:
                self._seen.claim(given)

    def _claim(self, record_id: str, numbered: bool) -> None:
        """Remember an id; raise when an earlier record has it."""
        if self._seen.claim_row(self.rows) if numbered else self._seen.claim(record_id):
            return
        if numbered:
            raise RecordError(
                "duplicate_id",
                "the record has no id and its row number is the id of an earlier record; "
                "give every record an id of its own",
            )
        raise RecordError(
            "duplicate_id",
            "an earlier record has the same id; ids must be unique in a file: "
            "remove this record or give it another id",
        )
