"""Tickets on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.db.tables import AuditRow, TicketRow
from api.policy.levels import Level
from api.policy.taxonomy import Taxonomy
from api.tickets.assignment import QueueReason
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
    team_id: str | None = None
    assignee_id: str | None = None
    assigned_at: datetime | None = None
    queue_reason: QueueReason | None = Field(
        default=None, description="Why nobody of the team has it / 担当者が決まらない理由"
    )
    version: int


class TicketDetailOut(TicketOut):
    """A ticket with the ids of its comments, oldest first."""

    comment_ids: list[str]


class TicketPage(BaseModel):
    """A page of tickets, newest first."""

    items: list[TicketOut]
    next_cursor: str | None


class AssignIn(BaseModel):
    """Who shall get a ticket: `{}` leaves it to the strategy, `{"member_id": null}` nobody."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    member_id: str | None = None
    team_id: str | None = None

    @model_validator(mode="after")
    def _one_at_most(self) -> Self:
        """Refuse two targets."""
        if len(self.model_fields_set) > 1:
            raise ValueError("send member_id or team_id, not both")
        if "team_id" in self.model_fields_set and self.team_id is None:
            raise ValueError("team_id is null; send {} to assign by strategy")
        return self


class HistoryEntryOut(BaseModel):
    """One change: who, when, from what, to what, and why."""

    at: datetime
    actor: str = Field(description="`key:<id of the API key>` or `worker`.")
    action: str = Field(description="`opened`, `joined`, `assigned`, `escalated` or `overdue`.")
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
        team_id=row.team_id,
        assignee_id=row.assignee_id,
        assigned_at=row.assigned_at,
        queue_reason=QueueReason(row.queue_reason) if row.queue_reason else None,
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
