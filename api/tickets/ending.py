"""How a ticket ends: resolved with cause and action, followed up, reopened, closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.db.ids import new_id
from api.db.tables import TicketResolutionRow, TicketRow
from api.errors import Bilingual, Fault, InvalidRequestError
from api.policy.levels import Level, next_level
from api.tickets import complexity, life_repository, notes, repository, sla
from api.tickets.moves import raise_to, refuse_second_open
from api.tickets.notes import NoteKind
from api.tickets.opening import more_urgent
from api.tickets.states import Action, Status
from api.tickets.taking import Deed, Taken, answered, go, in_hand, take, write_down
from api.webhooks.events import EventType
from voc_nlp.schema import UrgencyLevel

SATISFIED = 4
"""From here on, of 5, a customer counts as satisfied, and the ticket closes."""
UNHAPPY = 2
"""Up to here a customer counts as unhappy, and the ticket is reopened."""


class Disposition(StrEnum):
    """What became of the problem."""

    FIXED = "fixed"
    WORKAROUND = "workaround"
    COMPENSATED = "compensated"
    EXPLAINED = "explained"
    NO_ACTION = "no_action"
    DUPLICATE = "duplicate"
    NOT_A_PROBLEM = "not_a_problem"


class Outcome(StrEnum):
    """What a follow-up did to the ticket."""

    KEPT = "kept"
    CLOSED = "closed"
    REOPENED = "reopened"
    RAISED_OTHER = "raised_other"  # the customer's further ticket, which is open by now


@dataclass(frozen=True, slots=True)
class Solution:
    """How a ticket was resolved; `told` is what the customer was told."""

    root_cause: str
    disposition: Disposition
    action: str
    told: str | None = None


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """The ticket after a follow-up, and the other one that was raised instead, if any."""

    row: TicketRow
    outcome: Outcome
    other_id: str | None = None


def resolve(deed: Deed, ticket_id: str, solution: Solution, if_match: str | None) -> TicketRow:
    """Resolve a ticket.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        The ticket.
    solution : Solution
        Cause, action, disposition.
    if_match : str | None
        The version that the caller saw, when that shall be checked.

    Returns
    -------
    TicketRow
        The ticket after it; the clock closes it some business days later.

    Raises
    ------
    InvalidRequestError
        If the taxonomy does not have the root cause.
    """
    if solution.root_cause not in deed.rulebook.taxonomy.root_causes:
        detail = Bilingual(
            "there is no such root cause; expected an id of GET /v1/root-causes",
            "該当する原因がありません。GET /v1/root-causes の id を指定してください",
        )
        raise InvalidRequestError([Fault("/root_cause", detail)])
    taken = take(deed, ticket_id, if_match)
    row = taken.row
    go(deed, taken, Action.RESOLVE)
    action = notes.write(deed.session, row, NoteKind.ACTION, solution.action, actor=deed.actor, now=taken.at)
    told = _tell(deed, taken, solution.told)
    taken.clock = sla.stop(taken.clock, deed.policy, taken.at)
    row.resolved_at, row.checked_at = taken.at, taken.at
    row.root_cause, row.disposition = solution.root_cause, solution.disposition.value
    row.next_check_at = deed.policy.calendar.end_of_business_day(
        taken.at, deed.policy.closing.after_business_days
    )
    spent = deed.policy.calendar.open_time_between(row.reopened_at or row.opened_at, taken.at)
    deed.session.add(
        TicketResolutionRow(
            id=new_id("res"),
            tenant_id=row.tenant_id,
            ticket_id=row.id,
            resolved_at=taken.at,
            resolved_by=deed.actor,
            department=row.department,
            level=row.level,
            root_cause=solution.root_cause,
            disposition=solution.disposition.value,
            action_note_id=action["note_id"],
            told_note_id=told.get("told_id"),
            business_s=max(0.0, spent.total_seconds() - row.waited_business_s),
            is_late=row.resolution_is_late,
        )
    )
    write_down(deed, taken, EventType.TICKET_RESOLVED, {"rule": "by-hand", **action, **told})
    return row


def follow_up(
    deed: Deed, ticket_id: str, told: str | None, satisfaction: int | None, if_match: str | None
) -> FollowedUp:
    """Write down what the customer was told after the resolution, and what they say of it.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        The ticket, resolved or closed.
    told : str | None
        What the customer was told.
    satisfaction : int | None
        1 to 5; the ticket closes from `SATISFIED` on, and is reopened one level higher up to
        `UNHAPPY`. Where the customer has a further open ticket by now, that is raised instead.
    if_match : str | None
        The version that the caller saw, when that shall be checked.

    Returns
    -------
    FollowedUp
        The ticket after it, and what was done.
    """
    taken = take(deed, ticket_id, if_match)
    row = taken.row
    go(deed, taken, Action.FOLLOW_UP)
    reason: dict[str, Any] = {"rule": "by-hand", **_tell(deed, taken, told)}
    resolution = life_repository.last_resolution(deed.session, row.id)
    if resolution is not None:
        resolution.followed_up_at = taken.at
    if satisfaction is not None:
        row.satisfaction = satisfaction
        reason["satisfaction"] = satisfaction
        if resolution is not None:
            resolution.satisfaction = satisfaction
    write_down(deed, taken, EventType.TICKET_FOLLOWED_UP, reason)
    if satisfaction is not None and satisfaction <= UNHAPPY:
        return _unhappy(deed, taken)
    if satisfaction is not None and satisfaction >= SATISFIED and taken.status is Status.RESOLVED:
        close(deed, taken, {"rule": "satisfied"})
        return FollowedUp(row, Outcome.CLOSED)
    return FollowedUp(row, Outcome.KEPT)


def reopen(deed: Deed, ticket_id: str, text: str, if_match: str | None) -> TicketRow:
    """Reopen a resolved or closed ticket by hand.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        The ticket.
    text : str
        Why.
    if_match : str | None
        The version that the caller saw, when that shall be checked.

    Returns
    -------
    TicketRow
        The ticket, open, with full hours.
    """
    taken = take(deed, ticket_id, if_match)
    noted = notes.write(deed.session, taken.row, NoteKind.REOPENING, text, actor=deed.actor, now=taken.at)
    bring_back(deed, taken, taken.clock.level, {"rule": "by-hand", **noted})
    return taken.row


def bring_back(
    deed: Deed,
    taken: Taken,
    level: Level,
    reason: Mapping[str, Any],
    urgency: UrgencyLevel | None = None,
) -> None:
    """Reopen a ticket in hand, and write that down.

    Parameters
    ----------
    deed : Deed
        Who and when.
    taken : Taken
        The ticket, resolved or closed.
    level : Level
        At least so high; a ticket that keeps coming back goes one higher.
    reason : Mapping[str, Any]
        Why.
    urgency : UrgencyLevel | None
        Of what brings it back; never lowers the ticket's.
    """
    row = taken.row
    go(deed, taken, Action.REOPEN)
    refuse_second_open(deed, row, row.department)
    resolution = life_repository.last_resolution(deed.session, row.id)
    if resolution is not None:
        resolution.reopened_at = taken.at
    was = Level(row.level)
    row.reopen_count += 1
    raised_by = complexity.at_reopening(row.reopen_count, deed.policy.escalation) if level is was else None
    if raised_by:
        level = next_level(level) or level
    row.resolved_at = row.closed_at = row.root_cause = row.disposition = row.satisfaction = None
    row.reopened_at = row.touched_at = taken.at
    row.waited_business_s, row.resolution_is_late = 0.0, False
    if urgency is not None:
        taken.clock = sla.with_urgency(taken.clock, more_urgent(taken.clock.urgency, urgency))
    taken.clock = sla.restart(taken.clock, deed.policy, level, taken.at)
    row.sla_digest = sla.digest_of(deed.policy)
    told = {**reason, "policy_version": deed.policy.version, "from_level": was.value}
    write_down(
        deed, taken, EventType.TICKET_REOPENED, {**told, "raised_by": raised_by} if raised_by else told
    )


def close(deed: Deed, taken: Taken, reason: Mapping[str, Any]) -> None:
    """Close a resolved ticket in hand, and write that down.

    Parameters
    ----------
    deed : Deed
        Who and when.
    taken : Taken
        The ticket.
    reason : Mapping[str, Any]
        Why.
    """
    go(deed, taken, Action.CLOSE)
    taken.row.closed_at, taken.row.next_check_at = taken.at, None
    write_down(deed, taken, EventType.TICKET_CLOSED, {**reason, "policy_version": deed.policy.version})


def _tell(deed: Deed, taken: Taken, told: str | None) -> dict[str, str]:
    """Write down what the customer was told; it is an answer."""
    if not told:
        return {}
    noted = notes.write(deed.session, taken.row, NoteKind.TOLD, told, actor=deed.actor, now=taken.at)
    answered(deed, taken)
    return {"told_id": noted["note_id"], "told_sha256": noted["note_sha256"]}


def _unhappy(deed: Deed, taken: Taken) -> FollowedUp:
    """Reopen a ticket one level higher, or raise the one that the customer has open by now."""
    row = taken.row
    other = repository.lock_open_of_cause(
        deed.session, deed.tenant_id, row.customer_id, row.thread_key, row.department
    )
    reason = {"rule": "unhappy-after-resolution", "ticket_id": row.id}
    if other is None:
        level = next_level(taken.clock.level) or taken.clock.level
        bring_back(deed, taken, level, reason)
        return FollowedUp(row, Outcome.REOPENED)
    standing = in_hand(other, deed.now)
    above = next_level(standing.clock.level)
    if above is not None:
        raise_to(deed, standing, above, reason)
    return FollowedUp(row, Outcome.RAISED_OTHER, other.id)
