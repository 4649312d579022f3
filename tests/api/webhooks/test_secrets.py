"""Secrets: made, sealed, opened."""

import base64
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.db.engine import Database
from api.db.tables import IncomingSourceRow, WebhookEndpointRow
from api.errors import ConfigurationError, InvalidRequestError
from api.incoming import sources
from api.incoming.schemas import SourceIn
from api.settings import Settings
from api.vault.master import Vault
from api.webhooks import endpoints
from api.webhooks.resealing import reseal
from api.webhooks.secrets import SealedSecretError, VaultBox, box_of, new_secret, read_secret
from tests.api.webhooks.bench import ADMIN, Bench

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def test_a_sealed_secret_opens_with_its_key_alone() -> None:
    box = box_of(Settings.model_validate({"encryption_key": KEY}))
    sealed = box.seal("ひみつ secret".encode())
    assert b"secret" not in sealed
    assert box.seal(b"same") != box.seal(b"same")
    assert box.open(sealed).decode() == "ひみつ secret"
    for other in (VaultBox(Vault([b"x" * 32])), VaultBox(None)):
        with pytest.raises(SealedSecretError):
            other.open(sealed)
    with pytest.raises(SealedSecretError):
        box.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_without_a_key_secrets_are_plain_and_stay_readable_when_a_key_comes() -> None:
    plain = box_of(Settings())
    stored = plain.seal(b"secret")
    assert plain.open(stored) == b"secret"
    assert VaultBox(Vault([b"k" * 32])).open(stored) == b"secret"


def test_secrets_follow_the_operators_new_key(database: Database) -> None:
    old, new, lost = b"o" * 32, b"n" * 32, b"l" * 32
    secrets = {}
    for key in (None, old, lost):
        bench = Bench(database, key=key)
        endpoint_id, secret = bench.endpoint("http://127.0.0.1:9/hook")
        with database.writing() as session:
            endpoints.rotate(session, bench.desk, ADMIN, endpoint_id, timedelta(hours=1), bench.clock())
        secrets[endpoint_id] = secret
    source = SourceIn.model_validate(
        {"kind": "generic", "name": "調査 survey", "mapping": {"text": "/text", "external_id": "/id"}}
    )
    with database.writing() as session:
        row, of_source = sources.add(session, VaultBox(Vault([old])), ADMIN, source, bench.clock())
        source_id = row.id
    with database.writing() as session:
        assert reseal(session, VaultBox(Vault([new, old]))) == (7, 3)
    alone = VaultBox(Vault([new]))
    with database.writing() as session:
        assert reseal(session, alone) == (0, 3)
        rows = {row.id: row for row in session.scalars(select(WebhookEndpointRow))}
        closed = rows.pop(endpoint_id)  # the last one
        for endpoint in rows.values():
            assert alone.open(endpoint.target) == b"http://127.0.0.1:9/hook"
            assert alone.open(endpoint.secret) != alone.open(endpoint.previous_secret or b"")
            assert alone.open(endpoint.previous_secret or b"").decode() == secrets[endpoint.id]
        with pytest.raises(SealedSecretError):
            alone.open(closed.secret)
        assert VaultBox(Vault([lost])).open(closed.previous_secret or b"").decode() == secrets[closed.id]
        found = session.get(IncomingSourceRow, source_id)
        assert found is not None
        assert alone.open(found.secret).decode() == of_source


@pytest.mark.parametrize("key", ["short", "あ" * 32, base64.b64encode(b"k" * 31).decode()])
def test_a_wrong_key_stops_the_start(key: str) -> None:
    with pytest.raises(ConfigurationError, match="VOC_ENCRYPTION_KEY"):
        box_of(Settings.model_validate({"encryption_key": key}))


def test_secrets_are_long_and_different() -> None:
    assert len({new_secret() for _ in range(20)}) == 20
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
    assert read_secret(given := new_secret(), "/secret") == given


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_あ", "secret", "whsec_" + "A" * 200])
def test_secrets_of_others_are_checked(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        read_secret(text, "/secret")
