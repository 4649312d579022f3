"""The service and the worker as child processes on a fresh database, cleaned up whatever happens."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 15.0
_SHOWN_OF_A_LINE = 600
_CHECKOUT = Path(__file__).resolve().parent.parent.parent


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """The service, ready, with a client that holds its key."""

    client: httpx.Client
    seconds_to_ready: float


@contextmanager
def running_service() -> Iterator[RunningService]:
    """Start service and worker on a free port with a database of their own.

    Yields
    ------
    RunningService
        Ready to be called; everything is stopped and removed at the end.

    Raises
    ------
    DemoError
        If the service does not start, or stops answering; with the end of the logs.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voc-demo-")))
        port = _free_port()
        key = secrets.token_urlsafe(32)
        environment = {
            **os.environ,
            "VOC_DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
            "VOC_BOOTSTRAP_KEY": key,
            "VOC_LOG_LEVEL": "warning",
        }
        began = time.monotonic()
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(port)]
        service = stack.enter_context(_process(arguments, environment, folder / "service.log"))
        client = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {key}"},
                timeout=60.0,
                trust_env=False,
            )
        )
        _wait_until_ready(client, service, folder / "service.log")
        seconds = time.monotonic() - began
        stack.enter_context(_process(["worker", "--interval-s", "0.5"], environment, folder / "worker.log"))
        try:
            yield RunningService(client, seconds)
        except (httpx.HTTPError, DemoError) as error:
            logs = "".join(_tail(folder / name) for name in ("service.log", "worker.log"))
            raise DemoError(f"{error}{logs}") from error


@contextmanager
def _process(
    arguments: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``python -m api ...`` and stop it at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
            [sys.executable, "-m", "api", *arguments],
            cwd=_CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(client: httpx.Client, service: subprocess.Popen[bytes], log: Path) -> None:
    """Ask /readyz until it says yes; tell what the service wrote when it does not."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        if service.poll() is not None:
            raise DemoError(f"the service stopped with exit code {service.returncode}{_tail(log)}")
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise DemoError(f"the service was not ready after {_READY_WITHIN_S:.0f} s{_tail(log)}")


def _free_port() -> int:
    """Find a port on the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    """Return the end of a log, for the error message."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:] if log.exists() else []
    return "".join(f"\n  {log.name}: {line[-_SHOWN_OF_A_LINE:]}" for line in lines)
