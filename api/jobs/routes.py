"""The calls under /v1/jobs."""

import json
from datetime import timedelta
from typing import Annotated, Literal, cast

from fastapi import APIRouter, BackgroundTasks, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from api import examples as service_examples
from api.clock import Clock
from api.db.tables import JobRow
from api.deps import MayUseJobs, Now, ReadSession, WriteSession, get_database
from api.errors import (
    BodyTooLargeError,
    InvalidJsonError,
    MediaTypeError,
    RequestError,
    ScopeError,
)
from api.idempotency.route import IdempotencyKey
from api.jobs import examples, rescore_request, results, service
from api.jobs.assembling import JobRequest
from api.jobs.errors import JobNotFinishedError, JobUploadError
from api.jobs.receiving import Limits, Receiver
from api.jobs.schemas import (
    JobIn,
    JobKind,
    JobOut,
    JobPage,
    JobResultsPage,
    body_schema,
    invalid_body,
    job_out,
)
from api.jobs.streaming import NDJSON, is_ndjson, wants_ndjson
from api.keys.service import Caller, Scope
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.problems import documented, preferred_language
from api.settings import Settings

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_RETRY_AFTER = {"Retry-After": "5"}
_DRAINED_BYTES = 64_000_000
"""An upload over the limit is read and thrown away up to here, so that its sender reads the answer."""
_PIECE = 500
AcceptLanguage = Annotated[str | None, Header()]


