"""The calls under /v1/comments."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response
from fastapi.responses import JSONResponse
from pydantic import SkipValidation

from api import examples
from api.comments import service
from api.comments.schemas import (
    CommentAnswer,
    CommentBatchIn,
    CommentBatchOut,
    CommentIn,
    CommentPage,
    comment_out,
    corrections_out,
)
from api.comments.service import Received
from api.deps import AnalyzerDep, Charge, MayReadOwn, MayTicket, Now, ReadSession, VaultDep, WriteSession
from api.errors import RefusedCommentError
from api.idempotency.route import RepeatableRoute
from api.intake import check_keys, read_document
from api.offsets import Offsets, to_utf16
from api.options import LoadedModelVersion, OffsetsQuery
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.policy.rulebook import RulebookDep
from api.policy.taxonomy import Taxonomy
from api.problems import documented, preferred_language
from api.themes.shelf import ShelfDep
from api.tickets.schemas import ticket_out

router = APIRouter(prefix="/v1/comments", tags=["comments"], route_class=RepeatableRoute)
_RECEIVED = {
    "model": CommentAnswer,
    "content": examples.response_examples(examples.ANSWER_JA, examples.ANSWER_EN),
}


@router.post(
    "",
    status_code=201,
    summary="Keep one comment / コメントを 1 件登録する",
    response_model=None,
    dependencies=[LoadedModelVersion],
    responses={
        201: {**_RECEIVED, "description": "New / 新規"},
        200: {**_RECEIVED, "description": "Received before; the first result / 受信済み。最初の結果"},
        **documented(400, 413, 415),
    },
)
def receive_comment(
    body: Annotated[
        CommentIn,
        SkipValidation,
        Body(openapi_examples=examples.request_examples(examples.COMMENT_IN_JA, examples.COMMENT_IN_EN)),
    ],
    caller: MayTicket,
    reader: ReadSession,
    session: WriteSession,
    analyzer: AnalyzerDep,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    vault: VaultDep,
    now: Now,
    offsets: OffsetsQuery = Offsets.CODEPOINT,
) -> Response:
    """Analyse a comment, keep it with its personal data masked, and open or join a ticket by policy.

    The spans of the analysis count code points of the text as it was sent; those of
    `GET /v1/comments/{id}` count in the stored, masked text. The same `source` and
    `external_id` again is answered with the first result (200).
    """
    document = read_document(CommentIn, body)
    [answer] = service.receive(
        [document],
        reader=reader,
        session=session,
        analyzer=analyzer,
        shelf=shelf,
        rulebook=rulebook,
        caller=caller,
        now=now,
        vault=vault,
    )
    if isinstance(answer, RefusedCommentError):
        raise answer
    shown = _received_out(answer, rulebook.taxonomy, offsets, document.text)
    return JSONResponse(shown, 201 if answer.is_new else 200)


@router.post(
    "/batch",
    summary="Keep up to 100 comments / コメントをまとめて登録する(100 件まで)",
    response_model=None,
    dependencies=[LoadedModelVersion],
    responses={
        200: {
            "model": CommentBatchOut,
            "description": "What became of each / 各コメントの結果",
            "content": examples.response_examples(examples.BATCH_OUT_JA, examples.BATCH_OUT_EN),
        },
        **documented(400, 413, 415),
    },
)
def receive_batch(
    body: Annotated[
        CommentBatchIn,
        Body(openapi_examples=examples.request_examples(examples.BATCH_IN_JA, examples.BATCH_IN_EN)),
    ],
    caller: MayTicket,
    charge: Charge,
    reader: ReadSession,
    session: WriteSession,
    analyzer: AnalyzerDep,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    vault: VaultDep,
    now: Now,
    offsets: OffsetsQuery = Offsets.CODEPOINT,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Keep a batch as one transaction; a comment that cannot be used is told in `errors` alone."""
    raws: list[Any] = list(body.comments)
    charge(len(raws))
    keys = check_keys(raws, ("source", "external_id"))
    documents: list[tuple[int, CommentIn]] = []
    refusals: list[tuple[int, RefusedCommentError]] = []
    for index, raw in enumerate(raws):
        try:
            documents.append((index, read_document(CommentIn, raw)))
        except RefusedCommentError as error:
            refusals.append((index, error))
    answers = service.receive(
        [document for _, document in documents],
        reader=reader,
        session=session,
        analyzer=analyzer,
        shelf=shelf,
        rulebook=rulebook,
        caller=caller,
        now=now,
        vault=vault,
    )
    results: list[dict[str, Any]] = []
    for (index, document), answer in zip(documents, answers, strict=True):
        if isinstance(answer, RefusedCommentError):
            refusals.append((index, answer))
        else:
            status = 201 if answer.is_new else 200
            shown = _received_out(answer, rulebook.taxonomy, offsets, document.text)
            results.append({"index": index, "status": status, **shown})
    language = preferred_language(accept_language)
    errors = [
        {
            "index": index,
            "source": keys[index][0],
            "external_id": keys[index][1],
            "error": {"code": error.code, "message": error.detail.said_in(language)},
        }
        for index, error in sorted(refusals, key=lambda refusal: refusal[0])
    ]
    return JSONResponse(
        {"results": results, "errors": errors, "succeeded": len(results), "failed": len(errors)}
    )


