"""Erases a customer: everything in one transaction, with an entry of the audit and a certificate."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.ids import is_id, new_id
from api.db.tables import CommentRow, ErasureRow, TicketRow
from api.db.tenants import hold_tenant
from api.errors import NotFoundError
from api.paging import Page, newest_first
from api.privacy.certificates import Facts, hash_customer, issue, new_salt
from api.privacy.steps import OF_COMMENTS, OF_CUSTOMER, Subject, run_steps
from api.themes import models
from api.vault.master import Vault

ERASURE = "erasure"
"""What the audit calls an erasure, and why a comment is gone."""


def erase(
    session: Session, tenant_id: str, customer_id: str, *, actor: str, vault: Vault | None, now: datetime
) -> dict[str, Any]:
    """Delete everything of a customer that was received so far.

    Comments that are being received are waited for and go too; those that come later stay,
    the customer is not barred.

    Parameters
    ----------
    session : Session
        A writing session that has locked nothing yet.
    tenant_id : str
        Whose customer.
    customer_id : str
        The id as it was sent with the comments.
    actor : str
        Who asks for it.
    vault : Vault | None
        Signs the certificate.
    now : datetime
        The present.

    Returns
    -------
    dict[str, Any]
        The certificate; counts are 0 when there was nothing.
    """
    erasure_id, salt = new_id("era"), new_salt()
    hold(session, tenant_id)
    counts = remove(session, tenant_id, customer_id, erasure_id=erasure_id, actor=actor, now=now)
    facts = Facts(erasure_id, tenant_id, salt, hash_customer(salt, customer_id), now, actor, counts)
    certificate = issue(facts, vault)
    session.add(
        ErasureRow(
            id=erasure_id,
            tenant_id=tenant_id,
            erased_at=now,
            salt=salt,
            customer_sha256=facts.customer_sha256,
            certificate=certificate,
        )
    )
    entry = Entry(actor, "customer_erased", ERASURE, erasure_id, {}, {"counts": counts}, {})
    chain.append(session, tenant_id, entry, now)
    return certificate


def hold(session: Session, tenant_id: str) -> None:
    """Take all locks of an erasure, in the order of the service: tenant, audit, themes.

    Parameters
    ----------
    session : Session
        A writing session that has locked nothing yet.
    tenant_id : str
        Whose customer.
    """
    hold_tenant(session, tenant_id)
    chain.hold(session, tenant_id)
    models.hold_current(session, tenant_id)


def remove(
    session: Session,
    tenant_id: str,
    customer_id: str,
    *,
    erasure_id: str,
    actor: str,
    now: datetime,
    until: datetime | None = None,
) -> dict[str, int]:
    """Delete what there is of a customer; certificate and entry of the erasure are the caller's.

    Parameters
    ----------
    session : Session
        A session that called `hold`.
    tenant_id : str
        Whose customer.
    customer_id : str
        The customer.
    erasure_id : str
        Stands in the history of the tickets.
    actor : str
        Who asks for it.
    now : datetime
        The present.
    until : datetime | None
        Only what was received until then (a replay after a restore); None takes all.

    Returns
    -------
    dict[str, int]
        Rows by table.
    """
    comments = (
        select(CommentRow.id)
        .where(CommentRow.tenant_id == tenant_id, CommentRow.customer_id == customer_id)
        .order_by(CommentRow.id)
        .with_for_update()
    )
    tickets = (
        select(TicketRow.id)
        .where(TicketRow.tenant_id == tenant_id, TicketRow.customer_id == customer_id)
        .order_by(TicketRow.id)
    )
    if until is not None:
        comments = comments.where(CommentRow.received_at <= until)
        tickets = tickets.where(TicketRow.opened_at <= until)
    comment_ids, ticket_ids = tuple(session.scalars(comments)), tuple(session.scalars(tickets))
    subject = Subject(tenant_id, customer_id, comment_ids, ticket_ids, now, ERASURE, until)
    counts = run_steps(session, (*OF_CUSTOMER, *OF_COMMENTS), subject)
    for ticket_id in ticket_ids:
        entry = Entry(actor, "customer_erased", "ticket", ticket_id, {}, {}, {"erasure": erasure_id})
        chain.append(session, tenant_id, entry, now)
    return counts


def find(session: Session, tenant_id: str, erasure_id: str) -> ErasureRow:
    """Find an erasure.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    erasure_id : str
        What the caller sent as its id.

    Returns
    -------
    ErasureRow
        With its certificate.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    row = session.get(ErasureRow, erasure_id) if is_id("era", erasure_id) else None
    if row is None or row.tenant_id != tenant_id:
        raise NotFoundError()
    return row


def list_page(session: Session, tenant_id: str, page: Page) -> tuple[Sequence[ErasureRow], str | None]:
    """List a page of erasures, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose.
    page : Page
        Which part.

    Returns
    -------
    tuple[Sequence[ErasureRow], str | None]
        The erasures, and the cursor of the next page or None.
    """
    query = select(ErasureRow).where(ErasureRow.tenant_id == tenant_id)
    return newest_first(session, query, ErasureRow.id, page)
