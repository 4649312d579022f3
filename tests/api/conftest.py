"""Fixtures of the service's tests: both databases, a clock that is moved by hand, clients."""

import base64
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy.engine import URL

from api.db.engine import Database
from api.db.upgrade import upgrade
from api.keys import service as keys
from api.main import create_app
from api.settings import Settings
from tests.api.doubles import WordAnalyzer
from tests.api.postgres import Emptied, fresh_database, postgres_server

BOOTSTRAP_KEY = "bootstrap-key-of-the-tests"
OPERATOR_KEY = base64.b64encode(bytes(range(32))).decode()


class MovedClock:
    """A clock that stands still until a test moves it; it starts on Friday 2026-01-09, 10:00 in Tokyo."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 9, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the present."""
        return self.now

    def forward(self, **amount: float) -> None:
        """Move on, by the arguments of timedelta."""
        self.now += timedelta(**amount)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty, upgraded SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """Yield a PostgreSQL server."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_emptied(postgres: URL) -> Iterator[Emptied]:
    """Yield an upgraded database that is emptied after each test: making one anew takes longer."""
    with fresh_database(postgres) as url:
        database = Database(url)
        upgrade(database)
        database.dispose()
        yield Emptied(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty, upgraded database; every test that takes it runs on both."""
    if request.param == "sqlite":
        path = tmp_path / "voc.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    emptied: Emptied = request.getfixturevalue("postgres_emptied")
    yield emptied.url
    emptied.empty()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of an empty, upgraded SQLite file, for tests that do not touch the database's ways."""
    path = tmp_path / "voc-only.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a database, on both kinds."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def clock() -> MovedClock:
    """Return a clock that is moved by hand."""
    return MovedClock()


@pytest.fixture
def analyzer() -> WordAnalyzer:
    """Return the analyzer double."""
    return WordAnalyzer()


@pytest.fixture
def make_app(analyzer: WordAnalyzer, clock: MovedClock) -> Callable[..., FastAPI]:
    """Return a function that builds the service on a database."""

    def build(url: str, **more: Any) -> FastAPI:
        settings = Settings(database_url=url, bootstrap_key=SecretStr(BOOTSTRAP_KEY), **more)
        return create_app(settings, analyzer, clock)

    return build


@pytest.fixture
def client(make_app: Callable[..., FastAPI], database_url: str) -> Iterator[TestClient]:
    """Yield a client with all scopes of the tenant ``default``, on both databases."""
    with _client(make_app(database_url)) as client:
        yield client


@pytest.fixture
def plain_client(make_app: Callable[..., FastAPI], sqlite_url: str) -> Iterator[TestClient]:
    """Yield such a client on SQLite alone, for what happens before the database."""
    with _client(make_app(sqlite_url)) as client:
        yield client


@pytest.fixture
def make_key() -> Callable[..., str]:
    """Return a function that makes a key in the database of a client."""

    def make(
        client: TestClient,
        *,
        tenant: str = "default",
        scopes: str = "score,read,ticket",
        departments: list[str] | None = None,
    ) -> str:
        app = client.app
        assert isinstance(app, FastAPI)
        with app.state.database.writing() as session:
            now = datetime.now(UTC)
            return keys.create(
                session,
                tenant_id=tenant,
                name="test",
                scopes=scopes.split(","),
                departments=departments,
                now=now,
            )[1]

    return make


@pytest.fixture
def vault_client(make_app: Callable[..., FastAPI], database_url: str) -> Iterator[TestClient]:
    """Yield a client of a service with an operator's key, on both databases."""
    with _client(make_app(database_url, encryption_key=SecretStr(OPERATOR_KEY))) as client:
        yield client


def _client(app: FastAPI) -> TestClient:
    """Return a client that sends the bootstrap key and sees a 500 as an answer."""
    return TestClient(
        app,
        headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"},
        raise_server_exceptions=False,
    )
