"""The simulated queues: joining, waiting, order, lateness, and the clock of business hours."""

from datetime import date, timedelta

import pytest

from api.policies.simulation import BusinessClock, Desk, Load, Simulation
from tests.api.calendar import CALENDAR, tokyo

START = tokyo("2026-01-05 00:00")
WEEK = date(2026, 1, 5)


def simulation(seed: int = 0, **desks: Desk) -> Simulation:
    return Simulation(desks, BusinessClock(CALENDAR, START), seed)


def arrive(found: Simulation, at: str, due: str, customer: str | None = None, desk: str = "a") -> bool:
    return found.arrive(desk, customer, tokyo(at), tokyo(due), WEEK)


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        ("2026-01-04 10:00", 0.0),
        ("2026-01-05 08:00", 0.0),
        ("2026-01-05 10:30", 1.5),
        ("2026-01-05 12:30", 3.0),
        ("2026-01-05 20:00", 7.0),
        ("2026-01-06 09:30", 7.5),
        ("2026-01-12 12:00", 35.0),
        ("2026-01-13 10:00", 36.0),
    ],
)
def test_the_clock_counts_business_hours(at: str, hours: float) -> None:
    assert BusinessClock(CALENDAR, START).hours_at(tokyo(at)) == pytest.approx(hours)


def test_asking_backwards_gives_the_same() -> None:
    clock = BusinessClock(CALENDAR, START)
    far = clock.hours_at(tokyo("2026-02-05 10:00"))
    assert clock.hours_at(tokyo("2026-01-05 10:30")) == pytest.approx(1.5)
    assert clock.hours_at(tokyo("2026-02-05 10:00")) == far


def test_one_slot_makes_the_second_wait_and_be_late() -> None:
    found = simulation(a=Desk(1, 2.0, 0.0))
    assert arrive(found, "2026-01-05 09:00", "2026-01-05 12:00")
    assert arrive(found, "2026-01-05 09:00", "2026-01-05 12:00")
    found.finish()
    assert found.loads["a", WEEK] == Load(tickets=2, joined=0, work_hours=4.0, late=1)
    wide = simulation(a=Desk(2, 2.0, 0.0))
    arrive(wide, "2026-01-05 09:00", "2026-01-05 12:00")
    arrive(wide, "2026-01-05 09:00", "2026-01-05 12:00")
    wide.finish()
    assert wide.loads["a", WEEK].late == 0


def test_the_one_that_is_due_first_goes_first() -> None:
    found = simulation(a=Desk(1, 1.0, 0.0))
    arrive(found, "2026-01-05 09:00", "2026-01-05 16:00")
    arrive(found, "2026-01-05 09:10", "2026-01-05 17:00")
    arrive(found, "2026-01-05 09:20", "2026-01-05 11:00")
    found.finish()
    assert found.loads["a", WEEK].late == 0


def test_a_customer_joins_while_the_ticket_is_open_and_brings_it_forward() -> None:
    found = simulation(a=Desk(1, 2.0, 0.0))
    assert arrive(found, "2026-01-05 09:00", "2026-01-06 17:00", "X")
    assert arrive(found, "2026-01-05 09:00", "2026-01-06 17:00", "Y")
    assert arrive(found, "2026-01-05 09:01", "2026-01-06 16:00", "Z")
    assert not arrive(found, "2026-01-05 09:30", "2026-01-05 13:30", "Y")
    assert found.open_tickets() == 3
    assert arrive(found, "2026-01-05 11:30", "2026-01-06 17:00", "X")
    assert not arrive(found, "2026-01-05 11:40", "2026-01-06 17:00", "Y")
    found.finish()
    assert found.loads["a", WEEK] == Load(tickets=4, joined=2, work_hours=8.0, late=1)
    assert found.open_tickets() == 0


def test_without_a_customer_nothing_joins() -> None:
    found = simulation(a=Desk(1, 2.0, 0.0))
    assert arrive(found, "2026-01-05 09:00", "2026-01-06 17:00")
    assert arrive(found, "2026-01-05 09:00", "2026-01-06 17:00")


def test_without_people_a_ticket_is_open_until_it_is_due() -> None:
    found = simulation()
    assert arrive(found, "2026-01-05 09:00", "2026-01-05 11:00", "X")
    assert not arrive(found, "2026-01-05 10:59", "2026-01-05 17:00", "X")
    assert arrive(found, "2026-01-05 11:01", "2026-01-05 17:00", "X")
    found.finish()
    assert found.loads["a", WEEK] == Load(tickets=2, joined=1)


def test_the_same_seed_gives_the_same_and_departments_do_not_disturb_each_other() -> None:
    def late(seed: int, *, with_other: bool) -> tuple[float, int]:
        found = simulation(seed, a=Desk(1, 2.0, 0.8), b=Desk(1, 2.0, 0.8))
        for number in range(30):
            at = tokyo("2026-01-05 09:00") + timedelta(hours=number)
            found.arrive("a", None, at, at + timedelta(hours=8), WEEK)
            if with_other:
                found.arrive("b", None, at, at + timedelta(hours=8), WEEK)
        found.finish()
        load = found.loads["a", WEEK]
        return load.work_hours, load.late

    assert late(1, with_other=False) == late(1, with_other=True)
    assert late(1, with_other=False) != late(2, with_other=False)


def test_memory_holds_open_tickets_only() -> None:
    found = simulation(a=Desk(5, 0.5, 0.0))
    for number in range(500):
        at = START + timedelta(hours=9 + number)
        found.arrive("a", f"C{number}", at, at + timedelta(hours=8), WEEK)
    queue = found._queues["a"]
    assert len(queue.busy) + len(queue.waiting) < 100  # a long weekend's
    assert len(queue.of_cause) < 100
