"""What a route may ask for: a session, the caller, the analyzer, the time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.errors import AuthenticationError, ScopeError, UnavailableError
from api.keys import service as keys
from api.keys.service import Caller, Scope
from api.rates import RateLimiter
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


def get_analyzer(request: Request) -> Analyzer:
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


def get_now(request: Request) -> datetime:
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
            _spend(request, get_caller(request), comments - 1)

    return charge


def _spend(request: Request, caller: Caller, cost: int) -> None:
    """Count a request for its tenant; the middleware puts the headers on the answer, whatever it is."""
    standing = cast(RateLimiter, request.app.state.rates).spend(caller.tenant_id, cost)
    if standing is not None:
        request.scope["voc.rate_headers"] = standing.headers
        if standing.refusal is not None:
            raise standing.refusal


def needs(scope: Scope) -> Callable[..., Caller]:
    """Make the dependency that lets a key in only when it has a scope.

    Parameters
    ----------
    scope : Scope
        What the route needs.

    Returns
    -------
    Callable[..., Caller]
        A dependency that answers the `Caller`.
    """

    def caller_with_scope(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        if credentials is None:
            raise AuthenticationError()
        settings = cast(Settings, request.app.state.settings)
        bootstrap = settings.bootstrap_key.get_secret_value() if settings.bootstrap_key else None
        with get_database(request).reading() as session:
            caller = keys.authenticate(session, credentials.credentials, bootstrap)
        if caller is None:
            raise AuthenticationError()
        if request.scope.get("voc.caller") is None:  # a route may need two scopes
            _spend(request, caller, 1)
        request.scope["voc.caller"] = caller
        if scope not in caller.scopes:
            raise ScopeError(scope.value)
        return caller

    return caller_with_scope


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
AnalyzerDep = Annotated[Analyzer, Depends(get_analyzer)]
Charge = Annotated[Callable[[int], None], Depends(get_charge)]
Now = Annotated[datetime, Depends(get_now)]
MayScore = Annotated[Caller, Depends(needs(Scope.SCORE))]
MayRead = Annotated[Caller, Depends(needs(Scope.READ))]
MayTicket = Annotated[Caller, Depends(needs(Scope.TICKET))]
MayAdminister = Annotated[Caller, Depends(needs(Scope.ADMIN))]
