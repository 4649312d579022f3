"""The door of every route: whose key it is, what it may do, and how often it may ask."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import BackgroundTasks, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import State
from starlette.types import Scope as ASGIScope

from api.db.engine import Database
from api.errors import AuthenticationError, DepartmentScopeError, ScopeError
from api.keys import service as keys
from api.keys.lately import CallersSeenLately
from api.keys.noting import note_use
from api.keys.service import Caller, Scope
from api.rates import RateLimiter
from api.settings import Settings

_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer KEY`.")


@dataclass(frozen=True, slots=True)
class Door:
    """What a dependency of `needs` asks for; stands on it as `door`, for whoever lists the routes."""

    scope: Scope
    of_departments: bool


def needs(scope: Scope, *, of_departments: bool = False) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """Make the dependency that lets a key in only when it has a scope.

    Parameters
    ----------
    scope : Scope
        What the route needs.
    of_departments : bool
        Whether the route keeps to `Caller.departments`; any other route refuses the key of a
        department, so that a route that forgot about departments shows nothing.

    Returns
    -------
    Callable[..., Coroutine[Any, Any, Caller]]
        A dependency that answers the `Caller`. Scoring reads and writes nothing of a
        tenant's: there alone a key that was checked a few seconds ago is taken without
        asking the database.
    """

    async def caller_with_scope(
        request: Request,
        background: BackgroundTasks,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        if credentials is None:
            raise AuthenticationError()
        secret = credentials.credentials
        caller = known_caller(request.app.state, secret) if scope is Scope.SCORE else None
        if caller is None:
            now: datetime = request.app.state.clock()
            caller = await run_in_threadpool(_authenticate, request.app.state, secret, now)
            if caller is None:
                raise AuthenticationError()
            if caller.use_is_news:
                background.add_task(note_use, request.app.state.database, caller.key_id, now)
            request.app.state.callers_seen.keep(secret, caller)
        if request.scope.get("voc.caller") is None:  # a route may need two scopes
            await spend(request.scope, caller, 1)
        request.scope["voc.caller"] = caller
        if scope not in caller.scopes:
            raise ScopeError(scope.value)
        if caller.departments is not None and not of_departments:
            raise DepartmentScopeError()
        return caller

    caller_with_scope.door = Door(scope, of_departments)  # type: ignore[attr-defined]
    return caller_with_scope


async def let_in(request: Request, background: BackgroundTasks, scope: Scope) -> Caller:
    """Ask for a further scope inside a route, where only the body tells that it is needed.

    Parameters
    ----------
    request : Request
        The request.
    background : BackgroundTasks
        Of the request.
    scope : Scope
        What is needed; of the whole tenant.

    Returns
    -------
    Caller
        Who calls; errors are raised as at the door.
    """
    return await needs(scope)(request, background, await _bearer(request))


def known_caller(state: State, secret: str) -> Caller | None:
    """Tell whose key this is without asking the database; good enough for scoring alone.

    Parameters
    ----------
    state : State
        The application's.
    secret : str
        The key as it was sent.

    Returns
    -------
    Caller | None
        None when the database must be asked.
    """
    operator = keys.bootstrap_caller(secret, _bootstrap_key(state))
    if operator is not None:
        return operator
    caller = cast(CallersSeenLately, state.callers_seen).find(secret)
    if caller is None or caller.expires_at is None or caller.expires_at > state.clock():
        return caller
    return None


def get_caller(request: Request) -> Caller:
    """Hand out the caller that `needs` let in.

    Parameters
    ----------
    request : Request
        The request, after its key was checked.

    Returns
    -------
    Caller
        Who calls.
    """
    return cast(Caller, request.scope["voc.caller"])


async def get_charge(request: Request) -> Callable[[int], None]:
    """Hand out the function by which a route that takes several comments counts each of them.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Callable[[int], None]
        Takes the number of comments; raises `RateLimitedError` when they are too many now.
    """

    def charge(comments: int) -> None:
        if comments > 1:  # the first was paid at the door
            _spend(request.scope, get_caller(request), comments - 1)

    return charge


async def get_charge_soon(request: Request) -> Callable[[int], Coroutine[Any, Any, None]]:
    """Hand out what `get_charge` does to a route that runs on the event loop.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Callable[[int], Coroutine[Any, Any, None]]
        Takes the number of comments; raises `RateLimitedError` when they are too many now.
    """

    async def charge(comments: int) -> None:
        if comments > 1:
            await spend(request.scope, get_caller(request), comments - 1)

    return charge


async def spend(scope: ASGIScope, caller: Caller, cost: int) -> None:
    """Count a request for its tenant, without holding the event loop for a storage that is elsewhere.

    Parameters
    ----------
    scope : ASGIScope
        The request; the middleware puts the headers on its answer, whatever it is.
    caller : Caller
        Who asks.
    cost : int
        What it counts; `RateLimitedError` when the tenant has used up what it may ask for.
    """
    if cast(RateLimiter, scope["app"].state.rates).is_near:
        _spend(scope, caller, cost)
    else:
        await run_in_threadpool(_spend, scope, caller, cost)


def _spend(scope: ASGIScope, caller: Caller, cost: int) -> None:
    """Count a request for its tenant."""
    standing = cast(RateLimiter, scope["app"].state.rates).spend(caller.tenant_id, cost)
    if standing is not None:
        scope["voc.rate_headers"] = standing.headers
        if standing.refusal is not None:
            raise standing.refusal


def _authenticate(state: State, secret: str, now: datetime) -> Caller | None:
    """Ask the database whose key this is."""
    with cast(Database, state.database).reading() as session:
        return keys.authenticate(session, secret, _bootstrap_key(state), now)


def _bootstrap_key(state: State) -> str | None:
    """Return the operator's key, if there is one."""
    key = cast(Settings, state.settings).bootstrap_key
    return key.get_secret_value() if key else None
