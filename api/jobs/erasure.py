"""Takes a customer's comments out of jobs that are not worked off yet; afterwards jobs hold no customer."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import JobInputRow, JobPartRow, JobRow
from api.jobs.lines import pack, unpack
from api.rescoring.asking import KIND as RESCORE


def forget_customer(session: Session, tenant_id: str, customer_id: str) -> int:
    """Empty the comments of a customer that wait in jobs; their results will be errors.

    Parameters
    ----------
    session : Session
        A writing session; the parts that are changed stay locked until its end.
    tenant_id : str
        Whose jobs.
    customer_id : str
        The customer, as the comments name it.

    Returns
    -------
    int
        How many comments were emptied.
    """
    waiting = session.execute(
        select(JobInputRow.job_id, JobInputRow.number)
        .join(JobRow, JobRow.id == JobInputRow.job_id)
        .where(JobRow.tenant_id == tenant_id, JobRow.kind != RESCORE)  # which hold ids alone
        .order_by(JobInputRow.job_id, JobInputRow.number)
    ).all()
    emptied = 0
    for job_id, number in waiting:
        session.execute(
            select(JobPartRow.number)
            .where(JobPartRow.job_id == job_id, JobPartRow.number == number)
            .with_for_update()
        ).all()
        row = session.get(JobInputRow, (job_id, number), populate_existing=True)
        if row is None:
            continue
        lines = unpack(row.body)
        kept = [_without_text(line) if _is_of(line, customer_id) else line for line in lines]
        changed = sum(before is not after for before, after in zip(lines, kept, strict=True))
        if changed:
            row.body = pack(kept)
            session.flush()
            emptied += changed
        session.expunge(row)
    return emptied


def _is_of(line: bytes, customer_id: str) -> bool:
    document = _read(line)
    return isinstance(document, dict) and document.get("customer_id") == customer_id


def _without_text(line: bytes) -> bytes:
    """Leave the id: a line that states nothing else is refused like any other without a text."""
    document = _read(line)
    return json.dumps({"id": document.get("id")} if isinstance(document, dict) else {}).encode()


def _read(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
