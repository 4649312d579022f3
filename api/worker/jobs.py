"""The lane of the jobs: works off their parts, one at a time, and deletes jobs whose time is over."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.deps import Analyzer
from api.jobs import queue, scoring, service
from api.jobs.queue import LEASE, Outcome, Taken
from api.logs import log_failure
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)
_KINDS = (scoring.KIND,)


class _LeaseLost(Exception):
    """Somebody else has the part now, or the job was cancelled."""


class _Stopping(Exception):
    """The worker was told to stop."""


class JobLane:
    """Works off parts of jobs; each is analysed by one set of models.

    Several workers may run at once, each with one part; a part whose worker was killed is
    taken again when its lease ends, and its results are stored once.

    Parameters
    ----------
    database : Database
        Where the jobs are.
    hold_analyzer : Callable[[], Analyzer]
        Asked before each part for the models that it is analysed by.
    clock : Clock
        The present.
    kept_for : timedelta
        How long a job is kept after its end.
    is_stopping : Callable[[], bool]
        Asked between slices of a part, which is then given back.
    """

    name = "jobs"

    def __init__(
        self,
        database: Database,
        hold_analyzer: Callable[[], Analyzer],
        clock: Clock,
        kept_for: timedelta = timedelta(days=7),
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._hold_analyzer = hold_analyzer
        self._clock = clock
        self._kept_for = kept_for
        self._is_stopping = is_stopping

    def run_once(self) -> Pass:
        """Work off everything that waits.

        Returns
        -------
        Pass
            How many parts were worked off, and how many were not.
        """
        service.purge(self._database, self._clock(), self._kept_for)
        done = failed = 0
        while not self._is_stopping():
            with self._database.reading() as session:
                if not queue.is_waiting(session, _KINDS, self._clock()):
                    break
            analyzer = self._hold_analyzer()
            with self._database.writing() as session:
                taken = queue.take(session, _KINDS, self._clock())
            if taken is None:
                break
            came_of_it = self._work_off(taken, analyzer)
            done, failed = done + came_of_it.done, failed + came_of_it.failed
        return Pass(done, failed)

    def _work_off(self, taken: Taken, analyzer: Analyzer) -> Pass:
        """Work off one part."""
        names = {"job_id": taken.job_id, "part": str(taken.number), "attempt": str(taken.attempt)}
        try:
            with self._database.reading() as session:
                body = queue.read_input(session, taken)
            if body is None:
                raise _LeaseLost()
            outcome = self._outcome(taken, body, analyzer)
            with self._database.writing() as session:
                if not queue.finish(session, taken, outcome, self._clock()):
                    raise _LeaseLost()
        except _LeaseLost:
            _log.info("job_part_lost", **names)
            return Pass(0)
        except _Stopping:
            with self._database.writing() as session:
                queue.release(session, taken, self._clock(), counts=False)
            _log.info("job_part_given_back", **names)
            return Pass(0)
        except Exception as error:
            log_failure("job_part_failed", error, **names)
            with self._database.writing() as session:
                queue.release(session, taken, self._clock(), counts=True)
            return Pass(0, 1)
        _log.info("job_part_done", succeeded=outcome.succeeded, failed=outcome.failed, **names)
        return Pass(0, 1) if taken.is_given_up else Pass(1)

    def _outcome(self, taken: Taken, body: bytes, analyzer: Analyzer) -> Outcome:
        """Analyse the part, giving signs of life."""
        if taken.is_given_up:
            return scoring.give_up(taken, body)
        until = taken.until

        def beat() -> None:
            nonlocal until
            if self._is_stopping():
                raise _Stopping()
            now = self._clock()
            if until - now > LEASE * 2 / 3:
                return
            with self._database.writing() as session:
                prolonged = queue.prolong(session, taken, now)
            if prolonged is None:
                raise _LeaseLost()
            until = prolonged

        return scoring.score_part(analyzer, taken, body, beat)
