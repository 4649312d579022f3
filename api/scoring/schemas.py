"""Scoring on the wire."""

from pydantic import BaseModel, Field, SkipValidation

from api.analyses import AnalysisOut
from api.intake import MAX_COMMENTS, CommentErrorOut, CommentFields


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


class ScoreOut(BaseModel):
    """The analyses and the errors; both keep the order of the request."""

    results: list[AnalysisOut]
    errors: list[ScoreErrorOut]
    succeeded: int
    failed: int
    truncated: bool = Field(description="Always false: a text is analysed whole or refused.")
