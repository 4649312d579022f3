"""Cut a stream of records into chunks and turn the comments of one chunk into answers."""

import logging
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

from voc_nlp.errors import VocError
from voc_nlp.records import Record
from voc_nlp.schema import Comment, Refusal

CHUNK_SIZE = 256
"""Comments that are analysed in one call: enough to fill vector arithmetic, small in memory."""

Answer = Mapping[str, Any]
"""`Analysis.to_dict` or `Refusal.to_dict` of one comment."""

Item = TypeVar("Item")
Done = TypeVar("Done")

_log = logging.getLogger(__name__)


class Answering(Protocol):
    """What is said about one comment: an `Analysis`, a `Refusal` or the like."""

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON shape.

        Returns
        -------
        dict[str, Any]
            With the comment's id.
        """
        ...


class CommentAnalyzer(Protocol):
    """What scores comments; `voc_nlp.analysis.Analyzer` is one."""

    def analyze(self, comments: Sequence[Comment | str]) -> Sequence[Answering]:
        """Answer each comment.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            Any number of comments.

        Returns
        -------
        Sequence[Answering]
            One answer a comment, in the same order.
        """
        ...


LoadAnalyzer = Callable[[], CommentAnalyzer]
"""Loads the analyzer where it is needed; for worker processes it must be picklable."""


Finish = Callable[[Sequence[Record], Sequence[Answer]], list[Done]]
"""Makes what is handed on of a chunk and its answers; for worker processes it must be picklable."""


def answers_alone(chunk: Sequence[Record], answers: Sequence[Answer]) -> list[Answer]:
    """Hand the answers on as they are: the plainest `Finish`.

    Parameters
    ----------
    chunk : Sequence[Record]
        Some records.
    answers : Sequence[Answer]
        Those to its comments.

    Returns
    -------
    list[Answer]
        The same.
    """
    return list(answers)


class ScoreRecords(Protocol):
    """What an engine offers."""

    def __call__(
        self, records: Iterable[Record], load: LoadAnalyzer, *, workers: int = 1, chunk_size: int = CHUNK_SIZE
    ) -> Generator["ScoredRecord", None, None]:
        """Score a stream of records, in order.

        Parameters
        ----------
        records : Iterable[Record]
            The stream.
        load : LoadAnalyzer
            Loads the analyzer, once in each worker.
        workers : int
            How many work.
        chunk_size : int
            Records that are analysed in one call.

        Returns
        -------
        Generator["ScoredRecord", None, None]
            One a record.
        """
        ...


@dataclass(frozen=True, slots=True)
class ScoredRecord:
    """A record and its answer.

    Parameters
    ----------
    record : Record
        As it was read.
    answer : Answer
        What is said about it, or the refusal.
    """

    record: Record
    answer: Answer

    @property
    def error_code(self) -> str | None:
        """Return the code of the refusal, None when the record was analysed.

        Returns
        -------
        str | None
            For instance ``text_too_long``.
        """
        error = self.answer.get("error")
        return None if error is None else str(error["code"])


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut a stream into lists.

    Parameters
    ----------
    items : Iterable[Item]
        The stream.
    size : int
        Items in a list; the last may hold fewer.

    Yields
    ------
    list[Item]
        Never empty.
    """
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def comments_of(chunk: Iterable[Record]) -> list[Comment]:
    """Pick the comments of a chunk; records that were refused in reading have none.

    Parameters
    ----------
    chunk : Iterable[Record]
        Some records.

    Returns
    -------
    list[Comment]
        In the same order.
    """
    return [record.item for record in chunk if isinstance(record.item, Comment)]


def put_together(chunk: Iterable[Record], answers: Iterable[Answer]) -> Iterator[ScoredRecord]:
    """Pair the records of a chunk with the answers to its comments.

    Parameters
    ----------
    chunk : Iterable[Record]
        Some records.
    answers : Iterable[Answer]
        One for each of `comments_of` the chunk, in order.

    Yields
    ------
    ScoredRecord
        One a record, in order; a record that was refused in reading keeps that.
    """
    remaining = iter(answers)
    for record in chunk:
        yield ScoredRecord(
            record, record.item.to_dict() if isinstance(record.item, Refusal) else next(remaining)
        )


def analyze_chunk(analyzer: CommentAnalyzer, comments: Sequence[Comment]) -> list[Answer]:
    """Answer the comments of one chunk, whatever a single one of them does.

    When the analysis of the chunk fails unexpectedly, each comment is analysed
    alone, and the one at fault is refused with code ``internal_error`` and logged
    by its id, so that one comment cannot cost a file of a million.

    Parameters
    ----------
    analyzer : CommentAnalyzer
        The analyzer.
    comments : Sequence[Comment]
        The comments.

    Returns
    -------
    list[Answer]
        One a comment, in the same order.

    Raises
    ------
    VocError
        When the analyzer itself cannot work, for instance for a missing model file.
    """
    if not comments:
        return []
    try:
        return [answer.to_dict() for answer in analyzer.analyze(comments)]
    except VocError:
        raise
    except Exception as error:
        if len(comments) > 1:
            return [answer for comment in comments for answer in analyze_chunk(analyzer, [comment])]
        place = traceback.extract_tb(error.__traceback__)[-1]
        # Neither the error's own words nor a trace are logged: they may hold the customer's text.
        _log.error(
            "comment %r: %s at %s:%s", comments[0].id, type(error).__name__, place.filename, place.lineno
        )
        message = "the analysis failed unexpectedly; the log says where: report it with the comment's id"
        return [Refusal(comments[0].id, "internal_error", message).to_dict()]
