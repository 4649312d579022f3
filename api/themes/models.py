"""A tenant's current theme model: read, locked, and followed by the next revision."""

from dataclasses import replace
from datetime import datetime

from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays
from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.db.tables import ThemeModelRow
from api.errors import UnavailableError
from api.themes.shelf import ThemeShelf
from voc_nlp.topics.model import ThemeModel

_LOST_RACES = 20
"""How often a lock that was won just after somebody else's change is asked for again."""


def current(session: Session, tenant_id: str, shelf: ThemeShelf) -> ThemeModel:
    """Read a tenant's current model; nothing is written.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        Whose model.
    shelf : ThemeShelf
        Holds the shipped themes, with which a tenant starts.

    Returns
    -------
    ThemeModel
        Of revision 1 where the tenant has none yet.
    """
    row = session.scalars(_current_of(tenant_id)).one_or_none()
    return _first(shelf) if row is None else _read(session, row, shelf)


def lock_current(
    session: Session, tenant_id: str, shelf: ThemeShelf, *, shared: bool, now: datetime
) -> ThemeModel:
    """Read a tenant's current model, and keep others from changing it until the transaction ends.

    The first call stores the shipped themes as the tenant's revision 1.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose model.
    shelf : ThemeShelf
        Holds the shipped themes.
    shared : bool
        True for whoever only assigns by it: several may at once.
    now : datetime
        The present.

    Returns
    -------
    ThemeModel
        The model that is current now.

    Raises
    ------
    UnavailableError
        If others keep changing it.
    """
    query = _current_of(tenant_id).with_for_update(read=shared).execution_options(populate_existing=True)
    for _ in range(_LOST_RACES):
        row = session.scalars(query).one_or_none()
        if row is not None:
            return _read(session, row, shelf)
        # Either there is none, or the one that was waited for is not the current one any more.
        if session.scalars(_current_of(tenant_id)).one_or_none() is None:
            try:
                with session.begin_nested():
                    _insert(session, tenant_id, _first(shelf), "shipped", "service", now, None)
            except IntegrityError:
                continue
    raise UnavailableError()


def hold_current(session: Session, tenant_id: str) -> None:
    """Keep others from changing a tenant's themes and from placing comments in them until the commit.

    Parameters
    ----------
    session : Session
        A writing session; nothing is read but the lock.
    tenant_id : str
        Whose themes; a tenant that has none yet is fine.

    Raises
    ------
    UnavailableError
        If others keep changing them.
    """
    revision = select(ThemeModelRow.revision).where(
        ThemeModelRow.tenant_id == tenant_id, ThemeModelRow.is_current
    )
    for _ in range(_LOST_RACES):
        if session.scalars(revision.with_for_update()).one_or_none() is not None:
            return
        if session.scalars(revision).one_or_none() is None:
            return
    raise UnavailableError()


def store_next(
    session: Session,
    tenant_id: str,
    model: ThemeModel,
    base: ThemeModel,
    *,
    action: str,
    actor: str,
    now: datetime,
) -> None:
    """Make a model the current one.

    Parameters
    ----------
    session : Session
        The session that locked `base`.
    tenant_id : str
        Whose model.
    model : ThemeModel
        The new one, one revision later.
    base : ThemeModel
        The current one.
    action : str
        What was done.
    actor : str
        Who did it.
    now : datetime
        The present.
    """
    session.execute(
        update(ThemeModelRow)
        .where(ThemeModelRow.tenant_id == tenant_id, ThemeModelRow.is_current)
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )
    arrays_of = None
    if model.prototypes is base.prototypes and model.owners is base.owners and model.centers is base.centers:
        arrays_of = session.scalars(
            select(ThemeModelRow.arrays_of).where(
                ThemeModelRow.tenant_id == tenant_id, ThemeModelRow.revision == base.revision
            )
        ).one()
    _insert(session, tenant_id, model, action, actor, now, arrays_of)


def _first(shelf: ThemeShelf) -> ThemeModel:
    return replace(shelf.shipped, revision=1)


def _insert(
    session: Session,
    tenant_id: str,
    model: ThemeModel,
    action: str,
    actor: str,
    now: datetime,
    arrays_of: int | None,
) -> None:
    facts, arrays = model.to_parts()
    session.add(
        ThemeModelRow(
            tenant_id=tenant_id,
            revision=model.revision,
            is_current=True,
            facts=facts,
            arrays=save_arrays(arrays) if arrays_of is None else None,
            arrays_of=model.revision if arrays_of is None else arrays_of,
            action=action,
            actor=actor,
            created_at=now,
        )
    )
    session.flush()


def _read(session: Session, row: ThemeModelRow, shelf: ThemeShelf) -> ThemeModel:
    """Put the model of a row together, unless it is in memory."""
    known = shelf.find(row.tenant_id, row.revision)
    if known is not None:
        return known
    arrays = session.scalars(
        select(ThemeModelRow.arrays).where(
            ThemeModelRow.tenant_id == row.tenant_id, ThemeModelRow.revision == row.arrays_of
        )
    ).one()
    assert arrays is not None
    model = ThemeModel.from_parts(row.facts, load_arrays(arrays), f"revision {row.revision} of the themes")
    shelf.keep(row.tenant_id, model)
    return model


def _current_of(tenant_id: str) -> Select[ThemeModelRow]:
    return select(ThemeModelRow).where(ThemeModelRow.tenant_id == tenant_id, ThemeModelRow.is_current)
