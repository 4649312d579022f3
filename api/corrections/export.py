"""Writes the labels that people gave as JSON lines that `python -m training` reads; flat in memory.

The first line is the header, ``{"erased": N, ...}``: how many labelled comments of erased persons are not in
it. One line a comment follows, with every task on which its annotators agree.
"""

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.corrections.tasks import Task, comparable
from api.db.engine import Database
from api.db.tables import AuditRow, CommentRow, CorrectionRow, GoneCommentRow, LabelSaltRow, ThemeModelRow
from api.webhooks.events import COMMENT
from voc_nlp.topics.lineage import Descent, follow_merges

_PAGE = 500
_ERASURE = "erasure"
_WRITER_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported: comments of a tenant that somebody corrected since a time, for at least one task."""

    tenant_id: str
    tasks: tuple[Task, ...] = tuple(Task)
    since: datetime | None = None


@dataclass(slots=True)
class Told:
    """What came of an export, for its header.

    Parameters
    ----------
    comments : int
        Lines after the header.
    labels : Counter[str]
        Labels by task.
    disagreed : Counter[str]
        Comments by task whose annotators have no majority; the label is left out.
    erased : int
        Labelled comments of erased persons, which are gone.
    """

    comments: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    disagreed: Counter[str] = field(default_factory=Counter)
    erased: int = 0


def export_labels(database: Database, wanted: Wanted, path: Path, now: datetime) -> Told:
    """Write the labels of a tenant to a file, which is there whole or not at all.

    Parameters
    ----------
    database : Database
        Where they are.
    wanted : Wanted
        Which of them.
    path : Path
        A file that is replaced.
    now : datetime
        The present, for the header; persons who are erased while it runs are left out too.

    Returns
    -------
    Told
        What is in it.
    """
    told = Told()
    with database.writing() as session:
        salt = _salt(session, wanted.tenant_id)
    with _beside(path) as body, _beside(path) as whole:
        for row in _rows(database, wanted, salt, told):
            body.write(_line(row))
        with database.reading() as session:
            gone = _gone(session, body)
            told.erased = _count_erased(session, wanted)
        for line in _lines(body, gone):
            told.comments += 1
            told.labels.update(task.value for task in Task if task.value in line)
        whole.write(_line(_header(told, wanted, now)))
        whole.writelines(_line(line) for line in _lines(body, gone))
        whole.flush()
        os.fsync(whole.fileno())
        os.replace(whole.name, path)
    return told


def _header(told: Told, wanted: Wanted, now: datetime) -> dict[str, Any]:
    """Describe the file; a record without a text is its header for whoever learns from it."""
    return {
        "erased": told.erased,
        "tenant": wanted.tenant_id,
        "exported_at": now.isoformat(),
        "since": wanted.since.isoformat() if wanted.since else None,
        "tasks": [task.value for task in wanted.tasks],
        "comments": told.comments,
        "labels": dict(sorted(told.labels.items())),
        "disagreed": dict(sorted(told.disagreed.items())),
    }


def _rows(database: Database, wanted: Wanted, salt: bytes, told: Told) -> Iterator[dict[str, Any]]:
    """Read the comments with labels, oldest first, themes by their present ids; a page a transaction."""
    row = CorrectionRow
    asked = (
        row.tenant_id == wanted.tenant_id,
        row.ended_at.is_(None),
        row.task.in_([task.value for task in wanted.tasks]),
    )
    ids = select(row.comment_id).where(*asked).group_by(row.comment_id).order_by(row.comment_id)
    if wanted.since is not None:
        ids = ids.having(func.max(row.created_at) >= wanted.since)
    with database.reading() as session:
        lineage = _lineage(session, wanted.tenant_id)
    after = ""
    while True:
        with database.reading() as session:
            page = session.scalars(ids.where(row.comment_id > after).limit(_PAGE)).all()
            if not page:
                return
            after = page[-1]
            given = session.scalars(
                select(row).where(*asked, row.comment_id.in_(page)).order_by(row.id)
            ).all()
            query = select(CommentRow).where(CommentRow.id.in_(page)).order_by(CommentRow.id)
            comments = session.scalars(query).all()
            session.expunge_all()  # labels change below, and nothing is to be written
        by_comment: defaultdict[str, list[CorrectionRow]] = defaultdict(list)
        for one in given:
            if one.task == Task.THEME and one.label is not None:
                one.label = follow_merges(*lineage, one.label)
            by_comment[one.comment_id].append(one)
        for comment in comments:
            chosen = _agreed(by_comment[comment.id], told)
            if chosen and comment.masked_text.strip():
                yield _row(comment, chosen, salt)


def _lineage(session: Session, tenant_id: str) -> tuple[Sequence[Descent], Collection[str]]:
    """Read what became of a tenant's themes, and which there are."""
    query = select(ThemeModelRow.facts).where(ThemeModelRow.tenant_id == tenant_id, ThemeModelRow.is_current)
    facts = session.scalars(query).one_or_none() or {"history": (), "themes": ()}
    return [Descent.from_dict(one) for one in facts["history"]], {one["id"] for one in facts["themes"]}


