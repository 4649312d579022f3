"""What a worker does is a set of lanes: each runs by itself again and again, and none waits for another."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from api.logs import log_failure

_log = structlog.get_logger(__name__)
_LAST_PASS_S = 10.0
"""How long a stopping worker waits for a pass; one that is cut off is taken up again by the next worker."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass of a lane did: how many things, and how many of them could not be done."""

    done: int
    failed: int = 0


class Lane(Protocol):
    """One kind of work; `name` stands in the logs."""

    name: str

    def run_once(self) -> Pass:
        """Do everything that is due or waits now.

        Returns
        -------
        Pass
            What was done.
        """


def run_lane(lane: Lane, stop: threading.Event, interval_s: float) -> None:
    """Run passes of a lane until somebody says stop.

    Parameters
    ----------
    lane : Lane
        What to do.
    stop : threading.Event
        Set from a signal handler or another thread.
    interval_s : float
        Seconds between the passes.
    """
    while not stop.is_set():
        try:
            lane.run_once()
        except Exception as error:
            log_failure("pass_failed", error, lane=lane.name)
        stop.wait(interval_s)


def run_lanes(lanes: Sequence[Lane], stop: threading.Event, interval_s: float) -> None:
    """Run lanes side by side until somebody says stop; a pass that has begun is finished first.

    Parameters
    ----------
    lanes : Sequence[Lane]
        What to do, each in a thread of its own.
    stop : threading.Event
        Set from a signal handler.
    interval_s : float
        Seconds between the passes of a lane.
    """
    _log.info("worker_started", lanes=[lane.name for lane in lanes], interval_s=interval_s)
    threads = [
        threading.Thread(target=run_lane, args=(lane, stop, interval_s), name=lane.name, daemon=True)
        for lane in lanes
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(timeout=_LAST_PASS_S)
    _log.info("worker_stopped")
