"""The audit: a whole chain is whole, and every way of changing it is found, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.audit import chain
from api.audit.chain import Entry
from api.db.engine import Database
from api.db.tables import AuditHeadRow, AuditRow

NOW = datetime(2026, 4, 1, 10, 30, 15, 123456, tzinfo=UTC)


def entry(number: int) -> Entry:
    return Entry(
        "key:1",
        "escalated",
        "ticket",
        f"tkt_{number}",
        before={"level": "frontline", "名前": "現場", "share": 0.1},
        after={"level": "department", "count": 2, "none": None, "tiny": 1e-7, "one": 1.0},
        reason={"rule": "past-due"},
    )


def fill(database: Database, count: int = 4, tenant: str = "acme") -> list[tuple[int, str]]:
    heads = []
    for number in range(count):
        with database.writing() as session:
            row = chain.append(session, tenant, entry(number), NOW)
            heads.append((row.sequence, row.hash))
    return heads


def unlock(session: Session) -> None:
    """Put the triggers out of force for this transaction, as somebody with the database's password could."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for change in ("update", "delete"):
        session.execute(text(f"DROP TRIGGER audit_log_no_{change}"))


def test_a_chain_is_whole_and_tenants_have_their_own(database: Database) -> None:
    heads = fill(database)
    fill(database, 2, "other")
    with database.reading() as session:
        verdict = chain.verify(session, "acme")
        assert (verdict.entries, verdict.head, verdict.broken_at) == (*heads[-1], None)
        assert chain.verify(session, "acme", heads[1]).broken_at is None
        assert chain.verify(session, "other").entries == 2
        assert chain.verify(session, "nobody").broken_at is None
        assert chain.tenants(session) == ["acme", "other"]


CHANGES: dict[str, tuple[Callable[[Session], object], int]] = {
    "contents": (
        lambda session: session.execute(
            update(AuditRow).where(AuditRow.sequence == 2).values(actor="somebody else")
        ),
        2,
    ),
    "one taken out": (lambda session: session.execute(delete(AuditRow).where(AuditRow.sequence == 2)), 2),
    "the end cut off": (lambda session: session.execute(delete(AuditRow).where(AuditRow.sequence == 4)), 4),
    "the head set back": (
        lambda session: session.execute(update(AuditHeadRow).values(sequence=3)),
        5,
    ),
    "all gone": (lambda session: session.execute(delete(AuditRow)), 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found(database: Database, name: str) -> None:
    change, broken_at = CHANGES[name]
    fill(database)
    with database.writing() as session:
        unlock(session)
        change(session)
    with database.reading() as session:
        assert chain.verify(session, "acme").broken_at == broken_at


def test_a_chain_written_anew_is_found_by_a_noted_head(database: Database) -> None:
    heads = fill(database)
    with database.writing() as session:
        unlock(session)
        session.execute(delete(AuditRow))
        session.execute(delete(AuditHeadRow))
    fill(database, 2)
    with database.reading() as session:
        assert chain.verify(session, "acme").broken_at is None
        assert chain.verify(session, "acme", heads[-1]).broken_at == 4


@pytest.mark.parametrize("change", [update(AuditRow).values(actor="nobody"), delete(AuditRow)])
def test_the_database_refuses_changes(database: Database, change: object) -> None:
    fill(database, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.execute(change)  # type: ignore[call-overload]


def test_entries_written_at_once_follow_one_another(database: Database) -> None:
    def write(number: int) -> None:
        with database.writing() as session:
            chain.append(session, "acme", entry(number), NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with database.reading() as session:
        verdict = chain.verify(session, "acme")
    assert (verdict.entries, verdict.broken_at) == (40, None)
