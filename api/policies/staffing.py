"""Finds the people of each department for a simulation: as they are stored, measured, or given."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import MemberRow, TeamRow, TicketRow
from api.policies.simulation import BusinessClock, Desk
from api.policy.calendar import BusinessCalendar

_LOOKED_AT = 2_000
_ENOUGH = 5
"""Resolved tickets that make a median; with fewer of its own, a department takes that of the tenant."""
_ENOUGH_FOR_SPREAD = 20
_USUAL_SPREAD = 0.5
_WIDEST_SPREAD = 1.5
_SHORTEST_HOURS = 0.01


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller says of a department; None leaves it to what is stored."""

    people: int | None = None
    parallel: int | None = None
    handling_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Staffing:
    """The people of a department, and where the handling time comes from.

    `desk` is None when people or handling time are not known. `source` is ``given``,
    ``measured`` (this department's resolved tickets), ``measured_tenant`` (all) or ``unknown``.
    """

    department: str
    people: int
    desk: Desk | None
    source: str
    resolved: int

    def to_dict(self) -> dict[str, Any]:
        """Put it on the wire.

        Returns
        -------
        dict[str, Any]
            A `StaffingOut`.
        """
        return {
            "department": self.department,
            "people": self.people,
            "slots": self.desk.slots if self.desk else None,
            "handling_hours": round(self.desk.handling_hours, 3) if self.desk else None,
            "spread": round(self.desk.spread, 3) if self.desk else None,
            "source": self.source,
            "resolved_tickets": self.resolved,
        }


def find_staffing(
    session: Session, tenant_id: str, calendar: BusinessCalendar, given: Mapping[str, Given]
) -> dict[str, Staffing]:
    """Find the people of every department that has some.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose people.
    calendar : BusinessCalendar
        The business hours.
    given : Mapping[str, Given]
        What the caller says, by department.

    Returns
    -------
    dict[str, Staffing]
        By department.
    """
    capacities: dict[str, list[int]] = {}
    rows = session.execute(
        select(TeamRow.department, MemberRow.capacity)
        .join(MemberRow, MemberRow.team_id == TeamRow.id)
        .where(TeamRow.tenant_id == tenant_id, MemberRow.active)
    )
    for department, capacity in rows:
        capacities.setdefault(department, []).append(capacity)
    measured = _handling_hours(session, tenant_id, calendar)
    everything = [hours for found in measured.values() for hours in found]
    return {
        department: _staffing(
            department,
            capacities.get(department, []),
            measured.get(department, []),
            everything,
            given.get(department, Given()),
        )
        for department in sorted({*capacities, *given})
    }


def _staffing(
    department: str, capacities: list[int], own: list[float], everything: list[float], given: Given
) -> Staffing:
    people = given.people if given.people is not None else len(capacities)
    hours, source = given.handling_hours, "given"
    base = own if len(own) >= _ENOUGH else everything
    if hours is None and len(base) >= _ENOUGH:
        hours, source = statistics.median(base), "measured" if base is own else "measured_tenant"
    parallel = given.parallel
    if parallel is None:
        # A measured time holds the waits between the steps, in which its owner works on other tickets.
        usual = round(statistics.mean(capacities)) if capacities else 1
        parallel = 1 if source == "given" else usual
    slots = people * parallel
    desk = None
    if hours is not None and slots > 0:
        desk = Desk(slots, max(hours, _SHORTEST_HOURS), _spread(base))
    return Staffing(department, people, desk, source if hours is not None else "unknown", len(own))


def _handling_hours(session: Session, tenant_id: str, calendar: BusinessCalendar) -> dict[str, list[float]]:
    """Measure the business hours from the last assignment (opening, reopening) to the end, less waits."""
    rows = session.execute(
        select(
            TicketRow.department,
            TicketRow.opened_at,
            TicketRow.reopened_at,
            TicketRow.assigned_at,
            TicketRow.resolved_at,
            TicketRow.waited_business_s,
        )
        .where(TicketRow.tenant_id == tenant_id, TicketRow.resolved_at.is_not(None))
        .order_by(TicketRow.id.desc())
        .limit(_LOOKED_AT)
    ).all()
    found: dict[str, list[float]] = {}
    if not rows:
        return found
    clock = BusinessClock(calendar, min(row.opened_at for row in rows))
    for row in rows:
        started_at = max(row.assigned_at or row.opened_at, row.reopened_at or row.opened_at)
        hours = clock.hours_at(row.resolved_at) - clock.hours_at(started_at) - row.waited_business_s / 3600
        found.setdefault(row.department, []).append(max(hours, _SHORTEST_HOURS))
    return found


def _spread(hours: list[float]) -> float:
    if len(hours) < _ENOUGH_FOR_SPREAD:
        return _USUAL_SPREAD
    return min(_WIDEST_SPREAD, statistics.pstdev(map(math.log, hours)))
