"""Tickets on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.db.tables import AuditRow, TicketRow
from api.policy.levels import Level
from api.policy.taxonomy import Taxonomy
from api.tickets.states import Status
from voc_nlp.schema import UrgencyLevel


class NameOut(BaseModel):
    """A name in both languages."""

    ja: str
    en: str


class TicketReasonOut(BaseModel):
    """Why the ticket was opened."""

    rule: str = Field(description="Id of the rule in config/policy.toml.")
    policy_version: str
    model_version: str


class TicketOut(BaseModel):
    """A ticket as it stands; times are UTC."""

    id: str
    department: str
    department_name: NameOut
    level: Level
    status: Status
    urgency: UrgencyLevel
    due_at: datetime
    customer_id: str | None
    comment_count: int
    reason: TicketReasonOut
    opened_at: datetime
    updated_at: datetime
    breached_at: datetime | None = Field(description="The first due time that was missed.")
    resolved_at: datetime | None
    version: int


class TicketDetailOut(TicketOut):
    """A ticket with the ids of its comments, oldest first."""

    comment_ids: list[str]


class TicketPage(BaseModel):
    """A page of tickets, newest first."""

    items: list[TicketOut]
    next_cursor: str | None


class HistoryEntryOut(BaseModel):
    """One change: who, when, from what, to what, and why."""

    at: datetime
    actor: str = Field(description="`key:<id of the API key>` or `worker`.")
    action: str = Field(description="`opened`, `joined`, `escalated` or `overdue`.")
    before: dict[str, Any] = Field(serialization_alias="from")
    after: dict[str, Any] = Field(serialization_alias="to")
    reason: dict[str, Any]


class HistoryOut(BaseModel):
    """All changes of a ticket, oldest first."""

    items: list[HistoryEntryOut]


def ticket_out(row: TicketRow, taxonomy: Taxonomy) -> TicketOut:
    """Put a ticket on the wire.

    Parameters
    ----------
    row : TicketRow
        The ticket.
    taxonomy : Taxonomy
        Names of the departments.

    Returns
    -------
    TicketOut
        What the caller sees.
    """
    name = taxonomy.department_name(row.department)
    return TicketOut(
        id=row.id,
        department=row.department,
        department_name=NameOut(ja=name.ja, en=name.en),
        level=Level(row.level),
        status=Status(row.status),
        urgency=UrgencyLevel(row.urgency),
        due_at=row.due_at,
        customer_id=row.customer_id,
        comment_count=row.comment_count,
        reason=TicketReasonOut(
            rule=row.rule_id, policy_version=row.policy_version, model_version=row.model_version
        ),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        breached_at=row.breached_at,
        resolved_at=row.resolved_at,
        version=row.version,
    )


def detail_out(row: TicketRow, comment_ids: Sequence[str], taxonomy: Taxonomy) -> TicketDetailOut:
    """Put a ticket and its comments on the wire.

    Parameters
    ----------
    row : TicketRow
        The ticket.
    comment_ids : Sequence[str]
        Its comments.
    taxonomy : Taxonomy
        Names of the departments.

    Returns
    -------
    TicketDetailOut
        What the caller sees.
    """
    return TicketDetailOut(**ticket_out(row, taxonomy).model_dump(), comment_ids=list(comment_ids))


def history_out(rows: Sequence[AuditRow]) -> HistoryOut:
    """Put the history of a ticket on the wire.

    Parameters
    ----------
    rows : Sequence[AuditRow]
        Oldest first.

    Returns
    -------
    HistoryOut
        What the caller sees.
    """
    return HistoryOut(
        items=[
            HistoryEntryOut(
                at=row.at,
                actor=row.actor,
                action=row.action,
                before=row.before,
                after=row.after,
                reason=row.reason,
            )
            for row in rows
        ]
    )
