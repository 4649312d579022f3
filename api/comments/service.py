"""Receives comments: analyses them, stores them masked, and opens their tickets, in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.comments import repository
from api.comments.masking import from_ranges, to_ranges, to_sent, to_stored
from api.comments.repository import Key
from api.comments.schemas import CommentIn
from api.db.ids import is_id, new_id
from api.db.tables import AnalysisRow, CommentRow, TicketRow
from api.deps import Analyzer
from api.errors import NotFoundError, RefusedCommentError
from api.intake import refused
from api.keys.service import Caller
from api.paging import Page
from api.tickets import repository as tickets
from api.tickets.opening import Opening, decide
from api.tickets.rulebook import Rulebook
from api.tickets.service import Cause, open_or_join
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.text.privacy import mask_pii


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A stored comment with its current analysis (spans in the stored text) and its ticket."""

    row: CommentRow
    analysis: dict[str, Any]
    ticket: TicketRow | None


@dataclass(frozen=True, slots=True)
class Received:
    """One received comment; the spans of `analysis` count in the text as it was sent."""

    stored: StoredComment
    analysis: dict[str, Any]
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Analyzed:
    """A new comment on its way into the tables."""

    document: CommentIn
    comment: Comment
    analysis: Analysis


def receive(
    documents: Sequence[CommentIn],
    *,
    reader: Session,
    session: Session,
    analyzer: Analyzer,
    rulebook: Rulebook,
    caller: Caller,
    now: datetime,
) -> list[Received | RefusedCommentError]:
    """Take comments in.

    What was received before is answered from the tables, and not analysed again. The
    analysis runs before the transaction begins, so that it holds no lock.

    Parameters
    ----------
    documents : Sequence[CommentIn]
        Comments with different keys.
    reader : Session
        A reading session; it is closed here before the writing begins.
    session : Session
        The writing session; not touched when there is nothing new.
    analyzer : Analyzer
        Analyses what is new.
    rulebook : Rulebook
        Opening rules and departments.
    caller : Caller
        Whose comments these are.
    now : datetime
        When they were received.

    Returns
    -------
    list[Received | RefusedCommentError]
        One answer per document, in the same order.
    """
    known = _known(reader, caller.tenant_id, [_key(document) for document in documents])
    reader.close()
    fresh = [document for document in documents if _key(document) not in known]
    analyzed, refusals = _analyze(fresh, analyzer)
    stored = _store(session, analyzed, rulebook, caller, now)
    answers: list[Received | RefusedCommentError] = []
    for document in documents:
        key = _key(document)
        if key in refusals:
            answers.append(refusals[key])
        else:
            is_new = key in stored and stored[key][1]
            comment = stored[key][0] if key in stored else known[key]
            answers.append(Received(comment, _as_sent(comment, document.text), is_new))
    return answers


