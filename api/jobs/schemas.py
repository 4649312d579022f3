"""Jobs on the wire."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.db.tables import JobRow
from api.intake import CommentErrorOut

_MESSAGES = {
    "nothing_succeeded": (
        "No comment of the job could be analysed; the results say why, one by one.",
        "分析できたコメントがありません。理由は結果に 1 件ずつ示します。",
    )
}


class JobKind(StrEnum):
    """What can be asked for."""

    SCORE = "score"


class JobIn(BaseModel):
    """Comments to analyse without waiting; for many send them as JSON lines instead."""

    kind: Literal["score"] = "score"
    comments: list[Any] = Field(min_length=1, description="Each as `POST /v1/score` takes it.")


class JobErrorOut(BaseModel):
    """Why a job failed as a whole."""

    code: str
    message: str


class JobOut(BaseModel):
    """How far a job has come; `total`, `done`, `succeeded` and `failed` count its comments."""

    id: str
    kind: JobKind
    state: Literal["queued", "running", "succeeded", "partial", "failed", "cancelled"] = Field(
        description="`partial`: done, and some comments were refused; `failed`: all were."
    )
    total: int
    done: int
    succeeded: int
    failed: int
    model_version: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None = Field(description="When the job and its results are deleted.")
    error: JobErrorOut | None


class JobPage(BaseModel):
    """A page of jobs, newest first."""

    items: list[JobOut]
    next_cursor: str | None


class JobRecordOut(BaseModel):
    """What came of one comment: an analysis as `POST /v1/score` gives it, or an `error`."""

    index: int = Field(description="Place among the comments of the job, from 0.")
    line: int = Field(description="Line of the upload, from 1; for a JSON body the number of the comment.")
    id: str
    error: CommentErrorOut | None = None


class JobResultsPage(BaseModel):
    """A page of results, in the order in which the comments were sent.

    While the job runs, `next_cursor` is never null: the same one finds more later.
    """

    state: str
    items: list[dict[str, Any]] = Field(description="Analyses and errors; see `JobRecordOut`.")
    next_cursor: str | None


def job_out(row: JobRow, language: str, kept_for: timedelta) -> JobOut:
    """Put a job on the wire.

    Parameters
    ----------
    row : JobRow
        The job.
    language : str
        Of the message when it failed.
    kept_for : timedelta
        How long it is kept after its end.

    Returns
    -------
    JobOut
        What the caller sees.
    """
    error = None
    if row.error is not None:
        code = row.error["code"]
        en, ja = _MESSAGES[code]
        error = JobErrorOut(code=code, message=ja if language == "ja" else en)
    return JobOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "total": row.total,
            "done": row.succeeded + row.failed,
            "succeeded": row.succeeded,
            "failed": row.failed,
            "model_version": row.model_version,
            "created_at": row.created_at,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "expires_at": None if row.ended_at is None else row.ended_at + kept_for,
            "error": error,
        }
    )
