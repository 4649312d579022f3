"""Reads the tables of the jobs, and deletes from them; the queue itself is in `api.jobs.queue`."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from api.db.tables import JobInputRow, JobOutputRow, JobPartRow, JobRow
from api.jobs.queue import JobState, PartState
from api.paging import Page, newest_first

ENDED = (JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED)


def find(session: Session, tenant_id: str, job_id: str) -> JobRow | None:
    """Find a job of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    job_id : str
        Id of the job.

    Returns
    -------
    JobRow | None
        None when it is not there, another tenant's, or still being received.
    """
    return session.scalars(
        select(JobRow).where(
            JobRow.tenant_id == tenant_id,
            JobRow.id == job_id,
            JobRow.state != JobState.RECEIVING.value,
        )
    ).one_or_none()


def page_of(session: Session, tenant_id: str, page: Page) -> tuple[Sequence[JobRow], str | None]:
    """Select a page of jobs, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part of the list.

    Returns
    -------
    tuple[Sequence[JobRow], str | None]
        The jobs, and the cursor of the next page or None.
    """
    query = select(JobRow).where(JobRow.tenant_id == tenant_id, JobRow.state != JobState.RECEIVING.value)
    return newest_first(session, query, JobRow.id, page)


def next_done_part(session: Session, job_id: str, number: int, *, past_gaps: bool) -> JobPartRow | None:
    """Find the part whose results come next.

    Parameters
    ----------
    session : Session
        Any session.
    job_id : str
        The job.
    number : int
        Least number of the part.
    past_gaps : bool
        Whether parts that are not done are passed over; otherwise there is nothing until
        they are.

    Returns
    -------
    JobPartRow | None
        None when there is none, or none yet.
    """
    query = select(JobPartRow).where(JobPartRow.job_id == job_id, JobPartRow.state == PartState.DONE.value)
    if past_gaps:
        query = query.where(JobPartRow.number >= number).order_by(JobPartRow.number).limit(1)
    else:
        query = query.where(JobPartRow.number == number)
    return session.scalars(query).one_or_none()


def output_of(session: Session, job_id: str, number: int) -> bytes | None:
    """Read the results of a part as they were stored.

    Parameters
    ----------
    session : Session
        Any session.
    job_id : str
        The job.
    number : int
        The part.

    Returns
    -------
    bytes | None
        None when there are none.
    """
    return session.scalar(
        select(JobOutputRow.body).where(JobOutputRow.job_id == job_id, JobOutputRow.number == number)
    )


def reports_of(session: Session, job_id: str) -> Iterator[bytes]:
    """Read what the parts of a job add to its report, in their order.

    Parameters
    ----------
    session : Session
        Any session.
    job_id : str
        The job.

    Yields
    ------
    bytes
        As it was stored.
    """
    query = (
        select(JobOutputRow.report)
        .where(JobOutputRow.job_id == job_id, JobOutputRow.report.is_not(None))
        .order_by(JobOutputRow.number)
        .execution_options(yield_per=200)
    )
    for report in session.scalars(query):
        assert report is not None
        yield report


def count_waiting(session: Session) -> int:
    """Count the documents of all tenants that are not worked off, for the operator.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    int
        Those of jobs that are received completely.
    """
    waiting = [PartState.QUEUED.value, PartState.RUNNING.value]
    query = (
        select(func.sum(JobPartRow.documents))
        .join(JobRow, JobRow.id == JobPartRow.job_id)
        .where(JobPartRow.state.in_(waiting), JobRow.state != JobState.RECEIVING.value)
    )
    return session.scalar(query) or 0


def outdated(session: Session, *, ended_before: datetime, silent_since: datetime) -> str | None:
    """Find a job that is to be deleted.

    Parameters
    ----------
    session : Session
        Any session.
    ended_before : datetime
        Jobs that ended before are.
    silent_since : datetime
        So are uploads that nothing came of since.

    Returns
    -------
    str | None
        Its id; None when there is none.
    """
    ended = JobRow.state.in_([state.value for state in ENDED]) & (JobRow.ended_at < ended_before)
    broken_off = (JobRow.state == JobState.RECEIVING.value) & (JobRow.touched_at < silent_since)
    return session.scalar(select(JobRow.id).where(or_(ended, broken_off)).limit(1))


def cancel(session: Session, job_id: str, now: datetime) -> bool:
    """Cancel a job that has not ended: its workers lose their leases, the texts that wait are deleted.

    Parameters
    ----------
    session : Session
        A writing session.
    job_id : str
        The job.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when it had ended, or is not there.
    """
    _lock_parts(session, job_id)
    job = session.scalars(
        select(JobRow)
        .where(JobRow.id == job_id, JobRow.state.in_([JobState.QUEUED.value, JobState.RUNNING.value]))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        return False
    job.state, job.ended_at = JobState.CANCELLED.value, now
    session.execute(
        update(JobPartRow)
        .where(JobPartRow.job_id == job_id, JobPartRow.state != PartState.DONE.value)
        .values(state=PartState.CANCELLED.value, lease=None, free_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(JobInputRow).where(JobInputRow.job_id == job_id).execution_options(synchronize_session=False)
    )
    return True


def delete_job(session: Session, job_id: str, *states: JobState) -> bool:
    """Delete a job with everything that belongs to it.

    Parameters
    ----------
    session : Session
        A writing session.
    job_id : str
        The job.
    *states : JobState
        It is deleted in these only.

    Returns
    -------
    bool
        False when it was in another one, or not there.
    """
    _lock_parts(session, job_id)
    wanted = [state.value for state in states]
    job = session.execute(
        select(JobRow.id).where(JobRow.id == job_id, JobRow.state.in_(wanted)).with_for_update()
    ).one_or_none()
    if job is None:
        return False
    for query in (
        delete(JobInputRow).where(JobInputRow.job_id == job_id),
        delete(JobOutputRow).where(JobOutputRow.job_id == job_id),
        delete(JobPartRow).where(JobPartRow.job_id == job_id),
        delete(JobRow).where(JobRow.id == job_id),
    ):
        session.execute(query.execution_options(synchronize_session=False))
    return True


def _lock_parts(session: Session, job_id: str) -> None:
    """Lock the parts before the job, as workers do."""
    parts = select(JobPartRow.number).where(JobPartRow.job_id == job_id).order_by(JobPartRow.number)
    session.execute(parts.with_for_update()).all()
