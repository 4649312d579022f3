"""Opinion targets: a linear tagger over pieces finds them; context or their clause gives the polarity."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc_nlp.contextual import ContextPart
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.pieces import Pieces

TAGS = ("outside", "begin", "inside")
WINDOW_BUCKETS = 1 << 16
"""Number of buckets for a piece's surroundings: 65,536."""

_PRIMES = (np.uint32(1_000_003), np.uint32(998_244_353))
_OFFSETS = (-3, -2, -1, 0, 1, 2, 3)
_PAIRS = ((-1, 0), (0, 1), (1, 2), (-2, -1))
_EDGE = re.compile(
    r"(?:[\W_]+|(?:the|a|an|my|your|our|their|this|that)(?:\s+|$)|[のはがをもにでとや](?![ぁ-ん]))*"
    r"(?P<term>(?![ぁ-ん]$)\w(?:.*?\w)?)??(?:[\W_]+|(?<![ぁ-ん])[のはがをもにでとや])*",
    re.IGNORECASE | re.DOTALL,
)
_FIELDS = np.asarray([0, 16, 32], dtype=np.int64)
_FIELD = (1 << 16) - 1
_ABOVE_ZERO = 128
"""Where the three int8 weights of a bucket stand in one number, and what keeps each above zero there."""

_MOST_TERMS = 5
_LONGEST_TERM = 30


@dataclass(frozen=True, slots=True)
class TermSpan:
    """A stretch of a text that names an opinion target.

    Parameters
    ----------
    start, end : int
        Where it stands in the text, in code points.
    probability : float
        How sure the tagger is, in [0, 1].
    score : float | None
        Polarity in [-1, 1] by the context; None in a tier without a contextual encoder.
    """

    start: int
    end: int
    probability: float
    score: float | None = None


class AspectTagger:
    """Finds opinion targets in texts.

    Parameters
    ----------
    embedder : StaticEmbedder
        The encoder whose pieces and rows are used.
    arrays : Mapping[str, NDArray[np.generic]]
        ``window_weights`` int8 (buckets, 3), ``window_scales`` (3,),
        ``vector_weights`` (3 * dimension, 3), ``bias`` (3,).
    context : Mapping[str, ContextPart] | None
        What a contextual encoder says of pieces: ``tags``, and ``polarity`` in the order positive,
        neutral, negative.
    least_probability : float
        Least probability that a piece belongs to a target.
    """

    def __init__(
        self,
        embedder: StaticEmbedder,
        arrays: Mapping[str, NDArray[np.generic]],
        context: Mapping[str, ContextPart] | None = None,
        *,
        least_probability: float,
    ) -> None:
        self._embedder = embedder
        self._window_weights = _packed(arrays["window_weights"])
        self._window_scales = arrays["window_scales"].astype(np.float32, copy=False)
        before, own, after = np.split(arrays["vector_weights"].astype(np.float32), 3)
        self._row_logits = embedder.weigh_rows(np.concatenate([before, own, after], axis=1))
        self._bias = arrays["bias"].astype(np.float32, copy=False)
        self._least = least_probability
        self._tags = (context or {}).get("tags")
        self._polarity = (context or {}).get("polarity")

    def find(
        self, texts: Sequence[str], pieces: Pieces, hidden: NDArray[np.float32] | None = None
    ) -> list[list[TermSpan]]:
        """Find the targets in texts.

        Parameters
        ----------
        texts : Sequence[str]
            Normalised texts.
        pieces : Pieces
            Their pieces.
        hidden : NDArray[np.float32] | None
            Contextual vector of every piece, where there is a contextual encoder.

        Returns
        -------
        list[list[TermSpan]]
            For each text at most five spans, in text order, offsets in the text.
        """
        found: list[list[TermSpan]] = [[] for _ in range(pieces.count)]
        if not len(pieces.ids):
            return found
        logits = self._window_logits(pieces) + self._vector_logits(pieces) + self._bias
        scores: NDArray[np.float32] | None = None
        if hidden is not None and self._tags is not None and self._polarity is not None:
            context = (hidden.astype(np.float64) @ self._tags.weights).astype(np.float32)
            logits = logits * np.float32(self._tags.linear_share) + context + self._tags.bias
            scores = _polarity_scores(hidden, self._polarity)
        outside, begin, inside = _probabilities(logits)
        sure = 1 - outside
        marked = np.flatnonzero(sure >= self._least)
        previous, owner_before = -2, -1
        for index, owner, start, end, begins, probability, score in zip(
            marked.tolist(),
            pieces.owners[marked].tolist(),
            pieces.starts[marked].tolist(),
            pieces.ends[marked].tolist(),
            (begin > inside)[marked].tolist(),
            sure[marked].tolist(),
            [None] * len(marked) if scores is None else scores[marked].tolist(),
            strict=True,
        ):
            spans = found[owner]
            joined = previous == index - 1 and owner_before == owner and not begins
            if joined and end - spans[-1].start <= _LONGEST_TERM:
                last = spans.pop()
                surer = last if last.probability >= probability else TermSpan(0, 0, probability, score)
                spans.append(TermSpan(last.start, end, surer.probability, surer.score))
            elif not spans or start >= spans[-1].end:
                spans.append(TermSpan(start, end, probability, score))
            previous, owner_before = index, owner
        trimmed = ([_trim(texts[row], span) for span in spans] for row, spans in enumerate(found))
        return [_surest(_apart(spans)) for spans in trimmed]

    def _window_logits(self, pieces: Pieces) -> NDArray[np.float32]:
        """Weigh the surroundings of each piece."""
        buckets = window_buckets(pieces).T
        summed = self._window_weights[buckets].sum(axis=0)[:, None] >> _FIELDS
        logits: NDArray[np.float32] = ((summed & _FIELD) - _ABOVE_ZERO * len(buckets)) * self._window_scales
        return logits

    def _vector_logits(self, pieces: Pieces) -> NDArray[np.float32]:
        """Weigh the rows of each piece and its two neighbours."""
        parts = self._row_logits[self._embedder.rows_of(pieces)]
        total: NDArray[np.float32] = parts[:, 3:6].copy()
        same = (pieces.owners[1:] == pieces.owners[:-1])[:, None]
        total[1:] += parts[:-1, 0:3] * same
        total[:-1] += parts[1:, 6:9] * same
        return total


