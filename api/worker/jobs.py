"""The lane of the scoring jobs: works off their parts, one at a time, and deletes jobs whose time is over."""

from collections.abc import Callable
from datetime import timedelta

from api.clock import Clock
from api.db.engine import Database
from api.deps import Analyzer
from api.jobs import queue, scoring, service
from api.jobs.queue import Taken
from api.worker.lanes import Pass
from api.worker.parts import Beat, Holder, Settle

_KINDS = (scoring.KIND,)


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

        def work(body: bytes, beat: Beat) -> Settle:
            if taken.is_given_up:
                outcome = scoring.give_up(taken, body)
            else:
                outcome = scoring.score_part(analyzer, taken, body, beat)
            return lambda _: outcome

        return Holder(self._database, self._clock, lambda: self._is_stopping()).work_off(taken, work)
