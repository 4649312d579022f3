"""One worker process as the service sees it: started, asked, ended, started again."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import structlog

from api.analysis.answering import Answer, BatchAnalyzer, Order, answer_orders
from api.analysis.registry import TierModels
from api.analysis.wire import LENGTH, Ready, Unready, pack, unpack

_log = structlog.get_logger(__name__)
_CHECKOUT = Path(__file__).resolve().parents[2]
_START_S = 120.0
_BATCH_S = 60.0
"""A worker that is silent for so long is taken for lost; a batch takes some hundredths of a second."""

_END_S = 5.0
_BUFFER = 1 << 22


class WorkerLostError(Exception):
    """The worker ended before it answered a batch.

    Parameters
    ----------
    was_begun : bool
        Whether it was at work on this batch; the next one may have waited behind it.
    """

    def __init__(self, *, was_begun: bool) -> None:
        super().__init__()
        self.was_begun = was_begun


class WorkerStartError(Exception):
    """The worker could not start; the message says why."""


class Worker(Protocol):
    """What answers batches, one after the other; the next may be given before the last is answered."""

    async def start(self) -> None:
        """Load the models; after a loss, once more."""

    async def answer(self, orders: Sequence[Order]) -> list[list[Answer]]:
        """Answer a batch.

        Parameters
        ----------
        orders : Sequence[Order]
            The batch.

        Returns
        -------
        list[list[Answer]]
            The answers of each order.
        """

    async def stop(self) -> None:
        """End; it may be stopped already."""


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """What a worker process loads.

    Parameters
    ----------
    models : TierModels
        The models, whatever the registry says when the process is started again.
    factory : str
        ``module:function`` that loads the analyzer from the others.
    taxonomy : Path | None
        File of the departments; None for those that the models know.
    """

    models: TierModels
    factory: str = "api.analysis.worker:load"
    taxonomy: Path | None = None


class ProcessWorker:
    """A worker in a process of its own.

    It is a new program and no fork: a fork would copy locks that threads of the service
    hold, onnxruntime's among them.

    Parameters
    ----------
    plan : WorkerPlan
        What it loads.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        self._plan = plan
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading = asyncio.Lock()
        self._is_lost = False
        self.model_version = ""

    @property
    def pid(self) -> int | None:
        """Id of the process that runs."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process and wait until its models are loaded.

        Raises
        ------
        WorkerStartError
            If it cannot load them.
        """
        await self.stop()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.to_thread(self._open, theirs)
        ours.setblocking(False)
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)
        try:
            first = await asyncio.wait_for(self._receive(), _START_S)
        except (EOFError, OSError, TimeoutError) as error:
            raise WorkerStartError(f"the process ended or was silent ({type(error).__name__})") from None
        if not isinstance(first, Ready):
            raise WorkerStartError(first.reason if isinstance(first, Unready) else "an unknown message")
        self.model_version = first.model_version
        self._reading, self._is_lost = asyncio.Lock(), False
        _log.info("analysis_worker_ready", pid=self.pid)

    async def answer(self, orders: Sequence[Order]) -> list[list[Answer]]:
        """Answer a batch.

        Parameters
        ----------
        orders : Sequence[Order]
            The batch.

        Returns
        -------
        list[list[Answer]]
            The answers of each order.

        Raises
        ------
        WorkerLostError
            If the process ended, or was silent for too long.
        """
        if self._writer is None or self._is_lost:
            raise WorkerLostError(was_begun=False)
        # No await between writing and queueing for the lock: answers come in the order of the batches.
        self._writer.write(pack(orders))
        async with self._reading:
            if self._is_lost:
                raise WorkerLostError(was_begun=False)
            try:
                async with asyncio.timeout(_BATCH_S):
                    return cast(list[list[Answer]], await self._receive())
            except (EOFError, OSError, TimeoutError) as error:
                self._is_lost = True
                _log.error("analysis_worker_lost", pid=self.pid, error=type(error).__name__)
                raise WorkerLostError(was_begun=True) from None

    async def stop(self) -> None:
        """Close the connection, which ends the process; kill it where it does not end."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        process, self._process, self._reader, self._writer = self._process, None, None, None
        if process is not None:
            await asyncio.to_thread(_end, process)

    def _open(self, connection: socket.socket) -> "subprocess.Popen[bytes]":
        """Start the program with its end of the pair."""
        plan = self._plan
        path = os.pathsep.join([str(_CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
        return subprocess.Popen(  # noqa: S603 - a program of ours, settings of the operator
            [
                sys.executable,
                "-m",
                "api.analysis.worker",
                str(connection.fileno()),
                plan.factory,
                str(plan.models.folder),
                json.dumps(dict(plan.models.parts)),
                str(plan.taxonomy or ""),
            ],
            stdin=subprocess.DEVNULL,
            pass_fds=(connection.fileno(),),
            env={**os.environ, "PYTHONPATH": path},
        )

    async def _receive(self) -> object:
        """Wait for a message."""
        assert self._reader is not None
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        return unpack(await self._reader.readexactly(length))


class ThreadWorker:
    """A worker in a thread of the service.

    Parameters
    ----------
    analyzer : BatchAnalyzer
        Loaded models.
    """

    def __init__(self, analyzer: BatchAnalyzer) -> None:
        self._analyzer = analyzer

    async def start(self) -> None:
        """Do nothing: the models are loaded."""

    async def answer(self, orders: Sequence[Order]) -> list[list[Answer]]:
        """Answer a batch.

        Parameters
        ----------
        orders : Sequence[Order]
            The batch.

        Returns
        -------
        list[list[Answer]]
            The answers of each order.
        """
        return await asyncio.to_thread(answer_orders, self._analyzer, orders)

    async def stop(self) -> None:
        """Do nothing."""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the process that was told to end."""
    try:
        process.wait(timeout=_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
