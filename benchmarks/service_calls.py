"""Sends requests at a constant rate, or many that wait together; service_load.py runs it in a process.

A request is due at a fixed time, and its latency counts from there even when it had to wait for a
connection: a slow answer makes the following ones late, as it does for users (no coordinated omission).
"""

import asyncio
import json
import sys
import time
from itertools import cycle
from typing import Any


class Connection:
    """One kept connection over which one request at a time goes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> int:
        """Send a request, read the whole answer, return its status."""
        kept = self._writer is not None
        try:
            return await self._exchange(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            if not kept:
                raise
            self._writer = None  # the server closes what was idle for long; that costs a new connection
            return await self._exchange(request)

    async def _exchange(self, request: bytes) -> int:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await self._reader.readexactly(length)
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()


def request_bytes(method: str, path: str, body: bytes, key: str) -> bytes:
    """Write one request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def at_a_rate(port: int, requests: list[bytes], rate: float, seconds: float) -> dict[str, Any]:
    """Send requests at a constant rate; return latencies in milliseconds and the statuses."""
    idle: list[Connection] = []
    opened: list[Connection] = []
    latencies: list[float] = []
    statuses: dict[int, int] = {}

    async def one(request: bytes, due: float) -> None:
        if idle:
            connection = idle.pop()
        else:
            connection = Connection(port)
            opened.append(connection)
        status = await connection.send(request)
        latencies.append((time.perf_counter() - due) * 1000)
        statuses[status] = statuses.get(status, 0) + 1
        idle.append(connection)

    start = time.perf_counter() + 0.1
    sending: list[asyncio.Task[None]] = []
    for number, request in zip(range(int(rate * seconds)), cycle(requests), strict=False):
        due = start + number / rate
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        sending.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*sending)
    for connection in opened:
        connection.close()
    return {"latencies_ms": latencies, "statuses": statuses}


async def waiting_together(
    port: int, requests: list[bytes], count: int, within_s: float, seconds: float
) -> dict[str, Any]:
    """Send many requests, each over a connection of its own; hang up on those not answered in time."""
    connections = [Connection(port) for _ in range(count)]

    async def one(number: int, request: bytes) -> int:
        await asyncio.sleep(within_s * number / count)
        return await connections[number].send(request)

    sending = [
        asyncio.create_task(one(number, request))
        for number, request in zip(range(count), cycle(requests), strict=False)
    ]
    done, late = await asyncio.wait(sending, timeout=seconds)
    for task in late:
        task.cancel()
    for connection in connections:
        connection.close()
    await asyncio.gather(*late, return_exceptions=True)
    statuses: dict[int, int] = {}
    for task in done:
        status = 0 if task.exception() else task.result()
        statuses[status] = statuses.get(status, 0) + 1
    return {"statuses": statuses, "unanswered": len(late)}


def main() -> None:
    """Read what to do as JSON from stdin, print what came of it as JSON."""
    told = json.load(sys.stdin)
    requests = [
        request_bytes(told["method"], told["path"], body.encode(), told["key"]) for body in told["bodies"]
    ]
    if "rate" in told:
        result = asyncio.run(at_a_rate(told["port"], requests, told["rate"], told["seconds"]))
    else:
        result = asyncio.run(
            waiting_together(told["port"], requests, told["count"], told["within_s"], told["seconds"])
        )
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
