"""How large a batch may be: as many characters as the worker was seen to analyse in a short time."""

_TARGET_S = 0.025
"""A single comment that arrives behind a batch waits so long at most, in the middle; larger batches
are hardly faster: 64 short comments cost 7 % less each than 32 in the fast tier, 1 % in the default tier."""

_FIRST = 8_000
_FEWEST = 300
_MOST = 60_000
_LEARNT_FROM = 200
"""A batch of fewer characters says more of the fixed cost than of the pace."""

_WEIGHT = 0.2


class Pace:
    """Learns how many characters a worker analyses in a second."""

    def __init__(self) -> None:
        self._per_s = _FIRST / _TARGET_S
        self._per_comment_s = 0.0

    @property
    def characters(self) -> int:
        """Characters of one batch."""
        return int(min(_MOST, max(_FEWEST, self._per_s * _TARGET_S)))

    def learn(self, characters: int, comments: int, seconds: float) -> None:
        """Take in how long a batch took.

        Parameters
        ----------
        characters : int
            Its weight.
        comments : int
            Its comments.
        seconds : float
            From its start to its answers.
        """
        if seconds <= 0:
            return
        self._per_comment_s += _WEIGHT * (seconds / comments - self._per_comment_s)
        if characters >= min(_LEARNT_FROM, self.characters):
            self._per_s += _WEIGHT * (characters / seconds - self._per_s)

    def seconds_for(self, comments: int) -> float:
        """Guess how long comments take.

        Parameters
        ----------
        comments : int
            How many.

        Returns
        -------
        float
            Seconds of one worker; 0 when nothing was analysed yet.
        """
        return comments * self._per_comment_s
