"""Comments on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, SkipValidation

from api.analyses import AnalysisOut
from api.comments.corrected import in_force
from api.db.tables import CommentRow, CorrectionRow
from api.intake import MAX_COMMENTS, CommentErrorOut, CommentFields
from api.tickets.schemas import TicketOut


class CommentIn(CommentFields):
    """A comment to keep; the same source and external_id again is the same comment."""

    source: str = Field(min_length=1, max_length=200, description="Where it comes from, e.g. the survey.")
    external_id: str = Field(min_length=1, max_length=200, description="Its id there.")


class CommentBatchIn(BaseModel):
    """Up to 100 comments to keep."""

    comments: list[SkipValidation[CommentIn]] = Field(min_length=1, max_length=MAX_COMMENTS)


class CommentOut(BaseModel):
    """A stored comment; personal data is masked in `text`."""

    id: str
    source: str
    external_id: str
    text: str = Field(description="Masked: 「[電話番号1]」, `[PHONE1]`.")
    lang: str
    channel: str | None
    industry: str | None
    touchpoint: str | None
    customer_id: str | None
    created_at: datetime | None
    nps: int | None
    csat: float | None
    ces: float | None
    extra: dict[str, Any] = Field(description="Every other field, as it was sent.")
    received_at: datetime


class ShownCorrectionOut(BaseModel):
    """What a person says of the comment, beside the analysis."""

    id: str
    task: str
    label: Any = Field(description="In the shape of `POST /v1/corrections` / ラベル")
    annotator: str
    created_at: datetime
    in_force: bool = Field(description="The newest of its task / 同じ項目で最新のもの")


class CommentAnswer(BaseModel):
    """A comment, what was said about it, and its ticket."""

    comment: CommentOut
    analysis: AnalysisOut
    ticket: TicketOut | None
    further_tickets: list[TicketOut] = Field(
        default=[], description="Those of further departments, where rules name some / 他部署のチケット"
    )
    corrections: list[ShownCorrectionOut] = Field(
        default=[], description="Those that stand, newest first; the analysis stays as it was / 有効な訂正"
    )


class BatchResultOut(CommentAnswer):
    """One comment of a batch; `status` is 201 when it is new, 200 when it was there before."""

    index: int
    status: int


class BatchErrorOut(BaseModel):
    """One comment of a batch that was not kept."""

    index: int
    source: str
    external_id: str
    error: CommentErrorOut


class CommentBatchOut(BaseModel):
    """What became of a batch; both lists keep the order of the request."""

    results: list[BatchResultOut]
    errors: list[BatchErrorOut]
    succeeded: int
    failed: int


class CommentPage(BaseModel):
    """A page of comments, newest first."""

    items: list[CommentAnswer]
    next_cursor: str | None


def comment_out(row: CommentRow) -> CommentOut:
    """Put a comment on the wire.

    Parameters
    ----------
    row : CommentRow
        The stored comment.

    Returns
    -------
    CommentOut
        What the caller sees.
    """
    return CommentOut(
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        text=row.masked_text,
        lang=row.lang,
        channel=row.channel,
        industry=row.industry,
        touchpoint=row.touchpoint,
        customer_id=row.customer_id,
        created_at=row.written_at,
        nps=row.nps,
        csat=row.csat,
        ces=row.ces,
        extra=row.extra,
        received_at=row.received_at,
    )


def corrections_out(rows: Sequence[CorrectionRow]) -> list[dict[str, Any]]:
    """Put the corrections of a comment on the wire.

    Parameters
    ----------
    rows : Sequence[CorrectionRow]
        Those that stand, newest first.

    Returns
    -------
    list[dict[str, Any]]
        `ShownCorrectionOut`, in the same order.
    """
    chosen = {row.id for row in in_force(rows).values()}
    return [
        ShownCorrectionOut(
            id=row.id,
            task=row.task,
            label=row.label,
            annotator=row.annotator,
            created_at=row.created_at,
            in_force=row.id in chosen,
        ).model_dump(mode="json")
        for row in rows
    ]
