"""Keeps what people say of comments' labels, and takes it back, in one transaction with audit and event."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.comments import repository as comments
from api.corrections import repository
from api.corrections.errors import CorrectionError, SupersededError
from api.corrections.labels import read_label
from api.corrections.tasks import Task, agrees, model_label, wordless
from api.corrections.theming import Themes
from api.db.ids import is_id, new_id
from api.db.tables import AnalysisRow, CommentRow, CorrectionRow
from api.errors import NotFoundError
from api.keys.service import Caller
from api.policy.rulebook import Rulebook
from api.themes import repository as themes
from api.themes.shelf import ThemeShelf
from api.tickets.notes import masked
from api.webhooks.events import COMMENT, EventType, Subject, tell

SUPERSEDED, WITHDRAWN = "superseded", "withdrawn"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says; `annotator` is None for the key itself."""

    comment_id: str
    task: Task
    label: Any
    annotator: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Who corrects, when, and what it takes; the transaction begins with the first use of `session`."""

    session: Session
    caller: Caller
    shelf: ThemeShelf
    rulebook: Rulebook
    now: datetime

    @property
    def actor(self) -> str:
        """The key, as audit and history name it."""
        return f"key:{self.caller.key_id}"

    @property
    def themes(self) -> Themes:
        """The tenant's themes, to be changed."""
        return Themes(
            self.session,
            self.caller.tenant_id,
            shelf=self.shelf,
            zone=self.rulebook.policy.calendar.zone,
            actor=self.actor,
            now=self.now,
        )


def correct(deed: Deed, statement: Statement) -> CorrectionRow:
    """Keep what a person says of a comment.

    Parameters
    ----------
    deed : Deed
        Who, and when.
    statement : Statement
        What; it supersedes what the same person said of the same comment and task.

    Returns
    -------
    CorrectionRow
        In force, because it is the newest. A comment that is not there, another tenant's, or not for
        the key's departments to see is a `NotFoundError`.
    """
    session, tenant_id = deed.session, deed.caller.tenant_id
    comment, analysis = _find_comment(deed, statement.comment_id)
    label = read_label(statement.task, statement.label, comment.masked_text, deed.rulebook.taxonomy)
    # Erasures hold the chain too: the comment that is found now stays until the commit.
    chain.hold(session, tenant_id)
    comment, analysis = _find_comment(deed, statement.comment_id)
    said, version = _model_said(session, statement.task, comment, analysis)
    if statement.task is Task.THEME:
        revision = deed.themes.give(comment.id, label)
        version = version or f"{analysis.model_version}, themes {revision}"
    return _keep(deed, statement, label, analysis, said, version or analysis.model_version)


def note_theme(deed: Deed, comment_id: str, theme_id: str | None, revision: int, said: Any) -> CorrectionRow:
    """Keep what was said of a theme by the call of the themes, which has changed them already.

    Parameters
    ----------
    deed : Deed
        Who, and when; its session holds the tenant's chain.
    comment_id : str
        A comment of the tenant.
    theme_id : str | None
        Its theme.
    revision : int
        Revision of the themes before.
    said : Any
        What the model said before, as `theme_said` told it.

    Returns
    -------
    CorrectionRow
        In force.
    """
    _, analysis = _find_comment(deed, comment_id)
    label, version = said
    version = version or f"{analysis.model_version}, themes {revision}"
    return _keep(deed, Statement(comment_id, Task.THEME, theme_id), theme_id, analysis, label, version)


def theme_said(deed: Deed, comment_id: str) -> tuple[Any, str | None]:
    """Tell what the model says of a comment's theme, before a person does.

    Parameters
    ----------
    deed : Deed
        Who asks.
    comment_id : str
        What the caller sent as the comment's id.

    Returns
    -------
    tuple[Any, str | None]
        For `note_theme`.
    """
    comment, analysis = _find_comment(deed, comment_id)
    return _model_said(deed.session, Task.THEME, comment, analysis)


def withdraw(deed: Deed, correction_id: str) -> None:
    """Take a correction back; what the person had said before does not come back.

    Parameters
    ----------
    deed : Deed
        Who, and when.
    correction_id : str
        What the caller sent as its id.

    Raises
    ------
    NotFoundError
        If it is not there, another tenant's, or not for the key's departments to see.
    SupersededError
        If a later one of the same person stands in its place.
    """
    session, caller = deed.session, deed.caller
    if not is_id("cor", correction_id):
        raise NotFoundError()
    chain.hold(session, caller.tenant_id)
    row = repository.find(session, caller.tenant_id, correction_id, caller.departments)
    if row is None:
        raise NotFoundError()
    if row.ended_how == SUPERSEDED:
        raise SupersededError()
    if row.ended_how == WITHDRAWN:
        return
    was_in_force = repository.standing_of(session, row.comment_id, row.task)[0].id == row.id
    row.ended_at, row.ended_how = deed.now, WITHDRAWN
    session.flush()
    if was_in_force and row.task == Task.THEME:
        _fall_back(deed, row.comment_id)
    _tell(deed, row, "correction_withdrawn", None)


