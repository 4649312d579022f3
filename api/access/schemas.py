"""API keys on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.db.tables import ApiKeyRow
from api.keys.service import Scope

Department = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]


class KeyIn(BaseModel):
    """A key to make; it may never do more than the key that makes it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$", description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    departments: list[Department] | None = Field(
        default=None, min_length=1, max_length=200, description="null for the whole tenant / 全体は null"
    )
    expires_at: AwareDatetime | None = Field(default=None, description="null for never / 無期限は null")


class RotationIn(BaseModel):
    """How a key is rotated."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: float = Field(
        default=24, ge=0, le=720, description="How long the older key works on / 旧キーの有効時間"
    )


class KeyOut(BaseModel):
    """A key; its secret is shown once, when it is made."""

    id: str
    name: str
    scopes: list[str]
    departments: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="Up to an hour behind / 最大 1 時間の遅れ")
    replaces: str | None = Field(description="The key whose place it took / 置き換えた旧キー")


class NewKeyOut(BaseModel):
    """A new key with its secret, which cannot be had again."""

    key: KeyOut
    secret: str | None = Field(description="Null when the same Idempotency-Key asks again.")


class KeyList(BaseModel):
    """All keys of the tenant, oldest first."""

    items: list[KeyOut]


def key_out(row: ApiKeyRow) -> KeyOut:
    """Put a key on the wire.

    Parameters
    ----------
    row : ApiKeyRow
        The key.

    Returns
    -------
    KeyOut
        What the caller sees.
    """
    return KeyOut(
        id=row.id,
        name=row.name,
        scopes=list(row.scopes),
        departments=row.departments,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        replaces=row.replaces,
    )


_KEY_JA = {
    "id": "key_0192f0c1a2b37c4d8e9f001122334455",
    "name": "物流部の閲覧用",
    "scopes": ["read"],
    "departments": ["logistics"],
    "created_at": "2026-04-03T07:30:00Z",
    "expires_at": "2027-03-31T15:00:00Z",
    "revoked_at": None,
    "last_used_at": None,
    "replaces": None,
}
_KEY_EN = {**_KEY_JA, "name": "Survey platform", "scopes": ["read", "ticket"], "departments": None}
KEY_IN_JA = {"name": "物流部の閲覧用", "scopes": ["read"], "departments": ["logistics"]}
KEY_IN_EN = {"name": "Survey platform", "scopes": ["read", "ticket"], "expires_at": "2027-03-31T15:00:00Z"}
NEW_JA = {"key": _KEY_JA, "secret": "voc_(43 characters)"}
NEW_EN = {"key": _KEY_EN, "secret": "voc_(43 characters)"}
REVOKED_JA = {**_KEY_JA, "revoked_at": "2026-04-04T07:30:00Z"}
REVOKED_EN = {**_KEY_EN, "revoked_at": "2026-04-04T07:30:00Z"}
LIST_JA = {"items": [_KEY_JA]}
LIST_EN = {"items": [_KEY_EN]}
ROTATION = {"overlap_hours": 24}
