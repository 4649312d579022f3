"""The workers' heartbeats: who completed a pass, and when."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.db.tables import WorkerRow

_FORGOTTEN_AFTER = timedelta(days=7)


def beat(
    session: Session, worker_id: str, *, started_at: datetime, pass_started_at: datetime, now: datetime
) -> None:
    """Write that a worker completed a pass.

    Parameters
    ----------
    session : Session
        A writing session.
    worker_id : str
        The worker; its row is made with the first pass.
    started_at : datetime
        When the worker started.
    pass_started_at : datetime
        When the pass began: what was due before is done.
    now : datetime
        The present.
    """
    row = session.get(WorkerRow, worker_id)
    if row is None:
        session.execute(delete(WorkerRow).where(WorkerRow.pass_ended_at < now - _FORGOTTEN_AFTER))
        row = WorkerRow(id=worker_id, started_at=started_at, passes=0)
        session.add(row)
    row.pass_started_at, row.pass_ended_at = pass_started_at, now
    row.passes += 1


def last_pass_at(session: Session) -> datetime | None:
    """Find when the last completed pass of any worker began.

    Parameters
    ----------
    session : Session
        Any session.

    Returns
    -------
    datetime | None
        Aware UTC; None when there was no pass.
    """
    return session.scalar(select(func.max(WorkerRow.pass_started_at)))
