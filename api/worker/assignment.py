"""The lane of the assignments: idle owners lose their tickets, and queues are worked off when people come."""

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.logs import log_failure
from api.policy.rulebook import Rulebook
from api.tickets import assignment_repository as repository
from api.tickets.assigning import assign_waiting, is_open, latest_start, needs_of_row, take_idle, teams_for
from api.tickets.assignment import QueueReason, choose, free_places
from api.tickets.taking import WORKER, Deed
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)
_STALE_REASONS = (None, QueueReason.OUT_OF_HOURS.value)
"""Reasons that are noted anew when nobody is fit in business hours either."""

_LOOKED_AT = 500
"""Of a queue for which nobody has a place, so many are looked at for their reason."""


class AssignmentLane:
    """Works in business hours; one transaction a ticket.

    Parameters
    ----------
    database : Database
        Where the tickets are.
    rulebook : Rulebook
        The calendar, after how many hours an owner is idle, and whom to tell.
    clock : Clock
        The present.
    """

    name = "assignment"

    def __init__(self, database: Database, rulebook: Rulebook, clock: Clock) -> None:
        self._database = database
        self._rulebook = rulebook
        self._policy = rulebook.policy
        self._clock = clock

    def run_once(self) -> Pass:
        """Take what is idle from its owners, then give what waits to those who are fit.

        Returns
        -------
        Pass
            How many tickets were taken or given, and how many could not be.
        """
        if not is_open(self._policy.calendar, self._clock()):
            return Pass(0)
        taken, given = self._take_idle(), self._give_waiting()
        return Pass(taken.done + given.done, taken.failed + given.failed)

    def _take_idle(self) -> Pass:
        now, hours, calendar = self._clock(), self._policy.idle_after_hours, self._policy.calendar
        idle_since = latest_start(calendar, now, hours) if hours is not None else None
        with self._database.reading() as session:
            found = repository.idle_tickets(session, idle_since)
        done = failed = 0
        for tenant_id, ticket_id in found:
            try:
                with self._database.writing() as session:
                    deed = Deed(session, self._rulebook, tenant_id, WORKER, now)
                    taken = take_idle(deed, ticket_id, idle_since)
            except Exception as error:
                failed += 1
                log_failure("assignment_failed", error, ticket_id=ticket_id)
                continue
            done += taken
            if taken:
                _log.info("ticket_taken_from_idle_owner", ticket_id=ticket_id)
        return Pass(done, failed)

    def _give_waiting(self) -> Pass:
        with self._database.reading() as session:
            departments = repository.waiting_departments(session)
        done = failed = 0
        for tenant_id, department in departments:
            for ticket_id in self._worth_trying(tenant_id, department):
                try:
                    with self._database.writing() as session:
                        deed = Deed(session, self._rulebook, tenant_id, WORKER, self._clock())
                        done += assign_waiting(deed, ticket_id)
                except Exception as error:
                    failed += 1
                    log_failure("assignment_failed", error, ticket_id=ticket_id)
        return Pass(done, failed)

    def _worth_trying(self, tenant_id: str, department: str) -> list[str]:
        """Find the waiting tickets that somebody present could take, by what is known without a lock."""
        worth: list[str] = []
        with self._database.reading() as session:
            teams = teams_for(session, tenant_id, department, self._clock())
            places = free_places(teams)
            for number, row in enumerate(repository.waiting_tickets(session, tenant_id, department)):
                if places == 0 and number >= _LOOKED_AT:
                    break
                if places == 0 and row.queue_reason not in _STALE_REASONS:
                    continue
                choice = choose(teams, needs_of_row(row), is_open=True)
                fits = choice is not None and choice.member_id is not None
                if (fits and places > 0) or row.queue_reason in _STALE_REASONS:
                    worth.append(row.id)
                    places -= fits and places > 0
        return worth
