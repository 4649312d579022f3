"""Counts tickets by period and group: late or not, how long, reopened, recovered. Plain Python."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import median

from voc_nlp.topics.statistics.intervals import Estimate, estimate_share
from voc_nlp.topics.statistics.periods import Period, Stretch, period_of

SATISFIED = 4
"""From here on, of 5, a customer counts as satisfied with the solution."""


class Grouping(StrEnum):
    """What the figures are divided by."""

    DEPARTMENT = "department"
    LEVEL = "level"
    ROOT_CAUSE = "root_cause"


@dataclass(frozen=True, slots=True)
class OpenedFact:
    """A ticket by the day on which it was opened; department, level and root cause as they are now.

    Parameters
    ----------
    day : date
        Local.
    department : str
        Who has it.
    level : str
        How high it is.
    root_cause : str | None
        None while there is none.
    answer_hours : float | None
        Business hours to the first answer; None without one.
    answer_is_late : bool
        Whether the first answer missed its due time, given or not.
    is_open_and_late : bool
        Whether it is unresolved and has missed the due time of its resolution.
    """

    day: date
    department: str
    level: str
    root_cause: str | None
    answer_hours: float | None
    answer_is_late: bool
    is_open_and_late: bool


@dataclass(frozen=True, slots=True)
class ResolvedFact:
    """A resolution by its day; department, level and root cause as they were then.

    Parameters
    ----------
    day : date
        Local.
    department : str
        Who had it.
    level : str
        How high it was.
    root_cause : str
        Why it happened.
    hours : float
        Business hours since it was opened or reopened, without waiting for the customer.
    is_late : bool
        Whether it missed its due time.
    was_reopened : bool
        Whether the problem came back.
    satisfaction : int | None
        The answer to the follow-up, 1 to 5; None without one.
    """

    day: date
    department: str
    level: str
    root_cause: str
    hours: float
    is_late: bool
    was_reopened: bool
    satisfaction: int | None


@dataclass(frozen=True, slots=True)
class TicketFigures:
    """Figures of one period and group; shares have 95% intervals (Wilson), None of nothing.

    Parameters
    ----------
    period : Stretch
        Its first and last day.
    group : str | None
        None when nothing is divided, or no root cause is named yet.
    opened : int
        Tickets opened in the period; the next four figures are of them.
    open_and_late : int
        Unresolved, resolution past due.
    first_answers : int
        Answered, or past due without an answer.
    late_first_answers : Estimate | None
        Share of those that were late.
    first_answer_hours : float | None
        Median business hours to the first answer, of the answered.
    resolved : int
        Resolutions in the period; all further figures are of them.
    late_resolutions : Estimate | None
        Share that was late.
    resolution_hours : float | None
        Median business hours.
    reopened : Estimate | None
        Share that was reopened.
    followed_up : int
        Followed up with an answer.
    recovered : Estimate | None
        Share of satisfied customers among those.
    """

    period: Stretch
    group: str | None
    opened: int
    open_and_late: int
    first_answers: int
    late_first_answers: Estimate | None
    first_answer_hours: float | None
    resolved: int
    late_resolutions: Estimate | None
    resolution_hours: float | None
    reopened: Estimate | None
    followed_up: int
    recovered: Estimate | None


@dataclass(slots=True)
class _Cell:
    opened: list[OpenedFact] = field(default_factory=list)
    resolved: list[ResolvedFact] = field(default_factory=list)


def count_tickets(
    opened: Iterable[OpenedFact],
    resolved: Iterable[ResolvedFact],
    *,
    period: Period,
    by: Grouping | None,
    paths: Mapping[str, Sequence[str]],
) -> list[TicketFigures]:
    """Count tickets and resolutions.

    Parameters
    ----------
    opened : Iterable[OpenedFact]
        Tickets.
    resolved : Iterable[ResolvedFact]
        Resolutions; a ticket that was reopened may have several.
    period : Period
        Length of the periods.
    by : Grouping | None
        What to divide by; None divides by nothing.
    paths : Mapping[str, Sequence[str]]
        Every root cause with all that stand above it: these count it too, each ticket once.

    Returns
    -------
    list[TicketFigures]
        Periods and groups in which something happened, oldest first.
    """
    cells: dict[tuple[Stretch, str | None], _Cell] = {}
    for ticket in opened:
        stretch = period_of(ticket.day, period)
        for group in _groups(ticket, by, paths):
            cells.setdefault((stretch, group), _Cell()).opened.append(ticket)
    for resolution in resolved:
        stretch = period_of(resolution.day, period)
        for group in _groups(resolution, by, paths):
            cells.setdefault((stretch, group), _Cell()).resolved.append(resolution)
    ordered = sorted(cells.items(), key=lambda cell: (cell[0][0], cell[0][1] or ""))
    return [_figures(stretch, group, cell) for (stretch, group), cell in ordered]


def _groups(
    fact: OpenedFact | ResolvedFact, by: Grouping | None, paths: Mapping[str, Sequence[str]]
) -> Sequence[str | None]:
    if by is Grouping.DEPARTMENT:
        return [fact.department]
    if by is Grouping.LEVEL:
        return [fact.level]
    if by is Grouping.ROOT_CAUSE and fact.root_cause is not None:
        return paths.get(fact.root_cause, [fact.root_cause])
    return [None]


def _figures(stretch: Stretch, group: str | None, cell: _Cell) -> TicketFigures:
    decided = [one for one in cell.opened if one.answer_is_late or one.answer_hours is not None]
    answers = [one.answer_hours for one in cell.opened if one.answer_hours is not None]
    rated = [one.satisfaction for one in cell.resolved if one.satisfaction is not None]
    done = len(cell.resolved)
    return TicketFigures(
        stretch,
        group,
        opened=len(cell.opened),
        open_and_late=sum(one.is_open_and_late for one in cell.opened),
        first_answers=len(decided),
        late_first_answers=estimate_share(sum(one.answer_is_late for one in decided), len(decided)),
        first_answer_hours=median(answers) if answers else None,
        resolved=done,
        late_resolutions=estimate_share(sum(one.is_late for one in cell.resolved), done),
        resolution_hours=median(one.hours for one in cell.resolved) if done else None,
        reopened=estimate_share(sum(one.was_reopened for one in cell.resolved), done),
        followed_up=len(rated),
        recovered=estimate_share(sum(one >= SATISFIED for one in rated), len(rated)),
    )
