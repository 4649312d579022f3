"""Writes down when a key was used last: coarsely, and after the answer has gone out."""

from datetime import datetime

from api.db.engine import Database
from api.keys import repository
from api.keys.service import NOTED_EVERY
from api.logs import log_failure


def note_use(database: Database, key_id: str, now: datetime) -> None:
    """Write down that a key was used; a failure costs nothing but the note.

    Parameters
    ----------
    database : Database
        Where the keys are.
    key_id : str
        Id of the key.
    now : datetime
        When it was used.
    """
    try:
        with database.writing() as session:
            repository.note_use(session, key_id, now, now - NOTED_EVERY)
    except Exception as error:
        log_failure("key_use_not_noted", error, key_id=key_id)
