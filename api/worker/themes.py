"""The lane of the themes: fits of the themes, and comments that wait to be placed in them."""

from collections.abc import Callable
from datetime import tzinfo

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.themes import backfill, fits
from api.themes.shelf import ThemeShelf
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)


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
        done = 0
        while True:
            with self._database.writing() as session:
                row = fits.take_next(session, self._clock())
            if row is None:
                return Pass(done)
            _log.info("fit_started", fit_id=row.id)
            fits.run(self._database, row, self._hold_shelf(), self._zone, self._clock)
            _log.info("fit_ended", fit_id=row.id)
            done += 1
