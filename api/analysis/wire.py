"""Messages between the service and a worker process that it started: a length, then the message."""

import pickle
import socket
import struct
from dataclasses import dataclass
from typing import Any

LENGTH = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Ready:
    """First message of a worker: its models are loaded."""

    model_version: str


@dataclass(frozen=True, slots=True)
class Unready:
    """First message of a worker that cannot work, and why."""

    reason: str


def pack(message: Any) -> bytes:
    """Write a message.

    Parameters
    ----------
    message : Any
        Values of this package and of ``voc_nlp.schema``.

    Returns
    -------
    bytes
        With its length before it.
    """
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """Read a message.

    Parameters
    ----------
    body : bytes
        Without its length. It comes over a private pair of sockets from a process of our
        own, as with multiprocessing; nothing from outside is ever unpickled.

    Returns
    -------
    Any
        What `pack` was given.
    """
    return pickle.loads(body)  # noqa: S301


def receive(connection: socket.socket) -> Any:
    """Wait for a message on a blocking socket; an `EOFError` says that the other end is gone.

    Parameters
    ----------
    connection : socket.socket
        One end of the pair.

    Returns
    -------
    Any
        The message.
    """
    (length,) = LENGTH.unpack(_read(connection, LENGTH.size))
    return unpack(_read(connection, length))


def _read(connection: socket.socket, count: int) -> bytes:
    """Read so many bytes."""
    body = bytearray(count)
    view = memoryview(body)
    read = 0
    while read < count:
        got = connection.recv_into(view[read:])
        if not got:
            raise EOFError
        read += got
    return bytes(body)
