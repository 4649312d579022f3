"""Takes a signed message in: checked, turned into a comment, received like any other, and remembered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.comments.schemas import CommentIn
from api.comments.service import Received
from api.db.tables import IncomingMessageRow, IncomingSourceRow
from api.errors import Bilingual, InvalidJsonError, RequestError, UnavailableError
from api.incoming.mapping import comment_of, is_meant
from api.incoming.sources import find_any, secrets_of
from api.intake import read_document
from api.keys.service import Caller, Scope
from api.logs import log_failure
from api.webhooks.secrets import SealedSecretError, SecretBox
from api.webhooks.signing import SignatureFault, check

REMEMBERED = timedelta(days=30)
"""How long the id of a message is kept; its time is believed for minutes only."""
_DETAILS = {
    SignatureFault.MISSING: Bilingual(
        "Send the headers webhook-id, webhook-timestamp and webhook-signature of Standard Webhooks.",
        "Standard Webhooks のヘッダー webhook-id、webhook-timestamp、webhook-signature を付けてください。",
    ),
    SignatureFault.STALE: Bilingual(
        "The message is older or newer than 5 minutes; sign it afresh, and check the clock.",
        "メッセージの時刻が 5 分以上ずれています。署名し直し、時計を確認してください。",
    ),
    SignatureFault.FORGED: Bilingual(
        "The signature fits no source of this address; check the source's id and its secret.",
        "署名が一致しません。送信元の ID と署名鍵を確認してください。",
    ),
}
Receive = Callable[[CommentIn, Caller], Received]
"""Receives one comment as `api.comments.service.receive` does; raises RefusedCommentError."""


class SignatureError(RequestError):
    """A message that is not believed.

    Parameters
    ----------
    fault : SignatureFault
        Why.
    """

    status = 401
    code = "invalid_signature"
    title = Bilingual("Invalid signature", "署名が正しくありません")

    def __init__(self, fault: SignatureFault) -> None:
        super().__init__(_DETAILS[fault])


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message."""

    result: Literal["stored", "seen_before", "ignored"]
    comment_id: str | None = None
    ticket_id: str | None = None
    is_new: bool = False


def authenticate(
    reader: Session,
    box: SecretBox,
    kind: str,
    source_id: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> IncomingSourceRow:
    """Find out who sends, by the signature.

    Parameters
    ----------
    reader : Session
        A reading session.
    box : SecretBox
        Opens the secrets.
    kind : str
        Kind in the path.
    source_id : str
        Id in the query.
    headers : Mapping[str, str]
        Headers by their lower-case name.
    body : bytes
        As it was sent.
    now : datetime
        The present.

    Returns
    -------
    IncomingSourceRow
        The sender.

    Raises
    ------
    SignatureError
        If it is not one, or the message is stale.
    UnavailableError
        If its secret cannot be opened; the log says so.
    """
    row = find_any(reader, source_id)
    try:
        known = row is not None and row.enabled and row.kind == kind
        secrets = secrets_of(row, box, now) if row is not None and known else []
    except SealedSecretError as error:
        log_failure("incoming_secret_sealed", error, source_id=source_id)
        raise UnavailableError() from None
    fault = check(headers, body, secrets, now)
    if fault is not None or row is None:
        raise SignatureError(fault or SignatureFault.FORGED)
    return row


def take(
    reader: Session,
    session: Session,
    source: IncomingSourceRow,
    message_id: str,
    body: bytes,
    receive: Receive,
    now: datetime,
) -> Taken:
    """Take a message in; the same id again has no second effect.

    Parameters
    ----------
    reader : Session
        A reading session.
    session : Session
        The writing session that `receive` uses: comment and memory are committed together.
    source : IncomingSourceRow
        Who sends; known by its signature.
    message_id : str
        The sender's id of the message.
    body : bytes
        JSON.
    receive : Receive
        The intake of comments.
    now : datetime
        The present.

    Returns
    -------
    Taken
        ``ignored`` when the message is none of those that become comments, or holds no words.

    Raises
    ------
    InvalidJsonError
        If the body is not JSON.
    """
    seen = reader.get(IncomingMessageRow, (source.id, message_id))
    if seen is not None:
        return Taken("seen_before", seen.comment_id)
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidJsonError() from None
    fields = comment_of(payload, source.mapping) if is_meant(payload, source.only) else {}
    if "text" not in fields:
        return Taken("ignored")
    fields.setdefault("external_id", message_id)
    document = read_document(CommentIn, {**fields, "source": source.name})
    caller = Caller(f"incoming:{source.id}", source.tenant_id, frozenset({Scope.TICKET}))
    received = receive(document, caller)
    stored = received.stored
    _remember(session, source.id, message_id, stored.row.id, now)
    ticket_id = stored.tickets[0].id if stored.tickets else None
    return Taken("stored" if received.is_new else "seen_before", stored.row.id, ticket_id, received.is_new)


def _remember(session: Session, source_id: str, message_id: str, comment_id: str, now: datetime) -> None:
    """Keep the id of a message, and forget those that are too old to be believed."""
    table = IncomingMessageRow
    session.execute(delete(table).where(table.source_id == source_id, table.received_at < now - REMEMBERED))
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "source_id": source_id,
        "message_id": message_id,
        "received_at": now,
        "comment_id": comment_id,
    }
    session.execute(insert(table).values(**values).on_conflict_do_nothing())
