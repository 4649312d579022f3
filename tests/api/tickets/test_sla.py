"""The clock of a ticket: tables of its rules, and properties that hold whatever happens to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.levels import Level, next_level
from api.policy.reading import load_policy
from api.policy.rules import Match, RuleSet
from api.settings import Settings
from api.tickets import sla
from api.tickets.ticket_clock import TicketClock
from tests.api.calendar import tokyo
from voc_nlp.schema import UrgencyLevel

POLICY = load_policy(Path(Settings.model_fields["config_dir"].default) / "policy.toml")
LOW, NORMAL, HIGH = UrgencyLevel
MONDAY = tokyo("2026-06-01 09:00")


def opened(urgency: UrgencyLevel = NORMAL, at: datetime = MONDAY) -> TicketClock:
    return sla.start(POLICY, Level.FRONTLINE, urgency, at)


def test_both_deadlines_are_counted_from_the_opening() -> None:
    clock = opened()
    assert clock.first_answer.due_at == tokyo("2026-06-02 11:00")
    assert clock.resolution.due_at == tokyo("2026-06-10 17:00")
    assert clock.due_at == clock.first_answer.due_at
    assert clock.next_after(MONDAY) == clock.first_answer.due_at


def test_friday_half_past_four_and_one_hour_breaches_on_monday() -> None:
    policy = replace(POLICY, first_answer_hours=dict.fromkeys(POLICY.first_answer_hours, 1.0))
    clock = sla.start(policy, Level.FRONTLINE, NORMAL, tokyo("2026-06-05 16:30"))
    due = tokyo("2026-06-08 09:30")
    assert sla.settle(clock, due - timedelta(seconds=1)).breached_at is None
    assert sla.settle(clock, due).breached_at == due


def test_an_answer_leaves_the_resolution_and_the_resolution_leaves_nothing() -> None:
    clock = sla.answer(opened(), tokyo("2026-06-01 10:00"))
    assert clock.due_at == clock.resolution.due_at == clock.next_after(MONDAY)
    assert sla.answer(clock, tokyo("2026-06-01 11:00")).first_answer.met_at == tokyo("2026-06-01 10:00")
    done = sla.stop(clock, POLICY, tokyo("2026-06-03 09:00"))
    assert done.next_after(MONDAY) is None
    assert sla.settle(done, tokyo("2027-06-03 09:00")).breached_at is None


@pytest.mark.parametrize(
    ("waits", "goes_on", "later_by"),
    [
        ("2026-06-01 10:00", "2026-06-01 11:00", 1),
        ("2026-06-01 11:00", "2026-06-01 14:00", 2),
        ("2026-06-05 17:00", "2026-06-08 09:00", 0),
        ("2026-06-01 10:00", "2026-06-08 10:00", 35),
    ],
)
def test_waiting_moves_both_deadlines_by_the_open_time_it_took(
    waits: str, goes_on: str, later_by: float
) -> None:
    start = opened(LOW)
    paused = sla.pause(start, tokyo(waits))
    assert paused.next_after(MONDAY) is None
    assert sla.settle(paused, tokyo("2030-01-07 09:00")).breached_at is None
    clock = sla.resume(paused, POLICY, tokyo(goes_on))
    for before, after in zip(start.goals, clock.goals, strict=True):
        assert POLICY.calendar.open_time_between(before.due_at, after.due_at) == timedelta(hours=later_by)


def test_what_was_missed_before_the_wait_is_not_forgiven_by_it() -> None:
    late = sla.settle(opened(), tokyo("2026-06-02 12:00"))
    paused = sla.pause(late, tokyo("2026-06-02 12:00"))
    clock = sla.resume(paused, POLICY, tokyo("2026-06-03 12:00"))
    assert clock.first_answer.due_at == clock.first_answer.breached_at == tokyo("2026-06-02 11:00")
    assert clock.resolution.due_at == tokyo("2026-06-11 17:00")


def test_a_higher_urgency_shortens_from_now_and_never_lengthens() -> None:
    soon = sla.sharpen(opened(), POLICY, Level.FRONTLINE, HIGH, tokyo("2026-06-01 10:00"))
    assert soon.first_answer.due_at == tokyo("2026-06-01 15:00")
    last_hour = sla.sharpen(opened(), POLICY, Level.FRONTLINE, HIGH, tokyo("2026-06-02 10:30"))
    assert last_hour.first_answer.due_at == tokyo("2026-06-02 11:00")
    late = tokyo("2026-06-02 12:00")
    missed = sla.sharpen(sla.settle(opened(), late), POLICY, Level.FRONTLINE, HIGH, late)
    assert missed.first_answer.due_at == tokyo("2026-06-02 11:00")


def test_a_higher_level_gives_its_hours_to_what_was_missed() -> None:
    late = tokyo("2026-06-02 11:00")
    raised = sla.sharpen(sla.settle(opened(), late), POLICY, Level.DEPARTMENT, NORMAL, late)
    assert raised.first_answer.due_at == tokyo("2026-06-03 12:00")
    assert raised.resolution.due_at == POLICY.calendar.due_after(late, 42)
    assert raised.breached_at == late


def test_a_wait_after_a_capped_deadline_keeps_the_cap() -> None:
    capped = sla.sharpen(opened(), POLICY, Level.FRONTLINE, HIGH, tokyo("2026-06-02 10:00"))
    assert capped.first_answer.due_at == tokyo("2026-06-02 11:00")
    paused = sla.pause(capped, tokyo("2026-06-02 10:30"))
    clock = sla.resume(paused, POLICY, tokyo("2026-06-02 14:30"))
    assert clock.first_answer.due_at == tokyo("2026-06-02 15:00")


def test_what_is_raised_while_it_waits_has_its_hours_when_the_wait_ends() -> None:
    paused = sla.pause(opened(), tokyo("2026-06-01 10:00"))
    raised = sla.sharpen(paused, POLICY, Level.DEPARTMENT, HIGH, tokyo("2026-06-03 10:00"))
    assert raised.paused_at == tokyo("2026-06-01 10:00")
    clock = sla.resume(raised, POLICY, tokyo("2026-06-05 10:00"))
    assert clock.first_answer.due_at == tokyo("2026-06-05 14:00")


def test_a_person_may_lower_the_urgency_and_hours_count_from_the_opening() -> None:
    lowered = sla.rate(opened(HIGH), POLICY, LOW, tokyo("2026-06-01 10:00"))
    assert lowered.first_answer.due_at == opened(LOW).first_answer.due_at


def test_a_restart_gives_full_hours_and_owes_the_resolution_again() -> None:
    done = sla.stop(sla.answer(opened(), MONDAY), POLICY, tokyo("2026-06-02 09:00"))
    again = sla.restart(done, POLICY, Level.DEPARTMENT, tokyo("2026-06-08 09:00"))
    assert again.resolution.met_at is None
    assert again.resolution.due_at == POLICY.calendar.due_after(tokyo("2026-06-08 09:00"), 42)
    assert again.first_answer.met_at == MONDAY
    assert again.due_at == again.resolution.due_at


def test_new_hours_move_what_can_still_be_kept_and_nothing_into_the_past() -> None:
    now = tokyo("2026-06-02 10:00")

    def with_hours(hours: float) -> TicketClock:
        policy = replace(POLICY, first_answer_hours=dict.fromkeys(POLICY.first_answer_hours, hours))
        return sla.recalculate(opened(), policy, now)

    assert with_hours(14).first_answer.due_at == tokyo("2026-06-02 17:00")
    assert with_hours(9).first_answer == opened().first_answer
    assert with_hours(1).first_answer.due_at == now
    missed = sla.settle(opened(), tokyo("2026-06-02 11:00"))
    longer = replace(POLICY, first_answer_hours=dict.fromkeys(POLICY.first_answer_hours, 100.0))
    assert sla.recalculate(missed, longer, tokyo("2026-06-02 11:00")).first_answer == missed.first_answer


def test_the_digest_names_hours_and_calendar_alone() -> None:
    digest = sla.digest_of(POLICY)
    assert sla.digest_of(POLICY.with_rules("other", RuleSet(Match.ALL, ()))) == digest
    other_hours = replace(POLICY, resolution_hours=dict.fromkeys(POLICY.resolution_hours, 99.0))
    other_calendar = replace(POLICY, calendar=replace(POLICY.calendar, country=""))
    assert len({digest, sla.digest_of(other_hours), sla.digest_of(other_calendar)}) == 3


Step = Callable[[TicketClock, datetime], TicketClock]
STEPS: dict[str, Step] = {
    "look": lambda clock, now: clock,
    "pause": sla.pause,
    "resume": lambda clock, now: sla.resume(clock, POLICY, now),
    "answer": sla.answer,
    "urgent": lambda clock, now: sla.sharpen(clock, POLICY, clock.level, HIGH, now),
    "raise": lambda clock, now: sla.sharpen(
        clock, POLICY, next_level(clock.level) or clock.level, clock.urgency, now
    ),
    "recalculate": lambda clock, now: sla.recalculate(clock, POLICY, now),
}


@given(
    start=st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.timedeltas(timedelta(0), timedelta(days=4))), max_size=8
    ),
)
def test_whatever_happens_no_miss_is_forgotten_and_nothing_becomes_due_in_the_past(
    start: datetime, steps: list[tuple[str, timedelta]]
) -> None:
    clock, now = opened(at=start), start
    for name, passed in steps:
        now += passed
        clock = sla.settle(clock, now)
        after = sla.settle(STEPS[name](clock, now), now)
        for before_goal, goal in zip(clock.goals, after.goals, strict=True):
            assert goal.breached_at == before_goal.breached_at or before_goal.breached_at is None
            assert goal.due_at == before_goal.due_at or goal.due_at >= (clock.paused_at or now)
        if name in ("urgent", "recalculate", "look", "answer"):
            kept = [
                (old.due_at, new.due_at)
                for old, new in zip(clock.goals, after.goals, strict=True)
                if old.due_at > now and clock.paused_at is None
            ]
            assert all(new <= old for old, new in kept)
        clock = after
