"""Walks through a stream: each week is compared with those before it, for sudden and for gradual drift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from voc_nlp.drift.compare import LEAST_COMMENTS, LEAST_WEEKS, LEVEL, Finding, judge
from voc_nlp.drift.measures import Measure, Table, maker_of, tabulate
from voc_nlp.drift.profile import WeekProfile
from voc_nlp.errors import InputError

REFERENCE_WEEKS = 26
"""Half a year: long enough to know how much weeks vary, short enough to follow what customers get used to."""

RECENT_WEEKS = 4
"""So many weeks together are looked at for gradual drift."""

GAP_WEEKS = 4
"""So many weeks lie between them and those that they are compared with, where a slow change is under way."""


class Pace(StrEnum):
    """What kind of drift is looked for."""

    SUDDEN = "sudden"
    """The week against the weeks just before."""
    GRADUAL = "gradual"
    """The last weeks together against older ones."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a stream; `start` is its Monday."""

    start: date
    profile: WeekProfile


@dataclass(frozen=True, slots=True)
class Watched:
    """One measure of one week, looked at for one kind of drift.

    Parameters
    ----------
    pace : Pace
        What was looked for.
    finding : Finding
        What was found.
    since : date | None
        First week of the alarm, where weeks before were alarms of the same kind too; None without one.
    """

    pace: Pace
    finding: Finding
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of one week.

    Parameters
    ----------
    start : date
        Its Monday.
    n : int
        Comments.
    version : str
        The model version that analysed the most of them.
    watched : tuple[Watched, ...]
        By measure and pace.
    """

    start: date
    n: int
    version: str
    watched: tuple[Watched, ...]

    @property
    def alarms(self) -> tuple[Watched, ...]:
        """What drifted."""
        return tuple(one for one in self.watched if one.finding.is_alarm)

    @property
    def new_alarms(self) -> tuple[Watched, ...]:
        """What drifted, and did not the week before."""
        return tuple(one for one in self.alarms if one.since == self.start)


def watch(weeks: Sequence[Week], *, level: float = LEVEL) -> list[Report]:
    """Compare each week with those before it.

    The reference is the last `REFERENCE_WEEKS` weeks; those that were alarms of the measure are left out, so
    that a drift does not become its own measure, until fewer than `LEAST_WEEKS` others are left: then
    the new state is taken for the usual one.

    Parameters
    ----------
    weeks : Sequence[Week]
        The stream, in order of time; a week without a comment may be missing.
    level : float
        Chance of a false alarm of one measure in one week.

    Returns
    -------
    list[Report]
        One a week, in order.

    Raises
    ------
    InputError
        If the weeks are not in order.
    """
    starts = [week.start for week in weeks]
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise InputError(
            "the weeks are not in order of time; expected each once, the earliest first. Sort them."
        )
    profiles = [week.profile for week in weeks]
    totals = [profile.n for profile in profiles]
    found: list[list[Watched]] = [[] for _ in weeks]
    for measure in Measure:
        tables: dict[str, Table] = {}
        for pace in Pace:
            since: dict[int, date] = {}
            for row in range(len(weeks)):
                maker = maker_of(profiles[row], measure)
                if maker not in tables:
                    tables[maker] = tabulate(profiles, measure, maker)
                latest, past = _rows(row, pace, since, totals)
                finding = judge(measure, tables[maker], past, latest, level, totals)
                if finding.is_alarm:
                    since[row] = since.get(row - 1, weeks[row].start)
                found[row].append(Watched(pace, finding, since.get(row)))
    return [
        Report(week.start, week.profile.n, week.profile.version, tuple(watched))
        for week, watched in zip(weeks, found, strict=True)
    ]


def _rows(row: int, pace: Pace, alarmed: dict[int, date], totals: Sequence[int]) -> tuple[range, list[int]]:
    """Choose the weeks that are judged, and those that they are compared with."""
    width, gap = (1, 0) if pace is Pace.SUDDEN else (RECENT_WEEKS, GAP_WEEKS)
    first = row - width + 1
    latest = range(max(first, 0), row + 1)
    past = range(max(first - gap - REFERENCE_WEEKS, 0), max(first - gap, 0))
    usual = [one for one in past if one not in alarmed]
    enough = sum(totals[one] >= LEAST_COMMENTS for one in usual) >= LEAST_WEEKS
    return latest, usual if enough else list(past)
