"""Secrets: made, sealed, opened."""

import base64

import pytest

from api.errors import ConfigurationError, InvalidRequestError
from api.settings import Settings
from api.vault.master import Vault
from api.webhooks.secrets import SealedSecretError, VaultBox, box_of, new_secret, read_secret

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
