"""Answers orders with a loaded analyzer; runs in the worker process, or in a thread of the service."""

import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, cast

import orjson

from api.offsets import to_utf16
from voc_nlp.schema import Analysis, Comment, Refusal

LOST = "unavailable"
"""Code of the refusal of a comment whose analysis ended its process twice."""


class BatchAnalyzer(Protocol):
    """The part of voc_nlp's analyzer that answers."""

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            The batch.

        Returns
        -------
        list[Analysis | Refusal]
            One answer per comment, in the same order.
        """


class Form(StrEnum):
    """What an answer is given as."""

    ANALYSIS = "analysis"
    """`Analysis`, for code that goes on with it."""
    JSON = "json"
    """The published JSON object in UTF-8, which goes to the caller as it is."""
    EXPLANATION = "explanation"
    """The same with `explanation`: why it got its labels."""


@dataclass(frozen=True, slots=True)
class Order:
    """Comments that are answered alike.

    Parameters
    ----------
    comments : Sequence[Comment]
        At least one.
    form : Form
        What the answers are given as.
    utf16 : bool
        Whether spans in JSON count UTF-16 code units.
    """

    comments: Sequence[Comment]
    form: Form
    utf16: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that analysing one comment raised, by type and place: its message might hold the text."""

    error: str
    where: tuple[str, ...]


Answer = Analysis | Refusal | bytes | Failure


def answer_orders(analyzer: BatchAnalyzer, orders: Sequence[Order]) -> list[list[Answer]]:
    """Answer a batch; what is not to be explained is analysed in one call.

    Parameters
    ----------
    analyzer : BatchAnalyzer
        Loaded models.
    orders : Sequence[Order]
        The batch.

    Returns
    -------
    list[list[Answer]]
        The answers of each order, in the order of its comments; an error costs only the
        comments that raise it.
    """
    plain = [one for order in orders if order.form is not Form.EXPLANATION for one in order.comments]
    analyses = iter(_analyze(analyzer, plain))
    return [list(_answers(analyzer, order, analyses)) for order in orders]


def _answers(
    analyzer: BatchAnalyzer, order: Order, analyses: Iterator[Analysis | Refusal | Failure]
) -> Iterable[Answer]:
    """Give the answers of one order in its form."""
    for comment in order.comments:
        if order.form is Form.EXPLANATION:
            yield _explain(analyzer, comment, order.utf16)
            continue
        found = next(analyses)
        if order.form is not Form.JSON or not isinstance(found, Analysis):
            yield found
            continue
        try:
            yield _json(found.to_dict(), comment.text, order.utf16)
        except Exception as error:
            yield _failure(error)


def _analyze(analyzer: BatchAnalyzer, comments: Sequence[Comment]) -> Sequence[Analysis | Refusal | Failure]:
    """Analyse comments together, or one by one where one of them raises an error."""
    if not comments:
        return []
    try:
        return analyzer.analyze(comments)
    except Exception as error:
        if len(comments) == 1:
            return [_failure(error)]
    return [answer for comment in comments for answer in _analyze(analyzer, [comment])]


def _explain(analyzer: BatchAnalyzer, comment: Comment, utf16: bool) -> Answer:
    """Analyse one comment and say why it got its labels."""
    from voc_nlp.analysis import Analyzer
    from voc_nlp.explanation import explain

    try:
        found = explain(cast(Analyzer, analyzer), comment)
        if isinstance(found, Refusal):
            return found
        body = {**found.analysis.to_dict(), "explanation": found.to_dict()["labels"]}
        return _json(body, comment.text, utf16)
    except Exception as error:
        return _failure(error)


def _json(body: dict[str, Any], text: str, utf16: bool) -> bytes:
    """Write one answer."""
    return orjson.dumps(to_utf16(body, text) if utf16 else body)


def _failure(error: Exception) -> Failure:
    """Say what was raised where, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return Failure(
        type(error).__qualname__, tuple(f"{one.filename}:{one.lineno} {one.name}" for one in frames)
    )