def window_buckets(pieces: Pieces) -> NDArray[np.int64]:
    """Hash each piece's surroundings.

    Parameters
    ----------
    pieces : Pieces
        The pieces of n texts.

    Returns
    -------
    NDArray[np.int64]
        Shape (total, features): seven single neighbours and four pairs of neighbours.
    """
    # Only the lowest 31 bits matter in the end, so the numbers may run over 32.
    ids = (pieces.ids + 1).astype(np.uint32)
    single = {offset: _shifted(ids * _PRIMES[0], pieces.owners, offset) for offset in _OFFSETS}
    paired = {right: _shifted(ids * _PRIMES[1], pieces.owners, right) for _, right in _PAIRS}
    mixed = np.empty((len(_OFFSETS) + len(_PAIRS), len(ids)), dtype=np.uint32)
    for column, offset in enumerate(_OFFSETS):
        np.add(single[offset], np.uint32(7919 * (offset + 10)), out=mixed[column])
    for column, (left, right) in enumerate(_PAIRS, start=len(_OFFSETS)):
        np.add(single[left], paired[right], out=mixed[column])
        mixed[column] += np.uint32(104_729 * (left + 20))
    mixed ^= mixed >> np.uint32(15)
    mixed &= np.uint32(WINDOW_BUCKETS - 1)
    return mixed.astype(np.int64).T


def _packed(weights: NDArray[np.generic]) -> NDArray[np.int64]:
    """Lay the three weights of each bucket into one number, so that they are looked up and added together."""
    fields = weights.astype(np.int64) + _ABOVE_ZERO
    packed: NDArray[np.int64] = (fields << _FIELDS).sum(axis=1)
    return packed


def _probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over three classes; the classes come first, which is many times faster."""
    columns = np.ascontiguousarray(logits.T)
    powers = np.exp(columns - columns.max(axis=0))
    probabilities: NDArray[np.float32] = powers / powers.sum(axis=0)
    return probabilities


def _polarity_scores(hidden: NDArray[np.float32], part: ContextPart) -> NDArray[np.float32]:
    """Score every piece as if it were a target: P(positive) - P(negative)."""
    positive, _, negative = _probabilities(
        (hidden.astype(np.float64) @ part.weights).astype(np.float32) + part.bias
    )
    scores: NDArray[np.float32] = positive - negative
    return scores


def _shifted(values: NDArray[np.uint32], owners: NDArray[np.int64], offset: int) -> NDArray[np.uint32]:
    """Take the value that stands `offset` further on, 0 beyond the text's ends."""
    if offset == 0:
        return values
    shifted = np.zeros_like(values)
    if abs(offset) >= len(values):
        return shifted
    same = owners[abs(offset) :] == owners[: -abs(offset)]
    if offset > 0:
        np.multiply(values[offset:], same, out=shifted[:-offset])
    else:
        np.multiply(values[:offset], same, out=shifted[-offset:])
    return shifted


def _trim(text: str, span: TermSpan) -> TermSpan:
    """Take particles, articles and punctuation off a target's ends; a lone kana is no target."""
    first, last = span.start, span.end
    while first > 0 and _is_letter(text[first - 1]) and _is_letter(text[first]):
        first -= 1
    while last < len(text) and _is_letter(text[last]) and _is_letter(text[last - 1]):
        last += 1
    inner = _EDGE.fullmatch(text[first:last])
    if inner is None:
        return TermSpan(first, first, 0.0)
    start, end = inner.span("term")
    return TermSpan(first + start, first + end, span.probability, span.score)


def _is_letter(character: str) -> bool:
    """Tell whether a character goes on a word of Latin letters, of which no part is a target."""
    return character.isalnum() and unicodedata.name(character, "").startswith(("LATIN ", "DIGIT "))


def _apart(spans: list[TermSpan]) -> list[TermSpan]:
    """Drop empty spans, and those that begin before the one kept last has ended."""
    kept: list[TermSpan] = []
    for span in spans:
        if span.start < span.end and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


def _surest(spans: list[TermSpan]) -> list[TermSpan]:
    """Keep the surest spans, in text order."""
    kept = sorted(spans, key=lambda span: -span.probability)[:_MOST_TERMS]
    return sorted(kept, key=lambda span: span.start)