def _fall_back(deed: Deed, comment_id: str) -> None:
    """Put the theme that another person said in force, where it can still be; else the model's."""
    remaining = repository.standing_of(deed.session, comment_id, Task.THEME)
    if remaining:
        try:
            deed.themes.give_again(comment_id, remaining[0].label)
        except CorrectionError:  # the theme was archived since, or ended
            pass
        else:
            return
    deed.themes.take_back(comment_id)


def _find_comment(deed: Deed, comment_id: str) -> tuple[CommentRow, AnalysisRow]:
    """Find a comment that the caller may see, with its current analysis."""
    caller = deed.caller
    row = None
    if is_id("cmt", comment_id):
        row = comments.find(deed.session, caller.tenant_id, comment_id, caller.departments)
    analysis = None if row is None else comments.current_analyses(deed.session, [row.id]).get(row.id)
    if row is None or analysis is None:
        raise NotFoundError()
    return row, analysis


def _model_said(
    session: Session, task: Task, comment: CommentRow, analysis: AnalysisRow
) -> tuple[Any, str | None]:
    """Tell what the model said, and its version where that is not the version of the analysis."""
    if task is not Task.THEME:
        return model_label(task, analysis.body, ()), None
    said = model_label(task, analysis.body, themes.themes_of(session, [comment.id]).get(comment.id, ()))
    # A person's "no theme" leaves no trace among the themes: nothing there is no word of the model then.
    if not said and repository.standing_of(session, comment.id, task):
        newest = repository.newest_of(session, comment.id, task)
        if newest is not None:
            return newest.model_label, newest.model_version
    return said, None


def _keep(
    deed: Deed, statement: Statement, label: Any, analysis: AnalysisRow, said: Any, version: str
) -> CorrectionRow:
    """Store a correction in the place of the person's last one, and write it down."""
    session, annotator = deed.session, statement.annotator or deed.actor
    task = statement.task
    before = [
        row
        for row in repository.standing_of(session, statement.comment_id, task)
        if row.annotator == annotator
    ]
    for row in before:
        row.ended_at, row.ended_how = deed.now, SUPERSEDED
    session.flush()
    row = CorrectionRow(
        id=new_id("cor"),
        tenant_id=deed.caller.tenant_id,
        comment_id=statement.comment_id,
        task=task.value,
        label=label,
        annotator=annotator,
        actor=deed.actor,
        note=None if statement.note is None else masked(statement.note),
        language=analysis.body["language"],
        model_label=said,
        model_version=version[:200],
        agreed=agrees(task, said, label),
        created_at=deed.now,
    )
    session.add(row)
    session.flush()
    _tell(deed, row, "corrected", before[0].id if before else None)
    return row


def _tell(deed: Deed, row: CorrectionRow, action: str, superseded: str | None) -> None:
    """Write the entry of the audit and the event: ids and labels, and nobody's words."""
    task = Task(row.task)
    label = wordless(task, row.label)
    reason = {"correction": row.id, "superseded": superseded}
    if row.note is not None:
        reason["note_sha256"] = hashlib.sha256(row.note.encode()).hexdigest()
    told = {"task": row.task, "label": label}
    withdrawn = row.ended_at is not None
    entry = Entry(
        deed.actor,
        action,
        COMMENT,
        row.comment_id,
        before=told if withdrawn else {"task": row.task, "label": wordless(task, row.model_label)},
        after={"task": row.task} if withdrawn else told,
        reason=reason,
    )
    chain.append(deed.session, row.tenant_id, entry, deed.now)
    payload = {
        "correction": {
            "id": row.id,
            "comment_id": row.comment_id,
            "status": row.ended_how or "standing",
            **told,
            "model_label": wordless(task, row.model_label),
            "model_version": row.model_version,
            "agreed": row.agreed,
        }
    }
    subject = Subject(COMMENT, row.comment_id)
    tell(
        deed.session,
        EventType.COMMENT_CORRECTED,
        subject,
        tenant_id=row.tenant_id,
        payload=payload,
        now=deed.now,
    )
