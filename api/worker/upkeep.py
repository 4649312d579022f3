"""The lane of upkeep: deletes what has outlived its use."""

from datetime import timedelta

from api.clock import Clock
from api.db.engine import Database
from api.idempotency import service as idempotency
from api.worker.lanes import Pass


class UpkeepLane:
    """Deletes idempotency keys that are older than they are kept.

    Parameters
    ----------
    database : Database
        Where they are.
    clock : Clock
        The present.
    idempotency_ttl : timedelta
        How long a key is kept.
    """

    name = "upkeep"

    def __init__(self, database: Database, clock: Clock, idempotency_ttl: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._idempotency_ttl = idempotency_ttl

    def run_once(self) -> Pass:
        """Delete what is due.

        Returns
        -------
        Pass
            How many keys were deleted.
        """
        with self._database.writing() as session:
            deleted = idempotency.forget_expired(session, now=self._clock(), ttl=self._idempotency_ttl)
        return Pass(deleted)
