"""Every table that can hold something of a customer is covered by a step or named with a reason."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import JSON, LargeBinary, String, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import Table

from api.db.engine import Database
from api.db.tables import Base
from api.privacy.mentions import without_customer
from api.privacy.steps import KEPT, OF_COMMENTS, OF_CUSTOMER, UNCONCERNED, Subject, bodies_of_customer

STEPS = {step.table for step in (*OF_COMMENTS, *OF_CUSTOMER)}


def is_about_customers(table: Table) -> bool:
    """Tell whether a table names a customer or a comment, or has a column that may hold anything."""
    return any(
        column.name in ("customer_id", "comment_id") or isinstance(column.type, JSON | Text | LargeBinary)
        for column in table.columns
    )


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_is_covered_by_a_step_or_has_a_reason(table: Table) -> None:
    told = table.name in STEPS or table.name in KEPT or table.name in UNCONCERNED
    assert told or not is_about_customers(table), (
        f"{table.name} may hold something of a customer: add a step to api/privacy/steps.py, "
        "or name it in KEPT or UNCONCERNED with the reason"
    )
    names = {column.name for column in table.columns}
    if {"customer_id", "comment_id"} & names and table.name != "gone_comments":
        assert table.name in STEPS, f"{table.name} names a customer or a comment: it needs a step"


def test_every_name_is_that_of_a_table() -> None:
    known = set(Base.metadata.tables)
    assert STEPS | set(KEPT) | set(UNCONCERNED) <= known
    assert not STEPS & set(UNCONCERNED)


def test_children_go_before_the_comments() -> None:
    order = [step.table for step in OF_COMMENTS]
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "comments":
                assert order.index(table.name) < order.index("comments")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"ticket": {"id": "t", "customer_id": "山田"}}, {"ticket": {"id": "t", "customer_id": None}}),
        (
            [{"customer_id": "山田"}, {"customer_id": "other"}],
            [{"customer_id": None}, {"customer_id": "other"}],
        ),
        ({"customer_id": "yamada", "note": "山田"}, {"customer_id": "yamada", "note": "山田"}),
        ("山田", "山田"),
    ],
)
def test_only_the_customers_own_id_is_taken_out(value: object, expected: object) -> None:
    assert without_customer(value, "山田") == (expected, value != expected)


class OwnBase(DeclarativeBase):
    """Tables of these tests alone."""


class AnswerRow(OwnBase):
    """A kept answer, as a table to come may hold it."""

    __tablename__ = "kept_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


@pytest.mark.parametrize("customer", ["山田", 'quote"back\\slash', "c-1"])
def test_kept_answers_lose_the_customer(database: Database, customer: str) -> None:
    answer = {"ticket": {"customer_id": customer, "id": "tkt_1"}, "other": [{"customer_id": "c-2"}]}
    bodies: list[bytes | None] = [
        json.dumps(answer).encode(),
        json.dumps(answer, ensure_ascii=False).encode(),
        json.dumps({"text": customer}).encode(),
        json.dumps(customer).encode() + b"\xff no JSON",
        None,
    ]
    with database.write_connection() as connection:
        OwnBase.metadata.create_all(connection)
    with database.writing() as session:
        for number, body in enumerate(bodies):
            session.add(AnswerRow(id=number, tenant_id="acme", body=body))
        session.add(AnswerRow(id=99, tenant_id="other", body=bodies[0]))
    step = bodies_of_customer(AnswerRow, AnswerRow.tenant_id, AnswerRow.body)
    subject = Subject("acme", customer, (), (), datetime.now(UTC), "erasure")
    with database.writing() as session:
        assert (step.table, step.run(session, subject), step.run(session, subject)) == ("kept_answers", 2, 0)
    with database.reading() as session:
        kept = {row.id: row.body for row in session.scalars(select(AnswerRow))}
    assert [kept[2], kept[3], kept[4], kept[99]] == [bodies[2], bodies[3], None, bodies[0]]
    for number in (0, 1):
        cleared = json.loads(kept[number] or b"")
        assert cleared == {"ticket": {"customer_id": None, "id": "tkt_1"}, "other": [{"customer_id": "c-2"}]}
