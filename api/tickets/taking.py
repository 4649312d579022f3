"""Takes a ticket in hand, moves it by the table of states, and writes down what changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api import etags
from api.audit import chain
from api.db.ids import is_id
from api.db.tables import TicketRow
from api.errors import NotFoundError
from api.policy.levels import Level
from api.policy.rulebook import Rulebook
from api.policy.rules import Policy
from api.tickets import repository, sla
from api.tickets.changes import record, snapshot
from api.tickets.concerned import concerned_by
from api.tickets.errors import MoveNotAllowedError
from api.tickets.states import Action, Status, after
from api.tickets.ticket_clock import Goal, TicketClock
from api.webhooks.events import EventType
from voc_nlp.schema import UrgencyLevel

WORKER = "worker"
"""Actor of what the clock does."""
_DEADLINES = ("first_answer_due_at", "resolution_due_at")


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something to tickets, when, by which rules: one transaction.

    Parameters
    ----------
    session : Session
        The transaction.
    rulebook : Rulebook
        The tenant's rules.
    tenant_id : str
        Whose tickets.
    actor : str
        Who.
    now : datetime
        When.
    departments : Collection[str] | None
        What the caller may see; None for the whole tenant.
    is_work : bool
        Whether what a key does shows that somebody works on the ticket; a comment that comes in does not.
    """

    session: Session
    rulebook: Rulebook
    tenant_id: str
    actor: str
    now: datetime
    departments: Collection[str] | None = None
    is_work: bool = True

    @property
    def policy(self) -> Policy:
        """The rules."""
        return self.rulebook.policy


@dataclass(slots=True)
class Taken:
    """A ticket in hand, locked.

    Parameters
    ----------
    row : TicketRow
        The ticket.
    at : datetime
        The present as the ticket sees it: never before its last change, whatever the clock says.
    clock : TicketClock
        Its clock, with everything noted that was missed by `at`.
    before : Mapping[str, Any]
        What the history said of it last.
    """

    row: TicketRow
    at: datetime
    clock: TicketClock
    before: Mapping[str, Any]

    @property
    def status(self) -> Status:
        """Where it stands."""
        return Status(self.row.status)


def take(deed: Deed, ticket_id: str, if_match: str | None = None, *, required: bool = False) -> Taken:
    """Take a ticket in hand for a change.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        What the caller sent as its id.
    if_match : str | None
        The version that the caller saw.
    required : bool
        Whether the caller must say that.

    Returns
    -------
    Taken
        Locked until the commit.

    Raises
    ------
    NotFoundError
        If it is not there, another tenant's, or another department's than the caller may see.
    """
    row = None
    if is_id("tkt", ticket_id):
        chain.hold(deed.session, deed.tenant_id)
        row = repository.lock(deed.session, deed.tenant_id, ticket_id)
    if row is None or (deed.departments is not None and row.department not in deed.departments):
        raise NotFoundError()
    (etags.check if required else etags.check_if_told)(if_match, row.version)
    return in_hand(row, deed.now)


def in_hand(row: TicketRow, now: datetime) -> Taken:
    """Take a locked ticket in hand.

    Parameters
    ----------
    row : TicketRow
        Locked by the caller.
    now : datetime
        The present.

    Returns
    -------
    Taken
        With its clock settled.
    """
    before, at, clock = snapshot(row), max(now, row.updated_at), clock_of(row)
    if row.resolved_at is None:
        clock = sla.settle(clock, at)
        if clock.paused_at is None and clock.resolution.due_at <= at:
            row.resolution_is_late = True
    return Taken(row, at, clock, before)


