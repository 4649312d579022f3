"""Holds re-scoring back: a token bucket of comments, so that live traffic keeps its share of the machine."""

import time
from collections.abc import Callable

_LONGEST_WAIT_S = 1.0
_BURST_S = 1.0
_LEAST = 1e-6
"""Of a comment: less than that is the rounding of the clock, and would be waited for in vain."""


class Pace:
    """Lets so many comments a second through, in this process.

    Parameters
    ----------
    comments_per_s : float
        0 holds nothing back.
    wait : Callable[[float], object]
        Waits so many seconds; a worker that is told to stop returns early.
    clock : Callable[[], float]
        Seconds that only grow.
    """

    def __init__(
        self,
        comments_per_s: float,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = comments_per_s
        self._wait = wait
        self._clock = clock
        self._tokens = 0.0
        self._counted_at = clock()

    def hold(self, comments: int, beat: Callable[[], None]) -> None:
        """Wait until comments may be analysed.

        Parameters
        ----------
        comments : int
            How many.
        beat : Callable[[], None]
            Called about once a second meanwhile; an error that it raises ends the waiting.
        """
        beat()
        if not self._rate:
            return
        while (missing := self._missing(comments)) > _LEAST:
            self._wait(min(missing / self._rate, _LONGEST_WAIT_S))
            beat()
        self._tokens -= comments

    def _missing(self, comments: int) -> float:
        """Count what came in since; a pause saves up no more than one second's worth or one slice."""
        now = self._clock()
        most = max(self._rate * _BURST_S, float(comments))
        self._tokens = min(most, self._tokens + (now - self._counted_at) * self._rate)
        self._counted_at = now
        return comments - self._tokens
