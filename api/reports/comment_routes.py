"""The calls under /v1/metrics on comments: NPS and sentiment."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import MayRead, ReadSession
from api.examples import response_examples
from api.problems import documented
from api.reports import comment_examples as examples
from api.reports import comment_figures as figures
from api.reports.comment_figures import Asked
from api.reports.comment_schemas import NpsReport, SentimentReport
from api.themes.statistics_routes import ScopeDep, Segment
from voc_nlp.topics.statistics.periods import Period

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
FromQuery = Annotated[date | None, Query(alias="from", ge=_FIRST_DAY, le=_LAST_DAY)]
ToQuery = Annotated[date | None, Query(alias="to", ge=_FIRST_DAY, le=_LAST_DAY)]


def read_asked(
    _caller: MayRead,
    period: Period = Period.MONTH,
    by: Segment = None,
    start: FromQuery = None,
    end: ToQuery = None,
) -> Asked:
    """Read the parameters of a report.

    Parameters
    ----------
    _caller : MayRead
        Who asks.
    period : Period
        Length of a period.
    by : Segment
        A segment to divide by.
    start : FromQuery
        First day.
    end : ToQuery
        Last day.

    Returns
    -------
    Asked
        What is counted.
    """
    return Asked(period, by, start, end)


AskedDep = Annotated[Asked, Depends(read_asked)]


@router.get(
    "/nps",
    summary="Net Promoter Score by period / NPS の推移",
    responses={
        200: {
            "description": "Points with 95% intervals / 95% 区間つきの NPS",
            "content": response_examples(examples.NPS, examples.NPS),
        },
        **documented(),
    },
)
def read_nps(scope: ScopeDep, session: ReadSession, asked: AskedDep) -> NpsReport:
    """Count promoters and detractors by period and segment, also of comments without words."""
    return NpsReport.model_validate(figures.nps(session, scope, asked))


@router.get(
    "/sentiment",
    summary="Sentiment by period / 感情の推移",
    responses={
        200: {
            "description": "Means and shares with 95% intervals / 95% 区間つきの平均と割合",
            "content": response_examples(examples.SENTIMENT, examples.SENTIMENT),
        },
        **documented(),
    },
)
def read_sentiment(scope: ScopeDep, session: ReadSession, asked: AskedDep) -> SentimentReport:
    """Average the sentiment by period and segment, and count the four labels."""
    return SentimentReport.model_validate(figures.sentiment(session, scope, asked))
