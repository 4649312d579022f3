"""What people do to an unresolved ticket: state, department, urgency, notes and answers, raising it."""

from dataclasses import dataclass

from api.db.tables import TicketRow
from api.errors import Bilingual, Fault, InvalidRequestError
from api.policy.levels import Level, higher, next_level
from api.tickets import assigning, notes, repository, sla
from api.tickets.assignment import Choice
from api.tickets.errors import LevelNotHigherError, OpenTicketExistsError
from api.tickets.notes import NoteKind
from api.tickets.states import Action, Status
from api.tickets.taking import Deed, Taken, answered, go, take, write_down
from api.webhooks.events import EventType
from voc_nlp.schema import UrgencyLevel

_ACTIONS = {
    Status.OPEN: Action.PUT_BACK,
    Status.IN_PROGRESS: Action.START,
    Status.WAITING: Action.WAIT,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be different; None leaves it as it is."""

    status: Status | None = None
    department: str | None = None
    urgency: UrgencyLevel | None = None


def change(deed: Deed, ticket_id: str, wish: Wish, if_match: str | None) -> TicketRow:
    """Change state, department or urgency of a ticket: one change, whatever it holds.

    In another department somebody gets it anew, which is a change of its own.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        The ticket.
    wish : Wish
        What shall be different; what is so already is left alone.
    if_match : str | None
        The version that the caller saw; required.

    Returns
    -------
    TicketRow
        The ticket after the change; InvalidRequestError when the department does not exist.
    """
    taken = take(deed, ticket_id, if_match, required=True)
    row, began = taken.row, taken.status
    if (
        wish.department in (None, row.department)
        and wish.urgency in (None, UrgencyLevel(row.urgency))
        and wish.status in (None, began)
    ):
        return row
    choice = None
    if wish.department is not None and wish.department != row.department:
        choice = _hand_over(deed, taken, wish.department)
    if wish.urgency is not None and wish.urgency.value != row.urgency:
        go(deed, taken, Action.RATE)
        taken.clock = sla.rate(taken.clock, deed.policy, wish.urgency, taken.at)
    if wish.status is not None and wish.status is not taken.status:
        go(deed, taken, _ACTIONS[wish.status])
    kind = EventType.TICKET_UPDATED
    if taken.status is not began and Status.WAITING in (began, taken.status):
        kind = EventType.TICKET_WAITING if taken.status is Status.WAITING else EventType.TICKET_RESUMED
    write_down(deed, taken, kind, {"rule": "by-hand", "policy_version": deed.policy.version})
    if choice is not None and choice.member_id is not None:
        assigning.give(deed, taken, choice, "handed_over")
    return row


def comment(deed: Deed, ticket_id: str, text: str, *, is_answer: bool, if_match: str | None) -> TicketRow:
    """Write a note for colleagues, or down what the customer was answered.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        The ticket.
    text : str
        What was written.
    is_answer : bool
        Whether it is to the customer; the first one stops the clock of the first answer.
    if_match : str | None
        The version that the caller saw, when that shall be checked.

    Returns
    -------
    TicketRow
        The ticket after it.
    """
    taken = take(deed, ticket_id, if_match)
    go(deed, taken, Action.ANSWER if is_answer else Action.NOTE)
    kind = NoteKind.ANSWER if is_answer else NoteKind.INTERNAL
    noted = notes.write(deed.session, taken.row, kind, text, actor=deed.actor, now=taken.at)
    if is_answer:
        answered(deed, taken)
    event = EventType.TICKET_ANSWERED if is_answer else EventType.TICKET_UPDATED
    write_down(deed, taken, event, {"rule": "by-hand", "kind": kind.value, **noted})
    return taken.row


def escalate(deed: Deed, ticket_id: str, level: Level | None, text: str, if_match: str | None) -> TicketRow:
    """Raise a ticket by hand.

    Parameters
    ----------
    deed : Deed
        Who and when.
    ticket_id : str
        The ticket.
    level : Level | None
        How high; None for the next level.
    text : str
        Why.
    if_match : str | None
        The version that the caller saw, when that shall be checked.

    Returns
    -------
    TicketRow
        The ticket after it.

    Raises
    ------
    LevelNotHigherError
        If it is that high already.
    """
    taken = take(deed, ticket_id, if_match)
    go(deed, taken, Action.ESCALATE)
    present = taken.clock.level
    to = level or next_level(present)
    if to is None or to is present or higher(to, present) is present:
        raise LevelNotHigherError(present)
    noted = notes.write(deed.session, taken.row, NoteKind.ESCALATION, text, actor=deed.actor, now=taken.at)
    raise_to(deed, taken, to, {"rule": "by-hand", **noted})
    return taken.row


def raise_to(deed: Deed, taken: Taken, level: Level, reason: dict[str, str]) -> None:
    """Raise a ticket in hand, and write that down.

    Parameters
    ----------
    deed : Deed
        Who and when.
    taken : Taken
        The ticket.
    level : Level
        How high.
    reason : dict[str, str]
        Why; versions and the level before are added.
    """
    before = taken.clock.level
    taken.clock = sla.sharpen(taken.clock, deed.policy, level, taken.clock.urgency, taken.at)
    told = {**reason, "policy_version": deed.policy.version, "from_level": before.value}
    write_down(deed, taken, EventType.TICKET_ESCALATED, told)


def _hand_over(deed: Deed, taken: Taken, department: str) -> Choice | None:
    """Give a ticket to another department, which gets full hours; return who shall get it there."""
    if department not in deed.rulebook.taxonomy.departments:
        known = ", ".join(deed.rulebook.taxonomy.departments)
        raise InvalidRequestError(
            [
                Fault(
                    "/department",
                    Bilingual(
                        f"there is no such department; expected one of {known}",
                        f"該当する部署がありません。次のいずれかを指定してください: {known}",
                    ),
                )
            ]
        )
    row = taken.row
    go(deed, taken, Action.HAND_OVER)
    refuse_second_open(deed, row, department)
    taken.clock = sla.restart(taken.clock, deed.policy, taken.clock.level, taken.at)
    return assigning.hand_over(deed, row, department)


def refuse_second_open(deed: Deed, row: TicketRow, department: str) -> None:
    """Refuse a change that would give a cause two open tickets in a department.

    Parameters
    ----------
    deed : Deed
        Holds the tenant's chain, so that no further one is opened meanwhile.
    row : TicketRow
        The ticket that shall be open there.
    department : str
        Where.

    Raises
    ------
    OpenTicketExistsError
        If there is another.
    """
    with deed.session.no_autoflush:
        other = repository.lock_open_of_cause(
            deed.session, deed.tenant_id, row.customer_id, row.thread_key, department
        )
    if other is not None and other.id != row.id:
        raise OpenTicketExistsError(other.id)
