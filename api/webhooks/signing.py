"""Signs and checks messages as Standard Webhooks says: id, time and body under a shared secret.

References
----------
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from standardwebhooks import Webhook

TOLERANCE = timedelta(minutes=5)
"""How far the time of a message may be from ours, as the specification's libraries have it."""
_MAX_ID = 200
_MAX_SIGNATURES = 8


class SignatureFault(StrEnum):
    """Why a message is not believed."""

    MISSING = "missing"
    STALE = "stale"
    FORGED = "forged"


def signed_headers(message_id: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Sign a message afresh.

    Parameters
    ----------
    message_id : str
        Id of the event, the same with every attempt.
    body : str
        What is sent, to the last byte.
    secrets : Sequence[str]
        The current secret, and the one before while it is still valid.
    now : datetime
        Time of this attempt, aware.

    Returns
    -------
    dict[str, str]
        ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``.
    """
    at = now.astimezone(UTC)  # the library's sign() reads other zones' clocks as if they were UTC
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets),
    }


def check(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
) -> SignatureFault | None:
    """Check a message that came in.

    Parameters
    ----------
    headers : Mapping[str, str]
        Headers by their lower-case name.
    body : bytes
        What was sent, to the last byte.
    secrets : Sequence[str]
        The secrets that are valid now.
    now : datetime
        The present, aware.

    Returns
    -------
    SignatureFault | None
        None when the message is whole, recent, and from somebody who knows a secret.
    """
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = [_signature(part) for part in headers.get("webhook-signature", "").split(" ")[:_MAX_SIGNATURES]]
    if not 0 < len(message_id) <= _MAX_ID or not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12:
        return SignatureFault.MISSING
    try:
        at = datetime.fromtimestamp(int(stamp), UTC)
        text = body.decode("utf-8")
        message_id.encode("utf-8")
    except (ValueError, OverflowError, OSError):
        return SignatureFault.FORGED
    expected = [_signature(Webhook(secret).sign(message_id, at, text)) for secret in secrets]
    matches = [hmac.compare_digest(one, other) for one in given if one for other in expected]
    if not any(matches):
        return SignatureFault.FORGED
    return SignatureFault.STALE if abs(now - at) > TOLERANCE else None


def _signature(part: str) -> bytes:
    """Read one ``v1,BASE64``; empty when it is something else."""
    version, _, encoded = part.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return b""
