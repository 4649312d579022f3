"""How often people find the model right, by period, task and language, and what is taken for what."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from api.corrections.repository import Said
from api.corrections.tasks import NOBODY, Task
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

    def add(self, agreed: bool | None) -> None:
        """Count one comment.

        Parameters
        ----------
        agreed : bool | None
            Whether the model had said the same; None where nothing is known.
        """
        self.agreed += agreed is True
        self.wrong += agreed is False
        self.unknown += agreed is None

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


def count(corrections: Iterable[Said], period: Period, zone: tzinfo) -> Figures:
    """Count corrections; of several of one comment and task the newest.

    Parameters
    ----------
    corrections : Iterable[Said]
        Those that stand, oldest first.
    period : Period
        Length of a period.
    zone : tzinfo
        Where days are counted.

    Returns
    -------
    Figures
        A comment counts on the day of the correction that is in force.
    """
    newest: dict[tuple[str, str], tuple[Stretch, str, bool | None, tuple[str, str] | None]] = {}
    for one in corrections:
        stretch = period_of(one.created_at.astimezone(zone).date(), period)
        pair = None if one.agreed is not False else _confused(Task(one.task), one.model_label, one.label)
        newest[one.comment_id, one.task] = stretch, one.language, one.agreed, pair
    rows: defaultdict[tuple[Stretch, str, str], Tally] = defaultdict(Tally)
    tasks: defaultdict[str, Tally] = defaultdict(Tally)
    confusions: Counter[tuple[str, str, str]] = Counter()
    for (_, task), (stretch, language, agreed, pair) in newest.items():
        rows[stretch, task, language].add(agreed)
        tasks[task].add(agreed)
        if pair is not None:
            confusions[task, *pair] += 1
    most = sorted(confusions.items(), key=lambda item: (-item[1], item[0]))[:MOST_CONFUSIONS]
    return Figures(
        dict(sorted(rows.items())),
        dict(sorted(tasks.items())),
        [(*names, number) for names, number in most],
    )


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
