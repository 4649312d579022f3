"""Who gets a ticket: presence, language, skill, capacity, strategies and their tie-breaks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.tickets.assigning import is_open, latest_start
from api.tickets.assignment import Choice, Member, Needs, QueueReason, Strategy, Team, choose, free_places
from tests.api.calendar import CALENDAR, tokyo

EARLY, LATE = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)
JA = Needs("ja", frozenset({"logistics", "配送が遅い"}))
EN = Needs("en", frozenset({"billing"}))


def member(name: str, **fields: object) -> Member:
    plain = Member(name, frozenset(), frozenset(), capacity=3, open_tickets=0)
    return replace(plain, **fields)  # type: ignore[arg-type]


def team(
    *members: Member, last: str | None = None, strategy: Strategy = Strategy.ROUND_ROBIN, name: str = "T"
) -> Team:
    return Team(name, strategy, members, last)


def chosen(found: Choice | None) -> str | None:
    assert found is not None
    return found.member_id


@pytest.mark.parametrize(
    ("last", "expected"), [(None, "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("bb", "c"), ("z", "a")]
)
def test_round_robin_goes_on_from_the_last(last: str | None, expected: str) -> None:
    found = team(member("a"), member("b"), member("c"), last=last)
    assert chosen(choose([found], JA, is_open=True)) == expected


def test_round_robin_passes_over_those_who_cannot() -> None:
    found = team(member("a"), member("b", is_away=True), member("c", open_tickets=3), last="a")
    assert chosen(choose([found], JA, is_open=True)) == "a"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ((member("a", open_tickets=2), member("b", open_tickets=1)), "b"),
        ((member("a", last_assigned_at=LATE), member("b", last_assigned_at=EARLY)), "b"),
        ((member("a", last_assigned_at=EARLY), member("b")), "b"),
        ((member("b"), member("a")), "a"),
    ],
)
def test_least_loaded_and_its_tie_breaks(members: tuple[Member, ...], expected: str) -> None:
    found = team(*members, strategy=Strategy.LEAST_LOADED)
    assert chosen(choose([found], JA, is_open=True)) == expected


def test_a_specialist_comes_before_a_generalist_while_there_is_a_place() -> None:
    skilled = member("z", skills=frozenset({"配送が遅い"}), open_tickets=2)
    other = member("y", skills=frozenset({"返金"}))
    assert chosen(choose([team(member("a"), other, skilled)], JA, is_open=True)) == "z"
    full = replace(skilled, open_tickets=3)
    assert chosen(choose([team(member("a"), other, full)], JA, is_open=True)) == "a"


def test_the_language_of_the_comment_is_spoken() -> None:
    both = team(member("a", languages=frozenset({"ja"})), member("b", languages=frozenset({"en"})))
    assert chosen(choose([both], JA, is_open=True)) == "a"
    assert chosen(choose([both], EN, is_open=True)) == "b"
    assert chosen(choose([both], Needs(), is_open=True)) == "a"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ((), QueueReason.NO_MEMBERS),
        ((member("a", is_away=True),), QueueReason.AWAY),
        ((member("a", languages=frozenset({"en"})),), QueueReason.LANGUAGE),
        ((member("a", skills=frozenset({"返金"})),), QueueReason.SKILL),
        ((member("a", open_tickets=3),), QueueReason.CAPACITY),
        ((member("a", capacity=0),), QueueReason.CAPACITY),
        ((member("x"),), QueueReason.RETURNED),
    ],
)
def test_with_nobody_fit_the_reason_is_told(members: tuple[Member, ...], reason: QueueReason) -> None:
    found = choose([team(*members)], JA, is_open=True, excluded=("x",))
    assert found == Choice("T", None, reason)


def test_no_team_and_closed_hours() -> None:
    assert choose([], JA, is_open=True) is None
    assert choose([team(member("a"))], JA, is_open=False) == Choice("T", None, QueueReason.OUT_OF_HOURS)


def test_of_two_teams_the_specialists_then_the_less_busy_then_the_older() -> None:
    busy = team(member("a", open_tickets=2), name="A")
    idle = team(member("b"), name="B")
    assert choose([busy, idle], JA, is_open=True) == Choice("B", "b")
    skilled = team(member("c", skills=frozenset({"logistics"}), open_tickets=2), name="C")
    assert choose([idle, skilled], JA, is_open=True) == Choice("C", "c")
    assert choose([team(member("d"), name="D"), idle], JA, is_open=True) == Choice("D", "d")
    nobody = team(name="N")
    away = team(member("e", is_away=True), name="E")
    assert choose([nobody, away], JA, is_open=True) == Choice("E", None, QueueReason.AWAY)


def test_free_places() -> None:
    found = team(member("a"), member("b", is_away=True), member("c", open_tickets=5))
    assert free_places([found]) == 3


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-09 09:00", True),
        ("2026-01-09 11:59:59", True),
        ("2026-01-09 12:00", False),
        ("2026-01-09 12:30", False),
        ("2026-01-09 17:00", False),
        ("2026-01-10 10:00", False),
        ("2026-01-12 10:00", False),
    ],
)
def test_open_hours(at: str, expected: bool) -> None:
    assert is_open(CALENDAR, tokyo(at)) is expected


@pytest.mark.parametrize(
    ("now", "hours", "expected"),
    [
        ("2026-01-13 10:00", 1, "2026-01-13 09:00"),
        ("2026-01-13 10:00", 2, "2026-01-09 16:00"),
        ("2026-01-13 09:30", 8, "2026-01-08 16:30"),
    ],
)
def test_the_latest_start_is_so_many_business_hours_ago(now: str, hours: float, expected: str) -> None:
    found = latest_start(CALENDAR, tokyo(now), hours)
    assert abs((found - tokyo(expected)).total_seconds()) <= 1
    assert CALENDAR.due_after(found, hours) <= tokyo(now)
