"""Webhooks on the wire."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.sinks.registry import KINDS
from api.webhooks.addresses import MAX_URL
from api.webhooks.events import WEBHOOK, DeliveryState, EventType
from api.webhooks.sending import Outcome

MAX_REPLAYED_IDS = 500
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> str:
    """Take what a database stores."""
    if _UNSTORABLE.search(text):
        raise ValueError("a NUL character or half of a surrogate pair; remove it")
    return text


Words = Annotated[str, AfterValidator(_storable)]
"""A text of a person that can be stored."""


class Kind(StrEnum):
    """What an endpoint gets: our events signed, or messages as a sink words them."""

    WEBHOOK = WEBHOOK
    SLACK = "sink:slack"


assert {kind.value for kind in Kind} == {WEBHOOK, *KINDS}, "Kind names every sink of the table"

_Types = Annotated[
    list[EventType] | None,
    Field(max_length=50, description="Events to be told of; null for all / 通知するイベント。null はすべて"),
]
_Url = Annotated[str, Field(min_length=1, max_length=MAX_URL)]
_Description = Annotated[Words, Field(max_length=500)]


class WebhookIn(BaseModel):
    """An endpoint to add."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: _Url
    kind: Kind = Kind.WEBHOOK
    types: _Types = None
    description: _Description = ""
    language: Literal["ja", "en"] = Field(default="ja", description="Of a sink's messages / 通知文の言語")


class WebhookChange(BaseModel):
    """What of an endpoint to change; absent fields stay."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: _Url | None = None
    types: _Types = None
    description: _Description | None = None
    language: Literal["ja", "en"] | None = None
    enabled: bool | None = Field(default=None, description="false stops it, true starts it again")

    @model_validator(mode="after")
    def _null_only_for_types(self) -> Self:
        """Take null as a value for the types alone."""
        for name in self.model_fields_set - {"types"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} must not be null")
        return self


class RotationIn(BaseModel):
    """How long the old secret is still used beside the new one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    overlap_hours: float = Field(default=24, ge=0, le=168, allow_inf_nan=False)


class ReplayIn(BaseModel):
    """What to send again: exactly one of the three."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    since: datetime | None = Field(default=None, description="All events from here on, ISO 8601 with a zone")
    event_ids: list[Words] | None = Field(default=None, min_length=1, max_length=MAX_REPLAYED_IDS)
    dead: Literal[True] | None = Field(default=None, description="Everything that was given up")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        """Refuse none and several."""
        if sum(value is not None for value in (self.since, self.event_ids, self.dead)) != 1:
            raise ValueError("give exactly one of since, event_ids, dead")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since needs a zone, for instance 2026-04-01T00:00:00+09:00")
        if self.since is not None and not 1900 <= self.since.year <= 2200:
            raise ValueError("since needs a year from 1900 to 2200")
        return self


class WebhookOut(BaseModel):
    """An endpoint; of a sink's URL only the host is shown, because the rest is its secret."""

    id: str
    kind: Kind
    url: str
    types: list[EventType] | None
    description: str
    language: str
    state: Literal["enabled", "disabled"]
    state_reason: Literal["by_request", "gone", "failing"] | None
    failing_since: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookWithSecretOut(WebhookOut):
    """An endpoint with its new secret, which is not shown again."""

    secret: str | None = Field(
        description="`whsec_...`; keep it, it cannot be read again, and is null when the same "
        "Idempotency-Key asks again / 再表示されません"
    )


class WebhookPage(BaseModel):
    """A page of endpoints, newest first."""

    items: list[WebhookOut]
    next_cursor: str | None


class AttemptOut(BaseModel):
    """One attempt of a delivery."""

    at: datetime
    outcome: Outcome
    status: int | None
    ms: int
    answer_bytes: int


class DeliveryOut(BaseModel):
    """One event for one endpoint, with the log of its attempts, oldest first."""

    id: str
    event_id: str
    event_type: str
    subject_type: str
    subject_id: str
    sequence: int
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None
    log: list[AttemptOut]


class DeliveryPage(BaseModel):
    """A page of deliveries, newest first."""

    items: list[DeliveryOut]
    next_cursor: str | None


class ReplayOut(BaseModel):
    """How many deliveries were queued; `next_since` goes on where a large replay stopped."""

    queued: int
    next_since: datetime | None
