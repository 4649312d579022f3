"""Callers whose keys were checked a few seconds ago: a busy key is not looked up for every request."""

import time
from collections import OrderedDict
from collections.abc import Callable

from api.keys.service import Caller, hash_secret

_MOST = 4096


class CallersSeenLately:
    """Keeps callers by the hash of their key; lives on the event loop.

    Another process, or this one, may revoke a key meanwhile: the key then passes for at
    most `seconds` more. Unknown keys are not kept, so that a new one works at once.

    Parameters
    ----------
    seconds : float
        How long a caller is kept; 0 keeps nobody.
    clock : Callable[[], float]
        Seconds that only grow.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    def find(self, secret: str) -> Caller | None:
        """Look a key up.

        Parameters
        ----------
        secret : str
            The key as it was sent.

        Returns
        -------
        Caller | None
            None when the database must be asked.
        """
        digest = hash_secret(secret)
        until, caller = self._kept.get(digest, (0.0, None))
        if caller is None or self._clock() < until:
            return caller
        del self._kept[digest]
        return None

    def keep(self, secret: str, caller: Caller) -> None:
        """Keep the caller whom the database named.

        Parameters
        ----------
        secret : str
            The key as it was sent.
        caller : Caller
            Whose key it is.
        """
        if not self._seconds:
            return
        digest = hash_secret(secret)
        self._kept[digest] = (self._clock() + self._seconds, caller)
        self._kept.move_to_end(digest)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
