"""Receives a job part by part: each is a transaction of its own, and the last one makes the job known."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.db.ids import new_id
from api.db.tables import JobInputRow, JobPartRow, JobRow
from api.errors import BodyTooLargeError
from api.idempotency.errors import KeyReusedError
from api.jobs.errors import EmptyJobError, JobTooLargeError, JobUploadError
from api.jobs.lines import Part, PartCutter
from api.jobs.queue import JobState, PartState
from api.jobs.repository import delete_job


class JobRequest(NamedTuple):
    """Who asks for what; `language` is that of the messages in the results.

    `key` is the `Idempotency-Key`: a job is made once for it, and found again for as long as it is kept.
    """

    tenant_id: str
    actor: str
    kind: str
    language: str
    key: str | None = None


class Limits(NamedTuple):
    """How large a job may be."""

    documents: int
    upload_bytes: int


class Receiver:
    """Takes one upload.

    A job is not seen by anybody until `finish`: an upload that breaks off leaves nothing that
    is worked on, and what a killed process leaves is thrown away by the worker.

    Parameters
    ----------
    database : Database
        Where the parts go.
    request : JobRequest
        What is asked for.
    limits : Limits
        How large it may be.
    clock : Clock
        The present.
    """

    def __init__(self, database: Database, request: JobRequest, limits: Limits, clock: Clock) -> None:
        self._database = database
        self._request = request
        self._limits = limits
        self._clock = clock
        self._cutter = PartCutter()
        self._stored = 0
        self._bytes = 0
        self._id = new_id("job")
        self._digest = hashlib.sha256(f"{request.kind} {request.language} ".encode())

    def feed(self, piece: bytes) -> list[Part]:
        """Take the next piece of the upload.

        Parameters
        ----------
        piece : bytes
            Of any length.

        Returns
        -------
        list[Part]
            What has to be stored now; too many documents raise `JobTooLargeError`.

        Raises
        ------
        BodyTooLargeError
            If the upload has too many bytes.
        """
        self._bytes += len(piece)
        self._digest.update(piece)
        if self._bytes > self._limits.upload_bytes:
            raise BodyTooLargeError(self._limits.upload_bytes)
        parts = list(self._cutter.feed(piece))
        self._check_count()
        return parts

    def store(self, part: Part) -> None:
        """Store a part.

        Parameters
        ----------
        part : Part
            What `feed` handed out, in that order; `JobUploadError` is raised when the upload was
            taken for dead meanwhile.
        """
        body, now = part.pack(), self._clock()
        with self._database.writing() as session:
            if not self._stored:
                session.add(self._new_row(now))
                session.flush()
            self._add(session, part, body, now)
        self._stored += 1

    def finish(self) -> tuple[JobRow, bool]:
        """Store the rest, and make the job known.

        Returns
        -------
        tuple[JobRow, bool]
            The queued job, and whether it is new; an earlier one with the same key and the same
            contents is not. `KeyReusedError` is raised when the contents differ, `JobUploadError`
            when the upload was taken for dead meanwhile.

        Raises
        ------
        EmptyJobError
            If there was no document.
        JobUploadError
            If the job that was faster is gone again.
        """
        rest = list(self._cutter.finish())
        self._check_count()
        if not self._cutter.documents:
            raise EmptyJobError()
        for part in rest[:-1]:
            self.store(part)
        earlier = self._earlier()
        if earlier is not None:
            self.discard()
            return earlier, False
        try:
            return self._make_known(rest[-1] if rest else None), True
        except IntegrityError as race:  # the same request, sent twice at once: the other one was faster
            self.discard()
            earlier = self._earlier()
            if earlier is None:
                raise JobUploadError() from race
            return earlier, False

    def _earlier(self) -> JobRow | None:
        """Find the job that was made for the same key."""
        if self._request.key is None:
            return None
        with self._database.reading() as session:
            row = session.scalars(
                select(JobRow).where(
                    JobRow.tenant_id == self._request.tenant_id, JobRow.request_key == self._request.key
                )
            ).one_or_none()
        if row is not None and row.request_digest != self._digest.hexdigest():
            raise KeyReusedError()
        return row

    def _make_known(self, last: Part | None) -> JobRow:
        """Store the last part, and let workers see the job."""
        body, now = (last.pack() if last else b""), self._clock()
        with self._database.writing() as session:
            if not self._stored:
                session.add(self._new_row(now))
                session.flush()
            if last is not None:
                self._add(session, last, body, now)
            row = self._lock(session)
            row.state, row.touched_at = JobState.QUEUED.value, now
            row.total = self._cutter.documents
            if self._request.key is not None:
                row.request_key, row.request_digest = self._request.key, self._digest.hexdigest()
            row.parts = row.parts_left = self._cutter.parts
        return row

    def discard(self) -> None:
        """Throw away what was stored."""
        if self._stored:
            with self._database.writing() as session:
                delete_job(session, self._id, JobState.RECEIVING)

    def _check_count(self) -> None:
        if self._cutter.documents > self._limits.documents:
            raise JobTooLargeError(self._limits.documents)

    def _new_row(self, now: datetime) -> JobRow:
        return JobRow(
            id=self._id,
            tenant_id=self._request.tenant_id,
            kind=self._request.kind,
            state=JobState.RECEIVING.value,
            actor=self._request.actor,
            language=self._request.language,
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

    def _add(self, session: Session, part: Part, body: bytes, now: datetime) -> None:
        """Add a part; the row of the job keeps it from being thrown away at the same moment."""
        self._lock(session).touched_at = now
        number = self._stored
        session.add(
            JobPartRow(
                job_id=self._id,
                number=number,
                state=PartState.QUEUED.value,
                first_index=part.first_index,
                first_line=part.first_line,
                documents=part.documents,
                overlong=part.overlong,
                attempts=0,
                free_at=now,
            )
        )
        session.flush()
        session.add(JobInputRow(job_id=self._id, number=number, body=body))
