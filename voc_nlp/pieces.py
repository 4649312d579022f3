"""Token pieces of texts, laid end to end, and runs of them: whole texts, sentences, clauses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LONGEST_TEXT = 1 << 32


@dataclass(frozen=True, slots=True)
class Pieces:
    """Token pieces of many texts laid end to end; lone word starts are left out.

    Parameters
    ----------
    ids : NDArray[np.int64]
        Piece numbers of all texts, shape (total,).
    owners : NDArray[np.int64]
        Which text each piece belongs to, ascending, shape (total,).
    starts, ends : NDArray[np.int64]
        Where each piece stands in its text, in code points, shape (total,).
    letters : NDArray[np.uint32]
        Code points of all texts, Latin capitals lowered, shape (letters,).
    letter_starts : NDArray[np.int64]
        Where each text begins in `letters`, and the end of the last, shape (texts + 1,).
    texts : tuple[str, ...]
        The texts themselves.
    """

    ids: NDArray[np.int64]
    owners: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    letters: NDArray[np.uint32]
    letter_starts: NDArray[np.int64]
    texts: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of texts."""
        return len(self.letter_starts) - 1

    def stretches(self, owners: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> "Stretches":
        """Take stretches of the texts as texts of their own.

        Parameters
        ----------
        owners : Sequence[int]
            Which text each stretch lies in.
        starts : Sequence[int]
            Where each stretch begins and ends in its text, in code points.
        ends : Sequence[int]
            Where each stretch begins and ends in its text, in code points.

        Returns
        -------
        Stretches
            The pieces that begin inside each stretch.
        """
        keys = self.owners * _LONGEST_TEXT + self.starts
        base = np.asarray(owners, dtype=np.int64) * _LONGEST_TEXT
        first = np.searchsorted(keys, base + np.asarray(starts, dtype=np.int64))
        last = np.searchsorted(keys, base + np.asarray(ends, dtype=np.int64))
        return Stretches(self, first, np.maximum(first, last))

    def whole(self) -> "Stretches":
        """Take every text as one stretch.

        Returns
        -------
        Stretches
            One a text.
        """
        bounds = np.searchsorted(self.owners, np.arange(self.count + 1))
        return Stretches(self, bounds[:-1], bounds[1:])


@dataclass(frozen=True, slots=True)
class Stretches:
    """Runs of neighbouring pieces: whole texts, sentences, clauses.

    Parameters
    ----------
    pieces : Pieces
        The pieces that the runs are taken from.
    first, last : NDArray[np.int64]
        Where each run begins and ends in `pieces`, the end not included, shape (n,).
    """

    pieces: Pieces
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.first)

    def distinct(self) -> tuple["Stretches", list[int]]:
        """Leave out runs that hold the same pieces as an earlier one: the one sentence of a short text.

        Of equal runs the first is kept, and those that are kept stay in order; so runs in front that
        differ from one another stay in front, with their numbers.

        Returns
        -------
        tuple[Stretches, list[int]]
            The runs that are left, runs without pieces all among them; and for each run of `self`
            which of those it is.
        """
        seen: dict[tuple[int, int], int] = {}
        kept: list[int] = []
        places: list[int] = []
        for number, (first, last) in enumerate(zip(self.first.tolist(), self.last.tolist(), strict=True)):
            place = seen.setdefault((first, last) if first < last else (-1, number), len(kept))
            if place == len(kept):
                kept.append(number)
            places.append(place)
        return Stretches(self.pieces, self.first[kept], self.last[kept]), places

    def letter_bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Say where the letters of each run stand.

        Returns
        -------
        tuple[NDArray[np.int64], NDArray[np.int64]]
            Start and end in `Pieces.letters`, shape (n,); both 0 for a run without pieces.
        """
        start, end = np.zeros_like(self.first), np.zeros_like(self.first)
        filled = self.last > self.first
        first, last = self.first[filled], self.last[filled] - 1
        before = self.pieces.letter_starts[self.pieces.owners[first]]
        start[filled] = before + self.pieces.starts[first]
        end[filled] = before + self.pieces.ends[last]
        return start, end

    def texts(self) -> list[str]:
        """Cut the text of each run out, capitals and all.

        Returns
        -------
        list[str]
            From the first piece of the run to the end of its last; empty where the run is.
        """
        filled = self.last > self.first
        first, last = self.first[filled], self.last[filled] - 1
        places = zip(
            np.flatnonzero(filled).tolist(),
            self.pieces.owners[first].tolist(),
            self.pieces.starts[first].tolist(),
            self.pieces.ends[last].tolist(),
            strict=True,
        )
        found = [""] * len(self)
        for run, owner, start, end in places:
            found[run] = self.pieces.texts[owner][start:end]
        return found


def write_ranges(
    first: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write out ranges of numbers end to end.

    Parameters
    ----------
    first : NDArray[np.int64]
        Where each range begins, shape (n,).
    lengths : NDArray[np.int64]
        How many numbers each has, shape (n,).

    Returns
    -------
    tuple[NDArray[np.int64], NDArray[np.int64]]
        The numbers, and the range that each belongs to, ascending.
    """
    owners = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(owners)) + np.repeat(first - before, lengths), owners
