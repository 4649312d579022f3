"""What every change of the staff has: who makes it, what can be wrong with it, its entry of the audit.

The audit holds ids and the names of the fields that changed, never a person's name or contact.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.tables import MemberRow, TeamRow
from api.errors import Bilingual, Fault, InvalidRequestError, RequestError

_TOLD = ("department", "strategy", "team_id", "languages", "capacity", "active")
"""Fields whose values the audit may hold."""


class StillNeededError(RequestError):
    """A team or member that something still names.

    Parameters
    ----------
    en : str
        What does.
    ja : str
        The same in Japanese.
    """

    status = 409
    code = "still_needed"
    title = Bilingual("Still needed", "使用中です")

    def __init__(self, en: str, ja: str) -> None:
        super().__init__(Bilingual(en, ja))


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes the staff of which tenant, having seen what, when."""

    tenant_id: str
    actor: str
    now: datetime
    if_match: str | None = None


def fault(pointer: str, en: str, ja: str) -> InvalidRequestError:
    """Make the error of one field that cannot be used.

    Parameters
    ----------
    pointer : str
        JSON pointer of the field.
    en : str
        What is wrong with it.
    ja : str
        The same in Japanese.

    Returns
    -------
    InvalidRequestError
        To be raised.
    """
    return InvalidRequestError([Fault(pointer, Bilingual(en, ja))])


def values_of(row: TeamRow | MemberRow) -> dict[str, Any]:
    """Read the fields whose values the audit may hold.

    Parameters
    ----------
    row : TeamRow | MemberRow
        A team or member.

    Returns
    -------
    dict[str, Any]
        By name; a field that the row does not have is left out.
    """
    return {name: getattr(row, name) for name in _TOLD if hasattr(row, name)}


def tell(
    session: Session,
    change: Change,
    action: str,
    kind: str,
    object_id: str,
    fields: Collection[str],
    before: Mapping[str, Any] | None = None,
    after: TeamRow | MemberRow | None = None,
) -> None:
    """Write the entry of the audit.

    Parameters
    ----------
    session : Session
        A writing session.
    change : Change
        Who changed it.
    action : str
        What was done.
    kind : str
        To what: ``team``, ``member`` or ``absence``.
    object_id : str
        Its id.
    fields : Collection[str]
        Names of the fields that changed.
    before : Mapping[str, Any] | None
        As `values_of` told them before.
    after : TeamRow | MemberRow | None
        What it is now.
    """
    old, new = before or {}, values_of(after) if after is not None else {}
    changed = [name for name in new if name in fields]
    entry = Entry(
        actor=change.actor,
        action=action,
        object_type=kind,
        object_id=object_id,
        before={name: old[name] for name in changed if name in old},
        after={name: new[name] for name in changed},
        reason={"fields": sorted(fields)},
    )
    chain.append(session, change.tenant_id, entry, change.now)
