"""Claims a key, keeps the answer beside the effect, gives the key back when nothing happened.

A key is claimed in a transaction of its own, under a lease. The answer is written into the same row
in the transaction of the route's effect and only while the lease is held: both are committed, or
neither. When a process dies in between, nothing has happened; the lease runs out and the next copy of
the request takes the key over by compare and set. A process that was merely slow then finds its lease
lost, and its own effect is rolled back.

Answers of the routes that store or analyse comments hold customers' words and are not kept: these
routes answer the same when they run again. What the other routes answer may hold a customer's id;
`forget_mentions` finds such answers when a customer is erased, and all of them go after the time to
live.

References
----------
The Idempotency-Key HTTP Header Field, draft-ietf-httpapi-idempotency-key-header-07.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.db.engine import Database
from api.db.tables import IdempotencyRow
from api.idempotency import repository
from api.idempotency.errors import InFlightError, KeyReusedError

LEASE = timedelta(seconds=60)
"""How long a request may work before another copy of it may take its key over: far longer than any
route takes, short enough to wait for after a crash."""
_ATTEMPTS = 5
_DELETED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request under a key: whose, and a sha256 over all that makes it the same request."""

    tenant_id: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a request."""

    keyed: Keyed
    lease: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered; `body` is None where it is not kept and the route runs again."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


def claim(database: Database, keyed: Keyed, *, now: datetime, ttl: timedelta) -> Claim | Answer:
    """Find out whether a request is to be done.

    Parameters
    ----------
    database : Database
        Where the keys are.
    keyed : Keyed
        The request.
    now : datetime
        The present.
    ttl : timedelta
        How long a key is kept; an older one counts as unused.

    Returns
    -------
    Claim | Answer
        A claim: do it, then `keep` or `release`. An answer: it is done.

    Raises
    ------
    KeyReusedError
        If the key stands for another request.
    InFlightError
        If the request is being worked on.
    """
    for _ in range(_ATTEMPTS):
        with database.reading() as session:
            row = repository.find(session, keyed.tenant_id, keyed.key)
        if row is not None and row.started_at >= now - ttl:
            if row.fingerprint != keyed.fingerprint:
                raise KeyReusedError()
            if row.state == "done":
                return _answer(row)
            if row.started_at > now - LEASE:
                raise InFlightError()
        lease = secrets.token_hex(16)
        if _take(database, keyed, row, lease, now):
            return Claim(keyed, lease)
    raise InFlightError()


def keep(session: Session, claimed: Claim, answer: Answer) -> None:
    """Write the answer beside the effect.

    Parameters
    ----------
    session : Session
        The session of the effect: both are committed, or neither.
    claimed : Claim
        What `claim` gave.
    answer : Answer
        The answer; without a body when the route may run again.

    Raises
    ------
    InFlightError
        If the lease was lost to another copy of the request: the effect must be rolled back.
    """
    keyed = claimed.keyed
    kept = repository.finish(
        session,
        keyed.tenant_id,
        keyed.key,
        claimed.lease,
        status=answer.status,
        headers=None if answer.body is None else [list(pair) for pair in answer.headers],
        body=answer.body,
    )
    if not kept:
        raise InFlightError()


def release(database: Database, claimed: Claim) -> None:
    """Give a key back whose request had no effect.

    Parameters
    ----------
    database : Database
        Where the keys are.
    claimed : Claim
        What `claim` gave.
    """
    with database.writing() as session:
        repository.release(session, claimed.keyed.tenant_id, claimed.keyed.key, claimed.lease)


def forget_expired(session: Session, *, now: datetime, ttl: timedelta) -> int:
    """Delete the keys that have been kept long enough, at most a thousand at once.

    Parameters
    ----------
    session : Session
        A writing session.
    now : datetime
        The present.
    ttl : timedelta
        How long a key is kept.

    Returns
    -------
    int
        How many were deleted.
    """
    return repository.delete_before(session, now - ttl, _DELETED_AT_ONCE)


def forget_mentions(session: Session, tenant_id: str, words: Sequence[str]) -> int:
    """Empty the kept answers of a tenant that hold one of these words, for the erasure of a customer.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        The tenant.
    words : Sequence[str]
        Ids of the customer, and of its comments and tickets.

    Returns
    -------
    int
        How many answers were emptied; such a request, sent again, is answered by its status alone.
    """
    sought = [
        json.dumps(word, ensure_ascii=ascii_only)[1:-1].encode()
        for word in words
        if word
        for ascii_only in (False, True)
    ]
    emptied = 0
    for row in repository.with_bodies(session, tenant_id):
        kept = (row.body or b"") + json.dumps(row.headers).encode()
        if any(word in kept for word in sought):
            row.body, row.headers = b"", []
            emptied += 1
    return emptied


def _take(database: Database, keyed: Keyed, row: IdempotencyRow | None, lease: str, now: datetime) -> bool:
    """Write the claim; False when another copy was quicker."""
    if row is not None:
        with database.writing() as session:
            return repository.take_over(session, row, fingerprint=keyed.fingerprint, lease=lease, now=now)
    fresh = IdempotencyRow(
        tenant_id=keyed.tenant_id,
        key=keyed.key,
        fingerprint=keyed.fingerprint,
        lease=lease,
        state="running",
        started_at=now,
    )
    try:
        with database.writing() as session:
            repository.add(session, fresh)
    except IntegrityError:
        return False
    return True


def _answer(row: IdempotencyRow) -> Answer:
    """Return what is kept."""
    return Answer(row.status or 200, tuple((name, value) for name, value in row.headers or ()), row.body)
