"""Compare two candidates task by task, language by language and slice by slice."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.compare.candidates import Candidate
from training.compare.paired import Paired, Tally, compare_paired, tally_classes, tally_sets
from training.compare.sets import TestSet
from training.data.labelled import Labelled
from training.evaluate.predictions import Prediction, predict, truth_spans
from training.evaluate.slices import group_by_slice
from training.heads.tasks import target
from training.progress import steps
from voc_nlp.analysis import Analyzer

CLASSES = ("sentiment", "owner", "intent", "urgency", "churn")
"""Tasks with one label a comment: macro-F1."""

SETS = ("departments", "aspects")
"""Tasks with several: F1 pooled over comments."""

ALL, EVERY_LANGUAGE = "all", "both"
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison.

    Parameters
    ----------
    set : str
        The test set.
    task : str
        Of `CLASSES` or `SETS`.
    lang : str
        ``ja``, ``en`` or both.
    slice : str
        A slice, or all.
    found : Paired
        Both figures.
    """

    set: str
    task: str
    lang: str
    slice: str
    found: Paired

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, Any]
            Figures rounded to four decimals.
        """
        figures = {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in asdict(self.found).items()
        }
        place = {"set": self.set, "task": self.task, "lang": self.lang, "slice": self.slice}
        return {**place, **figures, "verdict": self.found.verdict}


@dataclass(frozen=True, slots=True)
class Comparison:
    """All lines, and what could not be compared.

    Parameters
    ----------
    old, new : str
        Versions.
    seed : int
        Of the draws.
    rows : tuple[Row, ...]
        By set, task, language and slice.
    notes : tuple[str, ...]
        What was left out, and why.
    """

    old: str
    new: str
    seed: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, Any]
            ``old``, ``new``, ``seed``, ``rows``, ``notes``.
        """
        return {
            "old": self.old,
            "new": self.new,
            "seed": self.seed,
            "rows": [row.to_dict() for row in self.rows],
            "notes": list(self.notes),
        }


def compare(old: Candidate, new: Candidate, sets: Sequence[TestSet], *, seed: int) -> Comparison:
    """Let both answer, and compare.

    Parameters
    ----------
    old : Candidate
        What is in service.
    new : Candidate
        What may take its place.
    sets : Sequence[TestSet]
        Labelled comments.
    seed : int
        Of the draws.

    Returns
    -------
    Comparison
        A task is left out of a set, and named in the notes, where the right labels hold one that `new` does
        not have, or where nobody labelled it.
    """
    analyzers = old.load(), new.load()
    rows: list[Row] = []
    notes: list[str] = []
    for one in sets:
        if one.left_out:
            notes.append(
                f"{one.name}: {one.left_out} comments left out, which training may have learnt from; "
                f"{len(one.rows)} were held out"
            )
        said = tuple(_answer(analyzer, one.rows) for analyzer in analyzers)
        for task in (*CLASSES, *SETS):
            known = [place for place, row in enumerate(one.rows) if _truth(row, task) is not None]
            if not known:
                notes.append(f"{one.name}, {task}: no labels")
                continue
            foreign = _foreign([one.rows[place] for place in known], task, new)
            if foreign:
                notes.append(f"{one.name}, {task}: not compared, {new.name} has no {', '.join(foreign)}")
                continue
            rows += _compare_task(one, task, known, (old, new), said, seed)
    return Comparison(old.name, new.name, seed, tuple(rows), tuple(notes))


def _answer(analyzer: Analyzer, rows: Sequence[Labelled]) -> list[Prediction]:
    parts = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
    return [answer for part in steps(parts, analyzer.model_version) for answer in predict(analyzer, part)]


def _compare_task(
    one: TestSet,
    task: str,
    known: Sequence[int],
    candidates: tuple[Candidate, Candidate],
    said: Sequence[Sequence[Prediction]],
    seed: int,
) -> list[Row]:
    rows = [one.rows[place] for place in known]
    old, new = (_tally(task, rows, [answers[place] for place in known], candidates) for answers in said)
    groups: dict[tuple[str, str], list[int]] = {(EVERY_LANGUAGE, ALL): list(range(len(rows)))}
    for place, row in enumerate(rows):
        groups.setdefault((row.lang, ALL), []).append(place)
    groups |= group_by_slice(rows)
    return [
        Row(
            one.name,
            task,
            lang,
            name,
            compare_paired(
                Tally(old.counts[places], old.finish), Tally(new.counts[places], new.finish), seed=seed
            ),
        )
        for (lang, name), places in groups.items()
    ]


def _tally(
    task: str,
    rows: Sequence[Labelled],
    answers: Sequence[Prediction],
    candidates: tuple[Candidate, Candidate],
) -> Tally:
    if task == "departments":
        pairs = ((row.departments or (), one.departments) for row, one in zip(rows, answers, strict=True))
        return tally_sets(_shared(pairs))
    if task == "aspects":
        found = ((truth_spans(row), one.aspects) for row, one in zip(rows, answers, strict=True))
        return tally_sets(_overlapping(found))
    truth = [str(target(row, task)) for row in rows]
    labels = dict.fromkeys(
        label for one in candidates for label in (*one.labels[task], *_ALWAYS.get(task, ()))
    )
    return tally_classes(truth, [_label(one, task) for one in answers], list(labels))


_ALWAYS: Mapping[str, tuple[str, ...]] = {"intent": ("other",)}
"""Labels that noise and refusals get, whatever classes a model has."""


def _label(answer: Prediction, task: str) -> str:
    value = str(getattr(answer, task))
    return value.lower() if task == "churn" else value


def _shared(pairs: Any) -> NDArray[np.int64]:
    counts = [(hit := len(set(a) & set(b)), len(b), hit, len(a)) for a, b in pairs]
    return np.asarray(counts, dtype=np.int64).reshape(-1, 4)


def _overlapping(pairs: Any) -> NDArray[np.int64]:
    counts = []
    for real, found in pairs:
        met = sum(any(s < e2 and e > s2 for s2, e2, _ in real) for s, e, _ in found)
        reached = sum(any(s < e2 and e > s2 for s2, e2, _ in found) for s, e, _ in real)
        counts.append((met, len(found), reached, len(real)))
    return np.asarray(counts, dtype=np.int64).reshape(-1, 4)


def _truth(row: Labelled, task: str) -> object:
    if task == "departments":
        return row.departments
    return row.aspects if task == "aspects" else target(row, task)


def _foreign(rows: Sequence[Labelled], task: str, new: Candidate) -> list[str]:
    """List right labels that the new model cannot answer."""
    if task == "aspects":
        return []
    if task == "departments":
        seen = {name for row in rows for name in row.departments or ()}
    else:
        seen = {str(target(row, task)) for row in rows}
    return sorted(seen - set(new.labels[task]))
