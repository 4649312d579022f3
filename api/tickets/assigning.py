"""Gives tickets to people, takes them back, and writes both down."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.audit import chain
from api.db.tables import MemberRow, TeamRow, TicketRow
from api.errors import Bilingual, Fault, InvalidRequestError
from api.policy.calendar import BusinessCalendar
from api.staff import repository as staff
from api.tickets import assignment_repository, repository
from api.tickets.assignment import Choice, Member, Needs, QueueReason, Strategy, Team, choose, fold
from api.tickets.errors import MoveNotAllowedError
from api.tickets.states import Action, after
from api.tickets.taking import Deed, Taken, go, in_hand, take, write_down
from api.webhooks.events import EventType


@dataclass(frozen=True, slots=True)
class Target:
    """Who shall get a ticket: a member, a team, by strategy (both None), or nobody (`to_queue`)."""

    member_id: str | None = None
    team_id: str | None = None
    to_queue: bool = False


def is_open(calendar: BusinessCalendar, now: datetime) -> bool:
    """Tell whether people work at a moment.

    Parameters
    ----------
    calendar : BusinessCalendar
        The business hours.
    now : datetime
        The moment.

    Returns
    -------
    bool
        False outside of the blocks of a working day.
    """
    moment = timedelta(seconds=1)
    return calendar.due_after(now, moment / timedelta(hours=1)) - now <= moment


def latest_start(calendar: BusinessCalendar, now: datetime, hours: float) -> datetime:
    """Find the latest time from which so many business hours have passed.

    Parameters
    ----------
    calendar : BusinessCalendar
        The business hours.
    now : datetime
        The present.
    hours : float
        Business hours, more than zero.

    Returns
    -------
    datetime
        Every start up to it is that long ago; exact to a second.
    """
    early, late = now - timedelta(hours=hours), now
    while calendar.due_after(early, hours) > now:
        early -= 2 * (now - early)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if calendar.due_after(middle, hours) <= now:
            early = middle
        else:
            late = middle
    return early


def teams_for(session: Session, tenant_id: str, department: str, now: datetime) -> list[Team]:
    """Read the teams of a department with their active members and what these have to do.

    Parameters
    ----------
    session : Session
        Any session; a writing one holds the tenant's chain.
    tenant_id : str
        Whose teams.
    department : str
        The department.
    now : datetime
        The present, for absences.

    Returns
    -------
    list[Team]
        In the order in which they were made.
    """
    return _read_teams(session, tenant_id, staff.teams_of(session, tenant_id, department), now)


def propose(deed: Deed, row: TicketRow, needs: Needs) -> Choice | None:
    """Choose who gets a ticket that nobody has, and note its team and why nobody gets it, if so.

    Parameters
    ----------
    deed : Deed
        Who and when; holds the tenant's chain.
    row : TicketRow
        The ticket, new or new to its department.
    needs : Needs
        What it asks for.

    Returns
    -------
    Choice | None
        For `give`; None when the department has no team.
    """
    row.needs = {"language": needs.language, "topics": sorted(needs.topics)}
    choice = _by_strategy(deed, row.department, needs)
    row.team_id = choice.team_id if choice else None
    row.queue_reason = choice.reason.value if choice and choice.reason else None
    return choice


def hand_over(deed: Deed, row: TicketRow, department: str) -> Choice | None:
    """Take a ticket from its owner, and choose who gets it in another department.

    Parameters
    ----------
    deed : Deed
        Who and when; holds the tenant's chain.
    row : TicketRow
        The ticket.
    department : str
        Where it goes.

    Returns
    -------
    Choice | None
        For `give`; None when that department has no team.
    """
    needs = needs_of_row(row)
    topics = needs.topics - {fold(row.department)} | {fold(department)}
    row.department = department
    row.assignee_id = row.assigned_at = row.touched_at = None
    return propose(deed, row, replace(needs, topics=topics))


def give(deed: Deed, taken: Taken, choice: Choice, cause: str) -> None:
    """Give a ticket to a member or to a team's queue, and write it down.

    Parameters
    ----------
    deed : Deed
        Who and when; holds the tenant's chain.
    taken : Taken
        The ticket.
    choice : Choice
        Who gets it.
    cause : str
        Why: ``opened``, ``handed_over``, ``idle``, ``waiting``, ``by_hand``, ``strategy``.
    """
    row = taken.row
    go(deed, taken, Action.ASSIGN)
    row.team_id = choice.team_id
    row.assignee_id = choice.member_id
    row.assigned_at = taken.at if choice.member_id else None
    row.touched_at = None
    row.queue_reason = choice.reason.value if choice.reason else None
    if choice.member_id:
        staff.note_turn(deed.session, choice.team_id, choice.member_id, deed.now)
    reason = {"cause": cause}
    if choice.reason:
        reason["queue_reason"] = choice.reason.value
    write_down(deed, taken, EventType.TICKET_ASSIGNED, reason)


def assign(deed: Deed, ticket_id: str, target: Target, if_match: str | None) -> TicketRow:
    """Assign a ticket at somebody's request.

    A person who is named gets it whatever the hour, skills and capacity.

    Parameters
    ----------
    deed : Deed
        Who asks, and when.
    ticket_id : str
        What the caller sent as its id.
    target : Target
        Who shall get it.
    if_match : str | None
        The version that the caller saw, if told.

    Returns
    -------
    TicketRow
        The ticket as it is now; unchanged when it is so already.

    Raises
    ------
    MoveNotAllowedError
        If it is resolved.
    """
    taken = take(deed, ticket_id, if_match)
    row = taken.row
    if after(taken.status, Action.ASSIGN) is None:
        raise MoveNotAllowedError(taken.status, Action.ASSIGN)
    choice = _choice_for(deed, row, target)
    standing = (row.team_id, row.assignee_id, row.queue_reason)
    if standing != (choice.team_id, choice.member_id, choice.reason.value if choice.reason else None):
        by_name = target.member_id is not None or target.to_queue
        give(deed, taken, choice, "by_hand" if by_name else "strategy")
    return row


def take_idle(deed: Deed, ticket_id: str, idle_since: datetime | None) -> bool:
    """Take a ticket from an owner who did nothing about it, and give it to somebody else.

    Parameters
    ----------
    deed : Deed
        Who does it, and when.
    ticket_id : str
        Its id.
    idle_since : datetime | None
        What was touched later is not idle; None: only an owner who left is.

    Returns
    -------
    bool
        False when it is no longer idle.
    """
    row = _held(deed, ticket_id)
    if row is None or not assignment_repository.is_idle(deed.session, row, idle_since):
        return False
    choice = _by_strategy(deed, row.department, needs_of_row(row), excluded=(row.assignee_id or "",))
    choice = choice or Choice(row.team_id or "", reason=QueueReason.NO_MEMBERS)
    give(deed, in_hand(row, deed.now), choice, "idle")
    return True


def assign_waiting(deed: Deed, ticket_id: str) -> bool:
    """Give a ticket that waits in a queue to somebody who is fit by now.

    Parameters
    ----------
    deed : Deed
        Who does it, and when.
    ticket_id : str
        Its id.

    Returns
    -------
    bool
        True when somebody has it now; otherwise the reason alone may have been noted anew.
    """
    row = _held(deed, ticket_id)
    if row is None or not assignment_repository.is_waiting(row):
        return False
    choice = _by_strategy(deed, row.department, needs_of_row(row))
    if choice is None:
        return False
    if choice.member_id is None:
        row.team_id = choice.team_id
        row.queue_reason = choice.reason.value if choice.reason else None
        return False
    give(deed, in_hand(row, deed.now), choice, "waiting")
    return True


def needs_of_row(row: TicketRow) -> Needs:
    """Read what a stored ticket asks for.

    Parameters
    ----------
    row : TicketRow
        The ticket; one from before there were teams asks for nothing.

    Returns
    -------
    Needs
        Language and topics.
    """
    stored = row.needs or {}
    return Needs(stored.get("language", ""), frozenset(stored.get("topics", ())))


def _held(deed: Deed, ticket_id: str) -> TicketRow | None:
    """Hold a ticket that the worker found."""
    chain.hold(deed.session, deed.tenant_id)
    return repository.lock(deed.session, deed.tenant_id, ticket_id)


def _by_strategy(
    deed: Deed, department: str, needs: Needs, *, excluded: Collection[str] = ()
) -> Choice | None:
    """Choose among the teams of a department as it is now."""
    teams = teams_for(deed.session, deed.tenant_id, department, deed.now)
    return choose(teams, needs, is_open=is_open(deed.policy.calendar, deed.now), excluded=excluded)


def _choice_for(deed: Deed, row: TicketRow, target: Target) -> Choice:
    """Turn what was asked for into a choice."""
    session, now = deed.session, deed.now
    if target.member_id is not None:
        member = staff.find_member(session, row.tenant_id, target.member_id)
        if member is None or not member.active:
            raise _unknown("member_id", "an active member", "在籍中の担当者")
        return Choice(member.team_id, member.id)
    if target.team_id is not None:
        team = staff.find_team(session, row.tenant_id, target.team_id)
        if team is None:
            raise _unknown("team_id", "a team", "チーム")
        teams = _read_teams(session, row.tenant_id, [team], now)
    else:
        teams = teams_for(session, row.tenant_id, row.department, now)
    if target.to_queue:
        team_id = row.team_id or (teams[0].id if teams else None)
        choice = Choice(team_id, reason=QueueReason.BY_HAND) if team_id else None
    else:
        choice = choose(teams, needs_of_row(row), is_open=is_open(deed.policy.calendar, now))
    if choice is None:
        raise _no_team()
    return choice


def _read_teams(session: Session, tenant_id: str, rows: Sequence[TeamRow], now: datetime) -> list[Team]:
    if not rows:
        return []
    members = staff.active_members_of(session, [row.id for row in rows])
    ids = [member.id for member in members]
    away = staff.away_at(session, ids, now)
    loads = assignment_repository.count_open_by_assignee(session, tenant_id, ids)
    of_team: dict[str, list[Member]] = {row.id: [] for row in rows}
    for member in members:
        of_team[member.team_id].append(_member(member, member.id in away, loads.get(member.id, 0)))
    return [Team(row.id, Strategy(row.strategy), tuple(of_team[row.id]), row.last_member_id) for row in rows]


def _member(row: MemberRow, is_away: bool, open_tickets: int) -> Member:
    return Member(
        id=row.id,
        skills=frozenset(map(fold, row.skills)),
        languages=frozenset(row.languages),
        capacity=row.capacity,
        open_tickets=open_tickets,
        is_away=is_away,
        last_assigned_at=row.last_assigned_at,
    )


def _unknown(key: str, en: str, ja: str) -> InvalidRequestError:
    detail = Bilingual(
        f"names nobody; give the id of {en} of this tenant", f"該当なし。{ja}の ID を指定してください"
    )
    return InvalidRequestError([Fault(f"/{key}", detail)])


def _no_team() -> InvalidRequestError:
    detail = Bilingual(
        "the ticket's department has no team; add one by POST /v1/teams, or name a member",
        "この部署にはチームがありません。POST /v1/teams で追加するか、担当者を指定してください",
    )
    return InvalidRequestError([Fault("", detail)])
