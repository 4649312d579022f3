"""Tries rules on past comments: what would open, how it differs from what did, and how busy people would be.

Nothing is stored. Comments are read a part at a time, and only open tickets are kept in mind, so that
memory does not grow with the period. A reading that comes to its limits says where it stopped.
"""

import base64
import binascii
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.db.ids import is_id
from api.errors import InvalidCursorError
from api.policies.past import Mark, PastComment, Period, read_past
from api.policies.simulation import BusinessClock, Load, Simulation
from api.policies.staffing import Given, Staffing, find_staffing
from api.policy.rulebook import Rulebook
from api.themes.shelf import ThemeShelf
from api.tickets.opening import decide

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one call reads at most."""

    comments: int
    seconds: float


@dataclass(slots=True)
class _Named:
    """A count, and the first few ids."""

    count: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, comment_id: str) -> None:
        self.count += 1
        if len(self.ids) < _NAMED:
            self.ids.append(comment_id)

    def to_dict(self) -> dict[str, Any]:
        return {"count": self.count, "comment_ids": self.ids}


@dataclass(slots=True)
class _Tally:
    """What would open."""

    comments: int = 0
    matched: int = 0
    opened: int = 0
    joined: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    by_department: Counter[str] = field(default_factory=Counter)
    by_level: Counter[str] = field(default_factory=Counter)
    both: _Named = field(default_factory=_Named)
    only_new: _Named = field(default_factory=_Named)
    only_old: _Named = field(default_factory=_Named)


def back_test(
    session: Session,
    tenant_id: str,
    period: Period,
    after: Mark | None,
    *,
    rulebook: Rulebook,
    shelf: ThemeShelf,
    given: Mapping[str, Given],
    limits: Limits,
    seed: int = 0,
) -> dict[str, Any]:
    """Try the rules of a rulebook on the comments of a period.

    Parameters
    ----------
    session : Session
        A reading session.
    tenant_id : str
        Whose comments.
    period : Period
        When they were received.
    after : Mark | None
        Where the part before ended; each part is simulated by itself.
    rulebook : Rulebook
        The rules to try, the departments, hours and calendar.
    shelf : ThemeShelf
        Keeps the tenant's themes.
    given : Mapping[str, Given]
        What the caller says of the people, by department.
    limits : Limits
        How much is read.
    seed : int
        Of the simulation.

    Returns
    -------
    dict[str, Any]
        A `BackTestOut` without its assumptions in words.
    """
    calendar = rulebook.policy.calendar
    staffing = find_staffing(session, tenant_id, calendar, given)
    clock = BusinessClock(calendar, period.start - timedelta(days=7))
    desks = {name: found.desk for name, found in staffing.items() if found.desk is not None}
    simulation, tally = Simulation(desks, clock, seed), _Tally()
    stops_at = time.monotonic() + limits.seconds
    mark: Mark | None = None
    for chunk in read_past(session, tenant_id, period, after, shelf, calendar.zone):
        if mark is not None and (tally.comments >= limits.comments or time.monotonic() > stops_at):
            break
        for past in chunk:
            _try(past, rulebook, simulation, tally)
        mark = chunk[-1].mark if chunk else mark
    else:
        mark = None
    simulation.finish()
    return {
        "policy_version": rulebook.policy.version,
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "complete": mark is None,
        "next_cursor": write_mark(mark) if mark is not None else None,
        "comments": tally.comments,
        "opened": {
            "comments": tally.matched,
            "tickets": tally.opened,
            "joined": tally.joined,
            "by_rule": dict(sorted(tally.by_rule.items())),
            "by_department": dict(sorted(tally.by_department.items())),
            "by_level": dict(sorted(tally.by_level.items())),
        },
        "compared": {
            "both": tally.both.to_dict(),
            "only_new": tally.only_new.to_dict(),
            "only_old": tally.only_old.to_dict(),
        },
        **_told(simulation.loads, staffing, clock, rulebook),
    }


def write_mark(mark: Mark) -> str:
    """Write a cursor.

    Parameters
    ----------
    mark : Mark
        Where a reading stopped.

    Returns
    -------
    str
        For `read_mark`.
    """
    return base64.urlsafe_b64encode(f"{mark[0].isoformat()}|{mark[1]}".encode("ascii")).decode("ascii")


def read_mark(cursor: str | None) -> Mark | None:
    """Read a cursor.

    Parameters
    ----------
    cursor : str | None
        What `write_mark` wrote.

    Returns
    -------
    Mark | None
        None for None.

    Raises
    ------
    InvalidCursorError
        If it is none of ours.
    """
    if cursor is None:
        return None
    try:
        at, _, comment_id = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").partition("|")
        received_at = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
        raise InvalidCursorError() from None
    if received_at.tzinfo is None or not is_id("cmt", comment_id):
        raise InvalidCursorError()
    return received_at, comment_id


def _try(past: PastComment, rulebook: Rulebook, simulation: Simulation, tally: _Tally) -> None:
    """Put one comment before the rules, and its tickets into the queues."""
    received_at, comment_id = past.mark
    openings = decide(past.case, policy=rulebook.policy, taxonomy=rulebook.taxonomy, now=received_at)
    tally.comments += 1
    if not openings:
        if past.has_ticket:
            tally.only_old.add(comment_id)
        return
    tally.matched += 1
    (tally.both if past.has_ticket else tally.only_new).add(comment_id)
    for rule_id in {rule_id for opening in openings for rule_id in opening.rules}:
        tally.by_rule[rule_id] += 1
    week, cause = _monday(past.case.at), past.customer_id or past.thread_key
    for opening in openings:
        due_at = opening.clock.resolution.due_at
        is_new = simulation.arrive(opening.department, cause, received_at, due_at, week)
        tally.opened += is_new
        tally.joined += not is_new
        if is_new:
            tally.by_department[opening.department] += 1
            tally.by_level[opening.level.value] += 1


def _told(
    loads: Mapping[tuple[str, date], Load],
    staffing: Mapping[str, Staffing],
    clock: BusinessClock,
    rulebook: Rulebook,
) -> dict[str, Any]:
    """Put load and breaches on the wire; where no people are known, what depends on them is null."""
    zone = rulebook.policy.calendar.zone
    rows: list[dict[str, Any]] = []
    late: Counter[str] = Counter()
    known = 0
    for (department, week), load in sorted(loads.items()):
        found = staffing.get(department)
        desk = found.desk if found is not None else None
        begins = datetime(week.year, week.month, week.day, tzinfo=zone)
        open_hours = clock.hours_at(begins + timedelta(days=7)) - clock.hours_at(begins)
        available = desk.slots * open_hours if desk else None
        known += load.tickets if desk else 0
        late[department] += load.late
        rows.append(
            {
                "department": department,
                "week": week.isoformat(),
                "tickets": load.tickets,
                "joined": load.joined,
                "work_hours": round(load.work_hours, 2) if desk else None,
                "available_hours": round(available, 2) if available is not None else None,
                "utilization": round(load.work_hours / available, 4) if available else None,
                "breaches": load.late if desk else None,
            }
        )
    total = sum(late.values())
    return {
        "load": rows,
        "breaches": {
            "expected": total if known else None,
            "share": round(total / known, 4) if known else None,
            "by_department": {
                name: count
                for name, count in sorted(late.items())
                if name in staffing and staffing[name].desk is not None
            },
        },
        "staff": [found.to_dict() for _, found in sorted(staffing.items())],
    }


def _monday(at: datetime) -> date:
    return at.date() - timedelta(days=at.weekday())
