"""How often people find the model right, by period, task and language, and what is taken for what."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.corrections import repository
from api.corrections.days import local_day
from api.corrections.repository import Filter
from api.corrections.tasks import NOBODY, Task
from api.db.tables import CorrectionRow
from voc_nlp.topics.statistics.intervals import Estimate, estimate_share
from voc_nlp.topics.statistics.periods import Period, Stretch, period_of

MOST_CONFUSIONS = 200
_NO_THEME = "none"


@dataclass(slots=True)
class Tally:
    """Corrected comments, and what the model had said of them."""

    agreed: int = 0
    wrong: int = 0
    unknown: int = 0

    def add(self, agreed: int, wrong: int, unknown: int) -> None:
        """Count comments.

        Parameters
        ----------
        agreed : int
            Of how many the model had said the same.
        wrong : int
            Of how many something else.
        unknown : int
            Of how many nothing is known.
        """
        self.agreed += agreed
        self.wrong += wrong
        self.unknown += unknown

    @property
    def comments(self) -> int:
        """How many."""
        return self.agreed + self.wrong + self.unknown

    @property
    def agreement(self) -> Estimate | None:
        """Share of the known ones on which the model had said the same, with its interval."""
        return estimate_share(self.agreed, self.agreed + self.wrong)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted; keys are sorted."""

    rows: dict[tuple[Stretch, str, str], Tally]
    tasks: dict[str, Tally]
    confusions: list[tuple[str, str, str, int]]


def count(session: Session, wanted: Filter, period: Period, zone: tzinfo) -> Figures:
    """Count corrections; of several of one comment and task the newest.

    Parameters
    ----------
    session : Session
        A reading session.
    wanted : Filter
        Those that stand.
    period : Period
        Length of a period.
    zone : tzinfo
        Where days are counted.

    Returns
    -------
    Figures
        A comment counts on the day of the correction that is in force.
    """
    newest = repository.newest_each(wanted)
    rows: defaultdict[tuple[Stretch, str, str], Tally] = defaultdict(Tally)
    tasks: defaultdict[str, Tally] = defaultdict(Tally)
    for day, task, language, *counts in _by_day(session, newest, repository.span(session, wanted), zone):
        stretch = period_of(date.fromisoformat(day), period)
        rows[stretch, task, language].add(*counts)
        tasks[task].add(*counts)
    confusions: Counter[tuple[str, str, str]] = Counter()
    for task, said, label, number in _taken_for_others(session, newest):
        pair = _confused(Task(task), said, label)
        if pair is not None:
            confusions[task, *pair] += number
    most = sorted(confusions.items(), key=lambda item: (-item[1], item[0]))[:MOST_CONFUSIONS]
    return Figures(
        dict(sorted(rows.items())),
        dict(sorted(tasks.items())),
        [(*names, number) for names, number in most],
    )


def _by_day(
    session: Session, newest: Any, span: tuple[datetime, datetime] | None, zone: tzinfo
) -> Sequence[Any]:
    """Count by day, task and language: agreed, wrong and unknown."""
    if span is None:
        return ()
    first, last = span
    row = CorrectionRow
    sqlite = session.get_bind().dialect.name == "sqlite"
    day = local_day(row.created_at, first, last, zone=zone, sqlite=sqlite)
    found = newest.with_only_columns(day.label("day"), row.task, row.language, row.agreed).subquery()
    keys = (found.c.day, found.c.task, found.c.language)
    counts = (func.count().filter(found.c.agreed.is_(each)) for each in (True, False, None))
    return session.execute(select(*keys, *counts).group_by(*keys)).all()


def _taken_for_others(session: Session, newest: Any) -> Sequence[Any]:
    """Count what was said wrongly, by what people said instead."""
    row = CorrectionRow
    names = (row.task, row.model_label, row.label)
    wrong = newest.where(row.agreed.is_(False), row.task != Task.ASPECTS.value)
    return session.execute(wrong.with_only_columns(*names, func.count()).group_by(*names)).all()


def _confused(task: Task, said: Any, label: Any) -> tuple[str, str] | None:
    """Name what was taken for what; None where a label is no single name, or the names are the same."""
    if task is Task.ASPECTS:
        return None
    if task is Task.DEPARTMENTS:
        pair = (said[0] if said else NOBODY, label[0] if label else NOBODY)
    elif task is Task.THEME:
        pair = (said[0] if said else _NO_THEME, label or _NO_THEME)
    elif task is Task.CHURN:
        pair = (str(said).lower(), str(label).lower())
    else:
        pair = (said, label)
    return None if pair[0] == pair[1] else pair
