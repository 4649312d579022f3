"""The lane of re-scoring: its parts one at a time, held back, and only while no scoring job waits."""

import json
from collections.abc import Callable

from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.deps import Analyzer
from api.drift.repository import mark_rescored, week_of
from api.jobs import queue, scoring
from api.jobs.lines import pack, unpack
from api.jobs.queue import Outcome, Taken
from api.policy.rulebook import Rulebook
from api.rescoring import part, writing
from api.rescoring.asking import KIND, Ask
from api.rescoring.pace import Pace
from api.rescoring.part import Tools
from api.rescoring.writing import Written
from api.themes.shelf import ThemeShelf
from api.vault.master import Vault
from api.worker.lanes import Pass
from api.worker.parts import Beat, Holder, Settle


class RescoreLane:
    """Scores stored comments again; a part is scored by one version of the models.

    Parameters
    ----------
    database : Database
        Where comments and jobs are.
    hold_analyzer : Callable[[], Analyzer]
        Hands out the loaded models; asked before every part, so that others can come between.
    rulebook : Rulebook
        Departments, calendar and opening rules.
    clock : Clock
        The present.
    vault : Vault | None
        Opens originals, where a tenant keeps them.
    pace : Pace | None
        Holds the work back; None does not.
    is_stopping : Callable[[], bool]
        Asked between slices of a part, which is then given back.
    """

    name = "rescoring"

    def __init__(
        self,
        database: Database,
        hold_analyzer: Callable[[], Analyzer],
        rulebook: Rulebook,
        clock: Clock,
        vault: Vault | None = None,
        pace: Pace | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._hold_analyzer = hold_analyzer
        self._rulebook = rulebook
        self._clock = clock
        self._vault = vault
        self._pace = pace or Pace(0)
        self._is_stopping = is_stopping
        self._tools: Tools | None = None

    def run_once(self, most: int | None = None) -> Pass:
        """Work off what waits, until a scoring job does.

        Parameters
        ----------
        most : int | None
            Most parts of this pass; None takes all.

        Returns
        -------
        Pass
            How many parts were worked off, and how many were not.
        """
        done = failed = 0
        while not self._is_stopping() and (most is None or done + failed < most):
            with self._database.reading() as session:
                now = self._clock()
                if queue.is_waiting(session, (scoring.KIND,), now):
                    break
                if not queue.is_waiting(session, (KIND,), now):
                    break
            tools = self._hold_tools()
            with self._database.writing() as session:
                taken = queue.take(session, (KIND,), self._clock())
            if taken is None:
                break
            came_of_it = self._work_off(taken, tools)
            done, failed = done + came_of_it.done, failed + came_of_it.failed
        return Pass(done, failed)

    def _hold_tools(self) -> Tools:
        """Return the models with the shelf that belongs to them."""
        analyzer = self._hold_analyzer()
        if self._tools is None or self._tools.analyzer is not analyzer:
            shelf = ThemeShelf(analyzer.embedder, analyzer.themes)
            self._tools = Tools(self._database, analyzer, shelf, self._rulebook, self._vault)
        return self._tools

    def _work_off(self, taken: Taken, tools: Tools) -> Pass:
        """Work off one part."""
        assert taken.asked is not None
        ask = Ask.from_dict(taken.asked)

        def work(body: bytes, beat: Beat) -> Settle:
            ids = [line.decode() for line in unpack(body)]
            if taken.is_given_up:
                given_up = writing.give_up(ids, taken.language)
                return lambda _: _outcome(given_up)
            prepared = part.prepare(
                tools,
                taken.tenant_id,
                ids,
                ask,
                lambda comments: self._pace.hold(comments, beat),
                self._clock(),
            )

            def settle(session: Session) -> Outcome:
                now = self._clock()
                written = writing.write(
                    session,
                    tools,
                    taken.tenant_id,
                    prepared,
                    ask,
                    actor=taken.actor,
                    language=taken.language,
                    now=now,
                )
                weeks = {week_of(at, tools.zone) for at in written.changed}
                mark_rescored(session, taken.tenant_id, weeks, now)
                return _outcome(written, tools.analyzer.model_version)

            return settle

        return Holder(self._database, self._clock, self._is_stopping).work_off(taken, work)


def _outcome(written: Written, model_version: str | None = None) -> Outcome:
    tally = written.tally
    report = pack([json.dumps(tally.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()])
    lines = pack(list(written.lines))
    return Outcome(lines, tally.scored, tally.failed, model_version, tally.left_out, report)
