"""The lane of the clock: deadlines of tickets, closing, and the sign that the worker lives."""

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.db.ids import new_id
from api.heartbeat import beat
from api.logs import log_failure
from api.policy.rulebook import Rulebook
from api.tickets.timing import check_next, recompute
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
    rulebook : Rulebook
        Hours and calendar of the levels, and whom to tell.
    clock : Clock
        The present.
    """

    name = "clock"

    def __init__(self, database: Database, rulebook: Rulebook, clock: Clock) -> None:
        self._database = database
        self._rulebook = rulebook
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
        done, failed = 0, self._recompute()
        skipped: set[str] = set()
        while True:
            already = len(skipped)
            try:
                with self._database.writing() as session:
                    taken = check_next(session, self._rulebook, self._clock(), skipped)
            except Exception as error:
                failed += 1
                if len(skipped) == already:
                    log_failure("pass_failed", error, worker_id=self._id)
                    return Pass(done, failed)
                log_failure("escalation_failed", error, worker_id=self._id, skipped=",".join(sorted(skipped)))
                continue
            if taken is None:
                break
            ticket_id, changed = taken
            skipped.discard(ticket_id)
            if not changed:
                continue
            done += 1
            _log.info("ticket_checked", ticket_id=ticket_id, worker_id=self._id)
        with self._database.writing() as session:
            beat(
                session,
                self._id,
                started_at=self._started_at,
                pass_started_at=began,
                now=self._clock(),
            )
        return Pass(done, failed)

    def _recompute(self) -> int:
        """Count deadlines anew where the policy has changed; return how many times that failed."""
        try:
            while True:
                with self._database.writing() as session:
                    counted = recompute(session, self._rulebook, self._clock())
                if not counted:
                    return 0
                _log.info("deadlines_recomputed", tickets=counted, worker_id=self._id)
        except Exception as error:
            log_failure("recompute_failed", error, worker_id=self._id)
            return 1
