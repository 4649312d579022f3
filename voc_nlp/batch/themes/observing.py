"""Read a file for the statistics of themes: each comment reduced to its themes, day, answer and mood."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voc_nlp.batch.chunks import chunks
from voc_nlp.errors import RecordError
from voc_nlp.schema import Comment
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.assign import assign_texts, embed_texts, with_ancestors
from voc_nlp.topics.statistics.observation import Observation, observe

if TYPE_CHECKING:
    from voc_nlp.analysis import Analyzer
    from voc_nlp.embedding import Embedder
    from voc_nlp.topics.model import ThemeModel

_AT_A_TIME = 1_024


@dataclass(slots=True)
class ObservedFile:
    """What the statistics read of a file.

    Parameters
    ----------
    observations : list[Observation]
        One a comment, in the order of the file.
    without_date : int
        Comments without `created_at`.
    unreadable_dates : int
        Comments whose `created_at` is not an ISO 8601 date.
    refused : Counter[str]
        Comments that cannot be read, by code; they are left out.
    scanned : array[int]
        Places of the observations that have a row in `vectors`.
    vectors : NDArray[np.float32]
        Vectors of the comments that say something, each text once, as themes compare them; none
        unless they were asked for.
    """

    observations: list[Observation] = field(default_factory=list)
    without_date: int = 0
    unreadable_dates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    scanned: "array[int]" = field(default_factory=lambda: array("q"))
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))


def observe_comments(
    comments: Iterable[Comment],
    model: "ThemeModel",
    embedder: "Embedder",
    *,
    analyzer: "Analyzer | None" = None,
    segments: Sequence[str] = (),
    groups: bool = False,
    with_vectors: bool = False,
) -> ObservedFile:
    """Assign a stream of comments and reduce each to what the statistics read; no text is kept.

    Parameters
    ----------
    comments : Iterable[Comment]
        The comments.
    model : ThemeModel
        The themes.
    embedder : Embedder
        The encoder that they were fitted with.
    analyzer : Analyzer | None
        Gives the sentiment, and what rule themes ask for; None leaves both out.
    segments : Sequence[str]
        Columns to take along.
    groups : bool
        Whether a comment of a theme belongs to the themes and groups above it too.
    with_vectors : bool
        Whether vectors are kept, for `scan_for_new`.

    Returns
    -------
    ObservedFile
        Refused comments are counted and left out.
    """
    found = ObservedFile()
    seen: set[bytes] = set()
    rows: list[NDArray[np.float32]] = []
    for chunk in chunks(comments, _AT_A_TIME):
        kept, texts = _prepare(chunk, found.refused)
        if not kept:
            continue
        analyses = None if analyzer is None else analyzer.analyze(kept)
        vectors = embedder.embed([text.normalized.text for text in texts])
        matches = assign_texts(model, kept, texts, embedder, vectors=vectors, analyses=analyses)
        if groups:
            matches = with_ancestors(model, matches)
        observed = observe(kept, matches, analyses, segments=segments)
        if with_vectors:
            fresh = [row for row, text in enumerate(texts) if text.meaningful and _is_fresh(text, seen)]
            compared = embed_texts(texts, embedder, model.dictionary, vectors)
            found.scanned.extend(len(found.observations) + row for row in fresh)
            rows.append(model.bare(compared[fresh], [texts[row].language for row in fresh]))
        found.observations += [
            replace(one, language=text.language)
            for one, text in zip(observed.observations, texts, strict=True)
        ]
        found.without_date += observed.without_date
        found.unreadable_dates += observed.unreadable_dates
    if rows:
        found.vectors = np.concatenate(rows)
    return found


def _prepare(comments: Iterable[Comment], refused: Counter[str]) -> tuple[list[Comment], list[PreparedText]]:
    """Prepare comments; those that cannot be read are counted and left out."""
    kept: list[Comment] = []
    texts: list[PreparedText] = []
    for comment in comments:
        try:
            texts.append(prepare(comment.text, comment.lang))
            kept.append(comment)
        except RecordError as error:
            refused[error.code] += 1
    return kept, texts


def _is_fresh(text: PreparedText, seen: set[bytes]) -> bool:
    """Say whether a text comes for the first time, and remember it."""
    key = blake2b(text.normalized.text.encode("utf-8"), digest_size=16).digest()
    if key in seen:
        return False
    seen.add(key)
    return True
