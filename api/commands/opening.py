"""Opens the database for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.db.engine import Database
from api.settings import Settings
from api.vault import tenant_keys
from api.vault.master import vault_of


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


def check_keys(database: Database, settings: Settings) -> None:
    """Stop the start when VOC_ENCRYPTION_KEY does not open what is stored.

    Parameters
    ----------
    database : Database
        Brought up to date.
    settings : Settings
        What the operator set.
    """
    vault = vault_of(settings)
    with database.reading() as session:
        tenant_keys.check(session, vault)
