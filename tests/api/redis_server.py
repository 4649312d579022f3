"""A Redis for the tests: a private one on a socket of its own; skipped where there is no redis-server."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAwayError


@contextmanager
def private_redis() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Yield the URL of a Redis and its process; it keeps nothing and goes away with the block."""
    program = shutil.which("redis-server")
    if program is None:
        message = "no Redis: install the package redis-server"
        if os.environ.get("VOC_REQUIRE_REDIS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="voc-redis-"))
    socket = folder / "socket"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(socket)
        yield f"redis+unix://{socket}", process
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(socket: Path) -> None:
    """Wait until it answers."""
    client = Redis(unix_socket_path=str(socket))
    for _ in range(200):
        try:
            client.ping()
            return
        except RedisAwayError:
            time.sleep(0.02)
    raise RuntimeError("redis-server did not answer within 4 s")
