"""Jobs on the wire."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.db.tables import JobRow
from api.errors import Bilingual, Fault, InvalidRequestError
from api.intake import CommentErrorOut
from api.problems import pointer
from api.rescoring.asking import Ask, Makers, Tickets
from api.themes.schemas import ThemeId, Words

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)

_MESSAGES = {
    "nothing_succeeded": (
        "No comment of the job could be analysed; the results say why, one by one.",
        "分析できたコメントがありません。理由は結果に 1 件ずつ示します。",
    )
}


class JobKind(StrEnum):
    """What can be asked for."""

    SCORE = "score"
    RESCORE = "rescore"


class JobIn(BaseModel):
    """Comments to analyse without waiting; for many send them as JSON lines instead."""

    kind: Literal["score"] = "score"
    comments: list[Any] = Field(min_length=1, description="Each as `POST /v1/score` takes it.")


class RescoreFilterIn(BaseModel):
    """Which stored comments; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    start: Annotated[
        date | None, Field(alias="from", ge=_FIRST_DAY, le=_LAST_DAY, description="First day, as in exports.")
    ] = None
    end: Annotated[date | None, Field(alias="to", ge=_FIRST_DAY, le=_LAST_DAY, description="Last day.")] = (
        None
    )
    language: Literal["ja", "en"] | None = None
    source: Annotated[Words | None, Field(min_length=1, max_length=200)] = None
    department: Annotated[
        Words | None, Field(min_length=1, max_length=64, description="One of the owners.")
    ] = None
    theme: Annotated[ThemeId | None, Field(description="A theme; a group stands for all below it.")] = None
    model_version: Annotated[
        Words | None,
        Field(
            min_length=1,
            max_length=200,
            description="Only what this version analysed; `any` takes all. Without it: what other models or "
            "other departments than the present ones analysed.",
        ),
    ] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse an end before the start."""
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("the last day ('to') is before the first ('from'); exchange them")
        return self


class RescoreIn(BaseModel):
    """Stored comments to score again; needs the scope `admin`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: Literal["rescore"]
    filter: RescoreFilterIn = Field(default_factory=RescoreFilterIn)
    tickets: Tickets = Field(
        default=Tickets.LEAVE,
        description="`leave` touches no ticket; `open` asks the opening rules about comments without one.",
    )
    dry_run: bool = Field(default=False, description="Write the report, and nothing else.")

    def to_ask(self, present: Makers) -> Ask:
        """Return what is asked for.

        Parameters
        ----------
        present : Makers
            What analyses at present.

        Returns
        -------
        Ask
            As the job stores it.
        """
        return Ask(present=present, tickets=self.tickets, dry_run=self.dry_run, **self.filter.model_dump())


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
    asked: dict[str, Any] | None = Field(description="Of a re-scoring: which comments, what with tickets.")
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
    """A page of results, in the order in which the comments were sent, or were received before a re-scoring.

    While the job runs, `next_cursor` is never null: the same one finds more later.
    """

    state: str
    items: list[dict[str, Any]] = Field(
        description="Analyses and errors; see `JobRecordOut`. Of a re-scoring: comments whose labels changed."
    )
    next_cursor: str | None


def invalid_body(error: ValidationError) -> InvalidRequestError:
    """Word what is wrong with a JSON body that a route reads by itself.

    Parameters
    ----------
    error : ValidationError
        What was found.

    Returns
    -------
    InvalidRequestError
        With a pointer a fault.
    """
    return InvalidRequestError(
        [
            Fault(pointer(item["loc"]), Bilingual(item["msg"], f"値が正しくありません: {item['msg']}"))
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    )


def body_schema() -> dict[str, Any]:
    """Describe the JSON bodies of `POST /v1/jobs` for OpenAPI, references put in their places.

    Returns
    -------
    dict[str, Any]
        One of two.
    """
    return {"anyOf": [_inlined(one.model_json_schema()) for one in (JobIn, RescoreIn)]}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    known = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                value = known[value["$ref"].rpartition("/")[2]] | {
                    name: each for name, each in value.items() if name != "$ref"
                }
            return {name: put(each) for name, each in value.items()}
        return [put(each) for each in value] if isinstance(value, list) else value

    told: dict[str, Any] = put(schema)
    return told


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
            "asked": row.asked,
            "created_at": row.created_at,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "expires_at": None if row.ended_at is None else row.ended_at + kept_for,
            "error": error,
        }
    )
