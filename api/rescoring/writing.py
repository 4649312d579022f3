"""Writes a part of a re-scoring: analyses, vectors, themes and tickets change together, and are compared.

Locks are taken in the order of the service: tenant, audit, themes, comments. Who erases a
customer waits for the part, or the part for the erasure, whose comments are then left out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from api.audit import chain
from api.comments import repository
from api.db.ids import new_id
from api.db.tables import AnalysisRow, CommentRow
from api.db.tenants import share_tenant
from api.policies.applying import open_for
from api.rescoring.asking import Ask, Tickets
from api.rescoring.differences import Scoring, compare
from api.rescoring.part import Failed, Prepared, Scored, Tools, error_of, newcomers, note_makers
from api.rescoring.tally import Tally
from api.themes.again import Found, Standing, find_again, lock_standing, store_again
from api.tickets import repository as tickets


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a part: lines of its results, its counts, and the times of the written comments."""

    lines: tuple[bytes, ...]
    tally: Tally
    changed: tuple[datetime, ...] = ()


def write(
    session: Session,
    tools: Tools,
    tenant_id: str,
    prepared: Prepared,
    ask: Ask,
    *,
    actor: str,
    language: str,
    now: datetime,
) -> Written:
    """Write a part; a dry run writes nothing and counts the same.

    Parameters
    ----------
    session : Session
        A writing session that has locked nothing yet.
    tools : Tools
        What the worker brings along.
    tenant_id : str
        Whose comments.
    prepared : Prepared
        The part.
    ask : Ask
        What was asked for.
    actor : str
        Who asked.
    language : str
        Of messages in the results.
    now : datetime
        The present.

    Returns
    -------
    Written
        Comments that are gone, or that somebody else scored meanwhile, are left out.
    """
    tally = Tally()
    if not ask.dry_run:
        share_tenant(session, tenant_id)
        if prepared.deserving:
            chain.hold(session, tenant_id)
        ids = [one.known.row.id for one in prepared.scored]
        standing = lock_standing(session, tenant_id, ids, tools.shelf, now)
        scored = _still_there(session, prepared.scored)
        found = prepared.found
        if standing.model.revision != found.model.revision:  # somebody changed the themes meanwhile
            found = find_again(newcomers(scored), standing, shelf=tools.shelf, zone=tools.zone)
    else:
        scored, standing, found = list(prepared.scored), prepared.standing, prepared.found
    note_makers(scored, found, tools.rulebook.taxonomy.fingerprint())
    if not ask.dry_run:
        _replace_analyses(session, scored)
        store_again(session, tenant_id, newcomers(scored), standing, found, tools.shelf)
    if ask.tickets is Tickets.OPEN:
        _open_tickets(session, tenant_id, prepared, ask, scored, tally, actor=actor, now=now)
    lines = [*_compare_all(scored, standing, found, tally)]
    lines += [_line({"id": one.comment_id, "error": _error(one, language)}) for one in prepared.failed]
    tally.failed = len(prepared.failed)
    tally.left_out = len(prepared.ids) - len(scored) - tally.failed
    rows = [] if ask.dry_run else [one.known.row for one in scored]
    return Written(tuple(lines), tally, tuple(row.written_at or row.received_at for row in rows))


def give_up(ids: Sequence[str], language: str) -> Written:
    """Say of a part that its worker stopped too often; the comments keep their analyses.

    Parameters
    ----------
    ids : Sequence[str]
        Of its comments.
    language : str
        Of the messages.

    Returns
    -------
    Written
        Errors alone.
    """
    message = (
        "このコメントまたは前後のコメントで処理が繰り返し中断しました。以前の分析結果を維持します"
        if language == "ja"
        else "the worker stopped again and again at this comment or one near it; it keeps its analysis"
    )
    error = {"code": "part_failed", "message": message}
    lines = tuple(_line({"id": comment_id, "error": error}) for comment_id in ids)
    return Written(lines, Tally(failed=len(ids)))


def _still_there(session: Session, scored: Sequence[Scored]) -> list[Scored]:
    """Lock the comments; leave out what is gone, and what has another analysis by now."""
    ids = [one.known.row.id for one in scored]
    session.execute(
        select(CommentRow.id)
        .where(CommentRow.id.in_(ids))
        .order_by(CommentRow.id)
        .with_for_update(key_share=True)
    ).all()
    current = repository.current_analyses(session, ids)
    return [
        one
        for one in scored
        if one.known.row.id in current and current[one.known.row.id].id == one.known.analysis.id
    ]


def _replace_analyses(session: Session, scored: Sequence[Scored]) -> None:
    """Make the new analyses the current ones; the earlier ones stay.

    Their ids are made under the lock of the themes: whoever changes the themes next knows by them what
    was written since the change was worked out.
    """
    if not scored:
        return
    session.execute(
        update(AnalysisRow)
        .where(AnalysisRow.id.in_([one.known.analysis.id for one in scored]))
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )
    for one in scored:
        one.new.id = new_id("ana")
    names = [column.name for column in AnalysisRow.__table__.columns]
    session.execute(insert(AnalysisRow), [{name: getattr(one.new, name) for name in names} for one in scored])


def _open_tickets(
    session: Session,
    tenant_id: str,
    prepared: Prepared,
    ask: Ask,
    scored: Sequence[Scored],
    tally: Tally,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Open the tickets that comments deserve by their new analyses, and have none."""
    there = {one.known.row.id for one in scored}
    have_one = tickets.linked(session, there)
    batch = [
        (one.past, one.openings)
        for one in prepared.deserving
        if one.past.mark[1] in there and one.past.mark[1] not in have_one
    ]
    tally.deserving = len(batch)
    if batch and not ask.dry_run:
        tally.opened, tally.joined, _ = open_for(
            session, tenant_id, batch, prepared.rulebook, actor=actor, now=now
        )


def _compare_all(scored: Sequence[Scored], standing: Standing, found: Found, tally: Tally) -> list[bytes]:
    """Count every comment, and write a line for each that differs."""
    lines = []
    for one in scored:
        comment_id, old, new = one.known.row.id, one.known.analysis, one.new
        stands = [theme.theme_id for theme in standing.themes.get(comment_id, ())]
        earlier = stands if old.made_by is None else old.made_by["themes"]
        difference = compare(
            comment_id,
            Scoring(old.model_version, old.made_by, old.body, earlier),
            Scoring(
                new.model_version,
                new.made_by,
                new.body,
                [theme.theme_id for theme in found.themes[comment_id]],
            ),
            stands,
        )
        tally.add(difference)
        record = difference.to_record()
        if record is not None:
            lines.append(_line(record))
    return lines


def _error(failed: Failed, language: str) -> dict[str, str]:
    code, en, ja = error_of(failed)
    return {"code": code, "message": ja if language == "ja" else en}


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
