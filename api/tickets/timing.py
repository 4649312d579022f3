"""What the clock does to tickets: raises what is past due, closes what is resolved, counts deadlines anew."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.audit import chain
from api.policy.levels import next_level
from api.policy.rulebook import Rulebook
from api.policy.versions import rulebook_in_force
from api.tickets import life_repository, repository, sla
from api.tickets.changes import snapshot
from api.tickets.ending import close
from api.tickets.moves import raise_to
from api.tickets.states import Status
from api.tickets.taking import WORKER, Deed, Taken, in_hand, put_clock, write_down
from api.webhooks.events import EventType

BATCH = 100
"""Tickets whose deadlines are counted anew in one transaction."""


def check_next(
    session: Session, rulebook: Rulebook, now: datetime, skipped: set[str]
) -> tuple[str, bool] | None:
    """Take one ticket that the clock has to look at, and do what is due.

    A ticket that missed a deadline goes up one level; at the highest level it is marked as
    overdue once a deadline, and then left to people. A ticket whose time after the resolution
    is over is closed.

    Parameters
    ----------
    session : Session
        A writing session; one call is one transaction.
    rulebook : Rulebook
        The operator's files: hours, calendar, owners.
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
    if row is None or row.next_check_at is None or row.next_check_at > now:
        return ticket_id, False
    taken = in_hand(row, now)
    deed = Deed(session, rulebook_in_force(session, tenant_id, rulebook, now), tenant_id, WORKER, now)
    if row.resolved_at is not None:
        if taken.status is not Status.RESOLVED:
            return ticket_id, False
        close(deed, taken, {"rule": "not-unhappy-in-time"})
        return ticket_id, True
    missed = taken.clock.missed(row.checked_at, taken.at)
    row.checked_at = max(row.checked_at, taken.at)
    if missed:
        _overdue(deed, taken, missed)
    else:
        put_clock(row, taken.clock)
    return ticket_id, bool(missed)


def recompute(session: Session, rulebook: Rulebook, now: datetime, limit: int = BATCH) -> int:
    """Count the deadlines of unresolved tickets anew whose hours or calendar have changed since.

    Parameters
    ----------
    session : Session
        A writing session; one call is one transaction, for tickets of one tenant.
    rulebook : Rulebook
        The operator's files of today: the hours and the calendar are theirs for every tenant.
    now : datetime
        The present.
    limit : int
        Most tickets of one call.

    Returns
    -------
    int
        How many tickets were looked at; none are left when it is 0.
    """
    digest = sla.digest_of(rulebook.policy)
    found = life_repository.find_with_other_digest(session, digest, limit)
    if not found:
        return 0
    tenant_id = found[0][0]
    ids = [ticket_id for tenant, ticket_id in found if tenant == tenant_id]
    deed = Deed(session, rulebook_in_force(session, tenant_id, rulebook, now), tenant_id, WORKER, now)
    chain.hold(session, tenant_id)
    unchanged = []
    for ticket_id in ids:
        row = repository.lock(session, tenant_id, ticket_id)
        if row is None or row.resolved_at is not None or row.sla_digest == digest:
            continue
        taken = in_hand(row, now)
        taken.clock = sla.recalculate(taken.clock, deed.policy, taken.at)
        put_clock(row, taken.clock)
        if snapshot(row) == taken.before:
            session.expire(row)
            unchanged.append(ticket_id)
            continue
        row.sla_digest = digest
        reason = {"rule": "policy-changed", "policy_version": deed.policy.version}
        write_down(deed, taken, EventType.TICKET_UPDATED, reason)
    life_repository.set_digest(session, unchanged, digest)
    return len(ids)


def _overdue(deed: Deed, taken: Taken, missed: tuple[str, ...]) -> None:
    """Raise a ticket that missed a deadline, or say that it did at the highest level."""
    above = next_level(taken.clock.level)
    reason = {"rule": "past-due", "missed": ",".join(missed)}
    if above is not None:
        raise_to(deed, taken, above, reason)
        return
    told = {**reason, "policy_version": deed.policy.version}
    write_down(deed, taken, EventType.TICKET_OVERDUE, told)
