"""Is it alive, is it ready, which version is it, and how is it doing: for operators."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from api.deps import get_database
from api.heartbeat import last_pass_at
from api.metrics import Metrics

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="Alive / 生存確認")
async def healthz() -> dict[str, str]:
    """Answer as long as the process turns; asks nobody else."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Ready / 準備完了確認",
    response_model=None,
    responses={503: {"description": "Models not loaded, or no database / 準備未完了"}},
)
def readyz(request: Request) -> Response:
    """Answer 200 when the models are loaded and the database answers, 503 otherwise.

    `worker_last_pass_at` is when the last completed pass of a worker began; it is
    information and does not decide, because the service answers without a worker too.
    """
    analyzer = request.app.state.analyzer
    models = "missing" if analyzer is None else "loaded" if analyzer.is_up else "restarting"
    body: dict[str, Any] = {"models": models}
    try:
        with get_database(request).reading() as session:
            passed_at = last_pass_at(session)
        body |= {"database": "ok", "worker_last_pass_at": passed_at.isoformat() if passed_at else None}
    except SQLAlchemyError as error:
        body |= {"database": "unreachable", "worker_last_pass_at": None, "error": type(error).__name__}
    ready = body["models"] == "loaded" and body["database"] == "ok"
    return JSONResponse({"status": "ready" if ready else "not_ready", **body}, 200 if ready else 503)


@router.get("/version", summary="Versions / バージョン")
def versions(request: Request) -> dict[str, str | None]:
    """Tell the versions of the service, the models and the policy.

    Models that this process loads at the moment are `pending`; those that the registry names and that
    could not be loaded are `refused`, and the models before go on answering.
    """
    analyzer, turnover = request.app.state.analyzer, request.app.state.turnover
    return {
        "service": service_version(),
        "model_version": analyzer.model_version if analyzer is not None else None,
        "pending_model_version": turnover.pending if turnover is not None else None,
        "refused_model_version": turnover.refused if turnover is not None else None,
        "policy_version": request.app.state.rulebook.policy.version,
    }


@router.get("/metrics", summary="Figures for Prometheus / 監視用の指標", response_class=Response)
def metrics(request: Request) -> Response:
    """Write all figures in Prometheus' text form."""
    return Response(cast(Metrics, request.app.state.metrics).exposition(), media_type=CONTENT_TYPE_LATEST)


def service_version() -> str:
    """Find the version of the installed project.

    Returns
    -------
    str
        ``0`` when it runs from a checkout that is not installed.
    """
    try:
        return version("voc-nlp")
    except PackageNotFoundError:
        return "0"
