"""What a route may ask for: a session, the caller, the analyzer, the vault, the time."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api.analysis.analyzer import PooledAnalyzer
from api.clock import Clock
from api.db.engine import Database
from api.door import get_charge, get_charge_soon, needs
from api.errors import UnavailableError
from api.keys.service import Caller, Scope
from api.vault.master import Vault
from voc_nlp.embedding import Embedder
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.topics.model import ThemeModel


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


async def get_analyzer(request: Request) -> AsyncIterator[Analyzer]:
    """Hand out the analyzer that is in service, and keep it for this request when others take its place.

    Parameters
    ----------
    request : Request
        The request.

    Yields
    ------
    Analyzer
        One per process and set of models.

    Raises
    ------
    UnavailableError
        If the models are not loaded yet.
    """
    analyzer: PooledAnalyzer | None = request.app.state.analyzer
    if analyzer is None:
        raise UnavailableError()
    with analyzer.held():
        yield analyzer


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


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
AnalyzerDep = Annotated[Analyzer, Depends(get_analyzer, scope="function")]
Charge = Annotated[Callable[[int], None], Depends(get_charge)]
ChargeSoon = Annotated[Callable[[int], Coroutine[Any, Any, None]], Depends(get_charge_soon)]
Now = Annotated[datetime, Depends(get_now)]
VaultDep = Annotated[Vault | None, Depends(get_vault)]
MayScore = Annotated[Caller, Depends(needs(Scope.SCORE, of_departments=True))]
MayUseJobs = Annotated[Caller, Depends(needs(Scope.SCORE))]
"""Jobs are the whole tenant's: the key of a department may not see the others'."""
MayRead = Annotated[Caller, Depends(needs(Scope.READ))]
MayReadOwn = Annotated[Caller, Depends(needs(Scope.READ, of_departments=True))]
"""Also lets the key of a department in: the route shows what `Caller.departments` may see, and no more."""
MayTicket = Annotated[Caller, Depends(needs(Scope.TICKET))]
MayTicketOwn = Annotated[Caller, Depends(needs(Scope.TICKET, of_departments=True))]
"""Also lets the key of a department work on its own tickets."""
MayAdminister = Annotated[Caller, Depends(needs(Scope.ADMIN))]
MayUnmask = Annotated[Caller, Depends(needs(Scope.UNMASK, of_departments=True))]
MayErase = Annotated[Caller, Depends(needs(Scope.ERASE))]
