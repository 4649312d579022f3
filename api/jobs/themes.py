"""The worker's slow side: fits of the themes, and comments that wait to be placed in them."""

import threading
from collections.abc import Callable
from datetime import tzinfo

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.logs import log_failure
from api.themes import backfill, fits
from api.themes.shelf import ThemeShelf

_log = structlog.get_logger(__name__)


class ThemeWorker:
    """Works off queued fits; the models are loaded with the first one.

    Parameters
    ----------
    database : Database
        Where the fits are queued.
    load_shelf : Callable[[], ThemeShelf]
        Loads the encoder and the shipped themes.
    zone : tzinfo
        Of the calendar.
    clock : Clock
        The present.
    """

    def __init__(
        self, database: Database, load_shelf: Callable[[], ThemeShelf], zone: tzinfo, clock: Clock
    ) -> None:
        self._database = database
        self._load_shelf = load_shelf
        self._zone = zone
        self._clock = clock
        self._shelf: ThemeShelf | None = None

    def run_once(self) -> int:
        """Do everything that waits.

        Returns
        -------
        int
            How many fits were run.
        """
        with self._database.reading() as session:
            waits = backfill.has_unplaced(session)
        while waits:
            waits = backfill.place_some(self._database, self._hold_shelf(), self._zone, self._clock()) > 0
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

    def run(self, stop: threading.Event, interval_s: float) -> None:
        """Run passes until somebody says stop; a fit that has begun is finished first.

        Parameters
        ----------
        stop : threading.Event
            Set from a signal handler or another thread.
        interval_s : float
            Seconds between the passes.
        """
        while not stop.is_set():
            try:
                self.run_once()
            except Exception as error:
                log_failure("themes_pass_failed", error)
            stop.wait(interval_s)

    def _hold_shelf(self) -> ThemeShelf:
        if self._shelf is None:
            self._shelf = self._load_shelf()
        return self._shelf
