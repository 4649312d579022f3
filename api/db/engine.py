"""One database, SQLite or PostgreSQL: its engine, and the two kinds of transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

_WRITES = "voc_writes"


class Database:
    """Hands out sessions; one session is one transaction.

    Parameters
    ----------
    url : str
        SQLAlchemy URL of a SQLite file or of PostgreSQL (``postgresql+psycopg``).
    pool_size : int
        Connections that one process keeps at most.
    wait_s : float
        Longest wait for a connection, a lock of SQLite or a lock of PostgreSQL.
    """

    def __init__(self, url: str, *, pool_size: int = 20, wait_s: float = 15.0) -> None:
        self.engine = _engine(url, pool_size, wait_s)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writer = self.engine.execution_options(**{_WRITES: True})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads; nothing is committed.

        Yields
        ------
        Session
            Connects at the first statement and gives the connection back at the end.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that is committed at the end, or rolled back when an error leaves it.

        On SQLite the transaction takes the write lock with its first statement
        (``BEGIN IMMEDIATE``), so that it never fails half way for a lock.

        Yields
        ------
        Session
            Connects at the first statement: slow work before it holds no lock.
        """
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def write_connection(self) -> Iterator[Connection]:
        """Open a bare connection in a writing transaction (for migrations).

        Yields
        ------
        Connection
            Committed at the end, or rolled back when an error leaves it.
        """
        with self._writer.begin() as connection:
            yield connection

    def ping(self) -> None:
        """Ask the database for one row; raises the driver's error when it cannot be reached."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def _engine(url: str, pool_size: int, wait_s: float) -> Engine:
    """Build the engine with what each database needs to be safe under parallel writers."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        wait_ms = int(wait_s * 1000)
        return create_engine(
            parsed,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_s,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": max(2, int(wait_s)),
                "options": f"-c timezone=utc -c lock_timeout={wait_ms}",
            },
        )
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=wait_s,
        connect_args={"timeout": wait_s, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set a fresh SQLite connection up: our own BEGIN, foreign keys, write-ahead log, full durability."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    _use_write_ahead_log(connection)


def _use_write_ahead_log(connection: Any) -> None:
    """Switch to WAL; the switch ignores the busy timeout, so several starting processes try again."""
    for attempt in range(50):
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except connection.OperationalError:
            if attempt == 49:
                raise
            time.sleep(0.05)


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction: writers take the lock at once, readers none."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
