"""What a route may ask for: a session, the caller, the analyzer, the time."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.datastructures import State

from api.clock import Clock
from api.db.engine import Database
from api.errors import AuthenticationError, ScopeError, UnavailableError
from api.keys import service as keys
from api.keys.lately import CallersSeenLately
from api.keys.service import Caller, Scope
from api.settings import Settings
from voc_nlp.embedding import Embedder
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.topics.model import ThemeModel

_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer KEY`.")


class Analyzer(Protocol):
    """What the service needs of voc_nlp's analyzer; it may be called from several threads."""

    @property
    def model_version(self) -> str:
        """Version of the models, as every answer states it."""

    @property
    def themes(self) -> ThemeModel:
        """The themes that a tenant starts with."""

    @property
    def embedder(self) -> Embedder:
        """What gives the vectors that themes compare."""

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            The batch.

        Returns
        -------
        list[Analysis | Refusal]
            One answer per comment, in the same order.
        """


def get_database(request: Request) -> Database:
    """Hand out the application's database.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Database
        One per process.
    """
    return cast(Database, request.app.state.database)


def read_session(request: Request) -> Iterator[Session]:
    """Open a session for reading.

    Parameters
    ----------
    request : Request
        The request.

    Yields
    ------
    Session
        Never committed.
    """
    with get_database(request).reading() as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    """Open the request's one transaction.

    Parameters
    ----------
    request : Request
        The request.

    Yields
    ------
    Session
        Begins with its first statement; committed before the answer goes out, because
        `WriteSession` ends with the function and not with the response.
    """
    with get_database(request).writing() as session:
        yield session


async def get_analyzer(request: Request) -> Analyzer:
    """Hand out the analyzer.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Analyzer
        One per process.

    Raises
    ------
    UnavailableError
        If the models are not loaded yet.
    """
    analyzer = request.app.state.analyzer
    if analyzer is None:
        raise UnavailableError()
    return cast(Analyzer, analyzer)


async def get_now(request: Request) -> datetime:
    """Read the application's clock once for this request.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    datetime
        Aware, in UTC.
    """
    return cast(Clock, request.app.state.clock)()


def needs(scope: Scope) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """Make the dependency that lets a key in only when it has a scope.

    Parameters
    ----------
    scope : Scope
        What the route needs.

    Returns
    -------
    Callable[..., Coroutine[Any, Any, Caller]]
        A dependency that answers the `Caller`. Scoring reads and writes nothing of a
        tenant's: there alone a key that was checked a few seconds ago is taken without
        asking the database.
    """

    async def caller_with_scope(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        if credentials is None:
            raise AuthenticationError()
        secret = credentials.credentials
        caller = known_caller(request.app.state, secret) if scope is Scope.SCORE else None
        if caller is None:
            caller = await run_in_threadpool(_authenticate, request.app.state, secret)
            if caller is None:
                raise AuthenticationError()
            request.app.state.callers_seen.keep(secret, caller)
        if scope not in caller.scopes:
            raise ScopeError(scope.value)
        return caller

    return caller_with_scope


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
    return operator or cast(CallersSeenLately, state.callers_seen).find(secret)


def _authenticate(state: State, secret: str) -> Caller | None:
    """Ask the database whose key this is."""
    with cast(Database, state.database).reading() as session:
        return keys.authenticate(session, secret, _bootstrap_key(state))


def _bootstrap_key(state: State) -> str | None:
    """Return the operator's key, if there is one."""
    key = cast(Settings, state.settings).bootstrap_key
    return key.get_secret_value() if key else None


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
AnalyzerDep = Annotated[Analyzer, Depends(get_analyzer)]
Now = Annotated[datetime, Depends(get_now)]
MayScore = Annotated[Caller, Depends(needs(Scope.SCORE))]
MayRead = Annotated[Caller, Depends(needs(Scope.READ))]
MayTicket = Annotated[Caller, Depends(needs(Scope.TICKET))]
MayAdminister = Annotated[Caller, Depends(needs(Scope.ADMIN))]
