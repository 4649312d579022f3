"""Hands out the results of a job in the order of its documents: as a stream of lines, or page by page."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from api.db.engine import Database
from api.db.tables import JobRow
from api.errors import InvalidCursorError
from api.jobs import repository
from api.jobs.lines import unpack

_POSITION = re.compile(r"(\d{1,9})\.(\d{1,9})")


class Position(NamedTuple):
    """The next record: the part that it is in, and its place there."""

    part: int = 0
    place: int = 0


class GoneError(Exception):
    """The job was deleted while its results were read: the stream breaks off, so that it shows."""


def read_position(cursor: str | None) -> Position:
    """Read a cursor.

    Parameters
    ----------
    cursor : str | None
        A `next_cursor`, or None for the start.

    Returns
    -------
    Position
        Where to go on.

    Raises
    ------
    InvalidCursorError
        If the cursor is not one of a list of results.
    """
    if cursor is None:
        return Position()
    try:
        written = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        raise InvalidCursorError() from None
    found = _POSITION.fullmatch(written)
    if found is None:
        raise InvalidCursorError()
    return Position(int(found[1]), int(found[2]))


def page_of(
    session: Session, job: JobRow, position: Position, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Read a page of results.

    Parameters
    ----------
    session : Session
        A reading session.
    job : JobRow
        Whose results; while it runs, those are shown that nothing is missing before.
    position : Position
        Where to begin.
    limit : int
        Most records.

    Returns
    -------
    tuple[list[dict[str, Any]], str | None]
        The records, and the cursor of the next page; None when nothing will follow any more.
    """
    has_ended = job.ended_at is not None
    records: list[dict[str, Any]] = []
    while True:
        part = repository.next_done_part(session, job.id, position.part, past_gaps=has_ended)
        body = repository.output_of(session, job.id, part.number) if part else None
        if part is None or body is None:
            return records, None if has_ended else _write(position)
        place = position.place if part.number == position.part else 0
        lines = _lines(body)
        taken = lines[place : place + limit - len(records)]
        records += [json.loads(line) for line in taken]
        if place + len(taken) < len(lines):
            return records, _write(Position(part.number, place + len(taken)))
        position = Position(part.number + 1)
        if len(records) == limit:
            follows = not has_ended or repository.next_done_part(
                session, job.id, position.part, past_gaps=True
            )
            return records, _write(position) if follows else None


def stream(database: Database, job: JobRow) -> Iterator[bytes]:
    """Read all results of a job that has ended, a part at a time, each in a short transaction.

    Parameters
    ----------
    database : Database
        Where they are.
    job : JobRow
        Whose results.

    Yields
    ------
    bytes
        Lines of JSON, each ended by a line break.

    Raises
    ------
    GoneError
        If the job is deleted meanwhile.
    """
    number = 0
    while True:
        with database.reading() as session:
            part = repository.next_done_part(session, job.id, number, past_gaps=True)
            body = repository.output_of(session, job.id, part.number) if part else None
            if part is None and repository.find(session, job.tenant_id, job.id) is None:
                raise GoneError(job.id)
        if part is None:
            return
        if body is None:
            raise GoneError(job.id)
        if lines := _lines(body):
            yield b"\n".join(lines) + b"\n"
        number = part.number + 1


def _lines(body: bytes) -> list[bytes]:
    """Read the records of a part; it may have none."""
    return [line for line in unpack(body) if line]


def _write(position: Position) -> str:
    return base64.urlsafe_b64encode(f"{position.part}.{position.place}".encode("ascii")).decode("ascii")
