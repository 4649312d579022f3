"""The ids that were met in a file, in few bytes each, so that a second one of an id is found."""

from array import array
from bisect import bisect_right
from hashlib import blake2b

_SHARDS = 64
"""Tables that grow one at a time, so that growing never needs all memory twice."""

_FIRST_SLOTS = 16


class SeenIds:
    """Ids that records were given, and row numbers that stand for missing ones.

    Of a given id 8 bytes of its hash are kept, in tables that are filled to two
    thirds at most: 12 to 24 bytes an id, 200 MB at 10 million. Two ids share a hash
    with a chance of one to 7 million among a million ids squared (2.7e-8; 2.7e-6
    among 10 million), and the second is then taken for a duplicate. Row numbers are
    kept as runs: next to nothing where all or no records have ids.
    """

    def __init__(self) -> None:
        self._given = [_Hashes() for _ in range(_SHARDS)]
        self._any_given = False
        self._rows = _RowRuns()

    def claim(self, record_id: str) -> bool:
        """Remember an id that a record was given.

        Parameters
        ----------
        record_id : str
            Any text.

        Returns
        -------
        bool
            False when an earlier record has it.
        """
        if record_id in self._rows:
            return False
        self._any_given = True
        hashed = _hash(record_id)
        return self._given[hashed % _SHARDS].add(hashed)

    def claim_row(self, row: int) -> bool:
        """Remember the row number of a record without an id.

        Parameters
        ----------
        row : int
            Higher than all before.

        Returns
        -------
        bool
            False when an earlier record was given it as its id.
        """
        if self._any_given:
            hashed = _hash(str(row))
            if hashed in self._given[hashed % _SHARDS]:
                return False
        self._rows.add(row)
        return True


class _Hashes:
    """A growing set of hashes by open addressing; 0 is an empty slot."""

    __slots__ = ("_count", "_limit", "_slots")

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0
        self._limit = _FIRST_SLOTS * 2 // 3

    def add(self, hashed: int) -> bool:
        """Add a hash; return False when it is there already."""
        at = self._place(hashed)
        if self._slots[at]:
            return False
        self._slots[at] = hashed
        self._count += 1
        if self._count > self._limit:
            self._grow()
        return True

    def __contains__(self, hashed: int) -> bool:
        """Say whether a hash was added."""
        return self._slots[self._place(hashed)] != 0

    def _place(self, hashed: int) -> int:
        """Return the slot of a hash, or the empty one where it belongs."""
        slots, last = self._slots, len(self._slots) - 1
        at = hashed // _SHARDS & last
        while slots[at] and slots[at] != hashed:
            at = at + 1 & last
        return at

    def _grow(self) -> None:
        """Double the slots."""
        old = self._slots
        self._slots = array("Q", bytes(16 * len(old)))
        self._limit *= 2
        for hashed in old:
            if hashed:
                self._slots[self._place(hashed)] = hashed


class _RowRuns:
    """A growing set of ascending row numbers, kept as runs so that it stays small."""

    def __init__(self) -> None:
        self._starts = array("q")
        self._ends = array("q")

    def add(self, row: int) -> None:
        """Add a row that is higher than all before."""
        if self._ends and self._ends[-1] == row:
            self._ends[-1] = row + 1
        else:
            self._starts.append(row)
            self._ends.append(row + 1)

    def __contains__(self, record_id: str) -> bool:
        """Say whether the id is the plain decimal form of a row that was added."""
        if not (record_id.isascii() and record_id.isdigit() and record_id[0] != "0" and len(record_id) < 18):
            return False
        row = int(record_id)
        at = bisect_right(self._starts, row) - 1
        return at >= 0 and row < self._ends[at]


def _hash(record_id: str) -> int:
    """Hash an id, the same in every process, to 8 bytes that are not 0."""
    digest = blake2b(record_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1
