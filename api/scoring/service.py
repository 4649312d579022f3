"""Scores comments: reads them, has them analysed, and puts the answers in their places."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from api.analysis.analyzer import PooledAnalyzer
from api.analysis.answering import Answer, Form
from api.errors import LostCommentError, RefusedCommentError
from api.intake import read_document, refused
from api.scoring.schemas import CommentToScore
from voc_nlp.schema import Comment, Refusal

_AT_ONCE = 10
"""Comments read without a pause; reading so many takes about half a millisecond."""


class ReadingTurn:
    """Lets one large request be read at a time, with pauses for everybody else on the event loop.

    With pauses alone, a thousand large requests that come together would each read a little
    in every turn of the loop, and the turn would last.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def read(self, raws: Sequence[Any], ids: Sequence[str]) -> list[Comment | RefusedCommentError]:
        """Read comments.

        Parameters
        ----------
        raws : Sequence[Any]
            The JSON values that were sent.
        ids : Sequence[str]
            Their ids.

        Returns
        -------
        list[Comment | RefusedCommentError]
            One a value, in the same order.
        """
        if len(raws) <= _AT_ONCE:
            return [_read(raw, name) for raw, name in zip(raws, ids, strict=True)]
        found: list[Comment | RefusedCommentError] = []
        async with self._lock:
            for start in range(0, len(raws), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                found += [_read(raw, name) for raw, name in zip(raws[part], ids[part], strict=True)]
                await asyncio.sleep(0)
        return found


@dataclass(slots=True)
class Scored:
    """What became of the comments of a request.

    Parameters
    ----------
    results : list[bytes]
        Published JSON objects.
    errors : list[tuple[int, RefusedCommentError, str | None]]
        Place, reason, and the language where it is what was wrong.
    """

    results: list[bytes] = field(default_factory=list)
    errors: list[tuple[int, RefusedCommentError, str | None]] = field(default_factory=list)

    def to_json(self, ids: Sequence[str], language: str) -> bytes:
        """Write the answer.

        Parameters
        ----------
        ids : Sequence[str]
            Ids of all comments of the request.
        language : str
            Language of the messages.

        Returns
        -------
        bytes
            The JSON object of ``POST /v1/score``.
        """
        errors = orjson.dumps([_error_out(*one, ids, language) for one in self.errors])
        counts = b'"succeeded":%d,"failed":%d,"truncated":false' % (len(self.results), len(self.errors))
        return b'{"results":[%b],"errors":%b,%b}' % (b",".join(self.results), errors, counts)


async def score(
    raws: Sequence[Any],
    ids: Sequence[str],
    analyzer: PooledAnalyzer,
    form: Form,
    *,
    turn: ReadingTurn,
    utf16: bool = False,
) -> Scored:
    """Score comments.

    When there is no room for so many, the analyzer's `OverloadedError` goes through.

    Parameters
    ----------
    raws : Sequence[Any]
        The JSON values that were sent.
    ids : Sequence[str]
        Their ids.
    analyzer : PooledAnalyzer
        What analyses.
    form : Form
        `Form.JSON`, or `Form.EXPLANATION`.
    turn : ReadingTurn
        Lets large requests be read one after the other.
    utf16 : bool
        Whether spans count UTF-16 code units.

    Returns
    -------
    Scored
        Results and errors, each in the order of the request.

    Raises
    ------
    LostCommentError
        If no comment was answered and one ended its process twice.
    """
    scored = Scored()
    comments: list[Comment] = []
    places: list[int] = []
    analyzer.check_room(len(raws))
    for place, read in enumerate(await turn.read(raws, ids)):
        if isinstance(read, Comment):
            comments.append(read)
            places.append(place)
        else:
            scored.errors.append((place, read, None))
    answers: list[Answer] = await analyzer.answer(comments, form, utf16=utf16)
    for place, answer in zip(places, answers, strict=True):
        if isinstance(answer, bytes):
            scored.results.append(answer)
        elif isinstance(answer, Refusal):
            language = answer.language.value if answer.language is not None else None
            scored.errors.append((place, refused(answer), language))
    scored.errors.sort(key=lambda error: error[0])
    lost = next((error for _, error, _ in scored.errors if isinstance(error, LostCommentError)), None)
    if lost is not None and not scored.results:
        raise LostCommentError(lost.code, lost.detail)
    return scored


def _read(raw: Any, comment_id: str) -> Comment | RefusedCommentError:
    """Read one comment."""
    try:
        return read_document(CommentToScore, raw).to_comment(comment_id)
    except RefusedCommentError as error:
        return error


def _error_out(
    place: int, error: RefusedCommentError, language_found: str | None, ids: Sequence[str], language: str
) -> dict[str, Any]:
    """Put one error on the wire."""
    told: dict[str, Any] = {
        "index": place,
        "id": ids[place],
        "error": {"code": error.code, "message": error.detail.said_in(language)},
    }
    if language_found is not None:
        told["language"] = language_found
    return told
