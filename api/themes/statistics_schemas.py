"""Statistics of themes on the wire."""

from datetime import date

from pydantic import BaseModel, Field


class EstimateOut(BaseModel):
    """A figure with its 95% interval."""

    value: float | None
    low: float | None
    high: float | None


class TrendRowOut(BaseModel):
    """One theme in one period and segment; theme null stands for the comments without a theme."""

    start: date
    end: date
    theme: str | None
    segment: str | None
    comments: int
    total: int
    share: EstimateOut | None
    sentiment: EstimateOut | None
    change: EstimateOut | None = Field(description="Of the share against the period before.")
    complete: bool


class TrendsOut(BaseModel):
    """Themes by period; a comment's day is that of `created_at`, else of `received_at`."""

    revision: int
    period: str
    by: str | None
    items: list[TrendRowOut]
    outside: int = Field(description="Comments before `from` or after `to`.")


class BurstOut(BaseModel):
    """A known theme that is written about more than before."""

    theme: str | None
    emerging: bool
    first_seen: date
    start: date
    end: date
    comments: int
    comments_before: int
    expected: float
    ratio: EstimateOut
    p_adjusted: float
    comment_ids: list[str] = Field(description="Up to 20 of the window, newest first.")


class EmergingOut(BaseModel):
    """Recent comments that read alike, of which no theme holds half."""

    first_seen: date
    comments: int
    comments_before: int
    expected: float
    by_chance: float = Field(description="Groups as sure as this that one scan finds by chance, at most.")
    comment_ids: list[str] = Field(description="Up to 20, most typical first.")


class EmergingAnswer(BaseModel):
    """What rises: known themes, and groups that no theme holds."""

    revision: int
    bursts: list[BurstOut]
    groups: list[EmergingOut]
    start: date | None
    end: date | None


class ImpactRowOut(BaseModel):
    """What a theme goes with."""

    theme: str | None
    segment: str | None
    with_theme: float
    without_theme: float
    n_with: int
    n_without: int
    difference: EstimateOut
    contribution: EstimateOut
    p_adjusted: float


class NotMeasuredOut(BaseModel):
    """A theme with too few answers, or answers that are all the same."""

    theme: str | None
    segment: str | None
    reason: str
    n_with: int
    n_without: int


class ImpactOut(BaseModel):
    """What themes go with, what pulls down most first."""

    revision: int
    outcome: str
    items: list[ImpactRowOut]
    not_measured: list[NotMeasuredOut]
    n: int
    unanswered: int
