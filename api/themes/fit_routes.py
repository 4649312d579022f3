"""The calls under /v1/themes/fit and /v1/themes/fits."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.db.tables import ThemeFitRow
from api.deps import MayRead, ReadSession, WriteSession
from api.idempotency.route import KeyedRoute
from api.problems import documented
from api.themes import examples, fits
from api.themes.routes import PROBLEMS, ChangeRequest
from api.themes.schemas import FitIn, FitOut, FitState
from api.themes.shelf import ShelfDep

router = APIRouter(prefix="/v1/themes", tags=["themes"], route_class=KeyedRoute)
_RETRY_AFTER_S = "5"


@router.post(
    "/fit",
    status_code=202,
    summary="Fit the themes anew / テーマを再学習する",
    responses={
        202: {
            "description": "Queued; Location tells how far it has come / 受付済み",
            "content": examples.answers(examples.FIT_QUEUED),
        },
        **PROBLEMS,
    },
)
def fit_themes(
    body: Annotated[FitIn, Body(openapi_examples=examples.requests(examples.FIT_IN_JA, examples.FIT_IN_EN))],
    response: Response,
    request: ChangeRequest,
    session: WriteSession,
    shelf: ShelfDep,
) -> FitOut:
    """Fit the tenant's themes on its stored comments; names, pins, merges, splits and corrections stay.

    The worker does it. With `add_only` all themes stay where they are and new ones are added.
    """
    row = fits.ask(session, shelf, request, body)
    response.headers["Location"] = f"/v1/themes/fits/{row.id}"
    response.headers["Retry-After"] = _RETRY_AFTER_S
    return _fit_out(row)


@router.get(
    "/fits/{fit_id}",
    summary="Read how far a fit has come / 再学習の状況を取得する",
    responses={
        200: {
            "description": "queued, running, succeeded or failed / 状況",
            "content": examples.answers(examples.FIT_DONE, examples.FIT_QUEUED),
        },
        **documented(404),
    },
)
def read_fit(fit_id: str, response: Response, caller: MayRead, session: ReadSession) -> FitOut:
    """Read the state of a fit, and what it moved."""
    row = fits.find(session, caller.tenant_id, fit_id)
    if row.ended_at is None:
        response.headers["Retry-After"] = _RETRY_AFTER_S
    return _fit_out(row)


def _fit_out(row: ThemeFitRow) -> FitOut:
    """Put a fit on the wire."""
    result = row.result or {}
    return FitOut.model_validate(
        {
            "id": row.id,
            "state": FitState(row.state),
            **row.settings,
            "requested_at": row.requested_at,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "revision": result.get("revision"),
            "changes": result.get("changes"),
            "lineage": result.get("lineage", []),
            "receipt": result.get("receipt"),
            "error": row.error,
        }
    )
