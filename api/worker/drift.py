"""The lane of drift: profiles each ended week of every tenant, once an hour, and judges it."""

from datetime import datetime, timedelta, tzinfo

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.drift import repository, service
from api.logs import log_failure
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)
_EVERY = timedelta(hours=1)


class DriftLane:
    """Keeps the weeks of all tenants up to date; one transaction a tenant.

    Parameters
    ----------
    database : Database
        Where the comments are.
    zone : tzinfo
        Of the calendar.
    clock : Clock
        The present.
    """

    name = "drift"

    def __init__(self, database: Database, zone: tzinfo, clock: Clock) -> None:
        self._database = database
        self._zone = zone
        self._clock = clock
        self._looked_at: datetime | None = None

    def run_once(self) -> Pass:
        """Profile what ended or changed, unless that was done less than an hour ago.

        Returns
        -------
        Pass
            How many weeks were profiled, and for how many tenants that failed.
        """
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < _EVERY:
            return Pass(0)
        self._looked_at = now
        with self._database.reading() as session:
            tenants = repository.tenants(session)
        done = failed = 0
        for tenant_id in tenants:
            try:
                weeks = service.renew(self._database, tenant_id, self._zone, now)
            except Exception as error:
                failed += 1
                log_failure("drift_failed", error, tenant_id=tenant_id)
                continue
            if weeks:
                _log.info("drift_profiled", tenant_id=tenant_id, weeks=weeks)
            done += weeks
        service.forget_old(self._database, self._zone, now)
        return Pass(done, failed)
