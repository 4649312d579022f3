"""Drift on the wire."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from voc_nlp.drift.compare import Status
from voc_nlp.drift.measures import Measure
from voc_nlp.drift.watch import Pace


class MoveOut(BaseModel):
    """One thing that changed."""

    name: str = Field(description="A label, a class, a hash bucket of words, or a language.")
    before: float = Field(description="Share that the weeks before lead to expect.")
    now: float = Field(description="Share in the week; for a language of `embedding` its distance.")
    words: list[str] | None = Field(
        default=None, description="Words of a bucket that at least five customers wrote, in an alarm."
    )


class DriftPointOut(BaseModel):
    """One measure of one week."""

    week: date = Field(description="Its Monday.")
    status: Status
    comments: int = Field(description="Comments that count for the measure.")
    weeks: int = Field(description="Weeks that it was compared with.")
    statistic: float | None = Field(description="Distance from those weeks, in the unit of the measure.")
    threshold: float | None = Field(description="From where on it is unlikely to be chance.")
    p: float | None
    effect: float | None
    since: date | None = Field(description="First week of the alarm; null without one.")
    moved: list[MoveOut]


class DriftSeriesOut(BaseModel):
    """One measure over the weeks, looked at for one kind of drift."""

    measure: Measure
    pace: Pace = Field(description="`sudden`: against the weeks just before; `gradual`: against older ones.")
    points: list[DriftPointOut]


class DriftWeekOut(BaseModel):
    """One ended week."""

    start: date
    end: date
    comments: int
    model_version: str
    alarms: list[Measure] = Field(description="Measures that drifted, each once.")


class DriftReport(BaseModel):
    """Drift by week; the running week is not in it."""

    language: Literal["ja", "en"] | None
    weeks: list[DriftWeekOut]
    series: list[DriftSeriesOut]
