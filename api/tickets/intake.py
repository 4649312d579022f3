"""Gives a comment its ticket: the open one of the same cause, the one just resolved, or a new one."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import chain
from api.db.ids import new_id
from api.db.tables import TicketRow
from api.policy.levels import Level, higher, next_level
from api.policy.rulebook import Rulebook
from api.tickets import assigning, complexity, life_repository, repository, sla
from api.tickets.assignment import Needs
from api.tickets.changes import record
from api.tickets.concerned import concerned_by
from api.tickets.ending import bring_back
from api.tickets.opening import Opening, Standing, join
from api.tickets.states import Action, Status
from api.tickets.taking import Deed, Taken, go, in_hand, put_clock, write_down
from api.webhooks.events import EventType
from voc_nlp.schema import UrgencyLevel

_LOST_RACES = 5
"""How often a lost race for a customer's one open ticket is run again; to lose another, the winner's
ticket must have been resolved and a further one opened in between."""
_MAX_THREAD_ID = 200


@dataclass(frozen=True, slots=True)
class Cause:
    """The stored comment that a ticket is about.

    Parameters
    ----------
    tenant_id : str
        Whose.
    customer_id : str | None
        Who is dissatisfied.
    comment_id : str
        The comment.
    actor : str
        Who sent it, or asked for its tickets.
    thread_key : str | None
        Its thread; counts where no customer is named.
    needs : Needs
        What an assignment looks at.
    rank : int
        Which of the comment's tickets this is, from 0.
    received_at : datetime | None
        When a comment of the past was received: it does not reopen what was resolved after it.
    """

    tenant_id: str
    customer_id: str | None
    comment_id: str
    actor: str
    thread_key: str | None = None
    needs: Needs = field(default_factory=Needs)
    rank: int = 0
    received_at: datetime | None = None


def thread_key(source: str, extra: Mapping[str, Any]) -> str | None:
    """Name the thread of a comment, for comments without customer.

    Parameters
    ----------
    source : str
        Where the comment comes from.
    extra : Mapping[str, Any]
        Its further fields; ``thread_id`` is read.

    Returns
    -------
    str | None
        A hash of both; None without a usable ``thread_id``.
    """
    thread = extra.get("thread_id")
    if isinstance(thread, bool) or not isinstance(thread, str | int):
        return None
    told = str(thread).strip()
    if not told or len(told) > _MAX_THREAD_ID:
        return None
    return hashlib.sha256(f"{source}\0{told}".encode("utf-8", "surrogatepass")).hexdigest()


def open_or_join(
    session: Session, cause: Cause, opening: Opening, rulebook: Rulebook, now: datetime
) -> TicketRow:
    """Give a comment its ticket.

    Parameters
    ----------
    session : Session
        The session that stored the comment: ticket and comment are committed together.
    cause : Cause
        The stored comment.
    opening : Opening
        The ticket that the comment alone deserves; its hours run from `now`.
    rulebook : Rulebook
        The tenant's: hours, calendar, and when a ticket is raised or reopened.
    now : datetime
        The present.

    Returns
    -------
    TicketRow
        The ticket, with the comment linked.
    """
    chain.hold(session, cause.tenant_id)
    deed = Deed(session, rulebook, cause.tenant_id, cause.actor, now, is_work=False)
    if cause.customer_id is None and cause.thread_key is None:
        return _open(deed, cause, opening)
    key = (cause.customer_id, cause.thread_key, opening.department)
    for _ in range(_LOST_RACES):
        standing = repository.lock_open_of_cause(session, cause.tenant_id, *key)
        if standing is not None:
            return _join(deed, standing, cause, opening)
        days = rulebook.policy.closing.reopen_within_days
        if opening.is_negative and days:
            since = (cause.received_at or now) - timedelta(days=days)
            ended = repository.lock_resolved_of_cause(session, cause.tenant_id, *key, since)
            if ended is not None and not _is_older(cause, ended):
                return _bring_back(deed, ended, cause, opening)
        with suppress(IntegrityError), session.begin_nested():
            return _open(deed, cause, opening)
    return _open(deed, cause, opening)


def _open(deed: Deed, cause: Cause, opening: Opening) -> TicketRow:
    """Store a new ticket; IntegrityError when the cause has an open one by now."""
    row = TicketRow(
        id=new_id("tkt"),
        tenant_id=cause.tenant_id,
        customer_id=cause.customer_id,
        thread_key=None if cause.customer_id else cause.thread_key,
        department=opening.department,
        status=Status.OPEN.value,
        rule_id=opening.rule_id,
        policy_version=opening.policy_version,
        model_version=opening.model_version,
        comment_count=1,
        note_count=0,
        reopen_count=0,
        opened_at=deed.now,
        updated_at=deed.now,
        checked_at=deed.now,
        resolved_at=None,
        resolution_is_late=False,
        waited_business_s=0.0,
        sla_digest=sla.digest_of(deed.policy),
    )
    put_clock(row, opening.clock)
    choice = assigning.propose(deed, row, cause.needs)
    repository.add(deed.session, row)
    repository.link_comment(deed.session, row, cause.comment_id, deed.now, cause.rank)
    record(
        deed.session,
        EventType.TICKET_OPENED,
        row,
        {},
        actor=deed.actor,
        reason=_why(opening, cause),
        now=deed.now,
        concerned=concerned_by(row, deed.rulebook),
    )
    if choice is not None and choice.member_id is not None:
        assigning.give(deed, in_hand(row, deed.now), choice, "opened")
    return row


def _join(deed: Deed, row: TicketRow, cause: Cause, opening: Opening) -> TicketRow:
    """Link a further comment to an open ticket, and sharpen the ticket where the comment asks for it."""
    taken = in_hand(row, deed.now)
    first_since_reopening = row.reopened_at is not None and not life_repository.has_comment_since(
        deed.session, row.id, row.reopened_at
    )
    go(deed, taken, Action.JOIN)
    _sharpen(deed, taken, opening)
    _link(deed, taken, cause)
    write_down(deed, taken, EventType.TICKET_JOINED, _why(opening, cause))
    raised_by = complexity.at_joining(
        row.comment_count, first_since_reopening=first_since_reopening, escalation=deed.policy.escalation
    )
    above = next_level(Level(row.level))
    if raised_by and above:
        reason = {"rule": raised_by, "policy_version": deed.policy.version, "from_level": row.level}
        taken.clock = sla.sharpen(taken.clock, deed.policy, above, UrgencyLevel(row.urgency), taken.at)
        write_down(deed, taken, EventType.TICKET_ESCALATED, reason)
    return row


def _is_older(cause: Cause, ended: TicketRow) -> bool:
    """Tell whether a comment of the past was there before a ticket was resolved."""
    return (
        cause.received_at is not None
        and ended.resolved_at is not None
        and cause.received_at <= ended.resolved_at
    )


def _bring_back(deed: Deed, row: TicketRow, cause: Cause, opening: Opening) -> TicketRow:
    """Link a negative comment to the ticket that it says was not solved, and reopen that."""
    taken = in_hand(row, deed.now)
    _link(deed, taken, cause)
    level = higher(Level(row.level), opening.level)
    bring_back(deed, taken, level, _why(opening, cause) | {"because": "negative-comment"}, opening.urgency)
    return row


def _sharpen(deed: Deed, taken: Taken, opening: Opening) -> None:
    standing = join(Standing(taken.clock.level, taken.clock.urgency), opening)
    taken.clock = sla.sharpen(taken.clock, deed.policy, standing.level, standing.urgency, taken.at)


def _link(deed: Deed, taken: Taken, cause: Cause) -> None:
    taken.row.comment_count += 1
    repository.link_comment(deed.session, taken.row, cause.comment_id, taken.at, cause.rank)


def _why(opening: Opening, cause: Cause) -> dict[str, str]:
    """Return the reason of an opening, a joining or a reopening."""
    reason = {
        "rule": opening.rule_id,
        "policy_version": opening.policy_version,
        "model_version": opening.model_version,
        "comment_id": cause.comment_id,
    }
    if len(opening.rules) > 1:
        reason["rules"] = ",".join(opening.rules)
    if opening.raised_by:
        reason["raised_by"] = opening.raised_by
    return reason
