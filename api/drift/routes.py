"""The call that tells drift: GET /v1/metrics/drift."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.deps import MayRead, ReadSession
from api.drift import figures
from api.drift.examples import DRIFT
from api.drift.schemas import DriftReport
from api.drift.service import JUDGED_WEEKS
from api.examples import response_examples
from api.problems import documented

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


@router.get(
    "/drift",
    summary="Drift by week / 週ごとの変化の検知",
    responses={
        200: {
            "description": "Distances, thresholds, alarms / 距離・しきい値・アラーム",
            "content": response_examples(DRIFT, DRIFT),
        },
        **documented(),
    },
)
def read_drift(
    caller: MayRead,
    session: ReadSession,
    weeks: Annotated[int, Query(ge=1, le=JUDGED_WEEKS, description="Latest weeks / 直近の週数")] = 26,
    language: Annotated[
        Literal["ja", "en"] | None, Query(description="Comments of one language / 言語")
    ] = None,
) -> DriftReport:
    """Tell whether the comments of a week differ from those before; the worker looks once an hour."""
    return DriftReport.model_validate(figures.report(session, caller.tenant_id, weeks, language))
