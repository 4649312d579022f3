"""How often a tenant may ask: limits over a sliding window, in memory or in Redis.

The window slides by two counters (this window's and the one before, weighed by how far it is gone),
so that a check costs the same whatever the limit. In memory every process counts for itself. When
Redis cannot be reached requests are let through: a service that answers too much is worth more than
one that answers nobody.

References
----------
RateLimit header fields for HTTP, draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import structlog
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import SlidingWindowCounterSupport, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter

from api.errors import RateLimitedError
from api.rate_memory import WindowCounters

_log = structlog.get_logger(__name__)
_REDIS_TIMEOUT_S = 0.25
"""A Redis that hangs costs one request in `_RETRY_AFTER_S` this much."""
_RETRY_AFTER_S = 2.0
_LOGGED_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a tenant stands after a request: the two headers, and what refuses it, if anything does."""

    policy: str
    left: str
    refusal: RateLimitedError | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer.

        Returns
        -------
        dict[str, str]
            `RateLimit-Policy` and `RateLimit`.
        """
        return {"RateLimit-Policy": self.policy, "RateLimit": self.left}


class RateLimiter:
    """Counts what tenants ask for.

    Parameters
    ----------
    limits : str
        For instance ``600/minute;20000/hour``; empty for no limits.
    storage : str
        ``memory://`` or the URL of a Redis.
    unchecked : Counter
        Counts the requests that were let through because the storage was away.
    now : Callable[[], float]
        Seconds that never go back; for the pauses after a failure.
    """

    def __init__(
        self, limits: str, storage: str, unchecked: Counter, now: Callable[[], float] = time.monotonic
    ) -> None:
        # From the shortest on: a tenant refused by the minute has not used up its hour.
        self._items = sorted(parse_many(limits), key=RateLimitItem.get_expiry) if limits else []
        self._limiter = SlidingWindowCounterRateLimiter(_storage(storage)) if self._items else None
        self.is_near = self._limiter is None or storage == "memory://"
        self._policy = ", ".join(
            f'"{_name(item)}";q={item.amount};w={item.get_expiry()}' for item in self._items
        )
        self._unchecked = unchecked
        self._now = now
        self._away_until = -math.inf
        self._log_after = -math.inf

    def spend(self, tenant_id: str, cost: int = 1) -> Standing | None:
        """Count a request.

        Parameters
        ----------
        tenant_id : str
            Who asks.
        cost : int
            What it counts: 1, or the number of comments. At most what a limit allows at once.

        Returns
        -------
        Standing | None
            None when there are no limits, or nobody could be asked.
        """
        if self._limiter is None:
            return None
        if self._now() < self._away_until:
            self._unchecked.inc()
            return None
        try:
            return self._spend(self._limiter, tenant_id, cost)
        except StorageError as error:
            self._unchecked.inc()
            self._away_until = self._now() + _RETRY_AFTER_S
            if self._now() >= self._log_after:
                self._log_after = self._now() + _LOGGED_EVERY_S
                _log.error("rate_limits_unchecked", error=type(error.storage_error).__qualname__)
            return None

    def _spend(self, limiter: SlidingWindowCounterRateLimiter, tenant_id: str, cost: int) -> Standing:
        """Count by every limit until one refuses, and read where they stand."""
        costs = [cost if cost == 1 else min(cost, max(1, item.amount - 1)) for item in self._items]
        refused = -1
        for index, item in enumerate(self._items):
            if not limiter.hit(item, tenant_id, cost=costs[index]):
                refused = index
                break
        storage = cast(SlidingWindowCounterSupport, limiter.storage)
        left = []
        refusal = None
        for index, item in enumerate(self._items):
            window = storage.get_sliding_window(item.key_for(tenant_id), item.get_expiry())
            free, reset_s = _free(item, *window)
            left.append(f'"{_name(item)}";r={free};t={math.ceil(reset_s)}')
            if index == refused:
                refusal = RateLimitedError(str(item), _wait_s(item, costs[index], *window))
        return Standing(self._policy, ", ".join(left), refusal)


def _free(
    item: RateLimitItem, before: int, before_s: float, current: int, current_s: float
) -> tuple[int, float]:
    """Return what is free of a limit now, and the seconds to the end of the window."""
    used = math.floor(before * before_s / item.get_expiry() + current)
    return max(0, item.amount - used), current_s - item.get_expiry()


def _wait_s(
    item: RateLimitItem, cost: int, before: int, before_s: float, current: int, current_s: float
) -> int:
    """Return the seconds until a cost is free, if nothing else is asked for; at least 1."""
    window_s, allowed = item.get_expiry(), item.amount - cost + 1
    if before and current < allowed:  # the window before fades, and that is enough
        wait_s = before_s - (allowed - current) / before * window_s
    else:  # this window must fade first
        wait_s = current_s - window_s
        if current:
            wait_s += max(0.0, window_s - allowed / current * window_s)
    return math.floor(wait_s + 0.01) + 1  # at the very second it is not free yet


def _name(item: RateLimitItem) -> str:
    """Name a limit by its window: ``minute``, ``5minute``."""
    return item.GRANULARITY.name if item.multiples == 1 else f"{item.multiples}{item.GRANULARITY.name}"


def _storage(url: str) -> Storage:
    """Open the storage; Redis is not asked before the first request."""
    if url.startswith("memory"):
        return WindowCounters()
    return storage_from_string(  # type: ignore[return-value]
        url,
        wrap_exceptions=True,
        key_prefix="voc",
        socket_timeout=_REDIS_TIMEOUT_S,
        socket_connect_timeout=_REDIS_TIMEOUT_S,
    )
