"""Keeps what people write about a ticket, personal data masked, in a table from which it can be erased."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from api.db.ids import new_id
from api.db.tables import TicketNoteRow, TicketRow
from voc_nlp.schema import Language
from voc_nlp.text.language import identify_language
from voc_nlp.text.privacy import find_pii, mask_pii


class NoteKind(StrEnum):
    """What a note is: for colleagues, to the customer, or why something was done."""

    INTERNAL = "internal"
    ANSWER = "answer"
    ESCALATION = "escalation"
    ACTION = "action"
    TOLD = "told"
    REOPENING = "reopening"


def masked(text: str) -> str:
    """Replace the personal data of a text.

    Parameters
    ----------
    text : str
        What a person wrote.

    Returns
    -------
    str
        With placeholders such as ``[電話番号1]``.
    """
    found = identify_language(text)
    language = found if found in (Language.JA, Language.EN) else Language.EN
    return mask_pii(text, find_pii(text, language), language).text


def write(
    session: Session, row: TicketRow, kind: NoteKind, text: str, *, actor: str, now: datetime
) -> dict[str, str]:
    """Add a note to a ticket.

    Parameters
    ----------
    session : Session
        A writing session.
    row : TicketRow
        The ticket; its number of notes grows.
    kind : NoteKind
        What the note is.
    text : str
        What was written; it is masked here.
    actor : str
        Who wrote it.
    now : datetime
        The present.

    Returns
    -------
    dict[str, str]
        What the audit may know of it: ``note_id`` and ``note_sha256`` (of the masked text).
    """
    kept = masked(text)
    note = TicketNoteRow(
        id=new_id("nte"),
        tenant_id=row.tenant_id,
        ticket_id=row.id,
        at=now,
        actor=actor,
        kind=kind.value,
        text=kept,
        sha256=hashlib.sha256(kept.encode()).hexdigest(),
    )
    session.add(note)
    session.flush()
    row.note_count += 1
    return {"note_id": note.id, "note_sha256": note.sha256}
