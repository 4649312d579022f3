"""Comparisons and answers of made-up models."""

from collections.abc import Mapping

from training.compare.paired import Paired
from training.compare.run import Comparison, Row
from training.heads.tasks import LABELS, departments_of


def labels(**own: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    given = {**LABELS, **own}
    return {**given, "departments": departments_of(given)}


def row(task: str, old: float, new: float, half: float = 0.01, **place: object) -> Row:
    n = int(str(place.pop("n", 500)))
    where = {"set": "corpus", "lang": "both", "slice": "all", **{k: str(v) for k, v in place.items()}}
    found = Paired(n, old, new, new - old, new - old - half, new - old + half)
    return Row(where["set"], task, where["lang"], where["slice"], found)


def comparison(*rows: Row, notes: tuple[str, ...] = ()) -> Comparison:
    return Comparison("1.0", "2.0", 0, rows, notes)
