"""Runs the clock of a ticket: when the first answer and the resolution are due, and what was missed.

A deadline is ``clock start + hours of level and urgency - hours used before + pauses``, all in
business hours. A deadline that was missed stays where it is until the level rises, another
department gets the ticket, or the ticket is reopened: nothing un-misses it.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from api.policy.levels import Level
from api.policy.rules import Policy
from api.tickets.ticket_clock import Goal, TicketClock
from voc_nlp.schema import UrgencyLevel

_NOTHING = timedelta()


def start(policy: Policy, level: Level, urgency: UrgencyLevel, now: datetime) -> TicketClock:
    """Start the clock of a new ticket.

    Parameters
    ----------
    policy : Policy
        Hours and calendar.
    level : Level
        Of the ticket.
    urgency : UrgencyLevel
        Of the ticket.
    now : datetime
        When it opens.

    Returns
    -------
    TicketClock
        With both deadlines.
    """
    return _with_deadlines(TicketClock(level, urgency, now, Goal(now), Goal(now)), policy, now, every=True)


def settle(clock: TicketClock, now: datetime) -> TicketClock:
    """Note what has been missed by now; to be called before anything else changes the clock.

    Parameters
    ----------
    clock : TicketClock
        The clock.
    now : datetime
        The present; nothing is taken back when it is earlier than before.

    Returns
    -------
    TicketClock
        With the misses noted.
    """
    if clock.paused_at is not None:
        return clock

    def seen(goal: Goal) -> Goal:
        late = goal.met_at is None and goal.breached_at is None and goal.due_at <= now
        return replace(goal, breached_at=goal.due_at) if late else goal

    return replace(clock, first_answer=seen(clock.first_answer), resolution=seen(clock.resolution))


def sharpen(
    clock: TicketClock, policy: Policy, level: Level, urgency: UrgencyLevel, now: datetime
) -> TicketClock:
    """Give a ticket another level or a higher urgency: no deadline that can still be kept becomes later.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    policy : Policy
        Hours and calendar.
    level : Level
        The new level; with a higher one, what was missed is due anew by its hours.
    urgency : UrgencyLevel
        The new urgency.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        Counted from now, or from the pause on; the same when neither differs.
    """
    if (level, urgency) == (clock.level, clock.urgency):
        return clock
    seen = clock.paused_at or now
    rises = level != clock.level

    def counted(goal: Goal, hours: timedelta) -> Goal:
        if goal.due_at <= seen:
            return replace(goal, used=_NOTHING if rises else hours)
        left = policy.calendar.open_time_between(seen, goal.due_at)
        return replace(goal, used=max(_NOTHING, hours - left))

    answer, resolution = _hours(policy, level, urgency)
    counted_anew = replace(
        clock,
        level=level,
        urgency=urgency,
        started_at=seen,
        paused=_NOTHING,
        first_answer=counted(clock.first_answer, answer),
        resolution=counted(clock.resolution, resolution),
    )
    return _with_deadlines(counted_anew, policy, seen, every=rises)


def rate(clock: TicketClock, policy: Policy, urgency: UrgencyLevel, now: datetime) -> TicketClock:
    """Give a ticket the urgency that a person names: its hours count from where they did.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    policy : Policy
        Hours and calendar.
    urgency : UrgencyLevel
        Higher or lower.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        What was missed stays missed.
    """
    return _with_deadlines(replace(clock, urgency=urgency), policy, clock.paused_at or now)


def with_urgency(clock: TicketClock, urgency: UrgencyLevel) -> TicketClock:
    """Name another urgency; the deadlines are the caller's to count (`restart`).

    Parameters
    ----------
    clock : TicketClock
        The clock.
    urgency : UrgencyLevel
        The urgency.

    Returns
    -------
    TicketClock
        With the deadlines as they were.
    """
    return replace(clock, urgency=urgency)


def restart(clock: TicketClock, policy: Policy, level: Level, now: datetime) -> TicketClock:
    """Start the clock anew with full hours: another department has the ticket, or it is reopened.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    policy : Policy
        Hours and calendar.
    level : Level
        Of the ticket from now on.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        Running; a first answer that was given stays given, the resolution is owed.
    """
    anew = replace(
        clock,
        level=level,
        started_at=now,
        paused_at=None,
        paused=_NOTHING,
        first_answer=replace(clock.first_answer, used=_NOTHING),
        resolution=replace(clock.resolution, used=_NOTHING, met_at=None),
    )
    return _with_deadlines(anew, policy, now, every=True)


def pause(clock: TicketClock, now: datetime) -> TicketClock:
    """Stop the clock while the ticket waits for the customer.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        Paused.
    """
    return clock if clock.paused_at else replace(clock, paused_at=now)


def resume(clock: TicketClock, policy: Policy, now: datetime) -> TicketClock:
    """Let the clock go on: what had not been missed becomes due later by the pause.

    Parameters
    ----------
    clock : TicketClock
        The clock.
    policy : Policy
        Hours and calendar.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        Running.
    """
    if clock.paused_at is None:
        return clock
    pause_time = policy.calendar.open_time_between(clock.paused_at, now)
    running = replace(clock, paused_at=None, paused=clock.paused + pause_time)
    return _with_deadlines(running, policy, clock.paused_at)


def answer(clock: TicketClock, now: datetime) -> TicketClock:
    """Note the first answer; later ones change nothing.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        With the first answer met.
    """
    if clock.first_answer.met_at:
        return clock
    return replace(clock, first_answer=replace(clock.first_answer, met_at=now))


def stop(clock: TicketClock, policy: Policy, now: datetime) -> TicketClock:
    """Note the resolution.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    policy : Policy
        Hours and calendar.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        Stopped; a pause is over.
    """
    running = resume(clock, policy, now)
    return replace(running, resolution=replace(running.resolution, met_at=now))


def recalculate(clock: TicketClock, policy: Policy, now: datetime) -> TicketClock:
    """Count both deadlines by a policy that has changed since.

    Parameters
    ----------
    clock : TicketClock
        The clock, settled.
    policy : Policy
        The policy of today.
    now : datetime
        The present.

    Returns
    -------
    TicketClock
        Only deadlines that can still be kept are counted anew, none to a time that is past.
    """
    return _with_deadlines(clock, policy, clock.paused_at or now)


def digest_of(policy: Policy) -> str:
    """Name the hours and the calendar of a policy, to see whether deadlines must be counted anew.

    Parameters
    ----------
    policy : Policy
        The policy.

    Returns
    -------
    str
        16 hexadecimal digits: the same for the same hours and calendar.
    """
    calendar = policy.calendar
    told = (
        [
            sorted((*key, hours) for key, hours in table.items())
            for table in (policy.first_answer_hours, policy.resolution_hours)
        ],
        calendar.zone.key,
        sorted(calendar.weekdays),
        calendar.blocks,
        calendar.country,
        sorted(calendar.closed_days),
        sorted(calendar.closed_dates),
        calendar.half_days,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _hours(policy: Policy, level: Level, urgency: UrgencyLevel) -> tuple[timedelta, timedelta]:
    tables = policy.first_answer_hours, policy.resolution_hours
    first_answer, resolution = (timedelta(hours=table[level, urgency]) for table in tables)
    return first_answer, resolution


def _with_deadlines(
    clock: TicketClock, policy: Policy, seen: datetime, *, every: bool = False
) -> TicketClock:
    """Count the deadlines that are not met; without `every` only those after `seen`."""

    def counted(goal: Goal, hours: timedelta) -> Goal:
        if goal.met_at is not None or not (every or goal.due_at > seen):
            return goal
        due_at = policy.calendar.add(clock.started_at, hours - goal.used + clock.paused)
        return replace(goal, due_at=max(due_at, seen))

    answer_hours, resolution_hours = _hours(policy, clock.level, clock.urgency)
    return replace(
        clock,
        first_answer=counted(clock.first_answer, answer_hours),
        resolution=counted(clock.resolution, resolution_hours),
    )
