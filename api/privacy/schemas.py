"""Erasures on the wire."""

from datetime import datetime

from pydantic import BaseModel, Field


class WhyOut(BaseModel):
    """A reason in both languages."""

    en: str
    ja: str


class KeptOut(BaseModel):
    """One thing that stays, and why."""

    what: str
    why: WhyOut


class SignatureOut(BaseModel):
    """Signature over the certificate without this field: JSON, sorted keys, no blanks, ASCII."""

    algorithm: str
    key_id: str
    public_key: str = Field(description="Raw Ed25519 key in base64.")
    value: str


class CertificateVersions(BaseModel):
    """What made the certificate."""

    certificate: int
    service: str


class CertificateOut(BaseModel):
    """What an erasure deleted and what stays; names the customer by a salted hash only."""

    id: str
    tenant: str
    customer_sha256: str = Field(description="sha256 of the salt's bytes and the customer's id in UTF-8.")
    salt: str = Field(description="Hexadecimal, of this certificate alone.")
    erased_at: datetime
    erased_by: str
    counts: dict[str, int] = Field(description="Rows that were deleted or cleared, by table.")
    kept: list[KeptOut]
    versions: CertificateVersions
    signature: SignatureOut | None = Field(description="null without VOC_ENCRYPTION_KEY.")


class ErasurePage(BaseModel):
    """A page of certificates, newest first."""

    items: list[CertificateOut]
    next_cursor: str | None


class PublicKeyOut(BaseModel):
    """One public key that certificates are signed with."""

    key_id: str
    public_key: str


class PublicKeysOut(BaseModel):
    """The public keys of the operator, the current one first; empty without VOC_ENCRYPTION_KEY."""

    algorithm: str
    items: list[PublicKeyOut]


_JA = {
    "id": "era_0192f0c1a2b37c4d8e9f001122334455",
    "tenant": "default",
    "customer_sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "salt": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "erased_at": "2026-04-03T07:30:00Z",
    "erased_by": "key:key_0192f0c1a2b37c4d8e9f001122334456",
    "counts": {"comments": 3, "analyses": 3, "tickets": 1, "events": 4},
    "kept": [
        {
            "what": "tickets",
            "why": {
                "en": "The ticket without the customer's id: what was decided, when, and by whom must stay "
                "provable.",
                "ja": "顧客 ID を除いたチケット。対応の経緯を証明するため残します。",
            },
        }
    ],
    "versions": {"certificate": 1, "service": "0.5.0"},
    "signature": {
        "algorithm": "Ed25519",
        "key_id": "0a1b2c3d",
        "public_key": "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        "value": "c2lnbmF0dXJlIG9mIDY0IGJ5dGVz",
    },
}
CERTIFICATE_JA = _JA
CERTIFICATE_EN = {**_JA, "signature": None}
PAGE_JA = {"items": [CERTIFICATE_JA], "next_cursor": None}
PAGE_EN = {"items": [CERTIFICATE_EN], "next_cursor": None}
KEYS = {
    "algorithm": "Ed25519",
    "items": [{"key_id": "0a1b2c3d", "public_key": "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="}],
}
