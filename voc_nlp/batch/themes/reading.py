"""The comments of a stream of records, one at a time, with a count of what was refused."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from voc_nlp.records import Record
from voc_nlp.schema import Comment, Refusal

_ADVANCE_EVERY = 256


class CommentStream:
    """The comments of records, to be read once; only one is held at a time.

    Parameters
    ----------
    records : Iterable[Record]
        The records.
    advance : Callable[[int], None]
        Called now and then with the number of records read, for a progress bar.

    Attributes
    ----------
    total : int
        Records read so far.
    refused : Counter[str]
        Those among them that hold no comment, by code.
    """

    def __init__(self, records: Iterable[Record], advance: Callable[[int], None] = lambda done: None) -> None:
        self.total = 0
        self.refused: Counter[str] = Counter()
        self._records = records
        self._advance = advance

    def __iter__(self) -> Iterator[Comment]:
        """Yield the comments."""
        for record in self._records:
            self.total += 1
            if self.total % _ADVANCE_EVERY == 0:
                self._advance(self.total)
            if isinstance(record.item, Refusal):
                self.refused[record.item.code] += 1
            else:
                yield record.item
