"""Secrets of webhooks: made, sealed for the tables, opened for signing.

`SecretBox` is all that this package asks of an encryption at rest: ``seal`` and ``open``.
"""

import base64
import binascii
import secrets
from typing import Protocol

import structlog

from api.errors import Bilingual, ConfigurationError, Fault, InvalidRequestError
from api.settings import Settings
from api.vault.cipher import SealBrokenError
from api.vault.master import Vault, vault_of

_log = structlog.get_logger(__name__)
_PREFIX = "whsec_"
_SECRET_BYTES = 32
_PLAIN = b"p0:"
_SEALED = b"s1:"
_PURPOSE = "webhooks"
"""A sealed secret opens for nothing else."""


class SealedSecretError(Exception):
    """A stored secret cannot be opened: `VOC_ENCRYPTION_KEY` is missing, or another one sealed it."""


class SecretBox(Protocol):
    """Seals what must not be read from a copy of the database."""

    def seal(self, content: bytes) -> bytes:
        """Seal.

        Parameters
        ----------
        content : bytes
            A secret.

        Returns
        -------
        bytes
            What is stored.
        """

    def open(self, sealed: bytes) -> bytes:
        """Open.

        Parameters
        ----------
        sealed : bytes
            What `seal` made.

        Returns
        -------
        bytes
            The secret.
        """


class VaultBox:
    """Seals with the operator's keys when there are some; marks as plain what was stored without.

    Parameters
    ----------
    vault : Vault | None
        The operator's keys, or None to store plainly.
    """

    def __init__(self, vault: Vault | None) -> None:
        self._vault = vault

    def seal(self, content: bytes) -> bytes:
        """Seal a secret.

        Parameters
        ----------
        content : bytes
            A secret.

        Returns
        -------
        bytes
            What is stored.
        """
        if self._vault is None:
            return _PLAIN + content
        return _SEALED + self._vault.seal(content, _PURPOSE)

    def open(self, sealed: bytes) -> bytes:
        """Open a secret; one that was stored before there was a key is still read.

        Parameters
        ----------
        sealed : bytes
            What `seal` made.

        Returns
        -------
        bytes
            The secret.

        Raises
        ------
        SealedSecretError
            If the key is not the one that sealed it.
        """
        if sealed.startswith(_PLAIN):
            return sealed.removeprefix(_PLAIN)
        if self._vault is None:
            raise SealedSecretError()
        try:
            return self._vault.unseal(sealed.removeprefix(_SEALED), _PURPOSE)
        except (SealBrokenError, ConfigurationError):
            raise SealedSecretError() from None

    def is_newest(self, sealed: bytes) -> bool:
        """Say whether a secret is stored as `seal` would store it now.

        Parameters
        ----------
        sealed : bytes
            What `seal` made.

        Returns
        -------
        bool
            False when it is plain, or an older key must be kept for it.
        """
        if sealed.startswith(_PLAIN):
            return self._vault is None
        return self._vault is not None and self._vault.is_newest(sealed.removeprefix(_SEALED))


def box_of(settings: Settings) -> SecretBox:
    """Make the box of a process; warns when secrets will be stored plainly.

    Parameters
    ----------
    settings : Settings
        Holds `VOC_ENCRYPTION_KEY`, or not.

    Returns
    -------
    SecretBox
        One per process.
    """
    vault = vault_of(settings)
    if vault is None:
        _log.warning("webhook_secrets_are_stored_plainly", remedy="set VOC_ENCRYPTION_KEY")
    return VaultBox(vault)


def new_secret() -> str:
    """Make a signing secret.

    Returns
    -------
    str
        ``whsec_`` and 256 bits of chance in base64, as Standard Webhooks writes it.
    """
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def read_secret(text: str, pointer: str) -> str:
    """Check a signing secret that somebody else made.

    Parameters
    ----------
    text : str
        As the other system shows it.
    pointer : str
        Where it stands in the request.

    Returns
    -------
    str
        The same.

    Raises
    ------
    InvalidRequestError
        If it is not ``whsec_`` and 24 to 64 bytes in base64.
    """
    try:
        size = len(base64.b64decode(text.removeprefix(_PREFIX) + "==")) if text.startswith(_PREFIX) else 0
    except (ValueError, binascii.Error):
        size = 0
    if not 24 <= size <= 64:
        detail = Bilingual(
            "expected 'whsec_' and 24 to 64 bytes in base64, as Standard Webhooks writes a secret",
            "「whsec_」で始まる 24〜64 バイトの base64(Standard Webhooks 形式)で指定してください",
        )
        raise InvalidRequestError([Fault(pointer, detail)])
    return text
