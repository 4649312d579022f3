"""The call under /v1/jobs that tells what a re-scoring changed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import examples as service_examples
from api.deps import MayRead, ReadSession
from api.errors import NotFoundError
from api.jobs import examples, service
from api.jobs.reporting import report_of, with_texts
from api.problems import documented
from api.rescoring.asking import KIND
from api.rescoring.report import RescoreReportOut

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
ExamplesQuery = Annotated[int, Query(ge=0, le=20, description="Most examples of a task / 例の最大件数")]


@router.get(
    "/{job_id}/report",
    summary="Read what a re-scoring changed / 再分析による変化を取得する",
    response_model=RescoreReportOut,
    responses={
        200: {
            "description": "Counts, reasons and examples, as far as the job has come / 件数・理由・例",
            "content": service_examples.response_examples(examples.REPORT, examples.REPORT),
        },
        **documented(404),
    },
)
def read_report(
    job_id: str, caller: MayRead, session: ReadSession, examples: ExamplesQuery = 5
) -> dict[str, Any]:
    """Read how many labels changed, by task, department and theme, with reasons and examples.

    `before` is what the last scoring said, `after` what this one says. A job of another kind has no report.
    """
    row = service.find(session, caller.tenant_id, job_id)
    if row.kind != KIND:
        raise NotFoundError()
    return dict(with_texts(session, report_of(session, row, examples)))
