"""Assign the comments of a file to the themes of a model."""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from voc_nlp.batch.chunks import CHUNK_SIZE, Answer, ScoredRecord, chunks, comments_of, put_together
from voc_nlp.errors import RecordError
from voc_nlp.records import Record
from voc_nlp.schema import Comment, Refusal, ThemeMatch

if TYPE_CHECKING:
    from voc_nlp.embedding import Embedder
    from voc_nlp.text.prepare import PreparedText
    from voc_nlp.topics.model import ThemeModel


def assign_records(
    records: Iterable[Record], model: "ThemeModel", embedder: "Embedder", *, chunk_size: int = CHUNK_SIZE
) -> Generator[ScoredRecord, None, None]:
    """Assign a stream of records to themes.

    Parameters
    ----------
    records : Iterable[Record]
        The stream; it is read as answers are asked for.
    model : ThemeModel
        The themes.
    embedder : Embedder
        The one that the themes were fitted with; `ThemeModel.load` checks it where it is given there.
    chunk_size : int
        Records that are embedded in one call.

    Yields
    ------
    ScoredRecord
        One a record, in order. The answer is ``{"id", "themes": [{"id", "label",
        "similarity"}, ...]}``, best theme first, empty when no theme is near enough
        or the comment says nothing; or a refusal.
    """
    for chunk in chunks(records, chunk_size):
        yield from put_together(chunk, _assign(comments_of(chunk), model, embedder))


def usable_comments(records: Iterable[Record]) -> tuple[list[Comment], Counter[str]]:
    """Pick the comments that themes can be fitted to; all are held in memory.

    Parameters
    ----------
    records : Iterable[Record]
        The stream.

    Returns
    -------
    tuple[list[Comment], Counter[str]]
        The comments, and how many records were refused, by code.
    """
    from voc_nlp.text.prepare import prepare

    comments: list[Comment] = []
    refused: Counter[str] = Counter()
    for record in records:
        if isinstance(record.item, Refusal):
            refused[record.item.code] += 1
            continue
        try:
            prepare(record.item.text, record.item.lang)
        except RecordError as error:
            refused[error.code] += 1
        else:
            comments.append(record.item)
    return comments, refused


def _assign(comments: Sequence[Comment], model: "ThemeModel", embedder: "Embedder") -> list[Answer]:
    """Answer the comments of one chunk."""
    from voc_nlp.text.prepare import prepare

    answers: list[Answer | None] = []
    prepared: list[PreparedText] = []
    for comment in comments:
        try:
            text = prepare(comment.text, comment.lang)
        except RecordError as error:
            answers.append(Refusal(comment.id, error.code, error.message).to_dict())
            continue
        answers.append(None if text.meaningful else {"id": comment.id, "themes": []})
        if text.meaningful:
            prepared.append(text)
    if not prepared:
        return [answer for answer in answers if answer is not None]
    vectors = embedder.embed([text.normalized.text for text in prepared])
    matches = iter(model.assign(vectors, [text.language for text in prepared]))
    return [
        answer
        if answer is not None
        else {"id": comment.id, "themes": [_theme(match) for match in next(matches)]}
        for comment, answer in zip(comments, answers, strict=True)
    ]


def _theme(match: ThemeMatch) -> Mapping[str, Any]:
    """Return the published shape of one match."""
    return {"id": match.id, "label": match.label, "similarity": round(float(match.similarity), 4)}
