"""Reads and stores versions of a tenant's opening rules; each is an entry of the audit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import etags
from api.audit import chain
from api.audit.chain import Entry
from api.db.tables import PolicyVersionRow
from api.errors import Bilingual, Fault, InvalidRequestError, NotFoundError
from api.intake import unusable_values
from api.policy import versions
from api.policy.rule_reading import RuleError, read_rules
from api.policy.rulebook import Rulebook, check_departments
from api.policy.rules import RuleSet
from api.problems import pointer

POLICY = "policy"
"""What the audit calls a version of the rules."""
_DOCUMENT = "policy"


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules that somebody wants to store, from when on they shall be in force, and a note for people."""

    ruleset: RuleSet
    effective_at: datetime
    note: str


def read_draft(table: Mapping[str, Any], rulebook: Rulebook, at: Sequence[str] = ()) -> RuleSet:
    """Read rules that were sent.

    Parameters
    ----------
    table : Mapping[str, Any]
        ``match`` and ``rules``.
    rulebook : Rulebook
        The departments.
    at : Sequence[str]
        Where they stand in the body.

    Returns
    -------
    RuleSet
        Checked.

    Raises
    ------
    InvalidRequestError
        If they cannot be used; says where.
    """
    prefix = pointer(at)
    faults = [Fault(prefix + fault.pointer, fault.detail) for fault in unusable_values(dict(table))]
    if faults:
        raise InvalidRequestError(faults)
    try:
        ruleset = read_rules(table, _DOCUMENT)
        check_departments(ruleset, rulebook.taxonomy, _DOCUMENT)
    except RuleError as error:
        detail = error.detail
        if error.place.rule_id:
            detail = Bilingual(
                f"rule {error.place.rule_id!r}: {detail.en}", f"ルール {error.place.rule_id!r}: {detail.ja}"
            )
        raise InvalidRequestError([Fault(prefix + pointer(error.place.parts), detail)]) from None
    return ruleset


def store(
    session: Session, tenant_id: str, draft: Draft, *, if_match: str | None, actor: str, now: datetime
) -> PolicyVersionRow:
    """Store a further version.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose rules.
    draft : Draft
        The rules.
    if_match : str | None
        The ETag that the caller saw.
    actor : str
        Who asks.
    now : datetime
        The present.

    Returns
    -------
    PolicyVersionRow
        The version.

    Raises
    ------
    InvalidRequestError
        If it should have been in force before now: tickets name the version that opened them.
    """
    if draft.effective_at < now:
        detail = Bilingual(
            "lies in the past; leave it out for now", "過去の日時です。省略すると現在になります"
        )
        raise InvalidRequestError([Fault("/effective_at", detail)])
    chain.hold(session, tenant_id)
    latest = versions.latest_number(session, tenant_id)
    etags.check(if_match, latest)
    before = versions.number_in_force(session, tenant_id, now)
    content, sha256 = versions.canonical(draft.ruleset.content)
    row = PolicyVersionRow(
        tenant_id=tenant_id,
        number=latest + 1,
        content=content,
        sha256=sha256,
        actor=actor,
        created_at=now,
        effective_at=draft.effective_at,
        note=draft.note,
    )
    session.add(row)
    session.flush()
    entry = Entry(
        actor,
        "stored",
        POLICY,
        versions.name_of(row.number),
        before={"in_force": versions.name_of(before) if before else None},
        after={"sha256": sha256, "effective_at": draft.effective_at.isoformat()},
        reason={},
    )
    chain.append(session, tenant_id, entry, now)
    return row


def shown(session: Session, tenant_id: str, rulebook: Rulebook, now: datetime) -> tuple[dict[str, Any], str]:
    """Show the rules in force.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    rulebook : Rulebook
        The operator's file.
    now : datetime
        The present.

    Returns
    -------
    tuple[dict[str, Any], str]
        A `PolicyOut`, and its ETag: the latest number, and the one in force.
    """
    number = versions.number_in_force(session, tenant_id, now)
    tag = etags.write(versions.latest_number(session, tenant_id), number or 0)
    if number is not None:
        return version_out(_find(session, tenant_id, number), with_rules=True), tag
    policy = rulebook.policy
    _, sha256 = versions.canonical(policy.ruleset.content)
    body = {
        "version": policy.version,
        "number": None,
        "source": "file",
        "sha256": sha256,
        "actor": None,
        "created_at": None,
        "effective_at": None,
        "note": "",
        **policy.ruleset.content,
    }
    return body, tag


def get(session: Session, tenant_id: str, number: int) -> dict[str, Any]:
    """Find a stored version.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    number : int
        Its number.

    Returns
    -------
    dict[str, Any]
        A `PolicyOut`.
    """
    return version_out(_find(session, tenant_id, number), with_rules=True)


def list_page(
    session: Session, tenant_id: str, limit: int, before: int | None
) -> tuple[list[dict[str, Any]], int | None]:
    """List stored versions, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose rules.
    limit : int
        How many.
    before : int | None
        Only those with a smaller number.

    Returns
    -------
    tuple[list[dict[str, Any]], int | None]
        Without their rules, and the number before which the next page begins.
    """
    query = select(PolicyVersionRow).where(PolicyVersionRow.tenant_id == tenant_id)
    if before is not None:
        query = query.where(PolicyVersionRow.number < before)
    rows = session.scalars(query.order_by(PolicyVersionRow.number.desc()).limit(limit + 1)).all()
    items = [version_out(row, with_rules=False) for row in rows[:limit]]
    return items, rows[limit - 1].number if len(rows) > limit else None


def version_out(row: PolicyVersionRow, *, with_rules: bool) -> dict[str, Any]:
    """Put a stored version on the wire.

    Parameters
    ----------
    row : PolicyVersionRow
        The version.
    with_rules : bool
        Whether to tell the rules too.

    Returns
    -------
    dict[str, Any]
        A `PolicyOut` or a `PolicyVersionOut`.
    """
    told = {
        "version": versions.name_of(row.number),
        "number": row.number,
        "source": "stored",
        "sha256": row.sha256,
        "actor": row.actor,
        "created_at": row.created_at.isoformat(),
        "effective_at": row.effective_at.isoformat(),
        "note": row.note,
    }
    return {**told, **json.loads(row.content)} if with_rules else told


def _find(session: Session, tenant_id: str, number: int) -> PolicyVersionRow:
    row = session.get(PolicyVersionRow, (tenant_id, number))
    if row is None:
        raise NotFoundError()
    return row
