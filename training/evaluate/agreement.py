"""How far a second, blind labelling of a tenth of the corpus agrees with the labels as they stand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data.corpus import CORPUS
from training.evaluate.metrics import Score, cohen_kappa, share
from training.evaluate.predictions import SPAN
from training.evaluate.tasks import Terms, measure_terms
from voc_nlp.routing.model import NOBODY

_TASKS = ("sentiment", "owner", "intent", "urgency", "churn")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two labellings of the same comments.

    Parameters
    ----------
    n : int
        Comments labelled twice.
    dropped : int
        Second labels whose comment is no longer in the corpus.
    tasks : mapping of str to (Score, float)
        Accuracy and Cohen's kappa by task.
    same_departments : Score
        Share of comments with the same set of departments.
    terms : Terms
        Aspects, the first labels taken as right.
    """

    n: int
    dropped: int
    tasks: Mapping[str, tuple[Score, float]]
    same_departments: Score
    terms: Terms


def measure_agreement(lang: str, folder: Path = CORPUS) -> Agreement | None:
    """Compare the second labels with the first.

    Parameters
    ----------
    lang : str
        ``ja`` or ``en``.
    folder : Path
        Where the corpus and the second labels lie.

    Returns
    -------
    Agreement | None
        None when there is no second labelling, or none of comments still in the corpus.
    """
    path = folder / f"second_{lang}.jsonl"
    if not path.is_file():
        return None
    second = _read(path)
    first = _read(folder / f"{lang}.jsonl")
    both = [(first[number], row) for number, row in second.items() if number in first]
    if not both:
        return None
    tasks = {}
    for task in _TASKS:
        labels = [(_label(a, task), _label(b, task)) for a, b in both]
        same = share([a == b for a, b in labels], [1] * len(labels))
        tasks[task] = (same, cohen_kappa([a for a, _ in labels], [b for _, b in labels]))
    departments = [set(a["departments"]) == set(b["departments"]) for a, b in both]
    return Agreement(
        n=len(both),
        dropped=len(second) - len(both),
        tasks=tasks,
        same_departments=share(departments, [1] * len(both)),
        terms=measure_terms([_spans(a["text"], a) for a, _ in both], [_spans(a["text"], b) for a, b in both]),
    )


def _read(path: Path) -> dict[str, dict[str, Any]]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {row["id"]: row for row in rows}


def _label(row: Mapping[str, Any], task: str) -> str:
    if task == "owner":
        return str(row["departments"][0]) if row["departments"] else NOBODY
    return str(row["churn_risk"] if task == "churn" else row[task])


def _spans(text: str, row: Mapping[str, Any]) -> list[SPAN]:
    places = ((text.find(one["term"]), one) for one in row["aspects"])
    return [(start, start + len(one["term"]), one["sentiment"]) for start, one in places if start >= 0]
