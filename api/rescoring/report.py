"""The difference report of a re-scoring: what changed, by task, department and theme, and why."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from api.rescoring.labels import TASKS
from api.rescoring.tally import Group, Tally

_MOST_PAIRS = 30
_MOST_GROUPS = 200


class ChangedPairOut(BaseModel):
    """Comments whose label changed in one way; several ids are joined by `+`."""

    before: str
    after: str
    comments: int


class ChangeExampleOut(BaseModel):
    """One comment whose label changed."""

    id: str
    before: str
    after: str
    reasons: list[str]
    text: str | None = Field(description="Masked; null when the comment is gone.")


class TaskReportOut(BaseModel):
    """How many labels of one task changed, from what to what, and why."""

    total: int
    changed: int
    reasons: dict[str, int] = Field(description="Comments by reason; one may have several.")
    pairs: list[ChangedPairOut] = Field(description=f"The {_MOST_PAIRS} most frequent.")
    examples: list[ChangeExampleOut]


class GroupReportOut(BaseModel):
    """The comments of one department or theme, before and after."""

    id: str
    before: int
    after: int
    gained: int
    lost: int
    changed: dict[str, int] = Field(
        description="Comments that had it before or have it now, by the task whose label changed."
    )
    mean_score_before: float | None
    mean_score_after: float | None


class RescoreReportOut(BaseModel):
    """What a re-scoring changed, as far as it has come."""

    job_id: str
    state: str
    dry_run: bool
    scored: int
    changed: int = Field(description="Comments with at least one other label.")
    failed: int
    left_out: int = Field(description="Gone, or scored by another job meanwhile.")
    model_versions_before: dict[str, int]
    model_versions_after: dict[str, int]
    texts: dict[str, int] = Field(
        description="Which text was analysed: `sent`, `original` (unsealed), `masked` (with stand-ins)."
    )
    reasons: dict[str, int] = Field(
        description="Changed comments by reason: `model`, `taxonomy`, `dictionary`, `masking`, `unknown`."
    )
    mean_score_before: float | None
    mean_score_after: float | None
    tickets: dict[str, int] = Field(description="Comments that deserve one and had none; opened; joined.")
    tasks: dict[str, TaskReportOut]
    departments: list[GroupReportOut]
    themes: list[GroupReportOut]


def build_report(job_id: str, state: str, *, dry_run: bool, tally: Tally, examples: int) -> dict[str, Any]:
    """Lay the counts of a job out.

    Parameters
    ----------
    job_id : str
        The job.
    state : str
        How far it has come.
    dry_run : bool
        Whether nothing was written.
    tally : Tally
        The counts of all parts that are done.
    examples : int
        Most examples of a task.

    Returns
    -------
    dict[str, Any]
        A `RescoreReportOut`; the texts of the examples are None.
    """
    return {
        "job_id": job_id,
        "state": state,
        "dry_run": dry_run,
        "scored": tally.scored,
        "changed": tally.changed,
        "failed": tally.failed,
        "left_out": tally.left_out,
        "model_versions_before": dict(tally.versions_before),
        "model_versions_after": dict(tally.versions_after),
        "texts": dict(tally.texts),
        "reasons": dict(tally.reasons.most_common()),
        "mean_score_before": _mean(tally.score_before, tally.scored),
        "mean_score_after": _mean(tally.score_after, tally.scored),
        "tickets": {"deserving": tally.deserving, "opened": tally.opened, "joined": tally.joined},
        "tasks": {task: _task(tally, task, examples) for task in TASKS},
        "departments": _groups(tally.departments),
        "themes": _groups(tally.themes),
    }


def _task(tally: Tally, task: str, examples: int) -> dict[str, Any]:
    pairs: dict[tuple[str, str], int] = {}
    reasons: dict[str, int] = {}
    for (old, new, why), count in tally.changes[task].items():
        pairs[old, new] = pairs.get((old, new), 0) + count
        for reason in why.split("+"):
            reasons[reason] = reasons.get(reason, 0) + count
    frequent = sorted(pairs.items(), key=lambda each: (-each[1], each[0]))
    shown = sorted(tally.examples[task], key=lambda each: (-pairs[each[1], each[2]], each[0]))
    return {
        "total": tally.scored,
        "changed": sum(pairs.values()),
        "reasons": dict(sorted(reasons.items())),
        "pairs": [
            {"before": old, "after": new, "comments": count} for (old, new), count in frequent[:_MOST_PAIRS]
        ],
        "examples": [
            {"id": comment_id, "before": old, "after": new, "reasons": why.split("+"), "text": None}
            for comment_id, old, new, why in shown[:examples]
        ],
    }


def _groups(groups: Mapping[str, Group]) -> list[dict[str, Any]]:
    """Lay departments or themes out, those that changed most first."""
    told: list[dict[str, Any]] = [
        {
            "id": name,
            "before": group.before,
            "after": group.after,
            "gained": group.after - group.kept,
            "lost": group.before - group.kept,
            "changed": dict(sorted(group.changed.items())),
            "mean_score_before": _mean(group.score_before, group.before),
            "mean_score_after": _mean(group.score_after, group.after),
        }
        for name, group in groups.items()
    ]
    told.sort(key=lambda each: (-(each["gained"] + each["lost"]), -each["before"], each["id"]))
    return told[:_MOST_GROUPS]


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 4) if count else None
