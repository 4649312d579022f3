"""The operator's key (VOC_ENCRYPTION_KEY): wraps tenants' keys, seals small secrets, signs certificates."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.errors import ConfigurationError
from api.settings import Settings
from api.vault.cipher import KEY_BYTES, SealBrokenError, decrypt, derive, encrypt, place_of

_ID_BYTES = 4
HOW_TO_MAKE = 'python -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())"'
"""Prints a new key; stands in messages."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with Ed25519, and what it takes to check it."""

    key_id: str
    public_key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class _MasterKey:
    """One of the operator's keys, by an id that says nothing about it."""

    id: bytes
    secret: bytes = field(repr=False)

    @property
    def signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(derive(self.secret, "sign certificates"))

    @property
    def public(self) -> bytes:
        return self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Vault:
    """Seals and opens with the operator's keys: the first seals, each opens what it sealed.

    Parameters
    ----------
    keys : list[bytes]
        32 bytes each, at least one.
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = [
            _MasterKey(hashlib.sha256(derive(key, "name")).digest()[:_ID_BYTES], key) for key in keys
        ]

    def seal(self, secret: bytes, purpose: str) -> bytes:
        """Seal a small secret of the operator.

        Parameters
        ----------
        secret : bytes
            For instance the secret of a webhook.
        purpose : str
            What and whose it is, for instance ``webhook tenant whk_1``; needed again to open it.

        Returns
        -------
        bytes
            Names the key that sealed it; may be stored.
        """
        key = self._keys[0]
        return key.id + encrypt(derive(key.secret, "seal"), secret, place_of(purpose))

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Open what `seal` made.

        Parameters
        ----------
        sealed : bytes
            What was stored.
        purpose : str
            The same purpose.

        Returns
        -------
        bytes
            The secret.

        Raises
        ------
        ConfigurationError
            If the key that sealed it is not among the operator's.
        SealBrokenError
            If it was sealed for another purpose, or changed.
        """
        if len(sealed) <= _ID_BYTES:
            raise SealBrokenError()
        for key in self._keys:
            if key.id == sealed[:_ID_BYTES]:
                return decrypt(derive(key.secret, "seal"), sealed[_ID_BYTES:], place_of(purpose))
        raise ConfigurationError(
            f"VOC_ENCRYPTION_KEY lacks the key {sealed[:_ID_BYTES].hex()} that something stored is sealed "
            f"with (it has {', '.join(self.key_ids())}); append that key after a comma"
        )

    def opens(self, sealed: bytes) -> bool:
        """Say whether the key that sealed something is among the operator's.

        Parameters
        ----------
        sealed : bytes
            What `seal` made.

        Returns
        -------
        bool
            False when `unseal` would ask for another key.
        """
        return any(key.id == sealed[:_ID_BYTES] for key in self._keys)

    def is_newest(self, sealed: bytes) -> bool:
        """Say whether something is sealed with the first key.

        Parameters
        ----------
        sealed : bytes
            What `seal` made.

        Returns
        -------
        bool
            False when an older key must be kept for it.
        """
        return self._keys[0].id == sealed[:_ID_BYTES]

    def key_ids(self) -> list[str]:
        """Name the operator's keys.

        Returns
        -------
        list[str]
            Eight hexadecimal digits each, the one that seals first.
        """
        return [key.id.hex() for key in self._keys]

    def sign(self, content: bytes) -> Signature:
        """Sign with the first key.

        Parameters
        ----------
        content : bytes
            What is signed.

        Returns
        -------
        Signature
            With the public key.
        """
        key = self._keys[0]
        return Signature(key.id.hex(), key.public, key.signing.sign(content))

    def public_keys(self) -> dict[str, bytes]:
        """List the public halves of the signing keys.

        Returns
        -------
        dict[str, bytes]
            Raw Ed25519 keys of 32 bytes by the id of the operator's key, the current one first.
        """
        return {key.id.hex(): key.public for key in self._keys}


def read_keys(text: str) -> list[bytes]:
    """Read VOC_ENCRYPTION_KEY.

    Parameters
    ----------
    text : str
        Comma-separated keys in base64.

    Returns
    -------
    list[bytes]
        32 bytes each.

    Raises
    ------
    ConfigurationError
        If one is not 32 bytes in base64, or there twice; the message tells the place, not the key.
    """
    keys: list[bytes] = []
    for number, part in enumerate(text.split(","), 1):
        try:
            key = base64.b64decode(part.strip().replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            raise ConfigurationError(
                f"VOC_ENCRYPTION_KEY: key {number} is not base64; make one with {HOW_TO_MAKE}"
            ) from None
        if len(key) != KEY_BYTES:
            raise ConfigurationError(
                f"VOC_ENCRYPTION_KEY: key {number} has {len(key)} bytes, expected {KEY_BYTES}; "
                f"make one with {HOW_TO_MAKE}"
            )
        if key in keys:
            raise ConfigurationError(
                f"VOC_ENCRYPTION_KEY: key {number} is there twice; write each once, the newest first"
            )
        keys.append(key)
    return keys


def vault_of(settings: Settings) -> Vault | None:
    """Make the vault of a process.

    Parameters
    ----------
    settings : Settings
        Has VOC_ENCRYPTION_KEY.

    Returns
    -------
    Vault | None
        None when the operator set no key: nothing is sealed or signed then.
    """
    keys = settings.encryption_key
    return None if keys is None else Vault(read_keys(keys.get_secret_value()))
