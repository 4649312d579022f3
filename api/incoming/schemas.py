"""Sources of incoming messages on the wire."""

import math
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.incoming.mapping import MAX_FIELDS, MAX_POINTERS, is_pointer
from api.webhooks.schemas import Words

GENERIC: Literal["generic"] = "generic"


def _is_read(text: str) -> str:
    """Take a JSON pointer only."""
    if not is_pointer(text):
        raise ValueError("expected a JSON pointer such as /data/response/q1")
    return text


def _is_finite(value: str | int | float | bool) -> str | int | float | bool:
    """Take what JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("the number is not finite")
    return value


Pointer = Annotated[Words, AfterValidator(_is_read)]
_Field = Annotated[Words, Field(min_length=1, max_length=64)]
_Pointers = Annotated[list[Pointer], Field(min_length=1, max_length=MAX_POINTERS)]
_Value = Annotated[Words | int | float | bool, AfterValidator(_is_finite)]
_Values = Annotated[list[_Value], Field(min_length=1, max_length=20)]
Fields = Annotated[
    dict[_Field, Pointer | _Pointers],
    Field(max_length=MAX_FIELDS, description="JSON pointers by field / 項目ごとの JSON ポインター"),
]
Only = Annotated[
    dict[Pointer, _Values],
    Field(max_length=10, description="Values that a pointer must have / 取り込む条件"),
]


def _check_fields(mapping: dict[str, str | list[str]] | None) -> None:
    """Demand a text and an id, and keep the field that the service fills itself."""
    if mapping is None:
        return
    missing = [name for name in ("text", "external_id") if name not in mapping]
    if missing:
        raise ValueError(f"mapping lacks {' and '.join(missing)}")
    if "source" in mapping:
        raise ValueError("mapping must not hold source: comments get the name of this source")


class SourceIn(BaseModel):
    """A sender to add."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: Literal["generic"] = GENERIC
    name: Annotated[Words, Field(min_length=1, max_length=200, description="`source` of its comments")]
    mapping: Fields
    only: Only = {}
    secret: Annotated[
        Words | None,
        Field(max_length=200, description="`whsec_...` of a sender that makes its own; absent makes one"),
    ] = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Demand what every comment needs."""
        _check_fields(dict(self.mapping))
        return self


class SourceChange(BaseModel):
    """What of a sender to change; absent fields stay."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    mapping: Fields | None = None
    only: Only | None = None
    enabled: bool | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Demand what every comment needs."""
        _check_fields(dict(self.mapping) if self.mapping is not None else None)
        return self


class SourceOut(BaseModel):
    """A sender."""

    id: str
    kind: Literal["generic"]
    name: str
    path: str = Field(description="Where it posts to / 送信先")
    mapping: dict[str, list[str]]
    only: dict[str, list[str | int | float | bool]]
    enabled: bool
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class SourceWithSecretOut(SourceOut):
    """A sender with its secret, which is not shown again."""

    secret: str | None = Field(description="Null when the same Idempotency-Key asks again.")


class SourceList(BaseModel):
    """A page of senders, newest first."""

    items: list[SourceOut]
    next_cursor: str | None


class TakenOut(BaseModel):
    """What became of a message."""

    comment_id: str | None = Field(description="null when the message holds no comment")
    ticket_id: str | None
    result: Literal["stored", "seen_before", "ignored"]
