"""Migrations: up, down, up again, no difference from the table classes, several processes at once."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from api.audit import chain
from api.db.engine import Database
from api.db.tables import Base, TicketRow
from api.db.upgrade import check_tables, downgrade, upgrade
from api.policy.rulebook import load_rulebook
from api.settings import Settings
from api.tickets.timing import check_next, recompute
from tests.api.postgres import fresh_database

TABLES = {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without tables, on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'empty.sqlite3'}"
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def empty_database(empty_url: str) -> Iterator[Database]:
    """Yield such a database."""
    database = Database(empty_url)
    yield database
    database.dispose()


def test_up_down_and_up_again(empty_database: Database) -> None:
    upgrade(empty_database)
    upgrade(empty_database)
    assert set(inspect(empty_database.engine).get_table_names()) == TABLES
    downgrade(empty_database, "base")
    assert set(inspect(empty_database.engine).get_table_names()) == {"alembic_version"}
    upgrade(empty_database)
    assert set(inspect(empty_database.engine).get_table_names()) == TABLES


def test_the_migrations_make_what_the_table_classes_say(empty_database: Database) -> None:
    upgrade(empty_database)
    check_tables(empty_database)


def test_the_open_ticket_index_is_partial(empty_database: Database) -> None:
    upgrade(empty_database)
    [index] = [
        each
        for each in inspect(empty_database.engine).get_indexes("tickets")
        if each["name"] == "uq_tickets_open_of_customer"
    ]
    assert index["unique"]
    [where] = [value for name, value in index["dialect_options"].items() if name.endswith("_where")]
    assert "resolved_at IS NULL" in str(where)


def test_several_processes_may_start_at_once(empty_url: str, empty_database: Database) -> None:
    program = (
        "import sys; from api.db.engine import Database; from api.db.upgrade import upgrade; "
        "database = Database(sys.argv[1]); upgrade(database); database.dispose()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=Path(__file__).parents[2])
        for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    check_tables(empty_database)


def test_sqlite_is_set_up_to_be_safe(tmp_path: Path) -> None:
    path = tmp_path / "voc.sqlite3"
    database = Database(f"sqlite:///{path}", wait_s=7)
    with database.engine.connect() as connection:
        for pragma, value in (("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 7000)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    database.dispose()
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_writer_takes_the_lock_of_sqlite_at_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'voc.sqlite3'}", wait_s=0.1)
    upgrade(database)
    with database.write_connection(), pytest.raises(Exception, match="locked"), database.write_connection():
        pass
    with database.write_connection(), database.reading() as reader:
        assert reader.connection().exec_driver_sql("SELECT count(*) FROM tickets").scalar() == 0
    database.dispose()


def test_older_tickets_get_both_deadlines_when_the_clock_next_looks(empty_database: Database) -> None:
    upgrade(empty_database)
    downgrade(empty_database, "0003")
    ticket = (
        "INSERT INTO tickets (id, tenant_id, department, level, status, urgency, rule_id, policy_version, "
        "model_version, comment_count, opened_at, updated_at, due_at, next_check_at, breached_at, version) "
        "VALUES ('tkt_{n}', 'acme', 'sales', '{level}', 'open', 'normal', 'r', '1', 'm', 1, "
        "'2026-01-09 01:00:00', '2026-01-09 01:00:00', '{due}', {check}, {breached}, 1)"
    )
    with empty_database.write_connection() as connection:
        due, missed = "2026-01-13 03:00:00", "2026-01-09 00:30:00"
        values = {"n": 1, "level": "frontline", "due": due, "check": f"'{due}'", "breached": "NULL"}
        connection.exec_driver_sql(ticket.format(**values))
        values = {"n": 2, "level": "executive", "due": missed, "check": "NULL", "breached": f"'{missed}'"}
        connection.exec_driver_sql(ticket.format(**values))
    upgrade(empty_database)
    rulebook = load_rulebook(Path(Settings.model_fields["config_dir"].default))
    now = datetime(2026, 1, 9, 2, 0, tzinfo=UTC)
    with empty_database.writing() as session:
        assert recompute(session, rulebook, now) == 2
    with empty_database.writing() as session:
        assert recompute(session, rulebook, now) == 0
        assert check_next(session, rulebook, now, set()) is None
        fresh, late = session.scalars(select(TicketRow).order_by(TicketRow.id))
        assert fresh.due_at == fresh.first_answer_due_at == datetime(2026, 1, 13, 3, 0, tzinfo=UTC)
        assert fresh.resolution_due_at == datetime(2026, 1, 22, 1, 0, tzinfo=UTC)
        assert late.breached_at == late.first_answer_breached_at == datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
        assert (late.next_check_at, late.level) == (None, "executive")


def test_the_history_of_tickets_is_carried_into_the_audit_and_back(empty_database: Database) -> None:
    upgrade(empty_database)
    downgrade(empty_database, "0002")
    ticket = (
        "INSERT INTO tickets (id, tenant_id, department, level, status, urgency, rule_id, policy_version, "
        "model_version, comment_count, opened_at, updated_at, due_at, version) VALUES "
        "('tkt_1', 'acme', 'sales', 'frontline', 'open', 'low', 'r', '1', 'm', 1, "
        "'2026-04-01', '2026-04-01', '2026-04-02', 1)"
    )
    entry = (
        "INSERT INTO ticket_history (id, tenant_id, ticket_id, at, actor, action, before, after, reason) "
        "VALUES ('his_{n}', 'acme', 'tkt_1', '2026-04-01 10:00:00', 'worker', '{action}', '{{}}', "
        "'{{\"n\": {n}}}', '{{}}')"
    )
    with empty_database.write_connection() as connection:
        connection.exec_driver_sql(ticket)
        for number, action in enumerate(("opened", "escalated")):
            connection.exec_driver_sql(entry.format(n=number, action=action))
    upgrade(empty_database)
    with empty_database.reading() as session:
        verdict = chain.verify(session, "acme")
        assert (verdict.entries, verdict.broken_at) == (2, None)
    downgrade(empty_database, "0002")
    with empty_database.reading() as session:
        rows = session.execute(text("SELECT action FROM ticket_history ORDER BY id")).scalars().all()
    assert rows == ["opened", "escalated"]


def test_links_of_comments_keep_their_own_ticket(empty_database: Database) -> None:
    upgrade(empty_database)
    ticket = (
        "INSERT INTO tickets (id, tenant_id, department, level, status, urgency, rule_id, policy_version, "
        "model_version, comment_count, opened_at, updated_at, due_at, version) VALUES "
        "('tkt_{n}', 'acme', 'sales', 'frontline', 'open', 'low', 'r', '1', 'm', 1, "
        "'2026-04-01', '2026-04-01', '2026-04-02', 1)"
    )
    comment = (
        "INSERT INTO comments (id, tenant_id, source, external_id, masked_text, masked_ranges, lang, extra, "
        "received_at) VALUES ('cmt_1', 'acme', 's', '1', 'x', '[]', 'ja', '{}', '2026-04-01')"
    )
    link = (
        "INSERT INTO ticket_comments (comment_id, rank, ticket_id, tenant_id, linked_at) "
        "VALUES ('cmt_1', {n}, 'tkt_{n}', 'acme', '2026-04-01')"
    )
    downgrade(empty_database, "0003")
    with empty_database.write_connection() as connection:
        connection.exec_driver_sql(comment)
        for number in (0, 1):
            connection.exec_driver_sql(ticket.format(n=number))
    upgrade(empty_database)
    with empty_database.write_connection() as connection:
        for number in (0, 1):
            connection.exec_driver_sql(link.format(n=number))
    kept = text("SELECT comment_id, ticket_id FROM ticket_comments")
    downgrade(empty_database, "0003")
    with empty_database.reading() as session:
        assert session.execute(kept).all() == [("cmt_1", "tkt_0")]
    upgrade(empty_database)
    with empty_database.reading() as session:
        assert session.execute(kept).all() == [("cmt_1", "tkt_0")]
        assert session.execute(text("SELECT rank FROM ticket_comments")).scalars().all() == [0]
