"""From a chunk and its answers to lines of OUT, in whichever process works on the chunk."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voc_nlp.batch.chunks import Answer, ScoredRecord, put_together
from voc_nlp.records import Record
from voc_nlp.records.flat import Layout
from voc_nlp.records.laying import Columns
from voc_nlp.records.ready import ReadyLine, make_ready


@dataclass(frozen=True, slots=True)
class MakeLines:
    """Makes the lines of chunks; picklable where `line_of` is a function of a module.

    Parameters
    ----------
    line_of : Callable[[Record, Answer], Mapping[str, Any]]
        Makes the line of OUT, `answer_columns` for instance.
    layout : Layout | None
        The columns where OUT is CSV or Parquet; None where it is JSONL.
    """

    line_of: Callable[[Record, Answer], Mapping[str, Any]]
    layout: Layout | None = None

    def __call__(self, chunk: Iterable[Record], answers: Iterable[Answer]) -> list[ReadyLine]:
        """Make the lines of one chunk.

        Parameters
        ----------
        chunk : Iterable[Record]
            Some records.
        answers : Iterable[Answer]
            One for each of `comments_of` the chunk, in order.

        Returns
        -------
        list[ReadyLine]
            One a record, in order.
        """
        return list(self.of(put_together(chunk, answers)))

    def of(self, scored: Iterable[ScoredRecord]) -> Iterator[ReadyLine]:
        """Make the lines of a stream.

        Parameters
        ----------
        scored : Iterable[ScoredRecord]
            Records and their answers.

        Yields
        ------
        ReadyLine
            One a record, in order.
        """
        met = Columns(self.layout) if self.layout else None
        for one in scored:
            yield make_ready(self.line_of(one.record, one.answer), met)
