"""Reports on comments on the wire."""

from datetime import date

from pydantic import BaseModel, Field

from api.themes.statistics_schemas import EstimateOut
from voc_nlp.schema import SentimentLabel
from voc_nlp.topics.statistics.periods import Period


class PeriodOut(BaseModel):
    """One period and segment."""

    start: date
    end: date
    segment: str | None = Field(description="null for comments without a value, and when none was asked for.")
    change: EstimateOut | None = Field(description="Against the period before; null where one has no figure.")
    complete: bool = Field(description="False where not all days of the period were looked at.")


class NpsRowOut(PeriodOut):
    """The Net Promoter Score, in points from -100 to 100."""

    nps: EstimateOut | None
    answers: int
    promoters: int
    passives: int
    detractors: int
    unanswered: int = Field(description="Comments without an answer.")


class NpsReport(BaseModel):
    """The Net Promoter Score by period; a comment's day is that of `created_at`, else of `received_at`."""

    period: Period
    by: str | None
    items: list[NpsRowOut]
    outside: int = Field(description="Comments before `from` or after `to`.")


class LabelOut(BaseModel):
    """How many comments have a sentiment, and their share."""

    comments: int
    share: EstimateOut | None


class SentimentRowOut(PeriodOut):
    """The mean sentiment, from -1 to 1, and how many comments have which."""

    sentiment: EstimateOut | None
    comments: int
    labels: dict[SentimentLabel, LabelOut]


class SentimentReport(BaseModel):
    """The sentiment by period, comments that say nothing left out."""

    period: Period
    by: str | None
    items: list[SentimentRowOut]
    outside: int = Field(description="Comments before `from` or after `to`.")
