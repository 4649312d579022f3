"""Puts the service together: settings, rules, database, analyzer, routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from api import health
from api.clock import Clock, utc_now
from api.comments import routes as comments
from api.db.engine import Database
from api.deps import Analyzer
from api.logs import configure_logs
from api.metrics import Metrics
from api.middleware import BodyRules, RequestScope
from api.policies import routes as policies
from api.policy.rulebook import load_rulebook
from api.problems import install_handlers
from api.reports import ticket_routes as ticket_figures
from api.scoring import routes as scoring
from api.settings import Settings
from api.staff import routes as staff
from api.themes import dictionary_routes as dictionary
from api.themes import fit_routes as fits
from api.themes import routes as themes
from api.themes import statistics_routes as statistics
from api.tickets import move_routes as ticket_moves
from api.tickets import routes as tickets

_log = structlog.get_logger(__name__)
_DESCRIPTION = """Voice-of-customer analytics for Japanese and English, with tickets.

お客様の声(日本語・英語)を分析し、対応チケットを起票します。

Send `Authorization: Bearer KEY`. Errors are `application/problem+json` with a stable `code`,
in Japanese or English by `Accept-Language`. Spans (`start`, `end`) count Unicode code points.
"""


def create_app(settings: Settings, analyzer: Analyzer | None = None, clock: Clock = utc_now) -> FastAPI:
    """Build the application; the database must have been brought up to date before.

    Parameters
    ----------
    settings : Settings
        What the operator set.
    analyzer : Analyzer | None
        A ready analyzer; None loads the models of ``settings.models_dir`` at start.
    clock : Clock
        The present; tests pass their own.

    Returns
    -------
    FastAPI
        Ready to serve.
    """
    rulebook = load_rulebook(settings.config_dir)
    database = Database(
        settings.database_url, pool_size=settings.database_pool_size, wait_s=settings.database_wait_s
    )
    metrics = Metrics(database, clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if app.state.analyzer is None:
            app.state.analyzer = await run_in_threadpool(_load_models, settings.models_dir)
        _log.info("service_ready", model_version=app.state.analyzer.model_version)
        yield
        database.dispose()

    app = FastAPI(
        title="voc-nlp",
        version=health.service_version(),
        description=_DESCRIPTION,
        lifespan=lifespan,
        # The framework's own spans may carry request bodies, that is, customers' words.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.settings = settings
    app.state.rulebook = rulebook
    app.state.database = database
    app.state.analyzer = analyzer
    app.state.theme_shelf = None
    app.state.clock = clock
    app.state.metrics = metrics
    install_handlers(app)
    app.add_middleware(BodyRules, limit_bytes=settings.max_body_bytes)
    app.add_middleware(RequestScope, requests=metrics.requests, seconds=metrics.seconds)
    for router in (
        scoring.router,
        comments.router,
        tickets.router,
        ticket_moves.router,
        ticket_figures.router,
        staff.router,
        policies.router,
        dictionary.router,
        fits.router,
        statistics.router,
        themes.router,
        health.router,
    ):
        app.include_router(router)
    return app


def app_from_environment() -> FastAPI:
    """Build the application from ``VOC_*``; uvicorn calls it in every process.

    Returns
    -------
    FastAPI
        Ready to serve.
    """
    settings = Settings()
    configure_logs(settings)
    return create_app(settings)


def _load_models(models_dir: Path | None) -> Analyzer:
    """Load the models; the heavy libraries are imported here and not before."""
    from voc_nlp import load_analyzer

    analyzer: Analyzer = load_analyzer(models_dir)
    return analyzer
