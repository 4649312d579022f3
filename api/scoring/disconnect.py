"""Ends work whose caller is gone."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

Result = TypeVar("Result")
_SOON_S = 0.2
"""Most answers come sooner; watching the connection from the start would cost each of them."""


async def until_gone(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Wait for work as long as its caller waits.

    Parameters
    ----------
    receive : Receive
        Of a request whose body was read.
    work : Coroutine[Any, Any, Result]
        What the caller waits for; it is cancelled when the caller is gone.

    Returns
    -------
    Result | None
        None when the caller is gone.

    Raises
    ------
    asyncio.CancelledError
        If the server ends the request for another reason.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    watch = _Watch(receive, task)
    timer = loop.call_later(_SOON_S, watch.start)
    try:
        return await work
    except asyncio.CancelledError:
        if not watch.is_gone:
            raise
        task.uncancel()
        return None
    finally:
        timer.cancel()
        watch.stop()


class _Watch:
    """Cancels a task when the caller of its request disconnects."""

    def __init__(self, receive: Receive, task: "asyncio.Task[Any]") -> None:
        self.is_gone = False
        self._receive = receive
        self._task = task
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._watching = asyncio.create_task(self._watch())

    def stop(self) -> None:
        """Watch no longer."""
        if self._watching is not None:
            self._watching.cancel()

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self._task.cancel()
