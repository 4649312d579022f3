"""Reads what a caller wants scored again, and orders it."""

from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import BackgroundTasks, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api.clock import Clock
from api.db.tables import JobRow
from api.deps import Analyzer, get_analyzer, get_database
from api.door import let_in
from api.jobs.assembling import JobRequest
from api.jobs.ordering import order_rescoring
from api.jobs.schemas import RescoreIn, invalid_body
from api.keys.service import Scope
from api.policy.rulebook import get_rulebook
from api.rescoring.asking import KIND, Makers
from api.themes import models
from api.themes.errors import check_known
from api.themes.shelf import get_shelf
from voc_nlp.topics.hierarchy import subtree_of


def is_rescoring(raw: object) -> bool:
    """Tell whether a JSON body asks for a re-scoring.

    Parameters
    ----------
    raw : object
        The body.

    Returns
    -------
    bool
        By its `kind`.
    """
    return isinstance(raw, dict) and raw.get("kind") == KIND


async def order(
    request: Request, background: BackgroundTasks, raw: object, language: str, key: str | None
) -> tuple[JobRow, bool]:
    """Order a re-scoring; the key must be an administrator's.

    Parameters
    ----------
    request : Request
        The request.
    background : BackgroundTasks
        Of the request.
    raw : object
        The JSON body.
    language : str
        Of messages in the results.
    key : str | None
        The `Idempotency-Key`.

    Returns
    -------
    tuple[JobRow, bool]
        The job, and whether it is new.
    """
    caller = await let_in(request, background, Scope.ADMIN)
    asked = JobRequest(caller.tenant_id, f"key:{caller.key_id}", KIND, language, key)
    async with asynccontextmanager(get_analyzer)(request) as analyzer:
        return await run_in_threadpool(_order, request, analyzer, raw, asked)


def _order(request: Request, analyzer: Analyzer, raw: Any, asked: JobRequest) -> tuple[JobRow, bool]:
    try:
        wanted = RescoreIn.model_validate(raw)
    except ValidationError as error:
        raise invalid_body(error) from None
    database, rulebook = get_database(request), get_rulebook(request)
    ask = wanted.to_ask(Makers(analyzer.model_version, rulebook.taxonomy.fingerprint()))
    themes = None
    if ask.theme is not None:
        with database.reading() as session:
            model = models.current(session, asked.tenant_id, get_shelf(request, analyzer))
        check_known(model, ask.theme)
        themes = subtree_of(model.themes, ask.theme)
    clock = cast(Clock, request.app.state.clock)
    return order_rescoring(database, asked, ask, themes, rulebook.policy.calendar.zone, clock)
