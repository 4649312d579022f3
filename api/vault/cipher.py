"""Authenticated encryption as everything here uses it: AES-256-GCM with a random nonce before the text."""

import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """A sealed text does not open: another key, another place, or changed bytes."""


def encrypt(key: bytes, content: bytes, place: bytes) -> bytes:
    """Encrypt.

    Parameters
    ----------
    key : bytes
        32 bytes.
    content : bytes
        What is hidden.
    place : bytes
        Associated data: where the result belongs; elsewhere it does not open.

    Returns
    -------
    bytes
        Nonce and ciphertext.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, place)


def decrypt(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """Decrypt.

    Parameters
    ----------
    key : bytes
        The key that encrypted.
    sealed : bytes
        What `encrypt` made.
    place : bytes
        The same associated data.

    Returns
    -------
    bytes
        What was hidden.

    Raises
    ------
    SealBrokenError
        If key, place or bytes are not those of the encryption.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise SealBrokenError() from None


def derive(key: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose (HKDF-SHA256).

    Parameters
    ----------
    key : bytes
        32 random bytes.
    purpose : str
        What the derived key is for.

    Returns
    -------
    bytes
        32 bytes; keys of two purposes say nothing about one another.
    """
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"voc-nlp {purpose}".encode()).derive(key)


def place_of(*parts: str | int) -> bytes:
    """Write a place as associated data, so that no two places are written alike.

    Parameters
    ----------
    *parts : str | int
        For instance the tenant and the id of the comment.

    Returns
    -------
    bytes
        A JSON list.
    """
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()
