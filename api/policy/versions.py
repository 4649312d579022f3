"""The opening rules that a tenant stored in place of the file's: which version is in force at a moment."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.db.tables import PolicyVersionRow
from api.policy.rule_reading import read_rules
from api.policy.rulebook import Rulebook
from api.policy.rules import Policy, RuleSet

_KEPT = 256
_lock = threading.Lock()
_read: OrderedDict[str, RuleSet] = OrderedDict()
"""Rules that were read, by the sha256 of their JSON: they are the same whoever stored them."""


def canonical(content: Mapping[str, Any]) -> tuple[str, str]:
    """Write rules in the one form in which equal ones are equal.

    Parameters
    ----------
    content : Mapping[str, Any]
        `RuleSet.content`.

    Returns
    -------
    tuple[str, str]
        JSON in ASCII with sorted keys, and its sha256 in hexadecimal.
    """
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def name_of(number: int) -> str:
    """Name a stored version, as tickets remember it.

    Parameters
    ----------
    number : int
        Its number.

    Returns
    -------
    str
        For instance ``v3``.
    """
    return f"v{number}"


def in_force(session: Session, tenant_id: str, policy: Policy, now: datetime) -> Policy:
    """Find the policy of a tenant: one small query, and a second when the rules were not read yet.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    policy : Policy
        The operator's file; its rules hold for a tenant that stored none.
    now : datetime
        The moment.

    Returns
    -------
    Policy
        The file's hours and calendar with the tenant's rules.
    """
    found = session.execute(_in_force(tenant_id, now)).one_or_none()
    if found is None:
        return policy
    return policy.with_rules(name_of(found.number), rules_of(session, tenant_id, found.number, found.sha256))


def rulebook_in_force(session: Session, tenant_id: str, rulebook: Rulebook, now: datetime) -> Rulebook:
    """Find the rulebook of a tenant.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    rulebook : Rulebook
        The operator's files.
    now : datetime
        The moment.

    Returns
    -------
    Rulebook
        The files' departments, hours and calendar with the tenant's rules.
    """
    return rulebook.with_policy(in_force(session, tenant_id, rulebook.policy, now))


def number_in_force(session: Session, tenant_id: str, now: datetime) -> int | None:
    """Find the number of the version in force.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    now : datetime
        The moment.

    Returns
    -------
    int | None
        None when the file's rules hold.
    """
    found = session.execute(_in_force(tenant_id, now)).one_or_none()
    return found.number if found else None


def latest_number(session: Session, tenant_id: str) -> int:
    """Find the highest number that was given, in force or not.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.

    Returns
    -------
    int
        0 when none was stored.
    """
    query = select(func.max(PolicyVersionRow.number)).where(PolicyVersionRow.tenant_id == tenant_id)
    return session.scalar(query) or 0


def rules_of(session: Session, tenant_id: str, number: int, sha256: str) -> RuleSet:
    """Read the rules of a version; they are parsed once.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    number : int
        The version.
    sha256 : str
        Of its content.

    Returns
    -------
    RuleSet
        The rules.
    """
    with _lock:
        known = _read.get(sha256)
        if known is not None:
            _read.move_to_end(sha256)
            return known
    content = session.scalar(
        select(PolicyVersionRow.content).where(
            PolicyVersionRow.tenant_id == tenant_id, PolicyVersionRow.number == number
        )
    )
    assert content is not None
    ruleset = read_rules(json.loads(content), f"policy {name_of(number)}")
    with _lock:
        _read[sha256] = ruleset
        while len(_read) > _KEPT:
            _read.popitem(last=False)
    return ruleset


def _in_force(tenant_id: str, now: datetime) -> Select[int, str]:
    return (
        select(PolicyVersionRow.number, PolicyVersionRow.sha256)
        .where(PolicyVersionRow.tenant_id == tenant_id, PolicyVersionRow.effective_at <= now)
        .order_by(PolicyVersionRow.effective_at.desc(), PolicyVersionRow.number.desc())
        .limit(1)
    )
