"""Puts a job together part by part, each in a transaction of its own; the last one makes it known."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.db.ids import new_id
from api.db.tables import JobInputRow, JobPartRow, JobRow
from api.idempotency.errors import KeyReusedError
from api.jobs.errors import JobUploadError
from api.jobs.queue import JobState, PartState
from api.jobs.repository import delete_job


class JobRequest(NamedTuple):
    """Who asks for what; `language` is that of the messages in the results.

    `key` is the `Idempotency-Key`: a job is made once for it, and found again for as long as it is kept.
    `asked` holds the options of a kind that has some.
    """

    tenant_id: str
    actor: str
    kind: str
    language: str
    key: str | None = None
    asked: Mapping[str, Any] | None = None


class Piece(NamedTuple):
    """One part as it is stored; see `JobPartRow` and `JobInputRow`."""

    first_index: int
    first_line: int
    documents: int
    body: bytes
    overlong: tuple[int, ...] = ()


class Assembly:
    """One job on its way into the tables; nobody sees it until `finish`.

    What breaks off leaves nothing that is worked on, and what a killed process leaves is thrown
    away by the worker.

    Parameters
    ----------
    database : Database
        Where the parts go.
    request : JobRequest
        What is asked for.
    clock : Clock
        The present.
    """

    def __init__(self, database: Database, request: JobRequest, clock: Clock) -> None:
        self._database = database
        self._request = request
        self._clock = clock
        self._stored = 0
        self._documents = 0
        self._id = new_id("job")

    def store(self, *pieces: Piece) -> None:
        """Store parts in one transaction.

        Parameters
        ----------
        *pieces : Piece
            In their order; `JobUploadError` is raised when the job was taken for dead meanwhile.
        """
        now = self._clock()
        with self._database.writing() as session:
            self._add(session, pieces, now)
        self._count(pieces)

    def finish(self, digest: str, *pieces: Piece) -> tuple[JobRow, bool]:
        """Store the last parts, and make the job known.

        Parameters
        ----------
        digest : str
            sha256 of what was asked.
        *pieces : Piece
            The last parts.

        Returns
        -------
        tuple[JobRow, bool]
            The job, and whether it is new; an earlier one with the same key and the same contents
            is not. `KeyReusedError` is raised when the contents differ, `JobUploadError` when the
            upload was taken for dead meanwhile.

        Raises
        ------
        JobUploadError
            If the job that was faster is gone again.
        """
        earlier = self.earlier(digest)
        if earlier is not None:
            self.discard()
            return earlier, False
        try:
            return self._make_known(digest, pieces), True
        except IntegrityError as race:  # the same request, sent twice at once: the other one was faster
            self.discard()
            earlier = self.earlier(digest)
            if earlier is None:
                raise JobUploadError() from race
            return earlier, False

    def earlier(self, digest: str) -> JobRow | None:
        """Find the job that was made for the same key.

        Parameters
        ----------
        digest : str
            sha256 of what was asked.

        Returns
        -------
        JobRow | None
            None when there is none.

        Raises
        ------
        KeyReusedError
            If it was asked for something else.
        """
        if self._request.key is None:
            return None
        with self._database.reading() as session:
            row = session.scalars(
                select(JobRow).where(
                    JobRow.tenant_id == self._request.tenant_id, JobRow.request_key == self._request.key
                )
            ).one_or_none()
        if row is not None and row.request_digest != digest:
            raise KeyReusedError()
        return row

    def discard(self) -> None:
        """Throw away what was stored."""
        if self._stored:
            with self._database.writing() as session:
                delete_job(session, self._id, JobState.RECEIVING)

    def _make_known(self, digest: str, pieces: tuple[Piece, ...]) -> JobRow:
        """Store the last parts, and let workers see the job; one without any part is done."""
        now = self._clock()
        with self._database.writing() as session:
            self._add(session, pieces, now)
            row = self._lock(session)
            row.state, row.touched_at = JobState.QUEUED.value, now
            row.total = self._documents + sum(piece.documents for piece in pieces)
            row.parts = row.parts_left = self._stored + len(pieces)
            if not row.parts:
                row.state, row.started_at, row.ended_at = JobState.SUCCEEDED.value, now, now
            if self._request.key is not None:
                row.request_key, row.request_digest = self._request.key, digest
        self._count(pieces)
        return row

    def _count(self, pieces: tuple[Piece, ...]) -> None:
        self._stored += len(pieces)
        self._documents += sum(piece.documents for piece in pieces)

    def _new_row(self, now: datetime) -> JobRow:
        asked = self._request.asked
        return JobRow(
            id=self._id,
            tenant_id=self._request.tenant_id,
            kind=self._request.kind,
            state=JobState.RECEIVING.value,
            actor=self._request.actor,
            language=self._request.language,
            asked=None if asked is None else dict(asked),
            total=0,
            succeeded=0,
            failed=0,
            parts=0,
            parts_left=0,
            created_at=now,
            touched_at=now,
        )

    def _lock(self, session: Session) -> JobRow:
        row = session.scalars(
            select(JobRow)
            .where(JobRow.id == self._id, JobRow.state == JobState.RECEIVING.value)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise JobUploadError()
        return row

    def _add(self, session: Session, pieces: tuple[Piece, ...], now: datetime) -> None:
        """Add parts; the row of the job keeps it from being thrown away at the same moment."""
        if not self._stored:
            session.add(self._new_row(now))
            session.flush()
        self._lock(session).touched_at = now
        for number, piece in enumerate(pieces, start=self._stored):
            session.add(
                JobPartRow(
                    job_id=self._id,
                    number=number,
                    state=PartState.QUEUED.value,
                    first_index=piece.first_index,
                    first_line=piece.first_line,
                    documents=piece.documents,
                    overlong=list(piece.overlong),
                    attempts=0,
                    free_at=now,
                )
            )
        session.flush()
        for number, piece in enumerate(pieces, start=self._stored):
            session.add(JobInputRow(job_id=self._id, number=number, body=piece.body))
