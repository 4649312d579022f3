"""The queue of parts: a worker takes one under a lease, keeps it, and hands in what came of it, once.

It knows nothing of what a part holds, so that every kind of job can use it. A lease has
an id: whoever lost it (the part was taken again, or the job cancelled) cannot write any
more. Rows are locked in one order, parts before jobs, so that no two wait for each other.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from api.db.ids import new_id
from api.db.tables import JobInputRow, JobOutputRow, JobPartRow, JobRow

LEASE = timedelta(minutes=2)
"""How long a part belongs to a worker that says nothing."""

MOST_ATTEMPTS = 5
"""How often a part is begun; then it is given up, because it may be what kills the workers."""

_AGAIN_AFTER = timedelta(seconds=30)
"""Times the number of attempts: how long a part rests that could not be worked off."""


class JobState(StrEnum):
    """How far a job has come; one that is being received is shown to nobody."""

    RECEIVING = "receiving"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PartState(StrEnum):
    """How far a part has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


WORKED_OFF = (JobState.QUEUED.value, JobState.RUNNING.value)
"""States in which parts of a job may be taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A part that this worker holds.

    Parameters
    ----------
    job_id, kind, tenant_id, actor, language : str
        Of the job.
    asked : Mapping[str, Any] | None
        Options of the job, for kinds that have some.
    number : int
        Of the part, from 0.
    first_index, first_line : int
        Place of its first document among all of the job, from 0; its first line, from 1.
    overlong : tuple[int, ...]
        Lines that were too long to be kept.
    attempt : int
        1 for the first.
    lease : str
        Id of the lease.
    until : datetime
        When the lease ends, unless it is prolonged.
    """

    job_id: str
    kind: str
    tenant_id: str
    actor: str
    language: str
    asked: Mapping[str, Any] | None
    number: int
    first_index: int
    first_line: int
    overlong: tuple[int, ...]
    attempt: int
    lease: str
    until: datetime

    @property
    def is_given_up(self) -> bool:
        """Tell whether the part was begun too often."""
        return self.attempt > MOST_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a part: `body` and `report` are stored as they are, the counts are added to the job's.

    `left_out` counts documents that are gone by now: the job has so many fewer.
    """

    body: bytes
    succeeded: int
    failed: int
    model_version: str | None = None
    left_out: int = 0
    report: bytes | None = None


def is_waiting(session: Session, kinds: Collection[str], now: datetime) -> bool:
    """Say whether there is something to take; nothing is locked.

    Parameters
    ----------
    session : Session
        Any session.
    kinds : Collection[str]
        Kinds of jobs.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when `take` would find nothing.
    """
    query = (
        select(JobPartRow.number)
        .join(JobRow, JobRow.id == JobPartRow.job_id)
        .where(_is_free(kinds, now))
        .limit(1)
    )
    return session.scalar(query) is not None


def take(session: Session, kinds: Collection[str], now: datetime) -> Taken | None:
    """Take a part; jobs take turns, the parts of one job go in order.

    Parameters
    ----------
    session : Session
        A writing session; its commit tells the others.
    kinds : Collection[str]
        Kinds of jobs that this worker can do.
    now : datetime
        The present.

    Returns
    -------
    Taken | None
        None when nothing waits.
    """
    found = session.execute(
        select(JobPartRow, JobRow)
        .join(JobRow, JobRow.id == JobPartRow.job_id)
        .where(_is_free(kinds, now))
        .order_by(JobRow.touched_at, JobRow.id, JobPartRow.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=JobPartRow)
    ).one_or_none()
    if found is None:
        return None
    part, job = found
    part.state, part.lease, part.free_at = PartState.RUNNING.value, new_id("lea"), now + LEASE
    part.attempts += 1
    session.flush()
    session.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.state == JobState.QUEUED.value)
        .values(state=JobState.RUNNING.value, started_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(JobRow)
        .where(JobRow.id == job.id)
        .values(touched_at=now)
        .execution_options(synchronize_session=False)
    )
    return Taken(
        job_id=job.id,
        kind=job.kind,
        tenant_id=job.tenant_id,
        actor=job.actor,
        language=job.language,
        asked=job.asked,
        number=part.number,
        first_index=part.first_index,
        first_line=part.first_line,
        overlong=tuple(part.overlong),
        attempt=part.attempts,
        lease=part.lease,
        until=part.free_at,
    )


def read_input(session: Session, taken: Taken) -> bytes | None:
    """Read what a part holds.

    Parameters
    ----------
    session : Session
        Any session.
    taken : Taken
        The part.

    Returns
    -------
    bytes | None
        As it was stored; None when the job was cancelled meanwhile.
    """
    return session.scalar(
        select(JobInputRow.body).where(JobInputRow.job_id == taken.job_id, JobInputRow.number == taken.number)
    )


def prolong(session: Session, taken: Taken, now: datetime) -> datetime | None:
    """Say that the part is still being worked on.

    Parameters
    ----------
    session : Session
        A writing session.
    taken : Taken
        The part.
    now : datetime
        The present.

    Returns
    -------
    datetime | None
        When the lease ends now; None when it is lost, and the work is in vain.
    """
    part = _hold(session, taken)
    if part is None:
        return None
    part.free_at = now + LEASE
    return part.free_at


def release(session: Session, taken: Taken, now: datetime, *, counts: bool) -> None:
    """Give a part back that was not worked off.

    Parameters
    ----------
    session : Session
        A writing session.
    taken : Taken
        The part.
    now : datetime
        The present.
    counts : bool
        Whether this was an attempt: the part then rests for a while. A worker that is told
        to stop made none.
    """
    part = _hold(session, taken)
    if part is None:
        return
    part.state, part.lease = PartState.QUEUED.value, None
    if counts:
        part.free_at = now + taken.attempt * _AGAIN_AFTER
    else:
        part.free_at, part.attempts = now, part.attempts - 1


def finish(session: Session, taken: Taken, outcome: Outcome, now: datetime) -> bool:
    """Hand in what came of a part: results, counts and states change together, the input goes.

    Parameters
    ----------
    session : Session
        A writing session.
    taken : Taken
        The part.
    outcome : Outcome
        What came of it.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when the lease was lost: nothing is written.
    """
    part = _hold(session, taken)
    if part is None:
        return False
    part.state, part.lease = PartState.DONE.value, None
    session.add(
        JobOutputRow(job_id=taken.job_id, number=taken.number, body=outcome.body, report=outcome.report)
    )
    session.execute(
        delete(JobInputRow)
        .where(JobInputRow.job_id == taken.job_id, JobInputRow.number == taken.number)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    job = session.scalars(
        select(JobRow)
        .where(JobRow.id == taken.job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    job.succeeded += outcome.succeeded
    job.failed += outcome.failed
    job.total -= outcome.left_out
    job.parts_left -= 1
    job.model_version = outcome.model_version or job.model_version
    if not job.parts_left:
        _end(job, now)
    return True


def _end(job: JobRow, now: datetime) -> None:
    """Close a job whose parts are all done."""
    job.ended_at = now
    if not job.failed:
        job.state = JobState.SUCCEEDED.value
    elif job.succeeded:
        job.state = JobState.PARTIAL.value
    else:
        job.state = JobState.FAILED.value
        job.error = {"code": "nothing_succeeded"}


def _hold(session: Session, taken: Taken) -> JobPartRow | None:
    """Lock the part; None when it is no longer this worker's."""
    return session.scalars(
        select(JobPartRow)
        .where(
            JobPartRow.job_id == taken.job_id,
            JobPartRow.number == taken.number,
            JobPartRow.lease == taken.lease,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _is_free(kinds: Collection[str], now: datetime) -> ColumnElement[bool]:
    return and_(
        JobPartRow.state.in_((PartState.QUEUED.value, PartState.RUNNING.value)),
        JobPartRow.free_at <= now,
        JobRow.state.in_(WORKED_OFF),
        JobRow.kind.in_(kinds),
    )
