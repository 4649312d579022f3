"""The lane of the clock: escalates what is past due, and says that the worker lives."""

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.db.ids import new_id
from api.heartbeat import beat
from api.logs import log_failure
from api.policy.rules import Policy
from api.tickets.service import escalate_next
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)


class ClockLane:
    """Works off what is due, one transaction per ticket.

    Several workers may run at once: on PostgreSQL each takes tickets that no other
    holds, on SQLite they take turns.

    Parameters
    ----------
    database : Database
        Where the tickets are.
    policy : Policy
        Hours and calendar of the levels.
    clock : Clock
        The present.
    """

    name = "clock"

    def __init__(self, database: Database, policy: Policy, clock: Clock) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock
        self._id = new_id("wrk")
        self._started_at = clock()

    def run_once(self) -> Pass:
        """Do everything that is due now, then write the heartbeat.

        Returns
        -------
        Pass
            How many tickets were handled, and how many could not be.
        """
        began = self._clock()
        escalated = failed = 0
        skipped: set[str] = set()
        while True:
            already = len(skipped)
            try:
                with self._database.writing() as session:
                    taken = escalate_next(session, self._policy, self._clock(), skipped)
            except Exception as error:
                failed += 1
                if len(skipped) == already:
                    log_failure("pass_failed", error, worker_id=self._id)
                    return Pass(escalated, failed)
                log_failure("escalation_failed", error, worker_id=self._id, skipped=",".join(sorted(skipped)))
                continue
            if taken is None:
                break
            ticket_id, changed = taken
            skipped.discard(ticket_id)
            if not changed:
                continue
            escalated += 1
            _log.info("ticket_escalated", ticket_id=ticket_id, worker_id=self._id)
        with self._database.writing() as session:
            beat(
                session,
                self._id,
                started_at=self._started_at,
                pass_started_at=began,
                now=self._clock(),
            )
        return Pass(escalated, failed)