def _agreed(corrections: Sequence[CorrectionRow], told: Told) -> list[CorrectionRow]:
    """Choose one correction a task whose label more than half of the annotators gave."""
    by_task: defaultdict[str, list[CorrectionRow]] = defaultdict(list)
    for one in corrections:
        by_task[one.task].append(one)
    chosen = []
    for task, rows in by_task.items():
        kinds = [comparable(Task(task), one.label) for one in rows]
        kind, votes = Counter(kinds).most_common(1)[0]
        if 2 * votes > len(rows):
            chosen.append([one for one, its in zip(rows, kinds, strict=True) if its == kind][-1])
        else:
            told.disagreed[task] += 1
    return chosen


def _row(comment: CommentRow, chosen: Sequence[CorrectionRow], salt: bytes) -> dict[str, Any]:
    """Lay a comment out as the training reads it."""
    newest = max(chosen, key=lambda one: one.id)
    writer = {} if comment.customer_id is None else {"writer": _pseudonym(salt, comment.customer_id)}
    return {
        "id": comment.id,
        "text": comment.masked_text,
        "lang": newest.language,
        **{one.task: one.label for one in sorted(chosen, key=lambda one: one.task)},
        **writer,
        "channel": comment.channel,
        "industry": comment.industry,
        "annotator": "; ".join(sorted({one.annotator for one in chosen})),
        "corrected_at": newest.created_at.isoformat(),
        "model_version": newest.model_version,
    }


def _pseudonym(salt: bytes, customer_id: str) -> str:
    """Name a writer so that nobody without the salt can tell who it is."""
    digest = hmac.new(salt, customer_id.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return digest.hexdigest()[:_WRITER_CHARACTERS]


def _salt(session: Session, tenant_id: str) -> bytes:
    """Return the tenant's salt; made with the first export."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"tenant_id": tenant_id, "salt": secrets.token_bytes(32)}
    session.execute(insert(LabelSaltRow).values(**values).on_conflict_do_nothing())
    return session.scalars(select(LabelSaltRow.salt).where(LabelSaltRow.tenant_id == tenant_id)).one()


def _gone(session: Session, body: IO[str]) -> set[str]:
    """Name the comments that were deleted since they were written out.

    The times of deletions do not tell: one that began before the export may have ended during it.
    """
    lines = _lines(body, ())
    gone: set[str] = set()
    while ids := [line["id"] for line in islice(lines, _PAGE)]:
        gone |= set(ids) - set(session.scalars(select(CommentRow.id).where(CommentRow.id.in_(ids))))
    return gone


def _count_erased(session: Session, wanted: Wanted) -> int:
    """Count the erased comments that somebody had labelled: the audit remembers which they were."""
    query = (
        select(func.count(AuditRow.object_id.distinct()))
        .join(GoneCommentRow, GoneCommentRow.comment_id == AuditRow.object_id)
        .where(
            GoneCommentRow.tenant_id == wanted.tenant_id,
            GoneCommentRow.cause == _ERASURE,
            AuditRow.tenant_id == wanted.tenant_id,
            AuditRow.object_type == COMMENT,
            AuditRow.action == "corrected",
            AuditRow.after["task"].as_string().in_([task.value for task in wanted.tasks]),
        )
    )
    if wanted.since is not None:
        query = query.where(AuditRow.at >= wanted.since)
    return session.scalar(query) or 0


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _lines(body: IO[str], gone: Collection[str]) -> Iterator[dict[str, Any]]:
    """Read back what was written, without the comments that are gone."""
    body.seek(0)
    for line in body:
        record: dict[str, Any] = json.loads(line)
        if record["id"] not in gone:
            yield record


@contextmanager
def _beside(path: Path) -> Iterator[IO[str]]:
    """Open a new file in the folder of another; it is deleted at the end, unless it was renamed."""
    with tempfile.NamedTemporaryFile(
        "w+",
        encoding="utf-8",
        newline="\n",
        dir=path.parent,
        prefix=f".{path.name}.",
        suffix=".part",
        delete=False,
    ) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)
