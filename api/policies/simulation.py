"""Simulates the queues of the departments: which tickets join, how busy people are, what is resolved late.

A discrete simulation in business time. Each department has one queue and a number of slots
(people times the tickets that one of them works on at a time). A ticket takes the first free
slot, the one that is due first before the others, and keeps it for a time that is drawn from
a log-normal distribution around the median. A further comment of a customer (or a thread) joins the ticket
that is still open then, and may bring its due time forward. What is not simulated: waiting for
customers, reopening, raising of overdue tickets, work on tickets from before the period, and people
who come, leave or are away.

A department of which nothing is known has no queue: its tickets are open until they are due, and
whether they are late is not said.
"""

import bisect
import heapq
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from api.policy.calendar import BusinessCalendar

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """The people of a department.

    Parameters
    ----------
    slots : int
        Tickets that are worked on at a time, 1 or more.
    handling_hours : float
        Median business hours of a ticket in a slot.
    spread : float
        Standard deviation of the logarithm of these hours; 0 makes all alike.
    """

    slots: int
    handling_hours: float
    spread: float = 0.5


@dataclass(slots=True)
class Load:
    """What a department got in a week; `late` counts tickets that arrived then and are resolved too late."""

    tickets: int = 0
    joined: int = 0
    work_hours: float = 0.0
    late: int = 0


class BusinessClock:
    """Counts business hours from a moment on.

    Parameters
    ----------
    calendar : BusinessCalendar
        The business hours.
    start : datetime
        Where it counts from; earlier times are hour 0.
    """

    def __init__(self, calendar: BusinessCalendar, start: datetime) -> None:
        self._stretches = calendar.open_from(start)
        self._opens: list[datetime] = []
        self._before: list[float] = [0.0]
        self._reached = start.astimezone(UTC)

    def hours_at(self, at: datetime) -> float:
        """Count the business hours up to a moment.

        Parameters
        ----------
        at : datetime
            Aware.

        Returns
        -------
        float
            0 or more; it stands still while people do not work.
        """
        while self._reached < at:
            stretch = next(self._stretches, None)
            if stretch is None:
                break
            opens, closes = stretch
            self._opens.append(opens)
            self._before.append(self._before[-1] + (closes - opens) / _HOUR)
            self._reached = closes
        place = bisect.bisect_right(self._opens, at)
        if place == 0:
            return 0.0
        since = (at - self._opens[place - 1]) / _HOUR
        return min(self._before[place], self._before[place - 1] + since)


@dataclass(slots=True)
class _Job:
    due: float
    week: date
    cause: str | None
    started: bool = False
    done: bool = False


@dataclass(slots=True)
class _Queue:
    desk: Desk | None
    chance: random.Random
    waiting: list[tuple[float, int, _Job]] = field(default_factory=list)
    busy: list[tuple[float, int, _Job]] = field(default_factory=list)
    of_cause: dict[str, _Job] = field(default_factory=dict)
    count: int = 0


class Simulation:
    """Takes tickets in the order of their arrival.

    Parameters
    ----------
    desks : Mapping[str, Desk]
        People by department; departments that are left out have no queue.
    clock : BusinessClock
        Turns moments into business hours.
    seed : int
        The same seed and arrivals give the same answer.
    """

    def __init__(self, desks: Mapping[str, Desk], clock: BusinessClock, seed: int = 0) -> None:
        self._desks = desks
        self._clock = clock
        self._seed = seed
        self._queues: dict[str, _Queue] = {}
        self.loads: dict[tuple[str, date], Load] = {}

    def arrive(self, department: str, cause: str | None, at: datetime, due_at: datetime, week: date) -> bool:
        """Let a comment arrive that deserves a ticket.

        Parameters
        ----------
        department : str
            Whose ticket.
        cause : str | None
            The customer who wrote, or the thread; None never joins.
        at : datetime
            When; not before the arrival before.
        due_at : datetime
            Until when it must be resolved.
        week : date
            The Monday under which it is counted.

        Returns
        -------
        bool
            True for a new ticket, False when it joins an open one.
        """
        queue = self._queue_of(department)
        now, due = self._clock.hours_at(at), self._clock.hours_at(due_at)
        self._advance(department, queue, now)
        load = self.loads.setdefault((department, week), Load())
        open_one = queue.of_cause.get(cause) if cause is not None else None
        if open_one is not None:
            load.joined += 1
            if due < open_one.due:
                open_one.due = due
                if not open_one.started:
                    self._push(queue.waiting, queue, due, open_one)
            return False
        load.tickets += 1
        job = _Job(due, week, cause)
        if cause is not None:
            queue.of_cause[cause] = job
        if queue.desk is not None and len(queue.busy) >= queue.desk.slots:
            self._push(queue.waiting, queue, due, job)
        else:
            self._start(department, queue, job, now)
        return True

    def finish(self) -> None:
        """Work off what is left, as if nothing further arrived."""
        for department, queue in self._queues.items():
            self._advance(department, queue, math.inf)

    def open_tickets(self) -> int:
        """Count the tickets that are open.

        Returns
        -------
        int
            Over all departments.
        """
        return sum(
            len(queue.busy) + len({id(job) for _, _, job in queue.waiting if not job.started})
            for queue in self._queues.values()
        )

    def _queue_of(self, department: str) -> _Queue:
        if department not in self._queues:
            chance = random.Random(f"{self._seed}:{department}")
            self._queues[department] = _Queue(self._desks.get(department), chance)
        return self._queues[department]

    def _advance(self, department: str, queue: _Queue, until: float) -> None:
        """Complete what is done by then, and let the next ones start."""
        while queue.busy and queue.busy[0][0] <= until:
            end, _, job = heapq.heappop(queue.busy)
            job.done = True
            if job.cause is not None and queue.of_cause.get(job.cause) is job:
                del queue.of_cause[job.cause]
            if queue.desk is not None and end > job.due + 1e-9:
                self.loads[department, job.week].late += 1
            while queue.waiting:
                _, _, following = heapq.heappop(queue.waiting)
                if not following.started:  # one whose due time came forward stands there twice
                    self._start(department, queue, following, end)
                    break

    def _start(self, department: str, queue: _Queue, job: _Job, now: float) -> None:
        job.started = True
        if queue.desk is None:
            self._push(queue.busy, queue, max(job.due, now), job)
            return
        factor = math.exp(queue.desk.spread * queue.chance.gauss(0.0, 1.0))
        hours = queue.desk.handling_hours * factor
        self.loads[department, job.week].work_hours += hours
        self._push(queue.busy, queue, now + hours, job)

    @staticmethod
    def _push(heap: list[tuple[float, int, _Job]], queue: _Queue, key: float, job: _Job) -> None:
        queue.count += 1
        heapq.heappush(heap, (key, queue.count, job))
