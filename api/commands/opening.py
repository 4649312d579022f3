"""Opens the database for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.db.engine import Database
from api.settings import Settings


@contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """Open the database of the settings, and close it at the end.

    Parameters
    ----------
    settings : Settings
        What the operator set.

    Yields
    ------
    Database
        Not brought up to date.
    """
    database = Database(
        settings.database_url, pool_size=settings.database_pool_size, wait_s=settings.database_wait_s
    )
    try:
        yield database
    finally:
        database.dispose()
