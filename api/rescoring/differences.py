"""Compares a comment's two scorings: which labels differ, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.rescoring.labels import TASKS, THEMES, Label, labels_of, word_of
from api.rescoring.reasons import Change, Reason


@dataclass(frozen=True, slots=True)
class Scoring:
    """One of the two: who made it (None where that was not written down), and what it said.

    `themes` are ids of the comment's themes by the tenant's model when it was made.
    """

    model_version: str
    made_by: Mapping[str, Any] | None
    body: Mapping[str, Any]
    themes: Sequence[str]

    @property
    def score(self) -> float:
        """The sentiment's score."""
        return float(self.body["sentiment"]["score"])


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two scorings of a comment; `reasons` has the tasks that do."""

    comment_id: str
    before: Mapping[str, Label]
    after: Mapping[str, Label]
    reasons: Mapping[str, tuple[Reason, ...]]
    scores: tuple[float, float]
    versions: tuple[str, str]
    text: str

    def to_record(self) -> dict[str, Any] | None:
        """Return the line of the job's results.

        Returns
        -------
        dict[str, Any] | None
            None when nothing differs.
        """
        if not self.reasons:
            return None
        return {
            "id": self.comment_id,
            "before": {task: self.before[task] for task in self.reasons},
            "after": {task: self.after[task] for task in self.reasons},
            "reasons": {task: list(found) for task, found in self.reasons.items()},
        }


def compare(comment_id: str, before: Scoring, after: Scoring, standing: Sequence[str]) -> Difference:
    """Compare two scorings of a comment.

    Parameters
    ----------
    comment_id : str
        The comment.
    before : Scoring
        The earlier one.
    after : Scoring
        The new one; its `made_by` is known.
    standing : Sequence[str]
        The themes that the comment had when it was scored again: those of `before`, moved by
        every change of the tenant's themes and words since.

    Returns
    -------
    Difference
        By task.
    """
    assert after.made_by is not None
    change = Change(before.model_version, before.made_by, after.made_by)
    old, new = labels_of(before.body, before.themes), labels_of(after.body, after.themes)
    reasons = {
        task: change.of_themes(before.themes, standing, after.themes) if task == THEMES else change.of(task)
        for task in TASKS
        if word_of(old[task]) != word_of(new[task])
    }
    return Difference(
        comment_id,
        old,
        new,
        reasons,
        (before.score, after.score),
        (before.model_version, after.model_version),
        after.made_by["text"],
    )
