"""Tickets on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.db.tables import AuditRow, TicketNoteRow, TicketResolutionRow, TicketRow
from api.policy.levels import Level
from api.policy.taxonomy import Taxonomy
from api.tickets.assignment import QueueReason
from api.tickets.ending import Disposition
from api.tickets.notes import NoteKind
from api.tickets.service import TicketFile
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
    first_answer_due_at: datetime
    first_answered_at: datetime | None
    first_answer_breached_at: datetime | None
    resolution_due_at: datetime
    resolution_breached_at: datetime | None
    waiting_since: datetime | None = Field(description="While it waits for the customer; the clock stands.")
    closed_at: datetime | None
    root_cause: str | None
    disposition: Disposition | None
    satisfaction: int | None = Field(description="Of the last follow-up, 1 to 5.")
    reopen_count: int
    note_count: int
    team_id: str | None = None
    assignee_id: str | None = None
    assigned_at: datetime | None = None
    queue_reason: QueueReason | None = Field(
        default=None, description="Why nobody of the team has it / 担当者が決まらない理由"
    )
    version: int


class NoteOut(BaseModel):
    """What a person wrote, personal data masked; `text` is null once it was erased."""

    id: str
    at: datetime
    actor: str
    kind: NoteKind
    text: str | None


class ResolutionOut(BaseModel):
    """One resolution of a ticket, and what became of it."""

    resolved_at: datetime
    resolved_by: str
    root_cause: str
    disposition: Disposition
    action_note_id: str
    told_note_id: str | None
    business_hours: float = Field(description="Since it was opened or reopened, without waiting.")
    is_late: bool
    followed_up_at: datetime | None
    satisfaction: int | None
    reopened_at: datetime | None


class TicketDetailOut(TicketOut):
    """A ticket with the ids of its comments, its notes and its resolutions, oldest first."""

    comment_ids: list[str]
    notes: list[NoteOut]
    resolutions: list[ResolutionOut]


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
    action: str = Field(description="As the events: `opened`, `joined`, `answered`, `escalated`, ...")
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
        first_answer_due_at=row.first_answer_due_at,
        first_answered_at=row.first_answered_at,
        first_answer_breached_at=row.first_answer_breached_at,
        resolution_due_at=row.resolution_due_at,
        resolution_breached_at=row.resolution_breached_at,
        waiting_since=row.paused_at,
        closed_at=row.closed_at,
        root_cause=row.root_cause,
        disposition=Disposition(row.disposition) if row.disposition else None,
        satisfaction=row.satisfaction,
        reopen_count=row.reopen_count,
        note_count=row.note_count,
        team_id=row.team_id,
        assignee_id=row.assignee_id,
        assigned_at=row.assigned_at,
        queue_reason=QueueReason(row.queue_reason) if row.queue_reason else None,
        version=row.version,
    )


def detail_out(file: TicketFile, taxonomy: Taxonomy) -> TicketDetailOut:
    """Put a ticket and what belongs to it on the wire.

    Parameters
    ----------
    file : TicketFile
        The ticket and what belongs to it.
    taxonomy : Taxonomy
        Names of the departments.

    Returns
    -------
    TicketDetailOut
        What the caller sees.
    """
    return TicketDetailOut(
        **ticket_out(file.row, taxonomy).model_dump(),
        comment_ids=list(file.comment_ids),
        notes=[_note_out(note) for note in file.notes],
        resolutions=[_resolution_out(resolution) for resolution in file.resolutions],
    )


def _note_out(note: TicketNoteRow) -> NoteOut:
    return NoteOut(id=note.id, at=note.at, actor=note.actor, kind=NoteKind(note.kind), text=note.text)


def _resolution_out(resolution: TicketResolutionRow) -> ResolutionOut:
    return ResolutionOut(
        resolved_at=resolution.resolved_at,
        resolved_by=resolution.resolved_by,
        root_cause=resolution.root_cause,
        disposition=Disposition(resolution.disposition),
        action_note_id=resolution.action_note_id,
        told_note_id=resolution.told_note_id,
        business_hours=round(resolution.business_s / 3600, 4),
        is_late=resolution.is_late,
        followed_up_at=resolution.followed_up_at,
        satisfaction=resolution.satisfaction,
        reopened_at=resolution.reopened_at,
    )


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
