"""What a caller may do with jobs, and what the worker throws away."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.db.engine import Database
from api.db.ids import is_id
from api.db.tables import JobRow
from api.errors import NotFoundError
from api.jobs import repository
from api.jobs.queue import JobState
from api.paging import Page

_SILENT_FOR = timedelta(hours=1)
"""An upload of which nothing came for so long has lost its sender or its process."""


def find(session: Session, tenant_id: str, job_id: str) -> JobRow:
    """Find a job.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    job_id : str
        What the caller sent as its id.

    Returns
    -------
    JobRow
        The job.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    row = repository.find(session, tenant_id, job_id) if is_id("job", job_id) else None
    if row is None:
        raise NotFoundError()
    return row


def list_page(session: Session, tenant_id: str, page: Page) -> tuple[Sequence[JobRow], str | None]:
    """List a page of jobs, newest first.

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
    return repository.page_of(session, tenant_id, page)


def cancel_or_delete(session: Session, tenant_id: str, job_id: str, now: datetime) -> JobRow | None:
    """Cancel a job, or delete it when it has ended.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        The caller's tenant.
    job_id : str
        What the caller sent as its id.
    now : datetime
        The present.

    Returns
    -------
    JobRow | None
        The job as it was cancelled; None when it was deleted. `NotFoundError` is raised as by `find`.
    """
    find(session, tenant_id, job_id)
    if repository.cancel(session, job_id, now):
        return find(session, tenant_id, job_id)
    repository.delete_job(session, job_id, *repository.ENDED)
    return None


def purge(database: Database, now: datetime, kept_for: timedelta) -> int:
    """Delete the jobs whose time is over, and uploads that broke off; one transaction a job.

    Parameters
    ----------
    database : Database
        Where the jobs are.
    now : datetime
        The present.
    kept_for : timedelta
        How long a job is kept after its end.

    Returns
    -------
    int
        How many were deleted.
    """
    deleted = 0
    while True:
        with database.reading() as session:
            job_id = repository.outdated(session, ended_before=now - kept_for, silent_since=now - _SILENT_FOR)
        if job_id is None:
            return deleted
        with database.writing() as session:
            deleted += repository.delete_job(session, job_id, JobState.RECEIVING, *repository.ENDED)
