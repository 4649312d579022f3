"""The call that says what to label next: GET /v1/labelling-queue."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.analyses import AnalysisOut
from api.comments.schemas import CommentOut, comment_out
from api.corrections import queue
from api.corrections.queue import Asked, Queued
from api.corrections.second_opinion import SecondOpinionDep
from api.deps import MayReadOwn, ReadSession
from api.examples import ANSWER_JA, READ_EN, JsonObject, response_examples
from api.problems import documented
from api.themes.shelf import ShelfDep
from voc_nlp.labelling import Reason
from voc_nlp.schema import Language

router = APIRouter(prefix="/v1/labelling-queue", tags=["corrections"])


class QueueTask(StrEnum):
    """Tasks whose doubt the models tell."""

    SENTIMENT = "sentiment"
    DEPARTMENTS = "departments"
    INTENT = "intent"
    URGENCY = "urgency"
    CHURN = "churn"


class QueuedOut(BaseModel):
    """A comment to label, and why."""

    comment: CommentOut
    analysis: AnalysisOut
    score: float = Field(description="Worth when it was chosen, 0 to 1 / 優先度")
    reason: Reason = Field(description="What sets it apart most / 選ばれた理由")
    uncertainty: float = Field(description="1 is a toss-up / 不確かさ")
    disagreement: float | None = Field(
        description="Between the stored analysis and the second tier; null without one / モデル間の不一致"
    )


class QueueAnswer(BaseModel):
    """What to label next, the most worth first."""

    items: list[QueuedOut]
    pool: int = Field(description="Newest comments without a label that were looked at / 対象件数")
    second_opinion: str | None = Field(description="Version of the second tier; null where there is none.")


def _example(answer: JsonObject) -> JsonObject:
    shown = {name: answer[name] for name in ("comment", "analysis")}
    told = {"score": 0.71, "reason": "tiers_disagree", "uncertainty": 0.64, "disagreement": 0.58}
    return {"items": [{**shown, **told}], "pool": 2_000, "second_opinion": "2026.1-fast"}


EXAMPLE_JA, EXAMPLE_EN = _example(ANSWER_JA), _example(READ_EN)


@router.get(
    "",
    summary="What to label next / 次にラベルを付けるコメント",
    response_model=None,
    responses={
        200: {
            "model": QueueAnswer,
            "description": "The most worth first / 優先度順",
            "content": response_examples(EXAMPLE_JA, EXAMPLE_EN),
        },
        **documented(),
    },
)
def read_queue(
    caller: MayReadOwn,
    session: ReadSession,
    shelf: ShelfDep,
    second: SecondOpinionDep,
    task: Annotated[QueueTask | None, Query(description="One task; all without it / 項目")] = None,
    language: Language | None = None,
    department: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
    count: Annotated[int, Query(ge=1, le=100, description="How many / 件数")] = 20,
) -> Response:
    """Choose comments that are most worth a person's label, by the models' doubt, and unlike one another.

    Looked at are the newest 2,000 comments that say something and have no correction (of the task). The 300
    most uncertain of them are read by the second tier as well. Nothing is reserved: two people who ask at
    the same time get the same comments, so let them ask for different tasks, languages or departments.
    """
    asked = Asked(
        caller.tenant_id,
        count,
        task=None if task is None else task.value,
        language=None if language is None else language.value,
        department=department,
        departments=caller.departments,
    )
    found = queue.fill(session, asked, shelf, second)
    return JSONResponse(
        {
            "items": [_shown(one) for one in found.items],
            "pool": found.pool,
            "second_opinion": found.second_opinion,
        }
    )


def _shown(one: Queued) -> dict[str, Any]:
    return {
        "comment": comment_out(one.comment).model_dump(mode="json"),
        "analysis": one.analysis,
        "score": round(one.chosen.score, 4),
        "reason": one.chosen.reason.value,
        "uncertainty": round(one.uncertainty, 4),
        "disagreement": None if one.disagreement is None else round(one.disagreement, 4),
    }
