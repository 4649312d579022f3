"""The lane of the retention: removes what is older than the operator keeps it, once an hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.logs import log_failure
from api.privacy.retention import Rule, remove_some
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)
_EVERY = timedelta(hours=1)


class RetentionLane:
    """Removes in batches, one transaction each; several workers may do so at once.

    Parameters
    ----------
    database : Database
        The database.
    rules : Sequence[Rule]
        What goes when.
    clock : Clock
        The present.
    """

    name = "retention"

    def __init__(self, database: Database, rules: Sequence[Rule], clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock
        self._looked_at: datetime | None = None

    def run_once(self) -> Pass:
        """Remove everything that is due, unless that was done less than an hour ago.

        Returns
        -------
        Pass
            How many things were removed, and how many rules could not be followed to the end.
        """
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < _EVERY:
            return Pass(0)
        self._looked_at = now
        done = failed = 0
        for rule in self._rules:
            removed = 0
            try:
                while count := remove_some(self._database, rule, now):
                    removed += count
            except Exception as error:
                failed += 1
                log_failure("retention_failed", error, rule=rule.name)
            if removed:
                _log.info("retention_removed", rule=rule.name, count=removed)
            done += removed
        return Pass(done, failed)
