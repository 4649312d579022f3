"""Whom an event concerns: whoever has the ticket, the department's owners, the executives at their level."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.db.tables import TicketRow
from api.policy.life import Escalation
from api.policy.rulebook import load_rulebook
from api.settings import Settings
from api.tickets.concerned import concerned_by

SHIPPED = load_rulebook(Path(Settings.model_fields["config_dir"].default))
RULEBOOK = replace(
    SHIPPED,
    policy=replace(SHIPPED.policy, escalation=Escalation(executives=("ceo", "役員"))),
    taxonomy=replace(
        SHIPPED.taxonomy,
        departments={
            "billing": cast(Any, SimpleNamespace(owners=("山田", "Lee"))),
            "sales": cast(Any, SimpleNamespace(owners=())),
        },
    ),
)


@pytest.mark.parametrize(
    ("department", "level", "expected"),
    [
        ("billing", "frontline", [("department", "山田"), ("department", "Lee")]),
        ("sales", "department", [("department", "sales")]),
        ("gone", "frontline", [("department", "gone")]),
        ("sales", "executive", [("department", "sales"), ("executive", "ceo"), ("executive", "役員")]),
    ],
)
def test_everyone_concerned_is_named(department: str, level: str, expected: list[tuple[str, str]]) -> None:
    found = concerned_by(TicketRow(department=department, level=level), RULEBOOK)
    assert [(one["role"], one["id"]) for one in found] == expected


def test_whoever_has_the_ticket_comes_first() -> None:
    row = TicketRow(department="sales", level="frontline", assignee_id="mem_1")
    assert concerned_by(row, RULEBOOK)[0] == {"role": "assignee", "id": "mem_1"}
