"""Puts the service together: settings, rules, database, analyzer, routes."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from weakref import WeakKeyDictionary

import structlog
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from api import docs_page, health
from api.access import routes as access
from api.analysis.analyzer import LoadedAnalyzer, PooledAnalyzer, load_pooled
from api.analysis.process import ThreadWorker
from api.analysis.registry import RegistryWatch, TierModels
from api.analysis.turnover import Turnover
from api.clock import Clock, utc_now
from api.comments import original_routes as originals
from api.comments import routes as comments
from api.corrections import figure_routes as correction_figures
from api.corrections import queue_routes as labelling_queue
from api.corrections import routes as corrections
from api.corrections import theme_routes as theme_corrections
from api.corrections.second_opinion import SecondOpinion
from api.corrections.second_tier import SECOND_TIER, OpinionGiver, SecondTier, names
from api.db.engine import Database
from api.departments import routes as departments
from api.drift import routes as drift
from api.exports import routes as exports
from api.garbage import collect_in_quiet_moments
from api.incoming import routes as incoming
from api.incoming import source_routes as incoming_sources
from api.jobs import report_routes as job_reports
from api.jobs import routes as jobs
from api.keys.lately import CallersSeenLately
from api.logs import configure_logs
from api.metrics import Metrics
from api.middleware import AddressRules, BodyRules, RequestScope
from api.policies import routes as policies
from api.policy.rulebook import TAXONOMY_FILE, load_rulebook
from api.privacy import routes as privacy
from api.problems import install_handlers
from api.rates import RateLimiter
from api.reports import comment_routes as comment_reports
from api.reports import ticket_routes as ticket_figures
from api.scoring import routes as scoring
from api.scoring.service import ReadingTurn
from api.settings import Settings
from api.staff import routes as staff
from api.themes import dictionary_routes as dictionary
from api.themes import fit_routes as fits
from api.themes import routes as themes
from api.themes import statistics_routes as statistics
from api.tickets import move_routes as ticket_moves
from api.tickets import routes as tickets
from api.tracing import TraceRequests, exporting_tracer
from api.vault.master import vault_of
from api.webhooks import routes as webhooks
from api.webhooks.addresses import resolve_by_system, rules_of
from api.webhooks.secrets import box_of

_log = structlog.get_logger(__name__)
_DESCRIPTION = """Voice-of-customer analytics for Japanese and English, with tickets.

お客様の声(日本語・英語)を分析し、対応チケットを起票します。

