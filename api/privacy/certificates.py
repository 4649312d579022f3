"""Certificates of erasures: what was deleted and what stays, signed with the operator's key."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.health import service_version
from api.privacy.steps import KEPT
from api.vault.master import Vault

FORMAT = 1
_SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says; the customer's id enters it as a salted hash only."""

    id: str
    tenant_id: str
    salt: str
    customer_sha256: str
    erased_at: datetime
    actor: str
    counts: Mapping[str, int]


def new_salt() -> str:
    """Draw the salt of one certificate.

    Returns
    -------
    str
        32 random bytes in hexadecimal.
    """
    return secrets.token_hex(32)


def hash_customer(salt: str, customer_id: str) -> str:
    """Hash a customer's id for one certificate.

    Parameters
    ----------
    salt : str
        The certificate's salt.
    customer_id : str
        The id.

    Returns
    -------
    str
        Hexadecimal sha256 of the salt's bytes and the id in UTF-8.
    """
    return hashlib.sha256(bytes.fromhex(salt) + customer_id.encode()).hexdigest()


def issue(facts: Facts, vault: Vault | None) -> dict[str, Any]:
    """Write a certificate.

    Parameters
    ----------
    facts : Facts
        What was done.
    vault : Vault | None
        Signs it; without one `signature` is null.

    Returns
    -------
    dict[str, Any]
        JSON values.
    """
    certificate: dict[str, Any] = {
        "id": facts.id,
        "tenant": facts.tenant_id,
        "customer_sha256": facts.customer_sha256,
        "salt": facts.salt,
        "erased_at": facts.erased_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "erased_by": facts.actor,
        "counts": dict(facts.counts),
        "kept": [{"what": what, "why": {"en": why.en, "ja": why.ja}} for what, why in KEPT.items()],
        "versions": {"certificate": FORMAT, "service": service_version()},
    }
    if vault is None:
        return {**certificate, _SIGNATURE: None}
    signature = vault.sign(signed_bytes(certificate))
    return {
        **certificate,
        _SIGNATURE: {
            "algorithm": "Ed25519",
            "key_id": signature.key_id,
            "public_key": base64.b64encode(signature.public_key).decode(),
            "value": base64.b64encode(signature.value).decode(),
        },
    }


def signed_bytes(certificate: Mapping[str, Any]) -> bytes:
    """Write what the signature of a certificate is over.

    Parameters
    ----------
    certificate : Mapping[str, Any]
        With or without its signature.

    Returns
    -------
    bytes
        All but the signature as JSON: sorted keys, no blanks, ASCII.
    """
    told = {name: value for name, value in certificate.items() if name != _SIGNATURE}
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
