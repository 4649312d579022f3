"""The calls under /v1/corrections."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Body, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from api.corrections import examples, repository, service
from api.corrections.repository import Filter
from api.corrections.schemas import CorrectionIn, CorrectionOut, CorrectionPage, correction_out
from api.corrections.service import Deed, Statement
from api.corrections.tasks import Task
from api.deps import MayReadOwn, MayTicketOwn, Now, ReadSession, WriteSession
from api.examples import request_examples, response_examples
from api.idempotency.route import KeyedRoute
from api.metrics import Metrics
from api.moments import aware
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.themes.shelf import ShelfDep

router = APIRouter(prefix="/v1/corrections", tags=["corrections"], route_class=KeyedRoute)


def get_metrics(request: Request) -> Metrics:
    """Hand out the figures of the application.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Metrics
        One per process.
    """
    metrics: Metrics = request.app.state.metrics
    return metrics


MetricsDep = Annotated[Metrics, Depends(get_metrics)]


@router.post(
    "",
    status_code=201,
    summary="Correct a label of a comment / コメントのラベルを訂正する",
    response_model=None,
    responses={
        201: {
            "model": CorrectionOut,
            "description": "The correction, in force / 訂正(有効)",
            "content": response_examples(examples.OUT_JA, examples.OUT_EN),
        },
        **documented(400, 404, 409, 413, 415),
    },
)
def correct(
    body: Annotated[CorrectionIn, Body(openapi_examples=request_examples(examples.IN_JA, examples.IN_EN))],
    caller: MayTicketOwn,
    session: WriteSession,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    metrics: MetricsDep,
    background: BackgroundTasks,
    now: Now,
) -> Response:
    """Say what a label of a comment should be; also to confirm it. The analysis itself stays as it is.

    The same `annotator` again supersedes what they said of this comment and task; several annotators'
    corrections stand side by side, and the newest is in force. A theme moves the comment at once. Needs
    the scope `ticket`; the key of a department corrects what it can see.
    """
    statement = Statement(body.comment_id, body.task, body.label, body.annotator, body.note)
    row = service.correct(Deed(session, caller, shelf, rulebook, now), statement)
    background.add_task(metrics.count_correction, row.task, row.agreed)
    return JSONResponse(correction_out(row), 201)


@router.get(
    "",
    summary="List corrections, newest first / 訂正の一覧(新しい順)",
    response_model=None,
    responses={
        200: {
            "model": CorrectionPage,
            "description": "A page / 1 ページ",
            "content": response_examples(examples.PAGE_JA, examples.PAGE_EN),
        },
        **documented(400),
    },
)
def list_corrections(
    caller: MayReadOwn,
    session: ReadSession,
    rulebook: RulebookDep,
    task: Task | None = None,
    annotator: Annotated[str | None, Query(max_length=100)] = None,
    comment_id: Annotated[str | None, Query(max_length=100)] = None,
    begin: Annotated[datetime | None, Query(alias="from", description="From this time on / 開始日時")] = None,
    end: Annotated[datetime | None, Query(alias="to", description="Before this time / 終了日時")] = None,
    history: Annotated[
        bool, Query(description="Also superseded and withdrawn ones / 過去の訂正も含める")
    ] = False,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> Response:
    """List corrections with what the model had said; times without a zone are the calendar's."""
    zone = rulebook.policy.calendar.zone
    begin = None if begin is None else aware(begin, zone, "/from")
    end = None if end is None else aware(end, zone, "/to")
    wanted = Filter(
        caller.tenant_id,
        caller.departments,
        task=task,
        annotator=annotator,
        comment_id=comment_id,
        begin=begin,
        end=end,
        history=history,
    )
    rows, next_cursor = repository.page_of(session, wanted, read_page(limit, cursor, "cor"))
    return JSONResponse({"items": [correction_out(row) for row in rows], "next_cursor": next_cursor})


@router.delete(
    "/{correction_id}",
    status_code=204,
    summary="Withdraw a correction / 訂正を取り消す",
    response_model=None,
    responses={204: {"description": "Withdrawn / 取り消し済み"}, **documented(404, 409)},
)
def withdraw(
    correction_id: str,
    caller: MayTicketOwn,
    session: WriteSession,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    now: Now,
) -> Response:
    """Take a correction back; it stays in the history, and what stood before does not come back."""
    service.withdraw(Deed(session, caller, shelf, rulebook, now), correction_id)
    return Response(status_code=204)
