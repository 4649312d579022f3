"""Works off one part of a job under its lease: gives signs of life, hands in once, gives back what failed."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.jobs import queue
from api.jobs.queue import LEASE, Outcome, Taken
from api.logs import log_failure
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)

Beat = Callable[[], None]
"""Called while a part is worked off; an error that it raises ends the work."""

Settle = Callable[[Session], Outcome]
"""Writes what came of a part, in the transaction in which the part is handed in."""


class _LeaseLost(Exception):
    """Somebody else has the part now, or the job was cancelled."""


class _Stopping(Exception):
    """The worker was told to stop."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works parts off: where they are, the present, and whether it was told to stop."""

    database: Database
    clock: Clock
    is_stopping: Callable[[], bool]

    def work_off(self, taken: Taken, work: Callable[[bytes, Beat], Settle]) -> Pass:
        """Work off one part.

        Parameters
        ----------
        taken : Taken
            The part.
        work : Callable[[bytes, Beat], Settle]
            Takes what the part holds, works it out and gives back what writes it.

        Returns
        -------
        Pass
            One done, one failed, or none when it is another's by now.
        """
        names = {"job_id": taken.job_id, "part": str(taken.number), "attempt": str(taken.attempt)}
        try:
            outcome = self._hand_in(taken, work)
        except _LeaseLost:
            _log.info("job_part_lost", **names)
            return Pass(0)
        except _Stopping:
            with self.database.writing() as session:
                queue.release(session, taken, self.clock(), counts=False)
            _log.info("job_part_given_back", **names)
            return Pass(0)
        except Exception as error:
            log_failure("job_part_failed", error, **names)
            with self.database.writing() as session:
                queue.release(session, taken, self.clock(), counts=True)
            return Pass(0, 1)
        _log.info("job_part_done", succeeded=outcome.succeeded, failed=outcome.failed, **names)
        return Pass(0, 1) if taken.is_given_up else Pass(1)

    def _hand_in(self, taken: Taken, work: Callable[[bytes, Beat], Settle]) -> Outcome:
        """Do the work without a transaction, then write it and hand it in within one."""
        with self.database.reading() as session:
            body = queue.read_input(session, taken)
        if body is None:
            raise _LeaseLost()
        settle = work(body, self._beat_of(taken))
        with self.database.writing() as session:
            outcome = settle(session)
            if not queue.finish(session, taken, outcome, self.clock()):
                raise _LeaseLost()
        return outcome

    def _beat_of(self, taken: Taken) -> Beat:
        """Make what prolongs the lease, when a third of it is over."""
        until = taken.until

        def beat() -> None:
            nonlocal until
            if self.is_stopping():
                raise _Stopping()
            now = self.clock()
            if until - now > LEASE * 2 / 3:
                return
            with self.database.writing() as session:
                prolonged = queue.prolong(session, taken, now)
            if prolonged is None:
                raise _LeaseLost()
            until = prolonged

        return beat
