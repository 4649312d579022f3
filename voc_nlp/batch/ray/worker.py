"""A worker: the models, loaded once, and a call a chunk."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from voc_nlp import __version__
from voc_nlp.batch import chunks
from voc_nlp.batch.chunks import Answer, CommentAnalyzer, LoadAnalyzer, analyze_chunk
from voc_nlp.batch.ray.wire import Answered, Failure, answered_block, read_chunk
from voc_nlp.errors import VocError
from voc_nlp.schema import Comment, Refusal

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE_ATTEMPTS = 2
"""How often a chunk is tried whole: a worker may be lost for reasons that are not in the chunk."""


class AnalyzeChunk:
    """An actor of Ray Data's pool.

    Parameters
    ----------
    load : LoadAnalyzer
        Loads the analyzer.
    feed : Any
        Handle of the feed, which remembers across lost workers what was begun.
    """

    def __init__(self, load: LoadAnalyzer, feed: Any) -> None:
        self._feed = feed
        self._notes = _Notes()
        logging.getLogger(chunks.__name__).addHandler(self._notes)
        self._analyzer: CommentAnalyzer | None = None
        self._failure: Failure | None = None
        try:
            self._analyzer = load()
        except Exception as error:
            # Ray would tell it as the death of an actor; the driver tells it as the local engine does.
            self._failure = _failure(error)

    def __call__(self, block: "pa.Table") -> "pa.Table":
        """Answer one chunk.

        Parameters
        ----------
        block : pa.Table
            As `chunk_block` makes it.

        Returns
        -------
        pa.Table
            As `answered_block` makes it.
        """
        number, comments = read_chunk(block)
        if self._analyzer is None:
            return answered_block(Answered(number, (), failure=self._failure))
        try:
            answers = self._answers(number, comments)
        except VocError as error:
            return answered_block(Answered(number, (), failure=_failure(error)))
        return answered_block(Answered(number, answers, versions(self._analyzer), self._notes.take()))

    def _answers(self, number: int, comments: Sequence[Comment]) -> list[Answer]:
        """Answer comments; those that ended workers before, one by one, and the one at fault not at all."""
        import ray

        assert self._analyzer is not None
        before, fatal = ray.get(self._feed.begin.remote(number))
        if before < _WHOLE_ATTEMPTS:
            return analyze_chunk(self._analyzer, comments)
        answers: list[Answer] = []
        for place, comment in enumerate(comments):
            if place in fatal:
                answers.append(_refuse_fatal(comment).to_dict())
                continue
            ray.get(self._feed.alone.remote(number, place))
            answers += analyze_chunk(self._analyzer, [comment])
        ray.get(self._feed.alone.remote(number, None))
        return answers


class _Notes(logging.Handler):
    """Keeps what the analysis logs, because the log of a worker stays on its node."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self._lines.append(record.getMessage())

    def take(self) -> list[str]:
        """Give the lines away."""
        lines, self._lines = self._lines, []
        return lines


def versions(analyzer: CommentAnalyzer | None, model_version: str | None = None) -> str:
    """Name the versions that decide over the answers.

    Parameters
    ----------
    analyzer : CommentAnalyzer | None
        The analyzer, None where it is not loaded.
    model_version : str | None
        The version of its models, when it is not loaded.

    Returns
    -------
    str
        Such as ``voc-nlp 0.1.0, models 2026.11``.
    """
    models = model_version if analyzer is None else getattr(analyzer, "model_version", None)
    return f"voc-nlp {__version__}, models {models}"


def _failure(error: Exception) -> Failure:
    """Say what went wrong and where."""
    import ray

    return Failure(type(error).__name__, f"{error} (on node {ray.util.get_node_ip_address()})")


def _refuse_fatal(comment: Comment) -> Refusal:
    """Refuse a comment whose analysis ends the process."""
    message = (
        "the analysis of this comment ended its worker process each time; report it with the comment's id"
    )
    return Refusal(comment.id, "internal_error", message)
