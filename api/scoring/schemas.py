"""Scoring on the wire."""

from typing import Literal

from pydantic import BaseModel, Field, SkipValidation

from api.analyses import AnalysisOut, SpanOut
from api.intake import MAX_COMMENTS, CommentErrorOut, CommentFields

MAX_EXPLAINED = 10
"""Most comments of a request with ``explain=true``: each is analysed again without every of its words."""


class CommentToScore(CommentFields):
    """A comment to analyse; its id comes back with the answer."""

    id: str = Field(min_length=1, max_length=200)


class ScoreIn(BaseModel):
    """Up to 100 comments to analyse, Japanese and English mixed."""

    comments: list[SkipValidation[CommentToScore]] = Field(min_length=1, max_length=MAX_COMMENTS)


class ScoreErrorOut(BaseModel):
    """One comment that could not be analysed."""

    index: int
    id: str
    language: str | None = Field(default=None, description="Set when the language is what was wrong.")
    error: CommentErrorOut


class WordEffectOut(SpanOut):
    """A word, and by how much the label's probability falls without it."""

    effect: float


class RuleOut(SpanOut):
    """A rule that had a part in a label, and the stretch that it found."""

    name: str


class LabelExplanationOut(BaseModel):
    """Why one task got its label."""

    task: Literal["sentiment", "department", "intent", "urgency", "churn"]
    label: str
    probability: float
    words: list[WordEffectOut] = Field(description="The strongest first.")
    rules: list[RuleOut]


class ScoredOut(AnalysisOut):
    """The analysis of one comment."""

    explanation: list[LabelExplanationOut] | None = Field(
        default=None, description="Why it got its labels; there with `explain=true` only."
    )


class ScoreOut(BaseModel):
    """The analyses and the errors; both keep the order of the request."""

    results: list[ScoredOut]
    errors: list[ScoreErrorOut]
    succeeded: int
    failed: int
    truncated: bool = Field(description="Always false: a text is analysed whole or refused.")
