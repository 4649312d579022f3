"""Garbage collection: full collections wait for a quiet moment, and all is undone at the end."""

import asyncio
import gc

import pytest

from api import garbage


def test_the_oldest_generation_is_collected_when_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_threshold()
    slept: list[float] = []
    collected: list[int] = []
    quiet = [False, False, True, *[False] * 12]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > len(quiet):
            raise asyncio.CancelledError

    monkeypatch.setattr(garbage.asyncio, "sleep", sleep)
    monkeypatch.setattr(garbage.gc, "collect", lambda: collected.append(len(slept)))
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(garbage.collect_in_quiet_moments(lambda: quiet[len(slept) - 1]))
    assert collected == [0, 3, 15]
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
