"""What the clock does: missed deadlines, closing, new hours, times that jump; on both databases."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.policy.levels import Level
from api.policy.rulebook import Rulebook, load_rulebook
from api.settings import Settings
from api.tickets.timing import recompute
from api.worker.clock import ClockLane
from api.worker.lanes import Pass
from tests.api.conftest import MovedClock
from tests.api.tickets.calls import (
    act,
    actions,
    check_records,
    database_of,
    history,
    opened,
    patch,
    resolve,
    ticket,
)
from voc_nlp.schema import UrgencyLevel

RULEBOOK = load_rulebook(Path(Settings.model_fields["config_dir"].default))


def lane(client: TestClient, clock: MovedClock, rulebook: Rulebook = RULEBOOK) -> ClockLane:
    return ClockLane(database_of(client), rulebook, clock)


def with_hours(hours: float, version: str = "2026-02") -> Rulebook:
    """Return the shipped rules with other hours of a normal first answer at the front line."""
    table = {**RULEBOOK.policy.first_answer_hours, (Level.FRONTLINE, UrgencyLevel.NORMAL): hours}
    policy = replace(RULEBOOK.policy, version=version, first_answer_hours=table)
    return replace(RULEBOOK, policy=policy)


def test_an_answered_ticket_is_raised_by_its_resolution(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    act(client, ticket_id, "comment", kind="answer", text="x")
    clock.forward(days=8)
    assert lane(client, clock).run_once() == Pass(0)
    clock.forward(days=5)
    assert lane(client, clock).run_once() == Pass(1)
    raised = ticket(client, ticket_id)
    assert (raised["level"], raised["first_answer_breached_at"]) == ("department", None)
    assert raised["breached_at"] == raised["resolution_breached_at"] == "2026-01-22T01:00:00Z"
    assert history(client, ticket_id)[-1]["reason"]["missed"] == "resolution"
    resolve(client, ticket_id)
    [resolution] = ticket(client, ticket_id)["resolutions"]
    assert resolution["is_late"]
    check_records(client, ticket_id)


def test_a_waiting_ticket_is_not_raised(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    patch(client, ticket_id, status="waiting")
    clock.forward(days=60)
    assert lane(client, clock).run_once() == Pass(0)
    patch(client, ticket_id, status="open")
    clock.forward(days=4)
    assert lane(client, clock).run_once() == Pass(1)
    assert ticket(client, ticket_id)["level"] == "department"


def test_a_miss_that_a_person_saw_first_still_raises(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    clock.forward(days=4, hours=3)
    assert opened(client, "2")["breached_at"] == "2026-01-13T03:00:00Z"
    assert lane(client, clock).run_once() == Pass(1)
    assert actions(client, ticket_id) == ["opened", "joined", "escalated"]


def test_a_resolved_ticket_closes_after_five_business_days(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    resolve(client, ticket_id)
    act(client, ticket_id, "follow-up", satisfaction=3)
    clock.forward(days=10, hours=6, minutes=59)  # Monday to Friday, a holiday less, and Monday, 16:59
    assert lane(client, clock).run_once() == Pass(0)
    clock.forward(minutes=1)
    assert lane(client, clock).run_once() == Pass(1)
    closed = ticket(client, ticket_id)
    assert (closed["status"], closed["closed_at"]) == ("closed", "2026-01-19T08:00:00Z")
    assert history(client, ticket_id)[-1]["actor"] == "worker"
    clock.forward(days=100)
    assert lane(client, clock).run_once() == Pass(0)
    check_records(client, ticket_id)


def test_a_clock_that_goes_back_takes_nothing_back(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    clock.forward(days=4, hours=2)
    assert lane(client, clock).run_once() == Pass(1)
    raised = ticket(client, ticket_id)
    clock.forward(days=-3)
    assert lane(client, clock).run_once() == Pass(0)
    answered = act(client, ticket_id, "comment", kind="answer", text="x")
    for name in ("level", "breached_at", "first_answer_breached_at", "updated_at", "resolution_due_at"):
        assert answered[name] == raised[name], name
    assert answered["first_answered_at"] == raised["updated_at"]
    assert patch(client, ticket_id, status="waiting").json()["waiting_since"] == raised["updated_at"]
    assert patch(client, ticket_id, status="open").json()["resolution_due_at"] == raised["resolution_due_at"]
    resolve(client, ticket_id)
    times = [entry["at"] for entry in history(client, ticket_id)]
    assert times == sorted(times)
    clock.forward(days=3, minutes=1)
    assert lane(client, clock).run_once() == Pass(0)
    check_records(client, ticket_id)


def test_a_clock_that_jumps_far_ahead_raises_level_by_level_and_loses_nobody(
    client: TestClient, clock: MovedClock
) -> None:
    ids = [opened(client, str(number), customer_id=f"C-{number}")["id"] for number in range(3)]
    clock.forward(days=3650)
    assert lane(client, clock).run_once() == Pass(3)
    clock.forward(days=-3650)
    assert lane(client, clock).run_once() == Pass(0)
    clock.forward(days=3660)
    assert lane(client, clock).run_once() == Pass(3)
    assert {ticket(client, one)["level"] for one in ids} == {"executive"}


def test_new_hours_are_applied_to_every_open_ticket_once(client: TestClient, clock: MovedClock) -> None:
    mine = opened(client)["id"]
    grave = opened(client, "2", text="配送でやけど", customer_id="B")["id"]
    done = opened(client, "3", customer_id="D")["id"]
    resolve(client, done)
    clock.forward(hours=1)
    before = {one: ticket(client, one) for one in (mine, grave, done)}
    worker = lane(client, clock, with_hours(2))
    assert worker.run_once() == Pass(0)
    after = ticket(client, mine)
    assert (
        after["due_at"] == after["first_answer_due_at"] == "2026-01-09T03:00:00Z" > before[mine]["updated_at"]
    )
    assert after["resolution_due_at"] == before[mine]["resolution_due_at"]
    assert (ticket(client, grave), ticket(client, done)) == (before[grave], before[done])
    last = history(client, mine)[-1]
    assert (last["action"], last["actor"]) == ("updated", "worker")
    assert last["reason"] == {"rule": "policy-changed", "policy_version": "2026-02"}
    assert worker.run_once() == Pass(0)
    assert ticket(client, mine) == after
    assert lane(client, clock, RULEBOOK).run_once() == Pass(0)
    assert ticket(client, mine)["due_at"] == before[mine]["due_at"]
    check_records(client, mine)


def test_another_version_with_the_same_hours_changes_nothing(client: TestClient, clock: MovedClock) -> None:
    ticket_id = opened(client)["id"]
    before = ticket(client, ticket_id)
    lane(client, clock, with_hours(9)).run_once()
    assert ticket(client, ticket_id) == before


def test_hours_that_are_over_by_now_are_missed_now_and_longer_ones_forgive_nothing(
    client: TestClient, clock: MovedClock
) -> None:
    ticket_id = opened(client)["id"]
    clock.forward(hours=1)
    assert lane(client, clock, with_hours(0.5)).run_once() == Pass(1)
    missed = ticket(client, ticket_id)
    assert (missed["breached_at"], missed["level"]) == ("2026-01-09T02:00:00Z", "department")
    lane(client, clock, with_hours(500, "2026-03")).run_once()
    assert ticket(client, ticket_id)["breached_at"] == "2026-01-09T02:00:00Z"


def test_new_hours_reach_many_tickets_of_several_tenants_in_batches(
    client: TestClient, clock: MovedClock, make_key: object
) -> None:
    comments = [{"source": "s", "external_id": str(n), "text": "配送が遅い", "nps": 0} for n in range(7)]
    client.post("/v1/comments/batch", json={"comments": comments})
    assert callable(make_key)
    client.headers["Authorization"] = f"Bearer {make_key(client, tenant='other')}"
    client.post("/v1/comments/batch", json={"comments": comments[:2]})
    counts = []
    while not counts or counts[-1]:
        with database_of(client).writing() as session:
            counts.append(recompute(session, with_hours(2), clock(), limit=3))
    assert sorted(counts) == [0, 1, 2, 3, 3]
    assert {item["due_at"] for item in client.get("/v1/tickets").json()["items"]} == {"2026-01-09T03:00:00Z"}


def test_a_service_that_counts_by_older_hours_meanwhile_is_corrected(
    client: TestClient, clock: MovedClock
) -> None:
    ticket_id = opened(client)["id"]
    patch(client, ticket_id, status="waiting")
    clock.forward(hours=1)
    lane(client, clock, with_hours(14)).run_once()
    assert ticket(client, ticket_id)["due_at"] == "2026-01-14T01:00:00Z"
    assert patch(client, ticket_id, status="open").json()["due_at"] == "2026-01-13T05:00:00Z"
    lane(client, clock, with_hours(14)).run_once()
    assert ticket(client, ticket_id)["due_at"] == "2026-01-14T02:00:00Z"


@pytest.mark.parametrize("days", [1, 400])
def test_waiting_for_long_is_counted(client: TestClient, clock: MovedClock, days: int) -> None:
    ticket_id = opened(client)["id"]
    patch(client, ticket_id, status="waiting")
    waited = RULEBOOK.policy.calendar.open_time_between(clock(), clock() + timedelta(days=days))
    clock.forward(days=days)
    due = RULEBOOK.policy.calendar.add(clock(), timedelta(hours=9))
    assert patch(client, ticket_id, status="open").json()["due_at"] == due.isoformat().replace("+00:00", "Z")
    assert waited > timedelta(0)
