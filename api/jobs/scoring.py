"""Works off a part of a scoring job: lines in, one record a document out, a broken one beside the others."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from api.analysis.singly import analyze_singly
from api.deps import Analyzer
from api.errors import Bilingual, RefusedCommentError
from api.intake import CommentFields, read_document, refused
from api.jobs.lines import MAX_LINE_BYTES, pack, unpack
from api.jobs.queue import MOST_ATTEMPTS, Outcome, Taken
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.text.privacy import mask_pii

KIND = "score"
_SLICE = 50
"""Documents between two signs of life of the worker."""

_Record = dict[str, Any]


class CommentOfJob(CommentFields):
    """A comment to analyse; without an id it gets the number of its line."""

    id: str | None = Field(default=None, min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class _Document:
    """One line that holds something; `raw` is None when it was too long to be kept."""

    index: int
    line: int
    raw: bytes | None


class _LineError(RefusedCommentError):
    """A line is not a comment."""


def score_part(analyzer: Analyzer, taken: Taken, body: bytes, beat: Callable[[], None]) -> Outcome:
    """Analyse a part.

    Parameters
    ----------
    analyzer : Analyzer
        Analyses.
    taken : Taken
        The part.
    body : bytes
        What it holds.
    beat : Callable[[], None]
        Called between slices; an error that it raises ends the work.

    Returns
    -------
    Outcome
        One record a document, in their order.
    """
    documents = list(_documents(taken, body))
    lines: list[bytes] = []
    failed = 0
    for start in range(0, len(documents), _SLICE):
        if start:
            beat()
        for record in _score(analyzer, taken.language, documents[start : start + _SLICE]):
            failed += "error" in record
            lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
    return Outcome(pack(lines), len(lines) - failed, failed, analyzer.model_version)


def give_up(taken: Taken, body: bytes) -> Outcome:
    """Say of every document of a part that it could not be analysed.

    Parameters
    ----------
    taken : Taken
        A part that was begun too often.
    body : bytes
        What it holds.

    Returns
    -------
    Outcome
        Errors alone.
    """
    error = _LineError(
        "part_failed",
        Bilingual(
            f"the worker stopped {MOST_ATTEMPTS} times at this comment or one near it; send them again in a "
            "job of their own",
            f"このコメントまたは前後のコメントで処理が {MOST_ATTEMPTS} 回中断しました。"
            "別のジョブで再度お試しください",
        ),
    )
    lines = []
    for document in _documents(taken, body):
        record = _error(document, taken.language, error, _id_of(document))
        lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
    return Outcome(pack(lines), 0, len(lines))


def _documents(taken: Taken, body: bytes) -> Iterator[_Document]:
    index = taken.first_index
    overlong = set(taken.overlong)
    for number, raw in enumerate(unpack(body), start=taken.first_line):
        if raw or number in overlong:
            yield _Document(index, number, None if number in overlong else raw)
            index += 1


def _score(analyzer: Analyzer, language: str, documents: Sequence[_Document]) -> list[_Record]:
    """Analyse a few documents."""
    comments: dict[int, Comment] = {}
    records: dict[int, _Record] = {}
    for document in documents:
        raw: Any = None
        try:
            raw = _parse(document)
            sent = read_document(CommentOfJob, raw)
            comments[document.index] = sent.to_comment(sent.id or str(document.line))
        except RefusedCommentError as error:
            records[document.index] = _error(document, language, error, _usable_id(raw))
    answers = _analyze(analyzer, list(comments.values()))
    for (index, comment), answer in zip(comments.items(), answers, strict=True):
        document = documents[index - documents[0].index]
        if isinstance(answer, Analysis):
            told = {"index": index, "line": document.line, **answer.to_dict()}
            told["aspects"] = _without_personal_data(comment.text, answer, told["aspects"])
            records[index] = told
            continue
        why = refused(answer) if isinstance(answer, Refusal) else answer
        records[index] = _error(document, language, why, comment.id)
        if isinstance(answer, Refusal) and answer.language is not None:
            records[index]["language"] = answer.language.value
    return [records[document.index] for document in documents]


def _analyze(analyzer: Analyzer, comments: list[Comment]) -> Sequence[Analysis | Refusal | _LineError]:
    """Analyse a batch; one comment that breaks it costs the others nothing."""
    broken = _LineError(
        "analysis_failed",
        Bilingual(
            "the analysis of this comment failed; report the id of the job",
            "このコメントの分析に失敗しました。ジョブの ID を添えてお知らせください",
        ),
    )
    return [broken if answer is None else answer for answer in analyze_singly(analyzer, comments)]


def _parse(document: _Document) -> Any:
    """Read the JSON of a line; whatever it is, an error of ours comes out."""
    if document.raw is None:
        raise _LineError(
            "line_too_long",
            Bilingual(
                f"the line has more than {MAX_LINE_BYTES:,} bytes; send a shorter comment",
                f"行が上限の {MAX_LINE_BYTES:,} バイトを超えています。短くして送信してください",
            ),
        )
    try:
        return json.loads(document.raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _LineError(
            "invalid_json",
            Bilingual(
                f"byte {error.start} of the line is not UTF-8; save the file as UTF-8",
                f"行の {error.start} バイト目が UTF-8 ではありません。UTF-8 で保存してください",
            ),
        ) from None
    except (ValueError, RecursionError):
        raise _LineError(
            "invalid_json",
            Bilingual(
                "the line is not JSON; send one JSON object a line",
                "行を JSON として読み取れません。1 行に 1 つの JSON オブジェクトを送信してください",
            ),
        ) from None


def _error(document: _Document, language: str, error: RefusedCommentError, known_id: str | None) -> _Record:
    return {
        "index": document.index,
        "line": document.line,
        "id": known_id or str(document.line),
        "error": {"code": error.code, "message": error.detail.said_in(language)},
    }


def _id_of(document: _Document) -> str | None:
    try:
        return _usable_id(_parse(document))
    except RefusedCommentError:
        return None


def _usable_id(raw: object) -> str | None:
    """Return the id that a broken document states, when it is one that can be shown."""
    found = raw.get("id") if isinstance(raw, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= 200:
        return None
    return found if found.isprintable() else None


def _without_personal_data(text: str, answer: Analysis, aspects: list[_Record]) -> list[_Record]:
    """Put placeholders into the terms of aspects; their spans go on counting in the text as it was sent."""
    if not answer.pii or not aspects:
        return aspects
    masked = mask_pii(text, answer.pii, answer.language)
    told = []
    for aspect in aspects:
        start, end = masked.masked_span(aspect["start"], aspect["end"])
        told.append({**aspect, "term": masked.text[start:end]})
    return told
