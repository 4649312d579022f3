"""Figures of the corrections on the wire."""

from datetime import date

from pydantic import BaseModel, Field

from api.corrections.tasks import Task
from api.themes.statistics_schemas import EstimateOut
from voc_nlp.topics.statistics.periods import Period


class _TallyOut(BaseModel):
    """Corrected comments."""

    task: Task
    comments: int
    agreed: int = Field(description="The model had said the same / モデルと一致")
    wrong: int
    unknown: int = Field(description="It is not known what the model had said / 不明")
    agreement: EstimateOut | None = Field(
        description="Share of the model's right answers among agreed and wrong, 95% (Wilson) / 一致率"
    )


class CorrectionRowOut(_TallyOut):
    """Of one period and language."""

    start: date
    end: date
    language: str


class TaskRowOut(_TallyOut):
    """Of one task."""


class ConfusionOut(BaseModel):
    """What was taken for what: departments by the primary one."""

    task: Task
    model: str
    person: str
    comments: int


class CorrectionFigures(BaseModel):
    """Corrections in force, by the day on which they were made."""

    period: Period
    items: list[CorrectionRowOut]
    tasks: list[TaskRowOut]
    confusions: list[ConfusionOut] = Field(
        description="The most frequent ones, at most 200 / 取り違えの多い組"
    )


class TaskAgreementOut(BaseModel):
    """All annotators of a task, on the comments that two or more labelled."""

    task: Task
    comments: int
    annotators: int
    agreement: EstimateOut | None = Field(description="Share of comments on which all said the same / 一致率")
    alpha: float | None = Field(description="Krippendorff's, nominal; null for aspects / α係数")


class PairAgreementOut(BaseModel):
    """Two annotators of a task."""

    task: Task
    first: str
    second: str
    comments: int
    agreement: EstimateOut | None
    kappa: float | None = Field(description="Cohen's; null for aspects / κ係数")


class AgreementAnswer(BaseModel):
    """Agreement of the annotators."""

    tasks: list[TaskAgreementOut]
    pairs: list[PairAgreementOut] = Field(description="Those with most comments in common, at most 200.")
    further_pairs: int
