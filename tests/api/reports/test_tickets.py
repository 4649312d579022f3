"""Figures of tickets: counted by hand, by period and group, and over HTTP; on both databases."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reports.tickets import Grouping, OpenedFact, ResolvedFact, count_tickets
from tests.api.conftest import MovedClock
from tests.api.tickets.calls import act, opened, resolve
from voc_nlp.topics.statistics.intervals import estimate_share
from voc_nlp.topics.statistics.periods import Period

APRIL, MAY = date(2026, 4, 30), date(2026, 5, 1)
PATHS = {"carrier_delay": ["carrier_delay", "delivery"], "damage": ["damage", "delivery"]}
OPENED = [
    OpenedFact(APRIL, "logistics", "frontline", None, 1.0, False, False),
    OpenedFact(APRIL, "logistics", "department", "damage", 5.0, True, False),
    OpenedFact(APRIL, "billing", "frontline", None, None, True, True),
    OpenedFact(APRIL, "billing", "frontline", None, None, False, False),
    OpenedFact(MAY, "billing", "frontline", None, 2.0, False, False),
]
RESOLVED = [
    ResolvedFact(APRIL, "logistics", "frontline", "carrier_delay", 4.0, False, True, 2),
    ResolvedFact(APRIL, "logistics", "department", "damage", 10.0, True, False, 5),
    ResolvedFact(APRIL, "logistics", "department", "damage", 20.0, True, False, None),
    ResolvedFact(APRIL, "billing", "frontline", "gone_from_the_tree", 1.0, False, False, 4),
]


def test_one_period_is_counted_by_hand() -> None:
    april, may = count_tickets(OPENED, RESOLVED, period=Period.MONTH, by=None, paths=PATHS)
    assert (april.period.start, april.period.end, april.group) == (date(2026, 4, 1), APRIL, None)
    assert (april.opened, april.open_and_late, april.first_answers) == (4, 1, 3)
    assert april.late_first_answers == estimate_share(2, 3)
    assert april.first_answer_hours == 3.0
    assert (april.resolved, april.resolution_hours) == (4, 7.0)
    assert april.late_resolutions == estimate_share(2, 4)
    assert april.reopened == estimate_share(1, 4)
    assert (april.followed_up, april.recovered) == (3, estimate_share(2, 3))
    assert (may.opened, may.resolved, may.recovered, may.resolution_hours) == (1, 0, None, None)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Grouping.DEPARTMENT, {"logistics": (2, 3), "billing": (2, 1)}),
        (Grouping.LEVEL, {"frontline": (3, 2), "department": (1, 2)}),
        (
            Grouping.ROOT_CAUSE,
            {
                None: (3, 0),
                "delivery": (1, 3),
                "damage": (1, 2),
                "carrier_delay": (0, 1),
                "gone_from_the_tree": (0, 1),
            },
        ),
    ],
)
def test_groups_add_up_and_causes_count_what_is_below(
    by: Grouping, expected: dict[str | None, tuple[int, int]]
) -> None:
    found = count_tickets(OPENED[:4], RESOLVED, period=Period.YEAR, by=by, paths=PATHS)
    assert {one.group: (one.opened, one.resolved) for one in found} == expected


def test_nothing_is_counted_as_nothing() -> None:
    assert count_tickets([], [], period=Period.DAY, by=None, paths={}) == []


def asked(client: TestClient, **query: str) -> Any:
    response = client.get("/v1/metrics/tickets", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_figures_over_http(client: TestClient, clock: MovedClock, make_key: Callable[..., str]) -> None:
    fast = opened(client, "1", customer_id="A")["id"]
    slow = opened(client, "2", "請求が遅い", customer_id="B")["id"]
    clock.forward(hours=1)
    act(client, fast, "comment", kind="answer", text="x")
    clock.forward(hours=4)
    resolve(client, fast)
    act(client, fast, "follow-up", satisfaction=5)
    clock.forward(days=30)
    resolve(client, slow, root_cause="billing_error")
    act(client, slow, "follow-up", satisfaction=1)
    january, february = asked(client)["items"]
    assert (january["start"], january["opened"], january["resolved"]) == ("2026-01-01", 2, 1)
    assert (january["first_answers"], january["late_first_answers"]["value"]) == (2, 0.5)
    assert (january["first_answer_hours"], january["resolution_hours"]) == (1.0, 4.0)
    assert (january["open_and_late"], january["recovered"]["value"]) == (1, 1.0)
    assert 0 < january["recovered"]["low"] < 1
    assert (february["resolved"], february["opened"]) == (1, 0)
    assert (february["late_resolutions"]["value"], february["reopened"]["value"]) == (1.0, 1.0)
    assert february["recovered"]["value"] == 0.0
    causes = asked(client, by="root_cause", period="fiscal_year")["items"]
    assert {item["group"]: item["resolved"] for item in causes if item["resolved"]} == {
        **{"carrier_delay": 1, "delivery": 1},
        **{"billing_error": 1, "process": 1},
    }
    day = {"from": "2026-01-09", "to": "2026-01-09"}
    [only] = asked(client, period="day", by="department", **day)["items"][:1]
    assert (only["start"], only["group"], only["opened"]) == ("2026-01-09", "billing", 1)
    assert asked(client, **{"from": "2026-03-01"})["items"] == []
    client.headers["Authorization"] = f"Bearer {make_key(client, tenant='other')}"
    assert asked(client)["items"] == []


@pytest.mark.parametrize("query", ["period=hour", "by=mood", "from=yesterday", "to=1800-01-01"])
def test_unusable_parameters_are_named(plain_client: TestClient, query: str) -> None:
    response = plain_client.get(f"/v1/metrics/tickets?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/query/" + query.partition("=")[0]
