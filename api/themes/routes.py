"""The calls under /v1/themes that read the themes and change them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from api.deps import MayAdminister, MayRead, Now, ReadSession, WriteSession
from api.examples import JsonObject
from api.idempotency.route import KeyedRoute
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.themes import comments, etag, examples, listing, models, repository, taxonomy
from api.themes.errors import check_known
from api.themes.etag import IfMatch, IfNoneMatch
from api.themes.schemas import (
    ChangeOut,
    LineageOut,
    MergeIn,
    SplitIn,
    ThemeChange,
    ThemeCommentPage,
    ThemeDetailOut,
    ThemeIn,
    ThemeList,
)
from api.themes.shelf import ShelfDep
from api.themes.taxonomy import Request
from api.themes.wire import descent_out, outcome_out, share, theme_out


def _body(ja: JsonObject, en: JsonObject | None = None) -> Any:
    """Describe a request's body by its examples."""
    return Body(openapi_examples=examples.requests(ja, en))


router = APIRouter(prefix="/v1/themes", tags=["themes"], route_class=KeyedRoute)

DryRun = Annotated[
    bool, Query(description="Say what would move, and change nothing / 変更せず、影響だけを返す")
]
ETAG = {"ETag": {"schema": {"type": "string"}, "description": 'Revision, e.g. `"12"` / リビジョン'}}
CHANGED = {
    "model": ChangeOut,
    "description": "What it did, or would do / 変更の結果(または予測)",
    "content": examples.answers(examples.CHANGE),
    "headers": ETAG,
}
PROBLEMS = documented(400, 404, 409, 412, 413, 415, 428)


