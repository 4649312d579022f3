"""What a route may ask for: a session, the caller, the analyzer, the time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol, cast

from fastapi import BackgroundTasks, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db.engine import Database
from api.errors import AuthenticationError, DepartmentScopeError, ScopeError, UnavailableError
from api.keys import service as keys
from api.keys.noting import note_use
from api.keys.service import Caller, Scope
from api.settings import Settings
from api.vault.master import Vault
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


@dataclass(frozen=True, slots=True)
class Door:
    """What a dependency of `needs` asks for; stands on it as `door`, for whoever lists the routes."""

    scope: Scope
    of_departments: bool


def get_vault(request: Request) -> Vault | None:
    """Hand out the operator's keys.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Vault | None
        None when the operator set none.
    """
    return cast(Vault | None, request.app.state.vault)


def needs(scope: Scope, *, of_departments: bool = False) -> Callable[..., Caller]:
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
    Callable[..., Caller]
        A dependency that answers the `Caller`.
    """

    def caller_with_scope(
        request: Request,
        background: BackgroundTasks,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        if credentials is None:
            raise AuthenticationError()
        settings = cast(Settings, request.app.state.settings)
        bootstrap = settings.bootstrap_key.get_secret_value() if settings.bootstrap_key else None
        now = get_now(request)
        with get_database(request).reading() as session:
            caller = keys.authenticate(session, credentials.credentials, bootstrap, now)
        if caller is None:
            raise AuthenticationError()
        if caller.use_is_news:
            background.add_task(note_use, get_database(request), caller.key_id, now)
        if scope not in caller.scopes:
            raise ScopeError(scope.value)
        if caller.departments is not None and not of_departments:
            raise DepartmentScopeError()
        return caller

    caller_with_scope.door = Door(scope, of_departments)  # type: ignore[attr-defined]
    return caller_with_scope


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
AnalyzerDep = Annotated[Analyzer, Depends(get_analyzer)]
Now = Annotated[datetime, Depends(get_now)]
VaultDep = Annotated[Vault | None, Depends(get_vault)]
MayScore = Annotated[Caller, Depends(needs(Scope.SCORE, of_departments=True))]
MayRead = Annotated[Caller, Depends(needs(Scope.READ))]
MayReadOwn = Annotated[Caller, Depends(needs(Scope.READ, of_departments=True))]
"""Also lets the key of a department in: the route shows what `Caller.departments` may see, and no more."""
MayTicket = Annotated[Caller, Depends(needs(Scope.TICKET))]
MayAdminister = Annotated[Caller, Depends(needs(Scope.ADMIN))]
MayUnmask = Annotated[Caller, Depends(needs(Scope.UNMASK, of_departments=True))]
MayErase = Annotated[Caller, Depends(needs(Scope.ERASE))]
