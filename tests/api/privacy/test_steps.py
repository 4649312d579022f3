"""Every table that can hold something of a customer is covered by a step or named with a reason."""

import pytest
from sqlalchemy import JSON, LargeBinary, Text
from sqlalchemy.schema import Table

from api.db.tables import Base
from api.privacy.mentions import without_customer
from api.privacy.steps import KEPT, OF_COMMENTS, OF_CUSTOMER, UNCONCERNED

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
