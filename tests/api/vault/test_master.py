"""The operator's key: read, refused with a message, rotated; what it seals opens nowhere else."""

import base64

import pytest
from pydantic import SecretStr

from api.errors import ConfigurationError
from api.settings import Settings
from api.vault.cipher import SealBrokenError, decrypt, derive, encrypt, place_of
from api.vault.master import Vault, read_keys, vault_of

ONE, TWO = bytes(range(32)), bytes(range(32, 64))


def text_of(*keys: bytes) -> str:
    return ", ".join(base64.b64encode(key).decode() for key in keys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no base64!", "key 1 is not base64"),
        (text_of(ONE) + ",", "key 2 has 0 bytes"),
        (text_of(ONE[:31]), "key 1 has 31 bytes, expected 32"),
        (text_of(ONE, TWO, ONE), "key 3 is there twice"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_without_the_key(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_keys(text)
    assert "VOC_ENCRYPTION_KEY" in str(caught.value)
    assert text_of(ONE[:31]) not in str(caught.value)


def test_the_key_comes_from_the_settings_and_shows_nowhere() -> None:
    settings = Settings(encryption_key=SecretStr(text_of(TWO, ONE)))
    vault = vault_of(settings)
    assert vault is not None
    assert len(vault.key_ids()) == 2
    assert text_of(TWO) not in repr(settings) + repr(vault) + repr(vars(vault))
    assert vault_of(Settings(encryption_key=SecretStr(" "))) is None
    url_safe = base64.urlsafe_b64encode(b"\xff" * 32).decode()
    assert read_keys(url_safe) == [b"\xff" * 32]


def test_what_is_sealed_opens_with_the_key_for_the_purpose_and_not_otherwise() -> None:
    vault = Vault([ONE])
    sealed = vault.seal("秘密 secret".encode(), "webhook acme whk_1")
    assert b"secret" not in sealed
    assert vault.unseal(sealed, "webhook acme whk_1").decode() == "秘密 secret"
    assert vault.seal(b"same", "p") != vault.seal(b"same", "p")
    for wrong, purpose in (
        (sealed, "webhook acme whk_2"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), "webhook acme whk_1"),
        (sealed[:4], "webhook acme whk_1"),
        (sealed[:10], "webhook acme whk_1"),
    ):
        with pytest.raises(SealBrokenError):
            vault.unseal(wrong, purpose)


def test_a_newer_key_goes_before_the_older_one() -> None:
    old, both, new = Vault([ONE]), Vault([TWO, ONE]), Vault([TWO])
    sealed = old.seal(b"secret", "p")
    assert both.unseal(sealed, "p") == b"secret"
    assert (both.opens(sealed), both.is_newest(sealed), new.opens(sealed)) == (True, False, False)
    with pytest.raises(ConfigurationError, match=f"lacks the key {old.key_ids()[0]}"):
        new.unseal(sealed, "p")
    assert new.unseal(both.seal(b"newer", "p"), "p") == b"newer"


def test_places_and_purposes_are_kept_apart() -> None:
    assert place_of("a", "b|c") != place_of("a|b", "c")
    assert derive(ONE, "a") != derive(ONE, "b")
    sealed = encrypt(ONE, b"text", place_of("acme", "cmt_1"))
    assert decrypt(ONE, sealed, place_of("acme", "cmt_1")) == b"text"
    for key, place in ((ONE, place_of("other", "cmt_1")), (TWO, place_of("acme", "cmt_1"))):
        with pytest.raises(SealBrokenError):
            decrypt(key, sealed, place)