def go(deed: Deed, taken: Taken, action: Action) -> None:
    """Move a ticket by the table; a pause begins or ends with the state.

    Parameters
    ----------
    deed : Deed
        Who and when.
    taken : Taken
        The ticket.
    action : Action
        What is done.

    Raises
    ------
    MoveNotAllowedError
        If the table has no such move.
    """
    status, then = taken.status, after(taken.status, action)
    if then is None:
        raise MoveNotAllowedError(status, action)
    taken.row.status = then.value
    if then is Status.WAITING:
        taken.clock = sla.pause(taken.clock, taken.at)
    elif taken.clock.paused_at is not None:
        waited = deed.policy.calendar.open_time_between(taken.clock.paused_at, taken.at)
        taken.row.waited_business_s += waited.total_seconds()
        taken.clock = sla.resume(taken.clock, deed.policy, taken.at)
        taken.row.touched_at = taken.at  # nobody was idle meanwhile


def answered(deed: Deed, taken: Taken) -> None:
    """Note that the customer was answered.

    Parameters
    ----------
    deed : Deed
        Who and when.
    taken : Taken
        The ticket; only the first answer changes it.
    """
    if taken.clock.first_answer.met_at is None:
        taken.clock = sla.answer(taken.clock, taken.at)
        spent = deed.policy.calendar.open_time_between(taken.row.opened_at, taken.at)
        taken.row.first_answer_business_s = spent.total_seconds()


def write_down(deed: Deed, taken: Taken, kind: EventType, reason: Mapping[str, Any]) -> None:
    """Put the clock back into the ticket, and write the change into audit and outbox.

    Parameters
    ----------
    deed : Deed
        Who and when.
    taken : Taken
        The ticket after the change; it can be changed and written down again.
    kind : EventType
        What happened.
    reason : Mapping[str, Any]
        Why.
    """
    row = taken.row
    put_clock(row, taken.clock)
    deadlines = {name: value for name, value in snapshot(row).items() if name in _DEADLINES}
    if not deadlines.items() <= taken.before.items() and row.sla_digest != sla.digest_of(deed.policy):
        row.sla_digest = ""  # counted by two policies: the clock counts it anew
    row.updated_at = taken.at
    if deed.is_work and deed.actor.startswith("key:") and kind is not EventType.TICKET_ASSIGNED:
        row.touched_at = taken.at
    record(
        deed.session,
        kind,
        row,
        taken.before,
        actor=deed.actor,
        reason=reason,
        now=taken.at,
        concerned=concerned_by(row, deed.rulebook),
    )
    taken.before = snapshot(row)


def clock_of(row: TicketRow) -> TicketClock:
    """Read the clock of a ticket.

    Parameters
    ----------
    row : TicketRow
        The ticket.

    Returns
    -------
    TicketClock
        As it is stored.
    """
    return TicketClock(
        Level(row.level),
        UrgencyLevel(row.urgency),
        row.clock_started_at,
        Goal(
            row.first_answer_due_at,
            row.first_answered_at,
            row.first_answer_breached_at,
            timedelta(seconds=row.first_answer_used_s),
        ),
        Goal(
            row.resolution_due_at,
            row.resolved_at,
            row.resolution_breached_at,
            timedelta(seconds=row.resolution_used_s),
        ),
        row.paused_at,
        timedelta(seconds=row.paused_business_s),
    )


def put_clock(row: TicketRow, clock: TicketClock) -> None:
    """Write the clock into a ticket; `resolved_at` is the caller's, and with it what comes next.

    Parameters
    ----------
    row : TicketRow
        The ticket.
    clock : TicketClock
        Its clock.
    """
    row.level, row.urgency = clock.level.value, clock.urgency.value
    row.clock_started_at = clock.started_at
    row.first_answer_due_at = clock.first_answer.due_at
    row.first_answered_at = clock.first_answer.met_at
    row.first_answer_breached_at = clock.first_answer.breached_at
    row.first_answer_used_s = clock.first_answer.used.total_seconds()
    row.resolution_due_at = clock.resolution.due_at
    row.resolution_breached_at = clock.resolution.breached_at
    row.resolution_used_s = clock.resolution.used.total_seconds()
    row.paused_at = clock.paused_at
    row.paused_business_s = clock.paused.total_seconds()
    row.breached_at = clock.breached_at
    if row.resolved_at is None:
        row.due_at = clock.due_at
        row.next_check_at = clock.next_after(row.checked_at)
