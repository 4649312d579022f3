"""Finds, opens, joins and escalates tickets."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import chain
from api.db.ids import is_id, new_id
from api.db.tables import AuditRow, TicketRow
from api.errors import NotFoundError
from api.paging import Page
from api.policy.calendar import BusinessCalendar
from api.policy.levels import Level, next_level
from api.policy.rules import Policy
from api.tickets import assigning, repository
from api.tickets.assignment import Needs
from api.tickets.changes import record, snapshot
from api.tickets.opening import Opening, Standing, join
from api.tickets.states import Status
from api.webhooks.events import EventType
from voc_nlp.schema import UrgencyLevel

WORKER = "worker"
"""Actor of what the clock does."""
_LOST_RACES = 5
"""How often a lost race for a customer's one open ticket is run again; to lose another, the winner's
ticket must have been resolved and a further one opened in between."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The stored comment that a ticket is about, who sent it, and which of its tickets (rank) this is."""

    tenant_id: str
    customer_id: str | None
    comment_id: str
    actor: str
    needs: Needs = field(default_factory=Needs)
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tickets a list shall hold; None takes all."""

    department: str | None = None
    status: Status | None = None
    level: Level | None = None
    overdue: bool | None = None


def get(session: Session, tenant_id: str, ticket_id: str) -> tuple[TicketRow, Sequence[str]]:
    """Find a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        What the caller sent as its id.

    Returns
    -------
    tuple[TicketRow, Sequence[str]]
        The ticket, and the ids of its comments, oldest first.
    """
    row = _find(session, tenant_id, ticket_id)
    return row, repository.comment_ids(session, row.id)


def history(session: Session, tenant_id: str, ticket_id: str) -> Sequence[AuditRow]:
    """Find what happened to a ticket.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    ticket_id : str
        What the caller sent as its id.

    Returns
    -------
    Sequence[AuditRow]
        Oldest first.
    """
    return repository.history_of(session, tenant_id, _find(session, tenant_id, ticket_id).id)


def list_page(
    session: Session, tenant_id: str, page: Page, filters: Filters, now: datetime
) -> tuple[Sequence[TicketRow], str | None]:
    """List a page of tickets, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.
    filters : Filters
        Which tickets.
    now : datetime
        What past due is measured by.

    Returns
    -------
    tuple[Sequence[TicketRow], str | None]
        The tickets, and the cursor of the next page or None.
    """
    return repository.page_of(
        session,
        tenant_id,
        page,
        department=filters.department,
        status=filters.status,
        level=filters.level,
        overdue=filters.overdue,
        now=now,
    )


def open_or_join(
    session: Session, cause: Cause, opening: Opening, calendar: BusinessCalendar, now: datetime
) -> TicketRow:
    """Give a comment its ticket: the customer's open one in that department, or a new one.

    Parameters
    ----------
    session : Session
        The session that stored the comment: ticket and comment are committed together.
    cause : Cause
        The stored comment.
    opening : Opening
        The ticket that the comment alone deserves.
    calendar : BusinessCalendar
        When people work: a new ticket is given to somebody who does.
    now : datetime
        The present.

    Returns
    -------
    TicketRow
        The ticket, with the comment linked.
    """
    chain.hold(session, cause.tenant_id)
    if cause.customer_id is None:
        return _open(session, cause, opening, calendar, now)
    for _ in range(_LOST_RACES):
        standing = repository.lock_open_of_customer(
            session, cause.tenant_id, cause.customer_id, opening.department
        )
        if standing is not None:
            return _join(session, standing, cause, opening, now)
        with suppress(IntegrityError), session.begin_nested():
            return _open(session, cause, opening, calendar, now)
    return _open(session, cause, opening, calendar, now)


def escalate_next(
    session: Session, policy: Policy, now: datetime, skipped: set[str]
) -> tuple[str, bool] | None:
    """Take one ticket that is past due, and raise it by one level.

    A ticket of the highest level is marked as overdue once, and then left to people.

    Parameters
    ----------
    session : Session
        A writing session; one call is one transaction.
    policy : Policy
        Hours and calendar of the next level.
    now : datetime
        The present.
    skipped : set[str]
        Ids that are not taken; the id that was taken is added before anything can fail.

    Returns
    -------
    tuple[str, bool] | None
        Id of the ticket, and whether it was changed here (False when somebody else was faster);
        None when nothing is due.
    """
    found = repository.find_next_due(session, now, skipped)
    if found is None:
        return None
    tenant_id, ticket_id = found
    skipped.add(ticket_id)
    chain.hold(session, tenant_id)
    row = repository.lock(session, tenant_id, ticket_id)
    if row is None or row.resolved_at or row.next_check_at is None or row.next_check_at > now:
        return ticket_id, False
    before = snapshot(row)
    level, above = Level(row.level), next_level(Level(row.level))
    row.breached_at = row.breached_at or row.due_at
    row.updated_at = max(row.updated_at, now)
    if above is None:
        row.next_check_at = None
        reason = {"rule": "past-due", "policy_version": policy.version}
        record(session, EventType.TICKET_OVERDUE, row, before, actor=WORKER, reason=reason, now=now)
        return row.id, True
    hours = policy.sla_hours[above, UrgencyLevel(row.urgency)]
    row.level = above.value
    row.due_at = row.next_check_at = policy.calendar.due_after(now, hours)
    reason = {"rule": "past-due", "policy_version": policy.version, "from_level": level.value}
    record(session, EventType.TICKET_ESCALATED, row, before, actor=WORKER, reason=reason, now=now)
    return row.id, True


def _find(session: Session, tenant_id: str, ticket_id: str) -> TicketRow:
    """Find a ticket of a tenant; what is not an id is not there either."""
    row = repository.find(session, tenant_id, ticket_id) if is_id("tkt", ticket_id) else None
    if row is None:
        raise NotFoundError()
    return row


def _open(
    session: Session, cause: Cause, opening: Opening, calendar: BusinessCalendar, now: datetime
) -> TicketRow:
    """Store a new ticket; IntegrityError when the customer has an open one by now."""
    row = TicketRow(
        id=new_id("tkt"),
        tenant_id=cause.tenant_id,
        customer_id=cause.customer_id,
        department=opening.department,
        level=opening.level.value,
        status=Status.OPEN.value,
        urgency=opening.urgency.value,
        rule_id=opening.rule_id,
        policy_version=opening.policy_version,
        model_version=opening.model_version,
        comment_count=1,
        opened_at=now,
        updated_at=now,
        due_at=opening.due_at,
        next_check_at=opening.due_at,
    )
    choice = assigning.propose(session, row, cause.needs, calendar, now)
    repository.add(session, row)
    repository.link_comment(session, row, cause.comment_id, now, cause.rank)
    reason = _why(opening, cause)
    record(session, EventType.TICKET_OPENED, row, {}, actor=cause.actor, reason=reason, now=now)
    if choice is not None and choice.member_id is not None:
        assigning.give(session, row, choice, actor=cause.actor, cause="opened", now=now)
    return row


def _join(session: Session, row: TicketRow, cause: Cause, opening: Opening, now: datetime) -> TicketRow:
    """Link a further comment to an open ticket, and sharpen the ticket where the comment asks for it."""
    before = snapshot(row)
    standing = join(Standing(Level(row.level), UrgencyLevel(row.urgency), row.due_at), opening)
    row.level = standing.level.value
    row.urgency = standing.urgency.value
    row.due_at = standing.due_at
    if row.next_check_at is not None:
        row.next_check_at = standing.due_at
    row.comment_count += 1
    row.updated_at = max(row.updated_at, now)
    repository.link_comment(session, row, cause.comment_id, now, cause.rank)
    reason = _why(opening, cause)
    record(session, EventType.TICKET_JOINED, row, before, actor=cause.actor, reason=reason, now=now)
    return row


def _why(opening: Opening, cause: Cause) -> dict[str, str]:
    """Return the reason of an opening or a joining."""
    why = {
        "rule": opening.rule_id,
        "policy_version": opening.policy_version,
        "model_version": opening.model_version,
        "comment_id": cause.comment_id,
    }
    return why if len(opening.rules) < 2 else {**why, "rules": ",".join(opening.rules)}
