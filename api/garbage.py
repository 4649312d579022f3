"""Keeps long garbage collections away from busy moments of the event loop."""

import asyncio
import gc
from collections.abc import Callable

_EVERY_S = 5.0
_AT_THE_LATEST_S = 60.0
_NEVER = 1_000_000


async def collect_in_quiet_moments(is_quiet: Callable[[], bool]) -> None:
    """Collect the oldest generation when little waits, until cancelled.

    A full collection walks through everything that is alive: with a thousand batches waiting it
    stopped the event loop for 0.1 to 0.4 s, several times while they came. What was loaded at the
    start is left out of all collections; young objects are collected as always.

    Parameters
    ----------
    is_quiet : Callable[[], bool]
        Whether little waits; after a minute a collection comes in any case.
    """
    gc.collect()
    gc.freeze()
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    waited_s = 0.0
    try:
        while True:
            await asyncio.sleep(_EVERY_S)
            waited_s += _EVERY_S
            if is_quiet() or waited_s >= _AT_THE_LATEST_S:
                gc.collect()
                waited_s = 0.0
    finally:
        gc.set_threshold(young, middle, old)
        gc.unfreeze()