@router.post(
    "",
    status_code=202,
    summary="Analyse many comments without waiting / 大量のコメントを非同期で分析する",
    response_model=None,
    openapi_extra=examples.body(body_schema()),
    responses={
        202: {
            "model": JobOut,
            "description": "Queued; Location tells how far it has come / 受付済み",
            "content": service_examples.response_examples(examples.JOB_QUEUED, examples.JOB_QUEUED),
        },
        **documented(400, 404, 409, 413, 415),
    },
)
async def create_job(
    request: Request,
    background: BackgroundTasks,
    caller: MayUseJobs,
    key: IdempotencyKey = None,
    kind: Annotated[
        Literal[JobKind.SCORE] | None, Query(description="Of an upload as JSON lines; `score` without it")
    ] = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Queue comments: a JSON body with up to 5 MB of them, or JSON lines, a comment a line, up to a million.

    Every comment is as `POST /v1/score` takes it; without an `id` it gets the number of its line. A
    line that is none never refuses the job: its result is an error with its line number. Messages in the
    results are in the language of this request. With an `Idempotency-Key` the same contents make one job,
    however often they are sent. The texts are deleted as soon as they are analysed.

    `{"kind": "rescore"}` has stored comments scored again (scope `admin` as well): see docs/jobs.md.
    """
    language = preferred_language(accept_language)
    receiver = _receiver(request, caller, kind or JobKind.SCORE, language, key)
    if is_ndjson(request.headers.get("content-type", "")):
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise MediaTypeError()
        row, is_new = await _receive_lines(request, receiver)
    else:
        raw = await run_in_threadpool(_read_json, await request.body())
        if rescore_request.is_rescoring(raw):
            row, is_new = await rescore_request.order(request, background, raw, language, key)
        else:
            row, is_new = await run_in_threadpool(_receive_json, raw, receiver)
    shown = job_out(row, language, _kept_for(request)).model_dump(mode="json")
    headers = {"Location": f"/v1/jobs/{row.id}", **_RETRY_AFTER}
    if not is_new:
        headers["Idempotent-Replayed"] = "true"
    return JSONResponse(shown, 202, headers)


@router.get(
    "",
    summary="List jobs, newest first / ジョブの一覧(新しい順)",
    responses={
        200: {
            "description": "A page / 1 ページ",
            "content": service_examples.response_examples(examples.JOBS_PAGE, examples.JOBS_PAGE),
        },
        **documented(400),
    },
)
def list_jobs(
    request: Request,
    caller: MayUseJobs,
    session: ReadSession,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    accept_language: AcceptLanguage = None,
) -> JobPage:
    """List the tenant's jobs; pass `next_cursor` to go on."""
    language, kept_for = preferred_language(accept_language), _kept_for(request)
    rows, next_cursor = service.list_page(session, caller.tenant_id, read_page(limit, cursor, "job"))
    return JobPage(items=[job_out(row, language, kept_for) for row in rows], next_cursor=next_cursor)


@router.get(
    "/{job_id}",
    summary="Read how far a job has come / ジョブの状況を取得する",
    responses={
        200: {
            "description": "State and counts / 状況と件数",
            "content": service_examples.response_examples(examples.JOB_DONE, examples.JOB_QUEUED),
        },
        **documented(404),
    },
)
def read_job(
    job_id: str,
    request: Request,
    response: Response,
    caller: MayUseJobs,
    session: ReadSession,
    accept_language: AcceptLanguage = None,
) -> JobOut:
    """Read the state of a job; `Retry-After` says when to look again."""
    row = service.find(session, caller.tenant_id, job_id)
    if row.ended_at is None:
        response.headers.update(_RETRY_AFTER)
    return job_out(row, preferred_language(accept_language), _kept_for(request))


@router.get(
    "/{job_id}/results",
    summary="Read the results of a job / ジョブの結果を取得する",
    response_model=None,
    responses={
        200: {
            "model": JobResultsPage,
            "description": "In the order of the comments / コメントの送信順",
            "content": {
                **service_examples.response_examples(examples.RESULTS_JA, examples.RESULTS_EN),
                NDJSON: {"schema": {"type": "string"}},
            },
        },
        **documented(400, 404, 409),
    },
)
def read_results(
    job_id: str,
    request: Request,
    caller: MayUseJobs,
    session: ReadSession,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Read pages of JSON, also while the job runs; or, with `Accept: application/x-ndjson`, all at once.

    The stream has a line for every comment, an analysis or an error, and is there when the job has ended
    (409 before).
    """
    row = service.find(session, caller.tenant_id, job_id)
    _check_scope(caller, row, Scope.READ)
    if wants_ndjson(accept):
        if row.ended_at is None:
            raise JobNotFinishedError()
        session.close()
        lines = results.stream(get_database(request), row)
        return StreamingResponse(lines, media_type=NDJSON)
    records, next_cursor = results.page_of(session, row, results.read_position(cursor), limit)
    return JSONResponse({"state": row.state, "items": records, "next_cursor": next_cursor})


@router.delete(
    "/{job_id}",
    summary="Cancel or delete a job / ジョブを中止・削除する",
    response_model=None,
    responses={
        200: {
            "model": JobOut,
            "description": "Cancelled; what was done can be read / 中止。完了分の結果は取得可能",
            "content": service_examples.response_examples(examples.JOB_CANCELLED, examples.JOB_CANCELLED),
        },
        204: {"description": "It had ended, and is deleted with its results / 結果ごと削除"},
        **documented(404),
    },
)
def delete_job(
    job_id: str,
    request: Request,
    caller: MayUseJobs,
    session: WriteSession,
    now: Now,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Cancel a job that is queued or running; delete one that has ended."""
    _check_scope(caller, service.find(session, caller.tenant_id, job_id), Scope.ADMIN)
    row = service.cancel_or_delete(session, caller.tenant_id, job_id, now)
    if row is None:
        return Response(status_code=204)
    shown = job_out(row, preferred_language(accept_language), _kept_for(request))
    return JSONResponse(shown.model_dump(mode="json"))


async def _receive_lines(request: Request, receiver: Receiver) -> tuple[JobRow, bool]:
    """Store an upload piece by piece; the database is reached from another thread."""
    try:
        await _store_pieces(request, receiver)
        return await run_in_threadpool(receiver.finish)
    except ClientDisconnect:
        await run_in_threadpool(receiver.discard)
        raise JobUploadError() from None
    except Exception:
        await run_in_threadpool(receiver.discard)
        raise


async def _store_pieces(request: Request, receiver: Receiver) -> None:
    """Store what comes; what comes after it was too much is thrown away, then the upload is refused."""
    refusal: BodyTooLargeError | None = None
    drained = 0
    async for piece in request.stream():
        if refusal is not None:
            drained += len(piece)
            if drained > _DRAINED_BYTES:
                break
            continue
        try:
            for part in receiver.feed(piece):
                await run_in_threadpool(receiver.store, part)
        except BodyTooLargeError as error:
            refusal = error
    if refusal is not None:
        raise refusal


def _read_json(body: bytes) -> object:
    try:
        raw: object = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidJsonError() from None
    return raw


def _receive_json(raw: object, receiver: Receiver) -> tuple[JobRow, bool]:
    """Store a JSON body as lines; what JSON cannot say exactly (NaN, lone surrogates) stays as it is."""
    try:
        comments = JobIn.model_validate(raw).comments
    except ValidationError as error:
        raise invalid_body(error) from None
    try:
        for start in range(0, len(comments), _PIECE):
            piece = "".join(map(_line, comments[start : start + _PIECE]))
            for part in receiver.feed(piece.encode("ascii")):
                receiver.store(part)
        return receiver.finish()
    except RequestError:
        receiver.discard()
        raise


def _line(comment: object) -> str:
    try:
        return json.dumps(comment) + "\n"
    except RecursionError:
        raise InvalidJsonError() from None


def _receiver(request: Request, caller: Caller, kind: JobKind, language: str, key: str | None) -> Receiver:
    settings = cast(Settings, request.app.state.settings)
    asked = JobRequest(caller.tenant_id, f"key:{caller.key_id}", kind.value, language, key)
    limits = Limits(settings.job_max_documents, settings.job_max_bytes)
    return Receiver(get_database(request), asked, limits, cast(Clock, request.app.state.clock))


def _check_scope(caller: Caller, row: JobRow, scope: Scope) -> None:
    """Ask for a further scope where a job is about stored comments."""
    if row.kind == JobKind.RESCORE and scope not in caller.scopes:
        raise ScopeError(scope.value)


def _kept_for(request: Request) -> timedelta:
    return timedelta(days=cast(Settings, request.app.state.settings).job_results_days)
