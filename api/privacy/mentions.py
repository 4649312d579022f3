"""Finds a customer's id in JSON columns, and takes it out."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Text, cast
from sqlalchemy.orm import InstrumentedAttribute, Session

CUSTOMER_KEY = "customer_id"
"""Under which name a customer's id stands in all JSON of the service."""


def mentions(session: Session, column: InstrumentedAttribute[Any], customer_id: str) -> ColumnElement[bool]:
    """Say which rows may hold a customer's id; some more are no harm.

    Parameters
    ----------
    session : Session
        Tells which database writes the JSON.
    column : InstrumentedAttribute[Any]
        A JSON column.
    customer_id : str
        The id.

    Returns
    -------
    ColumnElement[bool]
        True wherever it stands, under any name.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"  # it keeps the text that json.dumps made
    written = json.dumps(customer_id, ensure_ascii=is_sqlite)[1:-1]
    return cast(column, Text).contains(written, autoescape=True)


def without_customer(value: Any, customer_id: str) -> tuple[Any, bool]:
    """Copy JSON values with a customer's id replaced by null.

    Parameters
    ----------
    value : Any
        JSON values.
    customer_id : str
        The id; other ids stay.

    Returns
    -------
    tuple[Any, bool]
        The copy, and whether it differs.
    """
    if isinstance(value, dict):
        copies: dict[str, Any] = {}
        changed = False
        for key, inner in value.items():
            if key == CUSTOMER_KEY and inner == customer_id:
                copies[key], changed = None, True
            else:
                copies[key], differs = without_customer(inner, customer_id)
                changed = changed or differs
        return copies, changed
    if isinstance(value, list):
        pairs = [without_customer(inner, customer_id) for inner in value]
        return [copy for copy, _ in pairs], any(differs for _, differs in pairs)
    return value, False
