"""Service and worker as processes that are killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).resolve().parents[2]
KEY = "key-of-the-reliability-tests"
_READY_WITHIN_S = 60.0


def free_port() -> int:
    """Find a port on the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """One program; `kill` ends it by SIGKILL, with all that it started."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments],
                cwd=CHECKOUT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, and go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill the program itself, at once; what it started must notice by itself."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end, wait; the exit code."""
        if self._process is None or self._process.poll() is not None:
            return -1
        self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()

    def has_ended(self) -> bool:
        """Tell whether it ended by itself."""
        return self._process is None or self._process.poll() is not None


class Installation:
    """One service and one worker on one database."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        with_models: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.database_url = database_url
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VOC_")},
            "VOC_DATABASE_URL": database_url,
            "VOC_BOOTSTRAP_KEY": KEY,
            "VOC_LOG_LEVEL": "warning",
            "PYTHONPATH": str(CHECKOUT),
            **(settings or {}),
        }
        place = ["--host", "127.0.0.1", "--port", str(self.port)]
        serve = ["-m", "uvicorn", "tests.reliability.service:app", "--factory", "--no-access-log", *place]
        if with_models:
            serve = ["-m", "api", "serve", *place]
        self._environment = environment
        self.service = Child(serve, environment, folder / "service.log")
        self.worker = Child(
            ["-m", "api", "worker", "--interval-s", "0.2"], environment, folder / "worker.log"
        )

    def worker_of(self, module: str) -> Child:
        """Return another program in the place of the worker, on the same database."""
        return Child(["-m", module], self._environment, self.folder / f"{module.rpartition('.')[2]}.log")

    def wait_until_ready(self) -> None:
        """Ask /readyz until it says yes."""
        deadline = time.monotonic() + _READY_WITHIN_S
        with httpx.Client(base_url=self.url, trust_env=False, timeout=10) as client:
            while time.monotonic() < deadline:
                if self.service.has_ended():
                    raise RuntimeError(f"the service ended by itself:\n{self.log_tail('service')}")
                try:
                    if client.get("/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
        raise RuntimeError(f"not ready after {_READY_WITHIN_S:.0f} s:\n{self.log_tail('service')}")

    def log_tail(self, name: str) -> str:
        """Return the end of a log."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def client(self, timeout_s: float = 30.0) -> httpx.Client:
        """Return a client that holds the key."""
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False)


def wait(stop: threading.Event, seconds: float) -> bool:
    """Wait, but not longer than until somebody says stop; True when somebody did."""
    return stop.wait(seconds)
