"""Signing and checking by Standard Webhooks, against the library's own `verify`."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks import Webhook

from api.webhooks.secrets import new_secret
from api.webhooks.signing import SignatureFault, check, signed_headers

BODY = '{"text":"荷物が届きません / it is late"}'
SECRET, OTHER = new_secret(), new_secret()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_what_we_sign_the_library_believes_in_every_zone(zone: str) -> None:
    now = datetime.now(ZoneInfo(zone))
    headers = signed_headers("evt_1", BODY, [SECRET, OTHER], now)
    assert headers["webhook-timestamp"] == str(int(now.timestamp()))
    for secret in (SECRET, OTHER):
        Webhook(secret).verify(BODY, headers)
    assert check(headers, BODY.encode(), [OTHER], datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("change", "seconds", "fault"),
    [
        ({}, 0, None),
        ({}, 299, None),
        ({}, -299, None),
        ({}, 301, SignatureFault.STALE),
        ({}, -301, SignatureFault.STALE),
        ({"webhook-id": "evt_2"}, 0, SignatureFault.FORGED),
        ({"webhook-id": "evt_\ud800"}, 0, SignatureFault.FORGED),
        ({"webhook-id": ""}, 0, SignatureFault.MISSING),
        ({"webhook-id": "x" * 201}, 0, SignatureFault.MISSING),
        ({"webhook-timestamp": ""}, 0, SignatureFault.MISSING),
        ({"webhook-timestamp": "-1"}, 0, SignatureFault.MISSING),
        ({"webhook-timestamp": "１２"}, 0, SignatureFault.MISSING),
        ({"webhook-timestamp": "9" * 12}, 0, SignatureFault.FORGED),
        ({"webhook-timestamp": "1700000000"}, 0, SignatureFault.FORGED),
        ({"webhook-signature": ""}, 0, SignatureFault.FORGED),
        ({"webhook-signature": "v1,"}, 0, SignatureFault.FORGED),
        ({"webhook-signature": "v1,AAAA"}, 0, SignatureFault.FORGED),
        ({"webhook-signature": "v1,これ"}, 0, SignatureFault.FORGED),
        ({"webhook-signature": "nonsense"}, 0, SignatureFault.FORGED),
    ],
)
def test_checking(change: dict[str, str], seconds: int, fault: SignatureFault | None) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    headers = {**signed_headers("evt_1", BODY, [SECRET], now), **change}
    assert check(headers, BODY.encode(), [SECRET], now + timedelta(seconds=seconds)) is fault


def test_other_bodies_versions_and_secrets_are_forged() -> None:
    now = datetime.now(UTC)
    headers = signed_headers("evt_1", BODY, [SECRET], now)
    assert check(headers, BODY.encode() + b" ", [SECRET], now) is SignatureFault.FORGED
    assert check(headers, b"\xff", [SECRET], now) is SignatureFault.FORGED
    assert check(headers, BODY.encode(), [OTHER], now) is SignatureFault.FORGED
    assert check(headers, BODY.encode(), [], now) is SignatureFault.FORGED
    renamed = {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")}
    assert check(renamed, BODY.encode(), [SECRET], now) is SignatureFault.FORGED