def get(session: Session, tenant_id: str, comment_id: str) -> StoredComment:
    """Find a comment.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    comment_id : str
        What the caller sent as its id.

    Returns
    -------
    StoredComment
        With its analysis and ticket.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    row = repository.find(session, tenant_id, comment_id) if is_id("cmt", comment_id) else None
    if row is None:
        raise NotFoundError()
    return _complete(session, [row])[0]


def list_page(session: Session, tenant_id: str, page: Page) -> tuple[list[StoredComment], str | None]:
    """List a page of comments, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.

    Returns
    -------
    tuple[list[StoredComment], str | None]
        The comments, and the cursor of the next page or None.
    """
    rows, cursor = repository.page_of(session, tenant_id, page)
    return _complete(session, rows), cursor


def _known(session: Session, tenant_id: str, keys: Collection[Key]) -> dict[Key, StoredComment]:
    """Find what was received before."""
    rows = repository.find_by_keys(session, tenant_id, keys)
    return {_key(stored.row): stored for stored in _complete(session, list(rows.values()))}


def _analyze(
    documents: Sequence[CommentIn], analyzer: Analyzer
) -> tuple[list[_Analyzed], dict[Key, RefusedCommentError]]:
    """Analyse a batch; sort the answers into usable ones and refusals."""
    analyzed: list[_Analyzed] = []
    refusals: dict[Key, RefusedCommentError] = {}
    if not documents:
        return analyzed, refusals
    comments = [document.to_comment(new_id("cmt")) for document in documents]
    for document, comment, answer in zip(documents, comments, analyzer.analyze(comments), strict=True):
        if isinstance(answer, Refusal):
            refusals[_key(document)] = refused(answer)
        else:
            analyzed.append(_Analyzed(document, comment, answer))
    return analyzed, refusals


def _store(
    session: Session, analyzed: Sequence[_Analyzed], rulebook: Rulebook, caller: Caller, now: datetime
) -> dict[Key, tuple[StoredComment, bool]]:
    """Store new comments and open their tickets; tells which were really new.

    All comments first, then all tickets, each kind in a fixed order: two batches that
    meet wait for one another, and never each for the other.
    """
    rows: dict[Key, tuple[CommentRow, dict[str, Any]]] = {}
    raced: list[Key] = []
    causes: list[tuple[Key, Cause, Opening]] = []
    for item in sorted(analyzed, key=lambda each: _key(each.document)):
        key = _key(item.document)
        comment, analysis = _rows_of(item, rulebook, caller, now)
        try:
            with session.begin_nested():
                repository.add(session, comment, analysis)
        except IntegrityError:
            if not repository.find_by_keys(session, caller.tenant_id, [key]):
                raise
            raced.append(key)
            continue
        rows[key] = (comment, analysis.body)
        opening = decide(
            item.comment, item.analysis, policy=rulebook.policy, taxonomy=rulebook.taxonomy, now=now
        )
        if opening is not None:
            actor = f"key:{caller.key_id}"
            causes.append((key, Cause(caller.tenant_id, comment.customer_id, comment.id, actor), opening))
    opened: dict[Key, TicketRow] = {}
    for key, cause, opening in sorted(
        causes, key=lambda each: (each[1].customer_id or "", each[2].department)
    ):
        opened[key] = open_or_join(session, cause, opening, now)
    stored = {key: (StoredComment(row, body, opened.get(key)), True) for key, (row, body) in rows.items()}
    if raced:
        stored |= {key: (known, False) for key, known in _known(session, caller.tenant_id, raced).items()}
    return stored


def _rows_of(
    item: _Analyzed, rulebook: Rulebook, caller: Caller, now: datetime
) -> tuple[CommentRow, AnalysisRow]:
    """Make the rows of a comment, masked."""
    document = item.document
    masked = mask_pii(document.text, item.analysis.pii, item.analysis.language)
    written_at = document.created_at
    if written_at is not None:
        zone = written_at.tzinfo or rulebook.policy.calendar.zone
        written_at = written_at.replace(tzinfo=zone).astimezone(UTC)
    comment = CommentRow(
        id=item.comment.id,
        tenant_id=caller.tenant_id,
        source=document.source,
        external_id=document.external_id,
        masked_text=masked.text,
        masked_ranges=to_ranges(masked),
        lang=document.lang,
        channel=document.channel,
        industry=document.industry,
        touchpoint=document.touchpoint,
        customer_id=document.customer_id,
        written_at=written_at,
        nps=document.nps,
        csat=document.csat,
        ces=document.ces,
        extra=document.model_extra or {},
        received_at=now,
    )
    analysis = AnalysisRow(
        id=new_id("ana"),
        tenant_id=caller.tenant_id,
        comment_id=comment.id,
        is_current=True,
        model_version=item.analysis.model_version,
        body=to_stored(item.analysis.to_dict(), masked),
        analyzed_at=now,
    )
    return comment, analysis


def _complete(session: Session, rows: Sequence[CommentRow]) -> list[StoredComment]:
    """Join comments with their analyses and tickets, in two queries for all of them."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    analyses = repository.current_analyses(session, ids)
    tickets_by_comment = tickets.tickets_of_comments(session, ids)
    return [StoredComment(row, analyses[row.id].body, tickets_by_comment.get(row.id)) for row in rows]


def _as_sent(stored: StoredComment, text: str) -> dict[str, Any]:
    """Return the analysis with spans in the text as it was sent."""
    return to_sent(stored.analysis, from_ranges(stored.row.masked_text, stored.row.masked_ranges), text)


def _key(comment: CommentIn | CommentRow) -> Key:
    """Return what makes a comment the same comment for its sender."""
    return comment.source, comment.external_id
