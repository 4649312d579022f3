"""The checkpoint of a run: a small file that says how far the partial file is certain, and of which job."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voc_nlp.errors import ResumeError
from voc_nlp.records.jsonl import encode_line
from voc_nlp.records.partial import make_names_certain

FORMAT = 1
"""Number of the checkpoint's shape; another number is not gone on with."""

START_OVER = "Give --fresh to discard it and start over."
"""What can be done about an unfinished run that cannot be gone on with."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a run has got.

    Parameters
    ----------
    job : Mapping[str, Any]
        What is run, as `describe_job` tells it.
    records : int
        Records whose lines are certain.
    length : int
        Bytes of the partial file that are certain.
    refused : Mapping[str, int]
        Refused records by code.
    columns : Mapping[str, list[str]]
        Columns and kinds that were met, as `Columns.to_dict` tells them.
    complete : bool
        Whether the lines of all records are there and only OUT is to be made of them.
    result : list[int] | None
        Size and time of change, in nanoseconds, of the whole file that is about to become OUT.
    """

    job: Mapping[str, Any]
    records: int = 0
    length: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, list[str]] = field(default_factory=dict)
    complete: bool = False
    result: list[int] | None = None

    def save(self, path: Path) -> None:
        """Write the checkpoint in place of the one before, whole or not at all.

        Parameters
        ----------
        path : Path
            The file.
        """
        fresh = path.with_name(f"{path.name}.new")
        try:
            with fresh.open("wb") as file:
                file.write(encode_line({"format": FORMAT, **asdict(self)}))
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        make_names_certain(path.parent)

    @staticmethod
    def load(path: Path) -> "Checkpoint | None":
        """Read a checkpoint.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        Checkpoint | None
            None when there is none.

        Raises
        ------
        ResumeError
            When the file is damaged or of another version of this program.
        """
        try:
            values = json.loads(path.read_bytes())
            number = values.pop("format")
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResumeError(_damaged(path)) from error
        if number != FORMAT:
            raise ResumeError(
                f"{path} has format {number!r}; expected {FORMAT}: it was written by another version of voc. "
                f"Go on with that version. {START_OVER}"
            )
        try:
            checkpoint = Checkpoint(**values)
        except TypeError as error:
            raise ResumeError(_damaged(path)) from error
        if not checkpoint._is_sound():
            raise ResumeError(_damaged(path))
        return checkpoint

    def _is_sound(self) -> bool:
        """Say whether the values are of the kinds that they should be."""
        return (
            isinstance(self.job, dict)
            and all(type(number) is int and number >= 0 for number in (self.records, self.length))
            and isinstance(self.refused, dict)
            and all(type(number) is int for number in self.refused.values())
            and isinstance(self.columns, dict)
            and all(
                isinstance(kinds, list) and set(kinds) <= {"bool", "int", "float", "str"}
                for kinds in self.columns.values()
            )
            and isinstance(self.complete, bool)
            and (self.result is None or isinstance(self.result, list))
        )


def _damaged(path: Path) -> str:
    """Say that a checkpoint cannot be read."""
    return f"{path}, the checkpoint of an unfinished run, is damaged. {START_OVER}"