def change_request(
    caller: MayAdminister,
    now: Now,
    rulebook: RulebookDep,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> Request:
    """Gather what every change of the themes needs.

    Parameters
    ----------
    caller : MayAdminister
        Who; needs the scope ``admin``.
    now : Now
        The present.
    rulebook : RulebookDep
        Has the calendar's zone.
    if_match : IfMatch
        The revision that the caller saw.
    dry_run : DryRun
        Whether to change nothing.

    Returns
    -------
    Request
        For `taxonomy.perform`.
    """
    return Request(caller, if_match, dry_run, now, rulebook.policy.calendar.zone)


ChangeRequest = Annotated[Request, Depends(change_request)]


@router.get(
    "",
    summary="List the themes / テーマの一覧",
    response_model=None,
    responses={
        200: {
            "model": ThemeList,
            "description": "All themes with their counts / すべてのテーマと件数",
            "content": examples.answers(examples.THEMES),
            "headers": ETAG,
        },
        304: {"description": "You have this already / 変更なし"},
        **documented(),
    },
)
def list_themes(
    caller: MayRead, session: ReadSession, shelf: ShelfDep, if_none_match: IfNoneMatch = None
) -> Response:
    """List the tenant's themes, the largest first; groups count what stands below them.

    The ETag names the revision and the number of stored comments; send it as If-Match with a
    change, or as If-None-Match to be answered 304 while nothing is new.
    """
    model = models.current(session, caller.tenant_id, shelf)
    tag = _counted_tag(session, caller.tenant_id, model.revision)
    if etag.is_known(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    counts = listing.count(session, caller.tenant_id, model)
    items = [theme_out(theme, counts) for theme in model.themes]
    body = {
        "revision": model.revision,
        "comments": counts.meaningful,
        "not_meaningful": counts.not_meaningful,
        "unassigned": {
            "comments": counts.unassigned,
            "share": share(counts.unassigned, counts.meaningful),
        },
        "items": sorted(items, key=lambda item: -item["comments"]),
        "usable": shelf.can_use(model),
    }
    return JSONResponse(body, headers={"ETag": tag})


@router.post(
    "",
    status_code=201,
    summary="Add a rule theme or a group / ルールテーマ・グループを追加する",
    response_model=None,
    responses={
        201: {**CHANGED, "description": "Added; Location names it / 追加済み"},
        200: {**CHANGED, "description": "What a dry run found / 予測"},
        **PROBLEMS,
    },
)
def add_theme(
    body: Annotated[ThemeIn, _body(examples.THEME_IN_JA, examples.THEME_IN_EN)],
    request: ChangeRequest,
    reader: ReadSession,
    session: WriteSession,
    shelf: ShelfDep,
) -> Response:
    """Add a rule theme (a query over words, fields and sentiment; docs/queries.md), or a group."""
    outcome = taxonomy.perform(reader, session, shelf, request, "add", taxonomy.adding(body))
    response = answer(outcome, 200 if outcome.dry_run else 201)
    if not outcome.dry_run:
        response.headers["Location"] = f"/v1/themes/{outcome.themes[0].id}"
    return response


@router.get(
    "/lineage",
    summary="Read where the themes come from / テーマの系譜",
    response_model=None,
    responses={
        200: {
            "model": LineageOut,
            "description": "Every step, and who changed what / 系譜と変更履歴",
            "content": examples.answers(examples.LINEAGE),
        },
        **documented(),
    },
)
def read_lineage(caller: MayRead, session: ReadSession, shelf: ShelfDep) -> Response:
    """Read what became of every theme, fit by fit and edit by edit, and who changed what."""
    model = models.current(session, caller.tenant_id, shelf)
    return JSONResponse(
        {
            "items": [descent_out(one) for one in model.history],
            "revisions": [
                {"revision": revision, "action": action, "actor": actor, "at": _time(at)}
                for revision, action, actor, at in listing.revisions(session, caller.tenant_id)
            ],
        }
    )


@router.post(
    "/merge",
    summary="Merge themes / テーマを統合する",
    response_model=None,
    responses={200: CHANGED, **PROBLEMS},
)
def merge_themes(
    body: Annotated[MergeIn, _body(examples.MERGE_JA, examples.MERGE_EN)],
    request: ChangeRequest,
    reader: ReadSession,
    session: WriteSession,
    shelf: ShelfDep,
) -> Response:
    """Make one learnt theme of several: the first keeps its id and takes the comments of the others."""
    outcome = taxonomy.perform(reader, session, shelf, request, "merge", taxonomy.merging(body))
    return answer(outcome)


@router.get(
    "/{theme_id}",
    summary="Read one theme / テーマを 1 件取得する",
    response_model=None,
    responses={
        200: {
            "model": ThemeDetailOut,
            "description": "The theme / テーマ",
            "content": examples.answers(examples.THEME_DETAIL),
            "headers": ETAG,
        },
        304: {"description": "You have this already / 変更なし"},
        **documented(404),
    },
)
def read_theme(
    theme_id: str, caller: MayRead, session: ReadSession, shelf: ShelfDep, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a theme with its key words, the stored comments that stand for it, and where it comes from."""
    model = models.current(session, caller.tenant_id, shelf)
    check_known(model, theme_id)
    tag = _counted_tag(session, caller.tenant_id, model.revision)
    if etag.is_known(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    theme = model.find(theme_id)
    body: dict[str, Any] = {
        **theme_out(theme, listing.count(session, caller.tenant_id, model)),
        "revision": model.revision,
        "representatives": listing.representatives(session, caller.tenant_id, model, theme),
        "lineage": [
            descent_out(one) for one in model.history if one.theme == theme_id or theme_id in one.sources
        ],
    }
    return JSONResponse(body, headers={"ETag": tag})


@router.get(
    "/{theme_id}/comments",
    summary="List the comments of a theme / テーマのコメント一覧",
    responses={
        200: {
            "description": "A page, newest first / 1 ページ(新しい順)",
            "content": examples.answers(examples.THEME_PAGE_JA, examples.THEME_PAGE_EN),
        },
        **documented(400, 404),
    },
)
def list_theme_comments(
    theme_id: str,
    caller: MayRead,
    session: ReadSession,
    shelf: ShelfDep,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> ThemeCommentPage:
    """List the stored comments of a theme or group; `unassigned` lists those that belong to none."""
    model = models.current(session, caller.tenant_id, shelf)
    if theme_id != comments.UNASSIGNED:
        check_known(model, theme_id)
    page = read_page(limit, cursor, "cmt")
    return ThemeCommentPage(**comments.page_of(session, caller.tenant_id, model, theme_id, page))


@router.patch(
    "/{theme_id}",
    summary="Change a theme / テーマを変更する",
    response_model=None,
    responses={200: CHANGED, **PROBLEMS},
)
def change_theme(
    theme_id: str,
    body: Annotated[
        ThemeChange,
        _body(examples.THEME_CHANGE_JA, examples.THEME_CHANGE_EN),
    ],
    request: ChangeRequest,
    reader: ReadSession,
    session: WriteSession,
    shelf: ShelfDep,
) -> Response:
    """Rename, move, archive or pin a theme, or give a rule another query; a new name moves no comment."""
    edit = taxonomy.changing(theme_id, body)
    return answer(taxonomy.perform(reader, session, shelf, request, "change", edit))


@router.post(
    "/{theme_id}/split",
    summary="Split a theme / テーマを分割する",
    response_model=None,
    responses={200: CHANGED, **PROBLEMS},
)
def split_theme(
    theme_id: str,
    body: Annotated[SplitIn, _body(examples.SPLIT)],
    request: ChangeRequest,
    reader: ReadSession,
    session: WriteSession,
    shelf: ShelfDep,
) -> Response:
    """Split a learnt theme by what its stored comments have in common; it stays as the group above."""
    edit = taxonomy.splitting(theme_id, body.parts, shelf, request)
    return answer(taxonomy.perform(reader, session, shelf, request, "split", edit))


def answer(outcome: taxonomy.Outcome, status: int = 200) -> JSONResponse:
    """Answer a change with the ETag that the next one needs.

    Parameters
    ----------
    outcome : taxonomy.Outcome
        What it did.
    status : int
        HTTP status.

    Returns
    -------
    JSONResponse
        A `ChangeOut`.
    """
    return JSONResponse(outcome_out(outcome), status, {"ETag": etag.write(outcome.revision)})


def _counted_tag(session: Session, tenant_id: str, revision: int) -> str:
    """Write the ETag of an answer that counts comments."""
    stored, gone = repository.count_comments(session, tenant_id), repository.count_gone(session, tenant_id)
    return etag.write(revision, stored, gone)


def _time(at: Any) -> str:
    return str(at.isoformat()).replace("+00:00", "Z")
