"""A PostgreSQL for the tests: the one of VOC_TEST_POSTGRES_URL, or a private cluster of Debian's binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

_PORT = "5432"  # only the name of the socket file: the cluster listens on no network


@contextmanager
def postgres_server() -> Iterator[URL]:
    """Yield the URL of a server on which databases may be created; skip the tests when there is none."""
    given = os.environ.get("VOC_TEST_POSTGRES_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    if binaries_folder() is None:
        message = "no PostgreSQL: set VOC_TEST_POSTGRES_URL or install the package postgresql"
        if os.environ.get("VOC_REQUIRE_POSTGRES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with private_cluster() as cluster:
        yield cluster.url


def binaries_folder() -> Path | None:
    """Find the folder of PostgreSQL's programs; None when there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb")
    if not folders and found is None:
        return None
    return folders[-1].parent if folders else Path(str(found)).parent


@contextmanager
def fresh_database(server: URL) -> Iterator[str]:
    """Create a database, yield its URL, drop it."""
    name = f"voc_{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


class Emptied:
    """An upgraded database that many tests use, one after the other."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
        tables = [name for (name,) in rows if name != "alembic_version"]
        self._deletes = ";".join(f'DELETE FROM "{name}"' for name in tables)

    def empty(self) -> None:
        """Take all rows away, whatever refers to them; whoever is still connected is thrown out."""
        with psycopg.connect(self._dsn) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET session_replication_role = replica")
            connection.execute(self._deletes.encode())


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster, and how to crash it and start it again."""

    url: URL
    restart: Callable[[], None]


@contextmanager
def private_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a cluster that lives in a folder of its own and goes away with it."""
    binaries = binaries_folder()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="voc-pg-"))
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(folder, user)

    def run(*command: str) -> None:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            user=user if os.getuid() == 0 else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")

    def restart() -> None:
        """Crash it, as kill -9 of all its processes would, and start it again."""
        run(pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")
        run(pg_ctl, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")

    data = folder / "data"
    initdb, pg_ctl = str(binaries / "initdb"), str(binaries / "pg_ctl")
    options = f"-k {folder} -p {_PORT} -c listen_addresses= -c shared_buffers=16MB"
    if not durable:
        options += " -c fsync=off"
    try:
        run(initdb, "-D", str(data), "-U", "voc", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        run(pg_ctl, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            url = URL.create(
                "postgresql+psycopg",
                username="voc",
                database="postgres",
                query={"host": str(folder), "port": _PORT},
            )
            yield Cluster(url, restart)
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _administer(server: URL, statement: str) -> None:
    """Run one statement that cannot be in a transaction."""
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())
