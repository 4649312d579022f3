"""The worker's loop: looks at the clock, escalates what is past due, and says that it lives."""

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.db.ids import new_id
from api.heartbeat import beat
from api.idempotency import service as idempotency
from api.logs import log_failure
from api.tickets.policy import Policy
from api.tickets.service import escalate_next

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PassResult:
    """What one pass did."""

    escalated: int
    failed: int


class Worker:
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
    idempotency_ttl : timedelta
        How long idempotency keys are kept; older ones are deleted in every pass.
    """

    def __init__(
        self,
        database: Database,
        policy: Policy,
        clock: Clock,
        idempotency_ttl: timedelta = timedelta(hours=24),
    ) -> None:
        self._idempotency_ttl = idempotency_ttl
        self._database = database
        self._policy = policy
        self._clock = clock
        self._id = new_id("wrk")
        self._started_at = clock()

    def run_once(self) -> PassResult:
        """Do everything that is due now, then write the heartbeat.

        Returns
        -------
        PassResult
            How many tickets were handled, and how many could not be.
        """
        began = self._clock()
        escalated = failed = 0
        skipped: set[str] = set()
        while True:
            already = len(skipped)
            try:
                with self._database.writing() as session:
                    ticket_id = escalate_next(session, self._policy, self._clock(), skipped)
            except Exception as error:
                failed += 1
                if len(skipped) == already:
                    log_failure("pass_failed", error, worker_id=self._id)
                    return PassResult(escalated, failed)
                log_failure("escalation_failed", error, worker_id=self._id, skipped=",".join(sorted(skipped)))
                continue
            if ticket_id is None:
                break
            skipped.discard(ticket_id)
            escalated += 1
            _log.info("ticket_escalated", ticket_id=ticket_id, worker_id=self._id)
        with self._database.writing() as session:
            idempotency.forget_expired(session, now=began, ttl=self._idempotency_ttl)
        with self._database.writing() as session:
            beat(
                session,
                self._id,
                started_at=self._started_at,
                pass_started_at=began,
                now=self._clock(),
            )
        return PassResult(escalated, failed)

    def run(self, stop: threading.Event, interval_s: float) -> None:
        """Run passes until somebody says stop.

        Parameters
        ----------
        stop : threading.Event
            Set from a signal handler or another thread.
        interval_s : float
            Seconds between the passes.
        """
        _log.info("worker_started", worker_id=self._id, interval_s=interval_s)
        while not stop.is_set():
            try:
                self.run_once()
            except Exception as error:
                log_failure("heartbeat_failed", error, worker_id=self._id)
            stop.wait(interval_s)
        _log.info("worker_stopped", worker_id=self._id)
