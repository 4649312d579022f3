"""What analysts do to the themes: rename, pin, archive, move, merge, split, rules, groups, corrections.

Every change is a function from a model to the next; `perform` checks the revision, works
out what moves, and writes both or nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from api.db.ids import is_id
from api.errors import NotFoundError
from api.keys.service import Caller
from api.themes import etag, models, stored
from api.themes.errors import OutdatedThemesError, ThemeChangeError, check_known, told
from api.themes.reassign import apply_plan, plan_change
from api.themes.schemas import CorrectionIn, LabelIn, MergeIn, ThemeChange, ThemeIn
from api.themes.shelf import ThemeShelf
from voc_nlp.schema import Comment
from voc_nlp.topics import editing
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme

Edit = Callable[[Session, ThemeModel], tuple[ThemeModel, Sequence[str]]]
"""Gives the next model and the ids of the themes that it made or changed."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to change the themes, having seen which revision, and whether in earnest."""

    caller: Caller
    if_match: str | None
    dry_run: bool
    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change did, or would do."""

    model: ThemeModel
    revision: int
    dry_run: bool
    themes: tuple[Theme, ...]
    changes: dict[str, Any]


def perform(
    reader: Session, session: Session, shelf: ThemeShelf, request: Request, action: str, edit: Edit
) -> Outcome:
    """Change the themes, or say what the change would move.

    Parameters
    ----------
    reader : Session
        A reading session; it is closed before the writing begins.
    session : Session
        A writing session; not touched by a dry run.
    shelf : ThemeShelf
        The encoder.
    request : Request
        Who, and which revision.
    action : str
        What is done, for the history.
    edit : Edit
        The change.

    Returns
    -------
    Outcome
        With the same counts for a dry run as for the change itself.

    Raises
    ------
    OutdatedThemesError
        If the themes were fitted with another encoder.
    """
    tenant_id = request.caller.tenant_id
    base = models.current(reader, tenant_id, shelf)
    etag.check(request.if_match, base.revision)
    if not shelf.can_use(base):
        raise OutdatedThemesError()
    with told():
        edited, touched = edit(reader, base)
    model = replace(edited, revision=base.revision + 1)
    with told():
        plan = plan_change(reader, tenant_id, base, model, shelf=shelf, zone=request.zone)
    reader.close()
    if not request.dry_run:
        apply_plan(
            session,
            tenant_id,
            plan,
            shelf=shelf,
            zone=request.zone,
            action=action,
            actor=f"key:{request.caller.key_id}",
            now=request.now,
        )
    return Outcome(
        model,
        base.revision if request.dry_run else model.revision,
        request.dry_run,
        tuple(theme for theme in model.themes if theme.id in touched),
        plan.movement.to_dict(),
    )


def adding(body: ThemeIn) -> Edit:
    """Add a rule theme or a group.

    Parameters
    ----------
    body : ThemeIn
        What was sent.

    Returns
    -------
    Edit
        For `perform`.

    Raises
    ------
    ThemeChangeError
        If a rule has no query, or a group has one.
    """
    if body.kind == "rule" and not body.query:
        raise ThemeChangeError("a rule theme without a query was sent; expected one in 'query'", "/query")
    if body.kind == "group" and body.query is not None:
        raise ThemeChangeError("a group with a query was sent; expected none, or the kind 'rule'", "/query")

    def edit(_: Session, model: ThemeModel) -> tuple[ThemeModel, Sequence[str]]:
        if body.parent is not None:
            check_known(model, body.parent)
        if body.kind == "rule":
            changed, theme = editing.add_rule(model, body.query or "", _label(body.label), body.parent)
        else:
            changed, theme = editing.add_group(model, _label(body.label), body.parent)
        return changed, [theme.id]

    return edit


def changing(theme_id: str, body: ThemeChange) -> Edit:
    """Rename, move, archive or pin a theme, or give a rule another query; several at once.

    Parameters
    ----------
    theme_id : str
        The theme.
    body : ThemeChange
        What shall be otherwise.

    Returns
    -------
    Edit
        For `perform`.

    Raises
    ------
    ThemeChangeError
        If nothing shall be otherwise.
    """
    given = body.model_fields_set - {
        name for name in ("label", "archived", "pinned", "query") if getattr(body, name) is None
    }
    if not given:
        raise ThemeChangeError(
            "nothing to change was sent; expected label, parent, archived, pinned or query"
        )

    def edit(_: Session, model: ThemeModel) -> tuple[ThemeModel, Sequence[str]]:
        check_known(model, theme_id)
        if body.label is not None:
            model = editing.rename(model, theme_id, _label(body.label))
        if "parent" in given:
            if body.parent is not None:
                check_known(model, body.parent)
            model = editing.move(model, theme_id, body.parent)
        if body.query is not None:
            model = editing.change_rule(model, theme_id, body.query)
        if body.archived is not None:
            model = editing.archive(model, theme_id, body.archived)
        if body.pinned is not None:
            model = editing.pin(model, theme_id, body.pinned)
        return model, [theme_id]

    return edit


def merging(body: MergeIn) -> Edit:
    """Make one theme of several.

    Parameters
    ----------
    body : MergeIn
        Which.

    Returns
    -------
    Edit
        For `perform`.
    """

    def edit(_: Session, model: ThemeModel) -> tuple[ThemeModel, Sequence[str]]:
        for theme_id in body.themes:
            check_known(model, theme_id)
        label = None if body.label is None else _label(body.label)
        return editing.merge(model, body.themes, label), body.themes[:1]

    return edit


def splitting(theme_id: str, parts: int, shelf: ThemeShelf, request: Request) -> Edit:
    """Split a theme by what its stored comments have in common; it stays as the group above its parts.

    Parameters
    ----------
    theme_id : str
        The theme.
    parts : int
        How many parts.
    shelf : ThemeShelf
        The encoder.
    request : Request
        Whose comments.

    Returns
    -------
    Edit
        For `perform`.
    """

    def edit(session: Session, model: ThemeModel) -> tuple[ThemeModel, Sequence[str]]:
        from voc_nlp.topics.fit import split_theme

        check_known(model, theme_id)
        comments: list[Comment] = stored.comments_to_split(
            session, request.caller.tenant_id, theme_id, request.zone
        )
        changed = split_theme(model, theme_id, comments, shelf.embedder, parts=parts)
        known = {theme.id for theme in model.themes}
        return changed, [theme_id, *(theme.id for theme in changed.themes if theme.id not in known)]

    return edit


def correcting(body: CorrectionIn, request: Request) -> Edit:
    """Give one comment the theme that a person says.

    Parameters
    ----------
    body : CorrectionIn
        The comment and its theme.
    request : Request
        Whose comment.

    Returns
    -------
    Edit
        For `perform`.
    """

    def edit(session: Session, model: ThemeModel) -> tuple[ThemeModel, Sequence[str]]:
        known = is_id("cmt", body.comment_id) and stored.has_comment(
            session, request.caller.tenant_id, body.comment_id
        )
        if not known:
            raise NotFoundError()
        if body.theme_id is not None:
            check_known(model, body.theme_id)
        changed = editing.correct(model, body.comment_id, body.theme_id)
        return changed, [] if body.theme_id is None else [body.theme_id]

    return edit


def _label(label: LabelIn) -> dict[str, str]:
    return label.model_dump(exclude_none=True)
