"""The migration of the events: those that are there are numbered, and keep their tickets on the way back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from api.db.engine import Database
from api.db.upgrade import downgrade, upgrade
from tests.api.postgres import fresh_database

BEFORE = "0003"
_TICKET = (
    "INSERT INTO tickets (id, tenant_id, department, level, status, urgency, rule_id, policy_version, "
    "model_version, comment_count, opened_at, updated_at, due_at, version) VALUES "
    "('{0}', 'acme', 'sales', 'frontline', 'open', 'low', 'r', '1', 'm', 1, "
    "'2026-04-01', '2026-04-01', '2026-04-02', 1)"
)
_EVENT = (
    "INSERT INTO events (id, tenant_id, type, ticket_id, occurred_at, payload) "
    "VALUES ('{0}', 'acme', 'ticket.opened', '{1}', '2026-04-01', '{{}}')"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database without tables, on both kinds."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield database
        database.dispose()
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        database = Database(url)
        yield database
        database.dispose()


def test_events_are_numbered_by_ticket_and_keep_their_tickets(empty_database: Database) -> None:
    upgrade(empty_database, BEFORE)
    with empty_database.write_connection() as connection:
        for ticket in ("tkt_1", "tkt_2"):
            connection.exec_driver_sql(_TICKET.format(ticket))
        for event, ticket in (("evt_1", "tkt_1"), ("evt_2", "tkt_2"), ("evt_3", "tkt_1")):
            connection.exec_driver_sql(_EVENT.format(event, ticket))
    upgrade(empty_database)
    with empty_database.reading() as session:
        rows = session.execute(text("SELECT id, subject_type, subject_id, sequence FROM events ORDER BY id"))
        assert [tuple(row) for row in rows] == [
            ("evt_1", "ticket", "tkt_1", 1),
            ("evt_2", "ticket", "tkt_2", 1),
            ("evt_3", "ticket", "tkt_1", 2),
        ]
    downgrade(empty_database, BEFORE)
    with empty_database.reading() as session:
        rows = session.execute(text("SELECT id, ticket_id FROM events ORDER BY id"))
        assert [tuple(row) for row in rows] == [("evt_1", "tkt_1"), ("evt_2", "tkt_2"), ("evt_3", "tkt_1")]
    upgrade(empty_database)
