"""The lane of the themes: fits of the themes, and comments that wait to be placed in them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.themes import backfill, fits
from api.themes.shelf import ThemeShelf
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)
_SWEEP_EVERY = timedelta(hours=1)


class ThemeLane:
    """Works off queued fits; each is made with one encoder.

    Parameters
    ----------
    database : Database
        Where the fits are queued.
    hold_shelf : Callable[[], ThemeShelf]
        Asked before each piece of work for the encoder and the shipped themes.
    zone : tzinfo
        Of the calendar.
    clock : Clock
        The present.
    """

    name = "themes"

    def __init__(
        self, database: Database, hold_shelf: Callable[[], ThemeShelf], zone: tzinfo, clock: Clock
    ) -> None:
        self._database = database
        self._hold_shelf = hold_shelf
        self._zone = zone
        self._clock = clock
        self._swept_at: datetime | None = None

    def run_once(self) -> Pass:
        """Do everything that waits.

        Returns
        -------
        Pass
            How many fits were run.
        """
        with self._database.reading() as session:
            waits = backfill.has_unplaced(session)
        while waits:
            waits = backfill.place_some(self._database, self._hold_shelf(), self._zone, self._clock()) > 0
        done = self._fit()
        for _ in self._sweep():
            done += self._fit()
        return Pass(done)

    def _fit(self) -> int:
        """Run the fits that wait."""
        done = 0
        while True:
            with self._database.writing() as session:
                row = fits.take_next(session, self._clock())
            if row is None:
                return done
            _log.info("fit_started", fit_id=row.id)
            fits.run(self._database, row, self._hold_shelf(), self._zone, self._clock)
            _log.info("fit_ended", fit_id=row.id)
            done += 1

    def _sweep(self) -> Iterator[None]:
        """Place the comments whose vectors are of another encoder, a chunk at a time; once an hour."""
        now = self._clock()
        if self._swept_at is not None and now - self._swept_at < _SWEEP_EVERY:
            return
        self._swept_at = now
        with self._database.reading() as session:
            if not backfill.has_foreign(session):
                return
            shelf = self._hold_shelf()
            tenants = backfill.usable_tenants(session, shelf)
        for tenant_id in tenants:
            after: str | None = ""
            while after is not None:
                after = backfill.place_foreign(
                    self._database, tenant_id, shelf, self._zone, self._clock(), after
                )
                yield
