"""Draw a sample of a stream of any length, in bounded memory; a seed and a stream give one sample."""

import random
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """Keeps up to `size` items, each of those offered with the same chance.

    Parameters
    ----------
    size : int
        Most items to keep. Up to so many, nothing is drawn and all are kept.
    seed : int
        Seed of the draws.

    References
    ----------
    Vitter (1985), Random sampling with a reservoir. ACM Trans. Math. Software 11, algorithm R.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.offered = 0
        self._size = size
        self._kept: list[tuple[int, Item]] = []
        # Python promises the same numbers from `random` in every version; numpy's generators do not.
        self._random = random.Random(seed).random

    def offer(self, item: Item) -> None:
        """Take an item, or pass it over.

        Parameters
        ----------
        item : Item
            The next one of the stream.
        """
        place = self.offered
        self.offered += 1
        if place < self._size:
            self._kept.append((place, item))
            return
        drawn = int(self._random() * self.offered)
        if drawn < self._size:
            self._kept[drawn] = (place, item)

    def __iter__(self) -> Iterator[Item]:
        """Yield what was kept, in the order of the stream."""
        return iter([item for _, item in sorted(self._kept, key=lambda pair: pair[0])])