@router.get(
    "",
    summary="List comments, newest first / コメントの一覧(新しい順)",
    response_model=None,
    responses={
        200: {
            "model": CommentPage,
            "description": "A page / 1 ページ",
            "content": examples.response_examples(examples.COMMENTS_PAGE_JA, examples.COMMENTS_PAGE_EN),
        },
        **documented(400),
    },
)
def list_comments(
    caller: MayReadOwn,
    session: ReadSession,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> Response:
    """List stored comments with their analysis and ticket; pass `next_cursor` to go on."""
    page = read_page(limit, cursor, "cmt")
    stored, next_cursor = service.list_page(session, caller.tenant_id, page, shelf, caller.departments)
    items = [_stored_out(item, rulebook.taxonomy) for item in stored]
    return JSONResponse({"items": items, "next_cursor": next_cursor})


@router.get(
    "/{comment_id}",
    summary="Read one comment / コメントを 1 件取得する",
    response_model=None,
    responses={
        200: {
            "model": CommentAnswer,
            "description": "The comment / コメント",
            "content": examples.response_examples(examples.ANSWER_JA, examples.READ_EN),
        },
        **documented(404),
    },
)
def read_comment(
    comment_id: str, caller: MayReadOwn, session: ReadSession, shelf: ShelfDep, rulebook: RulebookDep
) -> Response:
    """Read a stored comment; the spans of its analysis count in the stored, masked text."""
    stored = service.get(session, caller.tenant_id, comment_id, shelf, caller.departments)
    return JSONResponse(_stored_out(stored, rulebook.taxonomy))


def _received_out(answer: Received, taxonomy: Taxonomy, offsets: Offsets, text: str) -> dict[str, Any]:
    """Put a received comment on the wire."""
    analysis = to_utf16(answer.analysis, text) if offsets is Offsets.UTF16 else answer.analysis
    return {**_stored_out(answer.stored, taxonomy), "analysis": analysis}


def _stored_out(stored: service.StoredComment, taxonomy: Taxonomy) -> dict[str, Any]:
    """Put a stored comment on the wire."""
    shown = [ticket_out(ticket, taxonomy).model_dump(mode="json") for ticket in stored.tickets]
    return {
        "comment": comment_out(stored.row).model_dump(mode="json"),
        "analysis": stored.analysis,
        "ticket": shown[0] if shown else None,
        "further_tickets": shown[1:],
        "corrections": corrections_out(stored.corrections),
    }
