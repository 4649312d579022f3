"""How far people agree on the same comments: Cohen's kappa of two, Krippendorff's alpha of all.

References
----------
Cohen (1960), A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20.
Krippendorff (2011), Computing Krippendorff's alpha-reliability. University of Pennsylvania.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from api.corrections.repository import Judged
from api.corrections.tasks import Task, comparable
from voc_nlp.topics.statistics.intervals import Estimate, estimate_share

MOST_PAIRS = 200
Units = Mapping[str, Mapping[str, str]]
"""What each annotator said, by comment and annotator."""


@dataclass(frozen=True, slots=True)
class TaskAgreement:
    """Agreement of all annotators on one task.

    `comments` counts those that two or more labelled, `agreement` is the share on which all of them
    said the same. `alpha` is None for aspects, which are no categories, and where it is not defined.
    """

    task: str
    comments: int
    annotators: int
    agreement: Estimate | None
    alpha: float | None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Agreement of two annotators on one task; `kappa` is None where chance alone would agree always."""

    task: str
    first: str
    second: str
    comments: int
    agreement: Estimate | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement by task, and of the pairs with the most comments in common."""

    tasks: tuple[TaskAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    further_pairs: int


def measure(corrections: Iterable[Judged]) -> Agreement:
    """Measure how far annotators agree.

    Parameters
    ----------
    corrections : Iterable[Judged]
        Those that stand, at least of the comments with two or more.

    Returns
    -------
    Agreement
        Of the comments that two or more labelled.
    """
    units: defaultdict[str, defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for one in corrections:
        units[one.task][one.comment_id][one.annotator] = comparable(Task(one.task), one.label)
    tasks: list[TaskAgreement] = []
    pairs: list[tuple[str, str, str, Counter[tuple[str, str]]]] = []
    for task in sorted(units):
        twice = {comment: said for comment, said in units[task].items() if len(said) > 1}
        if not twice:
            continue
        alike = sum(len(set(said.values())) == 1 for said in twice.values())
        tasks.append(
            TaskAgreement(
                task,
                len(twice),
                len({annotator for said in twice.values() for annotator in said}),
                estimate_share(alike, len(twice)),
                None if task == Task.ASPECTS else krippendorff_alpha(twice),
            )
        )
        tables: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
        for said in twice.values():
            for first, second in combinations(sorted(said), 2):
                tables[first, second][said[first], said[second]] += 1
        pairs.extend((task, first, second, table) for (first, second), table in tables.items())
    pairs.sort(key=lambda pair: (-pair[3].total(), pair[:3]))
    shown = tuple(_pair(*pair) for pair in pairs[:MOST_PAIRS])
    return Agreement(tuple(tasks), shown, max(0, len(pairs) - MOST_PAIRS))


def krippendorff_alpha(units: Units) -> float | None:
    """Compute Krippendorff's alpha for nominal data; labels may be missing.

    Parameters
    ----------
    units : Units
        What each annotator said of each comment.

    Returns
    -------
    float | None
        1 for full agreement, 0 for that of chance; None where all labels are the same, or none is
        comparable.
    """
    values: Counter[str] = Counter()
    disagreeing = 0.0
    for said in units.values():
        if len(said) < 2:
            continue
        counts = Counter(said.values())
        values.update(counts)
        number = len(said)
        # ordered pairs of different labels within the comment, each comment weighing its labels
        disagreeing += (number**2 - sum(count**2 for count in counts.values())) / (number - 1)
    total = values.total()
    expected = total**2 - sum(count**2 for count in values.values())
    return None if expected == 0 else 1 - (total - 1) * disagreeing / expected


def _pair(task: str, first: str, second: str, table: Counter[tuple[str, str]]) -> PairAgreement:
    alike = sum(count for (a, b), count in table.items() if a == b)
    return PairAgreement(
        task,
        first,
        second,
        table.total(),
        estimate_share(alike, table.total()),
        None if task == Task.ASPECTS else _kappa(table),
    )


def _kappa(table: Counter[tuple[str, str]]) -> float | None:
    """Compute Cohen's kappa of a table of counts; None where both said one and the same label always."""
    if len({label for pair in table for label in pair}) == 1:
        return None
    from sklearn.metrics import cohen_kappa_score

    kappa = float(
        cohen_kappa_score(
            [first for first, _ in table], [second for _, second in table], sample_weight=list(table.values())
        )
    )
    return kappa if math.isfinite(kappa) else None
