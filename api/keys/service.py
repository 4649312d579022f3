"""Makes, checks and revokes API keys; only the sha256 of a key is kept.

A key holds 256 bits of chance, so that a plain hash cannot be searched backwards;
a slow password hash would only slow every request down.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from api.db.ids import new_id
from api.db.tables import ApiKeyRow
from api.errors import ConfigurationError
from api.keys import repository

BOOTSTRAP_TENANT = "default"
NOTED_EVERY = timedelta(hours=1)
"""How far behind the last use of a key may be: a write an hour, and not one a request."""
_DEPARTMENT = re.compile(r"[a-z0-9_-]{1,64}")
_MAX_TENANT = 64
_MAX_NAME = 200


class Scope(StrEnum):
    """What a key may do."""

    SCORE = "score"
    """Have comments analysed; nothing is stored."""
    READ = "read"
    """Read stored comments, analyses, themes and tickets."""
    TICKET = "ticket"
    """Store comments, which may open tickets; work on tickets; correct comments' labels."""
    ADMIN = "admin"
    """Change the tenant's themes, and its keys."""
    UNMASK = "unmask"
    """Read the originals of comments; each reading is an entry of the audit."""
    ERASE = "erase"
    """Erase customers, and read the certificates."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the key, its tenant and its scopes.

    `departments` is None for a key of the whole tenant. `use_is_news` says that the last use
    that is written down is more than an hour old.
    """

    key_id: str
    tenant_id: str
    scopes: frozenset[Scope]
    departments: frozenset[str] | None = None
    expires_at: datetime | None = None
    use_is_news: bool = False

    def sees(self, department: str) -> bool:
        """Say whether the key may read what belongs to a department.

        Parameters
        ----------
        department : str
            Id of the department.

        Returns
        -------
        bool
            True for a key of the whole tenant.
        """
        return self.departments is None or department in self.departments


def authenticate(session: Session, secret: str, bootstrap_key: str | None, now: datetime) -> Caller | None:
    """Find out whose key this is.

    Parameters
    ----------
    session : Session
        A reading session; not touched when the bootstrap key matches.
    secret : str
        The key as it was sent.
    bootstrap_key : str | None
        The operator's key for the tenant ``default`` with all scopes, if there is one.
    now : datetime
        The present.

    Returns
    -------
    Caller | None
        None when the key is unknown, revoked or past its end.
    """
    operator = bootstrap_caller(secret, bootstrap_key)
    if operator is not None:
        return operator
    digest = hash_secret(secret)
    row = repository.find_by_hash(session, digest)
    if row is None or not hmac.compare_digest(digest, row.secret_sha256):
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    known = {scope.value: scope for scope in Scope}
    return Caller(
        row.id,
        row.tenant_id,
        frozenset(known[name] for name in row.scopes if name in known),
        None if row.departments is None else frozenset(row.departments),
        row.expires_at,
        row.last_used_at is None or row.last_used_at <= now - NOTED_EVERY,
    )


def bootstrap_caller(secret: str, bootstrap_key: str | None) -> Caller | None:
    """Tell whether this is the operator's key; needs no database.

    Parameters
    ----------
    secret : str
        The key as it was sent.
    bootstrap_key : str | None
        The operator's key, if there is one.

    Returns
    -------
    Caller | None
        Of the tenant ``default`` with all scopes; None when it is another key.
    """
    if bootstrap_key is None or not hmac.compare_digest(hash_secret(secret), hash_secret(bootstrap_key)):
        return None
    return Caller("bootstrap", BOOTSTRAP_TENANT, frozenset(Scope))


def create(
    session: Session,
    *,
    tenant_id: str,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    departments: Iterable[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, str]:
    """Make a new key.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Tenant that the key belongs to.
    name : str
        What the key is for, for people.
    scopes : Iterable[str]
        What the key may do.
    now : datetime
        The present.
    departments : Iterable[str] | None
        Departments that the key is limited to; None for the whole tenant.
    expires_at : datetime | None
        When the key ends; None for never.

    Returns
    -------
    tuple[str, str]
        Id of the key and the key itself; the latter cannot be had again.

    Raises
    ------
    ConfigurationError
        If the tenant, the name, a scope, a department or the end cannot be used.
    """
    wanted = sorted(set(scopes))
    legal = [scope.value for scope in Scope]
    unknown = [scope for scope in wanted if scope not in legal]
    if unknown or not wanted:
        raise ConfigurationError(f"met scopes {wanted}; give one or more of {', '.join(legal)}")
    if not tenant_id.strip() or len(tenant_id) > _MAX_TENANT or len(name) > _MAX_NAME:
        raise ConfigurationError(
            f"a tenant has 1 to {_MAX_TENANT} characters and a name at most {_MAX_NAME}; shorten them"
        )
    limited = None if departments is None else sorted(set(departments))
    if limited is not None and (not limited or not all(map(_DEPARTMENT.fullmatch, limited))):
        raise ConfigurationError(
            f"met departments {limited}; give one or more ids such as 'logistics', or leave them out"
        )
    if expires_at is not None and expires_at <= now:
        raise ConfigurationError(f"the key would end at {expires_at.isoformat()}, which is past")
    row = ApiKeyRow(
        id=new_id("key"),
        tenant_id=tenant_id,
        name=name,
        scopes=wanted,
        departments=limited,
        created_at=now,
        expires_at=expires_at,
    )
    return _store(session, row)


def rotate(session: Session, old: ApiKeyRow, overlap: timedelta, now: datetime) -> tuple[str, str, datetime]:
    """Make a key that may do what an older one may; the older one ends a little later.

    Parameters
    ----------
    session : Session
        A writing session.
    old : ApiKeyRow
        The key whose place the new one takes; usable still.
    overlap : timedelta
        How long both work.
    now : datetime
        The present.

    Returns
    -------
    tuple[str, str, datetime]
        Id of the new key, the key itself, and when the older one ends.
    """
    ends_at = now + overlap
    if old.expires_at is not None:
        ends_at = min(ends_at, old.expires_at)
    row = ApiKeyRow(
        id=new_id("key"),
        tenant_id=old.tenant_id,
        name=old.name,
        scopes=old.scopes,
        departments=old.departments,
        created_at=now,
        expires_at=old.expires_at,
        replaces=old.id,
    )
    old.expires_at = ends_at
    return *_store(session, row), ends_at


def _store(session: Session, row: ApiKeyRow) -> tuple[str, str]:
    """Store a key with a secret of its own."""
    secret = f"voc_{secrets.token_urlsafe(32)}"
    row.secret_sha256 = hash_secret(secret)
    repository.add(session, row)
    return row.id, secret


def hash_secret(secret: str) -> str:
    """Hash a key for storage and comparison.

    Parameters
    ----------
    secret : str
        The key.

    Returns
    -------
    str
        Hexadecimal sha256.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def revoke(session: Session, key_id: str, now: datetime) -> bool:
    """Make a key useless.

    Parameters
    ----------
    session : Session
        A writing session.
    key_id : str
        Id of the key.
    now : datetime
        The present.

    Returns
    -------
    bool
        False when there is no such key, or it was revoked before.
    """
    return repository.revoke(session, key_id, now)
