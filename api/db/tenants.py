"""A lock of a whole tenant: who stores comments shares it, who erases a customer has it alone.

SQLite needs none, its writers follow one another. On PostgreSQL an erasure waits for the
comments that are being stored, and sees them; comments that come later are stored after it.
The lock is the first of a transaction: it is taken before the chain of the audit.
"""

import hashlib

from sqlalchemy import text
from sqlalchemy.orm import Session


def share_tenant(session: Session, tenant_id: str) -> None:
    """Let erasures wait until this transaction ends.

    Parameters
    ----------
    session : Session
        A writing session that has locked nothing yet.
    tenant_id : str
        Whose comments are stored.
    """
    _lock(session, "pg_advisory_xact_lock_shared", tenant_id)


def hold_tenant(session: Session, tenant_id: str) -> None:
    """Wait for whoever stores comments of a tenant, and keep others from it until this transaction ends.

    Parameters
    ----------
    session : Session
        A writing session that has locked nothing yet.
    tenant_id : str
        Whose customer is erased.
    """
    _lock(session, "pg_advisory_xact_lock", tenant_id)


def _lock(session: Session, function: str, tenant_id: str) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    digest = hashlib.sha256(f"tenant {tenant_id}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    session.execute(text(f"SELECT {function}(:key)"), {"key": key})
