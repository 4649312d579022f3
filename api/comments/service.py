"""Receives comments: analyses them, stores them masked, and opens their tickets, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.comments import repository
from api.comments.corrected import standing_corrections
from api.comments.made_by import Text, made_by
from api.comments.masking import from_ranges, to_ranges, to_sent, to_stored
from api.comments.repository import Key
from api.comments.schemas import CommentIn
from api.db.ids import is_id, new_id
from api.db.tables import AnalysisRow, CommentRow, CorrectionRow, TicketRow
from api.db.tenants import share_tenant
from api.deps import Analyzer
from api.errors import NotFoundError, RefusedCommentError
from api.intake import refused
from api.keys.service import Caller
from api.paging import Page
from api.policy import versions
from api.policy.conditions import Case
from api.policy.rulebook import Rulebook
from api.themes import intake as themes
from api.themes import models
from api.themes.intake import Newcomer
from api.themes.placing import Placed, comment_of
from api.themes.shelf import ThemeShelf
from api.themes.showing import names_of, shown_themes
from api.tickets import repository as tickets
from api.tickets.assignment import needs_of
from api.tickets.intake import Cause, open_or_join, thread_key
from api.tickets.opening import Opening, decide
from api.vault import originals
from api.vault.master import Vault
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.text.privacy import mask_pii
from voc_nlp.topics.model import ThemeModel


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A stored comment, its current analysis (spans in the stored text), its tickets, its own first.

    `corrections` are those that stand, newest first.
    """

    row: CommentRow
    analysis: dict[str, Any]
    tickets: tuple[TicketRow, ...] = ()
    corrections: tuple[CorrectionRow, ...] = ()


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


@dataclass(frozen=True, slots=True)
class _Decided:
    """The tickets that a comment deserves; `themes` is what its themes are called."""

    openings: tuple[Opening, ...]
    themes: tuple[str, ...]


