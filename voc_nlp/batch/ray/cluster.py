"""Start a Ray on this machine for the time being, or join the cluster at an address."""

import logging
import os
import secrets
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voc_nlp.batch.errors import MissingEngineError, UnreachableClusterError

_CONNECT_S = 10.0
"""How long an address may take to answer."""

_GRPC_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
_SETTINGS = b"\x04"
"""How a gRPC call begins, and the kind of frame that the other side answers with (RFC 9113, 3.4)."""

_STORE_BYTES = 256 << 20
"""Object store of a Ray of our own, apart from 64 MiB a worker; a chunk is a few hundred kilobytes."""

_LONGEST_FOLDER = 30
"""Letters of the folder for temporary files that leave room for Ray's sockets below it (107 in all)."""


def import_ray(address: str | None) -> Any:
    """Import Ray; a Ray of our own listens on the loopback address only, and reports to nobody.

    Parameters
    ----------
    address : str | None
        Of the cluster that will be joined; None when there will be one of our own.

    Returns
    -------
    Any
        The module.

    Raises
    ------
    MissingEngineError
        When it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address is None:
        # The name is historical: what it switches off is reaching this node from other machines.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingEngineError(
            "the engine ray needs Ray Data, which is not installed; "
            "install it with: pip install 'voc-nlp[ray]', or use the engine local."
        ) from error
    return ray


@contextmanager
def running_ray(workers: int, address: str | None) -> Iterator[None]:
    """Use the Ray of the caller, join a cluster, or start a Ray and stop it at the end.

    Parameters
    ----------
    workers : int
        Cores that a Ray of our own offers.
    address : str | None
        ``auto``, ``host:port``, or None for one of our own.

    Yields
    ------
    None
        While it can be used; `UnreachableClusterError` comes instead when there is none at the address.
    """
    import ray

    if ray.is_initialized():
        yield
        return
    _quieten()
    if address is not None:
        _join(address)
        try:
            yield
        finally:
            ray.shutdown()
        return
    folder = Path(tempfile.mkdtemp(prefix="voc-ray-", dir=_short_folder()))
    # Ray asks for it on every port it opens; otherwise it would keep one in the home folder.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        ray.init(
            address="local",
            num_cpus=workers,
            num_gpus=0,
            object_store_memory=_STORE_BYTES + workers * (64 << 20),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=str(folder),
        )
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _quieten() -> None:
    """Keep what Ray Data tells about its plans off stderr, which is for the progress bar."""
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.ERROR)
    # It counts the read tasks, of which there is one; the chunks are many.
    warnings.filterwarnings("ignore", "The minimum number of concurrent actors", UserWarning)


def _short_folder() -> str | None:
    """Find a folder for temporary files with a name short enough for Ray's sockets."""
    return None if len(tempfile.gettempdir()) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108 - only the parent of a folder that mkdtemp makes


def _join(address: str) -> None:
    """Connect to a cluster, or say in time why not."""
    import ray

    if "://" in address:
        raise UnreachableClusterError(
            f"{address} is an address of the Ray client, over which Ray Data cannot stream; run voc on a "
            "node of the cluster with --address auto, or send it there: ray job submit -- voc analyze ..."
        )
    if address != "auto":
        _knock(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise UnreachableClusterError(
            f"no Ray cluster could be joined at {address} ({type(error).__name__}); expected auto on a node "
            "of a running cluster, or host:port of its head, and the cluster's token where it asks for one. "
            "`ray status` shows whether it runs."
        ) from error
    if not ray.cluster_resources().get("CPU"):
        ray.shutdown()
        raise UnreachableClusterError(
            f"the Ray cluster at {address} offers no CPU; add nodes that do, or use the engine local."
        )


def _knock(address: str) -> None:
    """See whether anyone listens: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UnreachableClusterError(
            f"{address!r} is no address of a Ray cluster; expected auto or host:port, such as head:6379."
        )
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S) as line:
            if os.environ.get("RAY_USE_TLS", "0") != "0":
                return
            line.settimeout(_CONNECT_S)
            line.sendall(_GRPC_GREETING)
            if line.recv(9)[3:4] != _SETTINGS:
                raise ConnectionError("what answers is no Ray")
    except OSError as error:
        raise UnreachableClusterError(
            f"no Ray cluster answers at {address} ({error.strerror or error}); "
            "is the Ray cluster running, and its head reachable from here?"
        ) from error
