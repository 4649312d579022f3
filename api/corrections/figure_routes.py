"""The calls under /v1/metrics that count corrections and compare annotators."""

from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from api.corrections import agreement, examples, figures, repository
from api.corrections.figure_schemas import (
    AgreementAnswer,
    ConfusionOut,
    CorrectionFigures,
    CorrectionRowOut,
    TaskRowOut,
)
from api.corrections.repository import Filter
from api.corrections.tasks import Task
from api.deps import MayRead, ReadSession
from api.examples import response_examples
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.reports.comment_figures import ReportError
from api.reports.comment_routes import FromQuery, ToQuery
from voc_nlp.errors import InputError
from voc_nlp.schema import Language
from voc_nlp.topics.statistics.periods import Period

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


def read_filter(
    caller: MayRead,
    rulebook: RulebookDep,
    task: Task | None = None,
    language: Language | None = None,
    start: FromQuery = None,
    end: ToQuery = None,
) -> Filter:
    """Read which corrections are counted.

    Parameters
    ----------
    caller : MayRead
        Who asks.
    rulebook : RulebookDep
        Has the calendar's zone.
    task : Task | None
        One task.
    language : Language | None
        One language.
    start : FromQuery
        First day.
    end : ToQuery
        Last day.

    Returns
    -------
    Filter
        Those that stand.
    """
    zone = rulebook.policy.calendar.zone
    last = None if end is None else end + timedelta(days=1)
    begin_at, end_at = (
        None if day is None else datetime.combine(day, time(), zone).astimezone(UTC) for day in (start, last)
    )
    return Filter(caller.tenant_id, task=task, language=language, begin=begin_at, end=end_at)


FilterDep = Annotated[Filter, Depends(read_filter)]


@router.get(
    "/corrections",
    summary="How often people find the model right / 訂正の集計",
    responses={
        200: {
            "description": "By period, task and language, with 95% intervals / 期間・項目・言語別(95% 区間)",
            "content": response_examples(examples.FIGURES, examples.FIGURES),
        },
        **documented(),
    },
)
def read_corrections(
    wanted: FilterDep, session: ReadSession, rulebook: RulebookDep, period: Period = Period.MONTH
) -> CorrectionFigures:
    """Count the comments whose labels people corrected or confirmed, and those on which the model was right.

    It is the model's accuracy on those comments. Where people look for mistakes to correct, it is lower than
    on all comments; label a random sample (or take the newest) to estimate that.
    """
    try:
        found = figures.count(session, wanted, period, rulebook.policy.calendar.zone)
    except InputError as error:
        raise ReportError(str(error)) from None

    return CorrectionFigures(
        period=period,
        items=[
            CorrectionRowOut(start=stretch.start, end=stretch.end, language=language, **_told(task, tally))
            for (stretch, task, language), tally in found.rows.items()
        ],
        tasks=[TaskRowOut(**_told(task, tally)) for task, tally in found.tasks.items()],
        confusions=[
            ConfusionOut(task=Task(task), model=model, person=person, comments=number)
            for task, model, person, number in found.confusions
        ],
    )


@router.get(
    "/agreement",
    summary="How far annotators agree / 担当者間の一致度",
    responses={
        200: {
            "description": "By task and pair / 項目・担当者の組別",
            "content": response_examples(examples.AGREEMENT, examples.AGREEMENT),
        },
        **documented(),
    },
)
def read_agreement(wanted: FilterDep, session: ReadSession) -> AgreementAnswer:
    """Compare annotators on the comments that two or more of them labelled."""
    return AgreementAnswer.model_validate(asdict(agreement.measure(repository.judged_twice(session, wanted))))


def _told(task: str, tally: figures.Tally) -> dict[str, Any]:
    share = tally.agreement
    return {
        **asdict(tally),
        "task": task,
        "comments": tally.comments,
        "agreement": None if share is None else asdict(share),
    }
