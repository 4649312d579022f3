"""Corrections on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from api.corrections.tasks import Task
from api.db.tables import CorrectionRow

_ASPECT = {
    "type": "object",
    "required": ["term", "sentiment"],
    "properties": {
        "term": {"type": "string", "minLength": 1},
        "start": {"type": "integer", "minimum": 0},
        "end": {"type": "integer", "minimum": 0},
        "sentiment": {"enum": ["positive", "neutral", "negative"]},
    },
}
LabelJson = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "By task. sentiment, intent, urgency: the label; churn: true or false; "
            "departments: "
            "ids, the primary one first, [] for nobody; aspects: terms of the stored text with their "
            "sentiment; theme: its id, null for none / 項目ごとのラベル",
            "anyOf": [
                {"type": "string"},
                {"type": "boolean"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "array", "items": _ASPECT},
                {"type": "null"},
            ],
        }
    ),
]


def storable(text: str) -> str:
    """Refuse what no database stores, and what is blank.

    Parameters
    ----------
    text : str
        What was sent.

    Returns
    -------
    str
        Without blanks around it.

    Raises
    ------
    ValueError
        If it cannot be stored.
    """
    if not text.strip():
        raise ValueError("expected a text that is not blank")
    if "\x00" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise ValueError("NUL or half of a surrogate pair; remove it")
    return text.strip()


Annotator = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(storable)]
Note = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(storable)]


class CorrectionIn(BaseModel):
    """What a person says of a comment."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    comment_id: str = Field(max_length=100)
    task: Task
    label: LabelJson
    annotator: Annotator | None = Field(
        default=None, description="Name or id of the person; without it the key / 担当者(省略時は API キー)"
    )
    note: Note | None = Field(default=None, description="Why; personal data is masked / 理由")


class CorrectionOut(BaseModel):
    """A correction, and what the model had said."""

    id: str
    comment_id: str
    task: Task
    label: LabelJson
    annotator: str
    note: str | None
    language: str
    model_label: LabelJson = Field(description="In the shape of `label`; of a theme, all ids / モデルの回答")
    model_version: str
    agreed: bool | None = Field(description="Whether the model had said the same / モデルと一致したか")
    created_at: datetime
    status: Literal["standing", "superseded", "withdrawn"]
    ended_at: datetime | None


class CorrectionPage(BaseModel):
    """A page of corrections, newest first."""

    items: list[CorrectionOut]
    next_cursor: str | None


def correction_out(row: CorrectionRow) -> dict[str, Any]:
    """Put a correction on the wire.

    Parameters
    ----------
    row : CorrectionRow
        The correction.

    Returns
    -------
    dict[str, Any]
        A `CorrectionOut`.
    """
    shown = {name: getattr(row, name) for name in CorrectionOut.model_fields if name != "status"}
    shown["status"] = row.ended_how or "standing"
    return CorrectionOut.model_validate(shown).model_dump(mode="json")
