"""Themes on the wire."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from voc_nlp.topics.lineage import DescentKind
from voc_nlp.topics.theme import ThemeKind

MOST_MERGED = 100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise ValueError("a NUL character or half of a surrogate pair; remove it")
    return text


Words = Annotated[str, AfterValidator(_storable)]
ThemeId = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_storable)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class LabelIn(_In):
    """A name in one language or both; the other language keeps its name."""

    ja: Annotated[Words | None, Field(min_length=1, max_length=80)] = None
    en: Annotated[Words | None, Field(min_length=1, max_length=80)] = None


class ThemeIn(_In):
    """A theme that a person makes: a rule, or a group to put themes below."""

    kind: Literal["rule", "group"]
    label: LabelIn
    query: Annotated[Words | None, Field(max_length=2_000, description="Of a rule; see docs/queries.md")] = (
        None
    )
    parent: ThemeId | None = None


class ThemeChange(_In):
    """What shall be otherwise; what is left out stays."""

    label: LabelIn | None = None
    parent: Annotated[ThemeId | None, Field(description="null puts it at the top")] = None
    archived: bool | None = None
    pinned: bool | None = None
    query: Annotated[Words | None, Field(max_length=2_000)] = None


class MergeIn(_In):
    """Learnt themes of which one is made; the first keeps its id."""

    themes: list[ThemeId] = Field(min_length=2, max_length=MOST_MERGED)
    label: LabelIn | None = None


class SplitIn(_In):
    """Into how many parts."""

    parts: int = Field(default=2, ge=2, le=10)


class CorrectionIn(_In):
    """The theme that a comment belongs to, whatever the model says; null for none."""

    comment_id: str = Field(max_length=100)
    theme_id: ThemeId | None


class FitIn(_In):
    """How to fit the tenant's themes on its stored comments."""

    add_only: bool = Field(default=False, description="Leave all themes where they are, and add new ones.")
    most_themes: int | None = Field(default=None, ge=2, le=1_000)


class LabelOut(BaseModel):
    """A name in both languages."""

    ja: str
    en: str


class ThemeOut(BaseModel):
    """A theme with what the stored comments say about it; a group counts what stands below it."""

    id: str
    kind: ThemeKind
    label: LabelOut
    parent: str | None
    query: str | None
    keywords: dict[str, list[str]]
    renamed: bool
    pinned: bool
    archived: bool
    comments: int = Field(description="Stored comments that it holds.")
    share: float | None = Field(description="Of all stored comments that say something; null without any.")
    languages: dict[str, int]
    sentiment: float | None = Field(description="Mean score in [-1, 1].")
    sentiment_by_language: dict[str, float]


class UnassignedOut(BaseModel):
    """Comments that say something and belong to no theme."""

    comments: int
    share: float | None


class ThemeList(BaseModel):
    """All themes of the tenant."""

    revision: int
    comments: int = Field(description="Stored comments that say something.")
    not_meaningful: int = Field(description="Stored comments that say nothing: no share counts them.")
    unassigned: UnassignedOut
    items: list[ThemeOut]
    usable: bool = Field(description="False when the service has another encoder by now: fit again.")


class DescentOut(BaseModel):
    """Where a theme comes from."""

    revision: int
    theme: str
    kind: DescentKind
    sources: dict[str, float] = Field(
        description="Older theme -> share of its comments that are in this one."
    )
    label: LabelOut


class ThemeDetailOut(ThemeOut):
    """A theme with the comments that stand for it and its origin."""

    revision: int
    representatives: list[str] = Field(description="Ids of stored comments, most telling first.")
    lineage: list[DescentOut]


class CommentThemeOut(BaseModel):
    """A theme of a comment, and who says so."""

    id: str
    label: str
    similarity: float
    origin: Literal["learnt", "rule", "person"]


class ThemeCommentOut(BaseModel):
    """A stored comment, as briefly as a list of examples needs it."""

    id: str
    text: str = Field(description="Masked.")
    language: str
    created_at: datetime | None
    received_at: datetime
    themes: list[CommentThemeOut]


class ThemeCommentPage(BaseModel):
    """A page of a theme's comments, newest first."""

    items: list[ThemeCommentOut]
    next_cursor: str | None


class RevisionOut(BaseModel):
    """One change of the themes."""

    revision: int
    action: str
    actor: str
    at: datetime


class LineageOut(BaseModel):
    """Where all themes come from, and who changed what."""

    items: list[DescentOut]
    revisions: list[RevisionOut]


class MoveOut(BaseModel):
    """Comments whose main theme changes; null stands for none."""

    from_: str | None = Field(alias="from")
    to: str | None
    comments: int
    comment_ids: list[str] = Field(description="The first 20.")


class TouchedOut(BaseModel):
    """A theme that gains or loses comments."""

    id: str
    before: int
    after: int
    gained: int
    lost: int
    comment_ids: list[str] = Field(description="The first 20.")


class BeforeAfterOut(BaseModel):
    """A count before and after."""

    before: int
    after: int


class MovementOut(BaseModel):
    """What a change moves; counts are of the comments that were looked at."""

    comments: int = Field(description="Looked at: 0 for a change that can move none.")
    changed: int
    moves: list[MoveOut]
    themes: list[TouchedOut]
    unassigned: BeforeAfterOut


class ConflictOut(BaseModel):
    """Entries of a dictionary that work against each other."""

    code: str
    words: list[str]
    message: str
    lines: list[int] = []


class ThemeBrief(BaseModel):
    """A theme without counts."""

    id: str
    kind: ThemeKind
    label: LabelOut
    parent: str | None
    query: str | None
    keywords: dict[str, list[str]]
    renamed: bool
    pinned: bool
    archived: bool


class ChangeOut(BaseModel):
    """What a change did, or would do."""

    revision: int = Field(description="Of the themes after it; of a dry run, the current one.")
    dry_run: bool
    themes: list[ThemeBrief] = Field(description="Those that were made or changed.")
    changes: MovementOut


class DictionaryOut(BaseModel):
    """The tenant's words."""

    version: str
    stop_words: list[str]
    synonyms: dict[str, str]
    compounds: list[str]


class DictionaryAnswer(BaseModel):
    """The tenant's words, and what contradicts itself among them."""

    revision: int
    dictionary: DictionaryOut
    conflicts: list[ConflictOut]


class DictionaryChangeOut(DictionaryAnswer):
    """The same after a change, or a dry run of it."""

    dry_run: bool
    changes: MovementOut


class FitState(StrEnum):
    """How far a fit has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class FitErrorOut(BaseModel):
    """Why a fit failed."""

    code: str
    message: str


class FitOut(BaseModel):
    """A fit that was asked for."""

    id: str
    state: FitState
    add_only: bool
    most_themes: int | None
    dry_run: bool
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    revision: int | None = Field(description="Of the themes that it made; null for a dry run.")
    changes: MovementOut | None
    lineage: list[DescentOut] = Field(description="What became of each theme.")
    receipt: dict[str, Any] | None
    error: FitErrorOut | None
