"""The originals of comments: what masking took away is sealed, and put back where somebody may read it.

Only the pieces that masking replaced are sealed, and not the whole text: what is not personal
data stands in `comments` already, one copy less is one copy less to lose, and a row stays as
short as the phone number that it holds. The sealed part also holds the sha256 of the whole
text, so that a text put together wrongly is never shown.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from api.db.tables import CommentOriginalRow, CommentRow
from api.errors import ConfigurationError, UnavailableError
from api.vault import tenant_keys
from api.vault.cipher import SealBrokenError, decrypt, derive, encrypt, place_of
from api.vault.master import Vault
from api.vault.tenant_keys import DataKey

_log = structlog.get_logger(__name__)
_PURPOSE = "originals of comments"


def keep(
    session: Session, vault: Vault | None, rows: Mapping[str, CommentRow], texts: Mapping[str, str]
) -> int:
    """Seal the originals of new comments of one tenant, if the tenant has a data key.

    Parameters
    ----------
    session : Session
        The session that stored the comments.
    vault : Vault | None
        Unwraps the tenant's key.
    rows : Mapping[str, CommentRow]
        The stored comments by id.
    texts : Mapping[str, str]
        Their texts as they were sent, by id.

    Returns
    -------
    int
        How many were sealed: a comment without personal data needs none.
    """
    masked = [row for row in rows.values() if row.masked_ranges]
    if vault is None or not masked:
        return 0
    with _unavailable_without_key():
        key = tenant_keys.current(session, vault, masked[0].tenant_id)
    if key is None:
        return 0
    secret = derive(key.secret, _PURPOSE)
    session.execute(
        insert(CommentOriginalRow),
        [
            {
                "comment_id": row.id,
                "tenant_id": row.tenant_id,
                "key_version": key.version,
                "sealed": _seal(secret, row, texts[row.id]),
            }
            for row in masked
        ],
    )
    return len(masked)


def read(session: Session, vault: Vault | None, row: CommentRow) -> str | None:
    """Put the text of a comment together as it was sent.

    Parameters
    ----------
    session : Session
        Any session.
    vault : Vault | None
        Unwraps the tenant's key.
    row : CommentRow
        The stored comment.

    Returns
    -------
    str | None
        None when it cannot be had: the tenant has no key, had none when the comment came, or
        the key was destroyed.

    """
    if vault is None:
        return None
    with _unavailable_without_key():
        if not row.masked_ranges:
            has_key = tenant_keys.current(session, vault, row.tenant_id) is not None
            return row.masked_text if has_key else None
        stored = session.get(CommentOriginalRow, row.id)
        if stored is None:
            return None
        key = tenant_keys.find(session, vault, row.tenant_id, stored.key_version)
    return None if key is None else _open(derive(key.secret, _PURPOSE), row, stored.sealed)


def reencrypt_some(session: Session, vault: Vault, tenant_id: str, limit: int = 200) -> int:
    """Seal originals of older versions with the tenant's current key.

    Parameters
    ----------
    session : Session
        A writing session; one call is one transaction.
    vault : Vault
        Unwraps the keys.
    tenant_id : str
        Whose originals.
    limit : int
        Most of one call.

    Returns
    -------
    int
        How many were moved; 0 when all are of the current version.

    Raises
    ------
    SealBrokenError
        If one was changed, or its key was destroyed.
    """
    key = tenant_keys.current(session, vault, tenant_id)
    if key is None:
        return 0
    stale = session.scalars(
        select(CommentOriginalRow)
        .where(CommentOriginalRow.tenant_id == tenant_id, CommentOriginalRow.key_version < key.version)
        .limit(limit)
        .with_for_update()
    ).all()
    older: dict[int, DataKey | None] = {}
    for row in stale:
        if row.key_version not in older:
            older[row.key_version] = tenant_keys.find(session, vault, tenant_id, row.key_version)
        old = older[row.key_version]
        if old is None:
            raise SealBrokenError()
        place = _place(tenant_id, row.comment_id)
        content = decrypt(derive(old.secret, _PURPOSE), row.sealed, place)
        row.sealed = encrypt(derive(key.secret, _PURPOSE), content, place)
        row.key_version = key.version
    return len(stale)


@contextmanager
def _unavailable_without_key() -> Iterator[None]:
    """Answer 503 while this process lacks an operator's key that others have begun to use."""
    try:
        yield
    except ConfigurationError as error:
        _log.error("encryption_key_missing", detail=str(error))
        raise UnavailableError() from None


def _seal(secret: bytes, row: CommentRow, text: str) -> bytes:
    pieces = [text[start:end] for start, end, _, _ in row.masked_ranges]
    content = {"pieces": pieces, "sha256": _digest(text)}
    return encrypt(secret, json.dumps(content).encode(), _place(row.tenant_id, row.id))


def _open(secret: bytes, row: CommentRow, sealed: bytes) -> str:
    content = json.loads(decrypt(secret, sealed, _place(row.tenant_id, row.id)))
    text = _put_together(row.masked_text, row.masked_ranges, content["pieces"])
    if _digest(text) != content["sha256"]:
        raise SealBrokenError()
    return text


def _put_together(masked: str, ranges: Sequence[Sequence[int]], pieces: Sequence[str]) -> str:
    """Put the pieces in the place of the placeholders."""
    if len(ranges) != len(pieces):
        raise SealBrokenError()
    parts: list[str] = []
    at = 0
    for (_, _, start, end), piece in zip(ranges, pieces, strict=True):
        parts += (masked[at:start], piece)
        at = end
    return "".join((*parts, masked[at:]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _place(tenant_id: str, comment_id: str) -> bytes:
    return place_of(tenant_id, comment_id)
