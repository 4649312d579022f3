"""The published shape of one analysis, for the OpenAPI document and its readers."""

from pydantic import BaseModel, Field

from voc_nlp.schema import (
    Contradiction,
    IntentLabel,
    Language,
    Polarity,
    SentimentLabel,
    UrgencyCode,
    UrgencyLevel,
)


class SpanOut(BaseModel):
    """``text[start:end]``, in Unicode code points."""

    start: int
    end: int


class SentimentOut(BaseModel):
    """Sentiment of the comment; `score` is in [-1, 1]."""

    label: SentimentLabel
    score: float
    probabilities: dict[SentimentLabel, float]


class SentenceOut(SpanOut):
    """Sentiment of a sentence."""

    label: SentimentLabel
    score: float


class AspectOut(SpanOut):
    """An opinion target."""

    term: str
    category: str
    label: Polarity
    score: float
    opinions: list[SpanOut] = Field(default=[], description="The words that give the polarity.")


class IntentOut(BaseModel):
    """What the customer wants."""

    label: IntentLabel | str = Field(description="An own id where the models were taught own intents.")
    probabilities: dict[str, float]


class UrgencyReasonOut(SpanOut):
    """A phrase that makes the comment urgent."""

    code: UrgencyCode


class UrgencyOut(BaseModel):
    """How soon somebody must act."""

    level: UrgencyLevel
    reasons: list[UrgencyReasonOut]
    probabilities: dict[UrgencyLevel, float] = {}


class ChurnOut(BaseModel):
    """Whether the customer says or implies leaving."""

    at_risk: bool
    probability: float
    reasons: list[SpanOut]


class DepartmentOut(BaseModel):
    """A department that must own the comment."""

    id: str
    probability: float


class ThemeOut(BaseModel):
    """A theme that the comment belongs to."""

    id: str
    label: str
    similarity: float


class PiiOut(SpanOut):
    """A stretch of personal data."""

    type: str


class AnalysisOut(BaseModel):
    """Everything that is said about one comment."""

    id: str
    language: Language
    meaningful: bool = Field(description="False for empty comments, noise and set phrases.")
    sentiment: SentimentOut
    sentences: list[SentenceOut]
    aspects: list[AspectOut]
    intent: IntentOut
    urgency: UrgencyOut
    churn: ChurnOut
    departments: list[DepartmentOut] = Field(description="The owners, primary first, at most three.")
    abstained: bool
    themes: list[ThemeOut]
    pii: list[PiiOut]
    model_version: str
    runner_up: DepartmentOut | None = Field(
        default=None, description="The rival that the owners were chosen over."
    )
    deciding_sentence: SpanOut | None = Field(
        default=None, description="The sentence that speaks most clearly for the primary owner."
    )
    masked_complaint: list[SpanOut] = Field(
        default=[], description="Polite phrases behind which a complaint hides (低姿勢の不満)."
    )
    contradiction: Contradiction | None = Field(
        default=None, description="Set where the comment and its NPS answer say opposite things."
    )
