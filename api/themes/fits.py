"""Fits that were asked for: queued as a row, taken by the worker, and written like any other change."""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.db.ids import is_id, new_id
from api.db.tables import ThemeFitRow
from api.errors import NotFoundError
from api.logs import log_failure
from api.themes import etag, models, stored
from api.themes.errors import FitInProgressError
from api.themes.etag import StaleRevisionError
from api.themes.reassign import Plan, apply_plan, plan_change
from api.themes.schemas import FitIn, FitState
from api.themes.shelf import ThemeShelf
from api.themes.taxonomy import Request
from voc_nlp.errors import VocError
from voc_nlp.topics.editing import next_id
from voc_nlp.topics.model import ThemeModel

LOST_AFTER = timedelta(hours=1)
"""A fit that runs longer than this has lost its worker, and is taken again."""

_ATTEMPTS = 3
"""How often a fit is run again because an analyst changed the themes meanwhile."""


def ask(session: Session, shelf: ThemeShelf, request: Request, body: FitIn) -> ThemeFitRow:
    """Queue a fit.

    Parameters
    ----------
    session : Session
        A writing session.
    shelf : ThemeShelf
        Keeps the tenant's model.
    request : Request
        Who, and which revision was seen.
    body : FitIn
        How to fit.

    Returns
    -------
    ThemeFitRow
        The queued fit.

    Raises
    ------
    FitInProgressError
        If another one of the tenant is not finished.
    """
    tenant_id = request.caller.tenant_id
    etag.check(request.if_match, models.current(session, tenant_id, shelf).revision)
    row = ThemeFitRow(
        id=new_id("fit"),
        tenant_id=tenant_id,
        state=FitState.QUEUED.value,
        settings={**body.model_dump(), "dry_run": request.dry_run},
        actor=f"key:{request.caller.key_id}",
        requested_at=request.now,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise FitInProgressError() from None
    return row


def find(session: Session, tenant_id: str, fit_id: str) -> ThemeFitRow:
    """Find a fit.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    fit_id : str
        What the caller sent as its id.

    Returns
    -------
    ThemeFitRow
        The fit.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    row = None
    if is_id("fit", fit_id):
        row = session.scalars(
            select(ThemeFitRow).where(ThemeFitRow.tenant_id == tenant_id, ThemeFitRow.id == fit_id)
        ).one_or_none()
    if row is None:
        raise NotFoundError()
    return row


def take_next(session: Session, now: datetime) -> ThemeFitRow | None:
    """Take the fit that waits longest, or one whose worker was lost.

    Parameters
    ----------
    session : Session
        A writing session; its commit tells the others.
    now : datetime
        The present.

    Returns
    -------
    ThemeFitRow | None
        Marked as running; None when nothing waits.
    """
    lost = (ThemeFitRow.state == FitState.RUNNING.value) & (ThemeFitRow.started_at < now - LOST_AFTER)
    row = session.scalars(
        select(ThemeFitRow)
        .where(or_(ThemeFitRow.state == FitState.QUEUED.value, lost))
        .order_by(ThemeFitRow.requested_at, ThemeFitRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is not None:
        row.state, row.started_at = FitState.RUNNING.value, now
    return row


def run(database: Database, row: ThemeFitRow, shelf: ThemeShelf, zone: tzinfo, clock: Clock) -> None:
    """Run a fit that was taken, and write what it made, or why it failed.

    Parameters
    ----------
    database : Database
        Where the comments are.
    row : ThemeFitRow
        The fit.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    clock : Clock
        The present.
    """
    try:
        _run(database, row, shelf, zone, clock)
    except Exception as error:
        if not isinstance(error, VocError | StaleRevisionError):
            log_failure("fit_failed", error, fit_id=row.id)
        with database.writing() as session:
            _end(session, row.id, clock(), error=_tell(error))


def _run(database: Database, row: ThemeFitRow, shelf: ThemeShelf, zone: tzinfo, clock: Clock) -> None:
    """Fit and write; once more when an analyst was faster."""
    for attempt in range(1, _ATTEMPTS + 1):
        plan = _work_out(database, row, shelf, zone)
        dry_run = row.settings["dry_run"]
        try:
            with database.writing() as session:
                if not dry_run:
                    apply_plan(
                        session,
                        row.tenant_id,
                        plan,
                        shelf=shelf,
                        zone=zone,
                        action="fit",
                        actor=row.actor,
                        now=clock(),
                    )
                _end(session, row.id, clock(), result=_result(plan, dry_run))
            return
        except StaleRevisionError:
            if attempt == _ATTEMPTS:
                raise


def _work_out(database: Database, row: ThemeFitRow, shelf: ThemeShelf, zone: tzinfo) -> Plan:
    """Fit the themes, and see what that moves."""
    from voc_nlp.topics.fit import fit_themes

    with database.reading() as session:
        base = models.current(session, row.tenant_id, shelf)
        chunks = stored.comment_chunks(session, row.tenant_id, zone)
        comments = [comment for chunk in chunks for comment in chunk]
    usable = shelf.can_use(base)
    fitted = fit_themes(
        comments,
        shelf.embedder,
        seed=base.seed,
        most_themes=row.settings["most_themes"],
        encoder=shelf.shipped.encoder,
        dictionary=base.dictionary,
        previous=base if usable else None,
        add_only=bool(row.settings["add_only"]) and usable,
    )
    if not usable:
        fitted = _renumber(fitted, base)
    model = replace(fitted, revision=base.revision + 1)
    with database.reading() as session:
        return plan_change(session, row.tenant_id, base, model, shelf=shelf, zone=zone)


def _renumber(model: ThemeModel, base: ThemeModel) -> ThemeModel:
    """Give themes that follow no older ones ids that were never given; rules go on."""
    names: dict[str, str] = {}
    taken = list(base.themes)
    for theme in model.themes:
        names[theme.id] = next_id(taken, base.history, theme.kind)
        taken.append(replace(theme, id=names[theme.id]))
    rules = [replace(theme, parent=None) for theme in base.themes if theme.query]
    themes = [
        replace(theme, id=names[theme.id], parent=names.get(theme.parent or "")) for theme in model.themes
    ]
    history = [
        replace(one, theme=names[one.theme], revision=base.revision + 1)
        for one in model.history
        if one.theme in names
    ]
    return replace(model, themes=[*themes, *rules], history=(*base.history, *history))


def _result(plan: Plan, dry_run: bool) -> dict[str, Any]:
    revision = plan.model.revision
    return {
        "revision": None if dry_run else revision,
        "changes": plan.movement.to_dict(),
        "lineage": [one.to_dict() for one in plan.model.history if one.revision == revision],
        "receipt": dict(plan.model.receipt),
    }


def _tell(error: Exception) -> dict[str, str]:
    """Say why a fit failed, without a customer's words."""
    if isinstance(error, StaleRevisionError):
        return {"code": error.code, "message": error.detail.en}
    if isinstance(error, VocError):
        return {"code": "fit_refused", "message": str(error)}
    return {"code": "fit_failed", "message": "The fit broke; the log has it under the id of the fit."}


def _end(
    session: Session,
    fit_id: str,
    now: datetime,
    *,
    result: dict[str, Any] | None = None,
    error: dict[str, str] | None = None,
) -> None:
    row = session.get_one(ThemeFitRow, fit_id)
    row.state = (FitState.SUCCEEDED if error is None else FitState.FAILED).value
    row.ended_at, row.result, row.error = now, result, error