def receive(
    documents: Sequence[CommentIn],
    *,
    reader: Session,
    session: Session,
    analyzer: Analyzer,
    shelf: ThemeShelf,
    rulebook: Rulebook,
    caller: Caller,
    now: datetime,
    vault: Vault | None = None,
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
    shelf : ThemeShelf
        Places it in the tenant's themes.
    rulebook : Rulebook
        Opening rules and departments.
    caller : Caller
        Whose comments these are.
    now : datetime
        When they were received.
    vault : Vault | None
        Seals what masking takes away, when the tenant keeps originals.

    Returns
    -------
    list[Received | RefusedCommentError]
        One answer per document, in the same order.
    """
    known = _known(reader, caller.tenant_id, [_key(document) for document in documents], shelf)
    fresh = [document for document in documents if _key(document) not in known]
    model = models.current(reader, caller.tenant_id, shelf) if fresh else None
    if fresh:
        rulebook = versions.rulebook_in_force(reader, caller.tenant_id, rulebook, now)
    reader.close()
    analyzed, refusals = _analyze(fresh, analyzer)
    rows = [_rows_of(item, rulebook, caller, now) for item in analyzed]
    newcomers = [Newcomer(comment, analysis.body) for comment, analysis in rows]
    zone = rulebook.policy.calendar.zone
    vectors = {} if model is None else themes.embed(newcomers, model, shelf)
    found = {} if model is None else themes.find(newcomers, vectors, model, shelf=shelf, zone=zone)
    decided = {} if model is None else _decide(analyzed, rows, model, found, rulebook, now)
    if model is not None:
        _note_makers(rows, model, found, rulebook)
    stored = _store(session, analyzed, rows, decided, rulebook, caller, now, vault)
    fresh_ids = {comment.row.id for comment in stored.values()}
    new = [one for one in newcomers if one.row.id in fresh_ids]
    if model is not None:
        shown = themes.store(
            session,
            caller.tenant_id,
            new,
            vectors,
            model,
            found,
            shelf=shelf,
            zone=zone,
            now=now,
        )
        stored = {key: _with_themes(comment, shown) for key, comment in stored.items()}
    raced = [_key(document) for document in fresh if _key(document) not in {*stored, *refusals}]
    if raced:
        known |= _known(session, caller.tenant_id, raced, shelf)
    answers: list[Received | RefusedCommentError] = []
    for document in documents:
        key = _key(document)
        if key in refusals:
            answers.append(refusals[key])
        else:
            comment = stored[key] if key in stored else known[key]
            answers.append(Received(comment, _as_sent(comment, document.text), key in stored))
    return answers


def get(
    session: Session,
    tenant_id: str,
    comment_id: str,
    shelf: ThemeShelf,
    departments: Collection[str] | None = None,
) -> StoredComment:
    """Find a comment.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    comment_id : str
        What the caller sent as its id.
    shelf : ThemeShelf
        Keeps the tenant's themes.
    departments : Collection[str] | None
        Only if it belongs to one of these; None for the whole tenant.

    Returns
    -------
    StoredComment
        With its analysis and ticket.

    Raises
    ------
    NotFoundError
        If it is not there, or another tenant's.
    """
    row = None
    if is_id("cmt", comment_id):
        row = repository.find(session, tenant_id, comment_id, departments)
    if row is None:
        raise NotFoundError()
    found = _complete(session, [row], shelf)
    if not found:
        raise NotFoundError()
    return _own(found[0], departments)


def list_page(
    session: Session,
    tenant_id: str,
    page: Page,
    shelf: ThemeShelf,
    departments: Collection[str] | None = None,
) -> tuple[list[StoredComment], str | None]:
    """List a page of comments, newest first.

    Parameters
    ----------
    session : Session
        Any session.
    tenant_id : str
        The caller's tenant.
    page : Page
        Which part.
    shelf : ThemeShelf
        Keeps the tenant's themes.
    departments : Collection[str] | None
        Only what belongs to these; None for the whole tenant.

    Returns
    -------
    tuple[list[StoredComment], str | None]
        The comments, and the cursor of the next page or None.
    """
    rows, cursor = repository.page_of(session, tenant_id, page, departments)
    return [_own(stored, departments) for stored in _complete(session, rows, shelf)], cursor


def _own(stored: StoredComment, departments: Collection[str] | None) -> StoredComment:
    """Leave the tickets of other departments out."""
    if departments is None:
        return stored
    return replace(stored, tickets=tuple(row for row in stored.tickets if row.department in departments))


def _known(
    session: Session, tenant_id: str, keys: Collection[Key], shelf: ThemeShelf
) -> dict[Key, StoredComment]:
    """Find what was received before."""
    rows = repository.find_by_keys(session, tenant_id, keys)
    return {_key(stored.row): stored for stored in _complete(session, list(rows.values()), shelf)}


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
    session: Session,
    analyzed: Sequence[_Analyzed],
    rows: Sequence[tuple[CommentRow, AnalysisRow]],
    decided: Mapping[str, _Decided],
    rulebook: Rulebook,
    caller: Caller,
    now: datetime,
    vault: Vault | None,
) -> dict[Key, StoredComment]:
    """Store new comments and open their tickets; a comment that another request stored meanwhile is left out.

    All comments first, then all tickets, each kind in a fixed order: two batches that
    meet wait for one another, and never each for the other.
    """
    added: dict[Key, tuple[CommentRow, dict[str, Any]]] = {}
    causes: list[tuple[Key, Cause, Opening]] = []
    if rows:
        share_tenant(session, caller.tenant_id)
    pairs = zip(analyzed, rows, strict=True)
    for item, (comment, analysis) in sorted(pairs, key=lambda pair: _key(pair[0].document)):
        key = _key(item.document)
        try:
            with session.begin_nested():
                repository.add(session, comment, analysis)
        except IntegrityError:
            if not repository.find_by_keys(session, caller.tenant_id, [key]):
                raise
            continue
        added[key] = (comment, analysis.body)
        for rank, opening in enumerate(decided[comment.id].openings):
            needs = needs_of(item.analysis, opening.department, decided[comment.id].themes)
            actor = f"key:{caller.key_id}"
            thread = thread_key(comment.source, comment.extra)
            cause = Cause(caller.tenant_id, comment.customer_id, comment.id, actor, thread, needs, rank)
            causes.append((key, cause, opening))
    fresh = {comment.id: comment for comment, _ in added.values()}
    originals.keep(session, vault, fresh, {item.comment.id: item.document.text for item in analyzed})
    opened: dict[Key, dict[int, TicketRow]] = {}
    for key, cause, opening in sorted(
        causes, key=lambda each: (each[1].customer_id or "", each[2].department)
    ):
        ticket = open_or_join(session, cause, opening, rulebook, now)
        opened.setdefault(key, {})[cause.rank] = ticket
    return {
        key: StoredComment(row, body, tuple(ticket for _, ticket in sorted(opened.get(key, {}).items())))
        for key, (row, body) in added.items()
    }


def _decide(
    analyzed: Sequence[_Analyzed],
    rows: Sequence[tuple[CommentRow, AnalysisRow]],
    model: ThemeModel,
    found: Mapping[str, tuple[Placed, ...]],
    rulebook: Rulebook,
    now: datetime,
) -> dict[str, _Decided]:
    """Ask the rules about new comments: as they are stored, masked, so that a back-test asks the same."""
    zone = rulebook.policy.calendar.zone
    decided: dict[str, _Decided] = {}
    for item, (row, _) in zip(analyzed, rows, strict=True):
        names = tuple(names_of(model, found[row.id]))
        case = Case(comment_of(row, zone), item.analysis, now.astimezone(zone), names, model.dictionary)
        openings = decide(case, policy=rulebook.policy, taxonomy=rulebook.taxonomy, now=now)
        decided[row.id] = _Decided(openings, names)
    return decided


def _note_makers(
    rows: Sequence[tuple[CommentRow, AnalysisRow]],
    model: ThemeModel,
    found: Mapping[str, tuple[Placed, ...]],
    rulebook: Rulebook,
) -> None:
    """Write down what made the analyses of new comments."""
    departments = rulebook.taxonomy.fingerprint()
    for comment, analysis in rows:
        themes = [one.theme_id for one in found[comment.id]]
        analysis.made_by = made_by(analysis.model_version, departments, model, Text.SENT, themes)


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


def _complete(session: Session, rows: Sequence[CommentRow], shelf: ThemeShelf) -> list[StoredComment]:
    """Join comments of one tenant with their analyses, current themes and tickets, in few queries for all.

    A comment that is erased between two of the queries is left out.
    """
    if not rows:
        return []
    ids = [row.id for row in rows]
    analyses = repository.current_analyses(session, ids)
    rows = [row for row in rows if row.id in analyses]
    tickets_by_comment = tickets.tickets_of_comments(session, ids)
    languages = {comment_id: analysis.body["language"] for comment_id, analysis in analyses.items()}
    shown = shown_themes(session, rows[0].tenant_id, shelf, languages) if rows else {}
    corrected = standing_corrections(session, ids)
    stored = [
        StoredComment(
            row,
            analyses[row.id].body,
            tuple(tickets_by_comment.get(row.id, ())),
            tuple(corrected.get(row.id, ())),
        )
        for row in rows
    ]
    return [_with_themes(one, shown) for one in stored]


def _with_themes(stored: StoredComment, shown: Mapping[str, list[dict[str, Any]]]) -> StoredComment:
    """Put the current themes in place of those that the analyzer named."""
    found = shown.get(stored.row.id)
    return stored if found is None else replace(stored, analysis={**stored.analysis, "themes": found})


def _as_sent(stored: StoredComment, text: str) -> dict[str, Any]:
    """Return the analysis with spans in the text as it was sent."""
    return to_sent(stored.analysis, from_ranges(stored.row.masked_text, stored.row.masked_ranges), text)


def _key(comment: CommentIn | CommentRow) -> Key:
    """Return what makes a comment the same comment for its sender."""
    return comment.source, comment.external_id