Send `Authorization: Bearer KEY`. Errors are `application/problem+json` with a stable `code`,
in Japanese or English by `Accept-Language`. Spans (`start`, `end`) count Unicode code points.
"""


def create_app(
    settings: Settings,
    analyzer: LoadedAnalyzer | None = None,
    clock: Clock = utc_now,
    *,
    serves: bool = False,
) -> FastAPI:
    """Build the application; the database must have been brought up to date before.

    Parameters
    ----------
    settings : Settings
        What the operator set.
    analyzer : LoadedAnalyzer | None
        A ready analyzer, used in a thread; None loads the models of ``settings.models_dir`` at
        start, into processes of their own.
    clock : Clock
        The present; tests pass their own.
    serves : bool
        Whether the process is the application's own, so that its garbage collection is, too.

    Returns
    -------
    FastAPI
        Ready to serve.
    """
    rulebook = load_rulebook(settings.config_dir)
    vault = vault_of(settings)
    database = Database(
        settings.database_url, pool_size=settings.database_pool_size, wait_s=settings.database_wait_s
    )
    metrics = Metrics(database, clock)
    given = None
    if analyzer is not None:
        given = PooledAnalyzer(
            analyzer,
            [ThreadWorker(analyzer)],
            limit=settings.analysis_queue,
            figures=metrics.analysis,
            until_started=analyzer,
        )

    async def load(models: TierModels, beside: PooledAnalyzer | None) -> PooledAnalyzer:
        return await load_pooled(
            models,
            taxonomy=settings.config_dir / TAXONOMY_FILE,
            processes=settings.analysis_processes,
            limit=settings.analysis_queue,
            figures=metrics.analysis,
            beside=beside,
        )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tending: list[asyncio.Task[None]] = []
        if given is not None:
            await given.start()
            metrics.analysis.name_models(given.model_version)
        else:
            turnover = app.state.turnover = Turnover(
                RegistryWatch(settings.models_dir, settings.tier, metrics.analysis.reload_failures.inc),
                load,
                lambda fresh: setattr(app.state, "analyzer", fresh),
                metrics.analysis,
            )
            await turnover.start()
            tending.append(asyncio.create_task(turnover.follow(settings.models_check_s)))
            if serves:
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, turnover.ask)
        if serves:
            tending.append(
                asyncio.create_task(collect_in_quiet_moments(lambda: not app.state.analyzer.waiting))
            )
        _log.info("service_ready", model_version=app.state.analyzer.model_version)
        try:
            yield
        finally:
            for task in tending:
                task.cancel()
            await asyncio.gather(*tending, return_exceptions=True)
            await (given or app.state.turnover).stop()
            database.dispose()

    app = FastAPI(
        title="voc-nlp",
        version=health.service_version(),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        routes=[*_routes()],
        # The framework's own spans may carry request bodies, that is, customers' words.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.settings = settings
    app.state.rulebook = rulebook
    app.state.database = database
    app.state.analyzer = given
    app.state.vault = vault
    asks_second = analyzer is None and settings.tier != SECOND_TIER
    app.state.second_opinion = SecondOpinion(_second_tier(app).giver if asks_second else None)
    app.state.turnover = None
    app.state.theme_shelves = WeakKeyDictionary()
    app.state.clock = clock
    app.state.reading_turn = ReadingTurn()
    app.state.callers_seen = CallersSeenLately(settings.key_cache_s)
    app.state.metrics = metrics
    app.state.rates = RateLimiter(settings.rate_limits, settings.rate_limit_storage, metrics.unchecked)
    app.state.secret_box = box_of(settings)
    app.state.address_rules = rules_of(settings)
    app.state.resolver = resolve_by_system
    install_handlers(app)
    app.add_middleware(BodyRules, limit_bytes=settings.max_body_bytes)
    app.add_middleware(AddressRules)
    if settings.otlp_endpoint:
        tracer = exporting_tracer(settings.otlp_endpoint, health.service_version())
        app.add_middleware(TraceRequests, tracer=tracer)
    app.add_middleware(RequestScope, requests=metrics.requests, seconds=metrics.seconds)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Put all routes together, once a process: reading their parameters takes longer than most requests."""
    together = APIRouter()
    for router in (
        scoring.router,
        comments.router,
        originals.router,
        corrections.router,
        correction_figures.router,
        labelling_queue.router,
        theme_corrections.router,
        jobs.router,
        job_reports.router,
        exports.router,
        comment_reports.router,
        drift.router,
        tickets.router,
        departments.router,
        webhooks.router,
        incoming_sources.router,
        incoming.router,
        ticket_moves.router,
        ticket_figures.router,
        staff.router,
        policies.router,
        dictionary.router,
        fits.router,
        statistics.router,
        themes.router,
        privacy.router,
        access.router,
        health.router,
        docs_page.router,
    ):
        together.include_router(router)
    return tuple(together.routes)


def _second_tier(app: FastAPI) -> SecondTier:
    """Follow the tier that gives second opinions, which is loaded into this process."""
    settings: Settings = app.state.settings

    def is_in_service() -> bool:
        analyzer: PooledAnalyzer | None = app.state.analyzer
        return analyzer is not None and names(settings.models_dir, settings.tier, analyzer.model_version)

    def load(models: TierModels) -> OpinionGiver:
        from voc_nlp.loading import load_parts

        return load_parts(models.folder, models.parts, app.state.rulebook.taxonomy.described())

    return SecondTier(RegistryWatch(settings.models_dir, SECOND_TIER), is_in_service, load)


def app_from_environment() -> FastAPI:
    """Build the application from ``VOC_*``; uvicorn calls it in every process.

    Returns
    -------
    FastAPI
        Ready to serve.
    """
    settings = Settings()
    configure_logs(settings)
    return create_app(settings, serves=True)
