"""Departments that no head was trained on: how near a comment is to what was said of them, as odds."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc_nlp.comparing import cosines, take_off
from voc_nlp.embedding import Embedder
from voc_nlp.routing.departments import DepartmentDescription
from voc_nlp.routing.evidence import log_odds
from voc_nlp.schema import Language
from voc_nlp.text.language import identify_language
from voc_nlp.text.normalize import normalize
from voc_nlp.text.words_pattern import compile_words

MOST_HITS = 2
"""Distinct key words of one comment that count; a third told nothing more."""

_LEAST_BEST = 0.1
"""The likeliest of ten owners and nobody is hardly ever less likely; below, the weights were not fitted."""

_DESCRIPTION_WEIGHT = 2.0
"""A description counts as much as so many examples; 1 and 4 gave no better prototypes on the dev writer."""


@dataclass(frozen=True, slots=True)
class PrototypeWeights:
    """What makes a comment likely to belong to a department of which no head knows, in log odds.

    Fitted on the dev writer, each of the ten trained departments hidden in turn and described in words,
    with 0, 3, 5 and 10 examples, with and without key words: `benchmarks/new_departments.py --fit`.

    Parameters
    ----------
    bias : float
        Where all else is zero.
    own : float
        By the cosine to the department's prototype.
    rival : float
        By the largest cosine to another department's.
    sureness : float
        By the log odds of the owner that the heads find likeliest.
    keyword : float
        For each distinct key word, at most `MOST_HITS`.
    """

    bias: float = -1.792
    own: float = 10.177
    rival: float = -5.226
    sureness: float = -0.406
    keyword: float = 1.778


@dataclass(frozen=True, slots=True)
class PrototypeEvidence:
    """What speaks for each new department, of n comments.

    Parameters
    ----------
    own : NDArray[np.float32]
        Cosine to its prototype, shape (n, departments).
    rival : NDArray[np.float32]
        Largest cosine to another department's prototype, shape (n, departments).
    hits : NDArray[np.int64]
        Distinct key words, at most `MOST_HITS`, shape (n, departments).
    """

    own: NDArray[np.float32]
    rival: NDArray[np.float32]
    hits: NDArray[np.int64]


class Prototypes:
    """Departments that are known by what was said of them.

    Parameters
    ----------
    departments : Sequence[DepartmentDescription]
        All departments that a comment may go to; those that the heads know are compared with.
    new : Sequence[str]
        Ids of those that no head knows.
    embedder : Embedder
        The encoder of the comments' vectors.
    centers : NDArray[np.float32]
        What comments in Japanese and in English have in common, shape (2, dimension).
    weights : PrototypeWeights | None
        How the evidence counts; as it was measured when None.
    """

    def __init__(
        self,
        departments: Sequence[DepartmentDescription],
        new: Sequence[str],
        embedder: Embedder,
        centers: NDArray[np.float32],
        weights: PrototypeWeights | None = None,
    ) -> None:
        self.ids = tuple(new)
        self._weights = weights or PrototypeWeights()
        self._centers = centers
        self._prototypes = _build(departments, embedder, centers)
        by_id = {one.id: number for number, one in enumerate(departments)}
        self._columns = [by_id[own_id] for own_id in self.ids]
        self._patterns = [_keywords(departments[column]) for column in self._columns]

    def weigh(
        self,
        vectors: NDArray[np.float32],
        texts: Sequence[tuple[str, Language]],
        best: Sequence[float],
    ) -> list[list[float]]:
        """Say how likely each new department is against all else.

        Parameters
        ----------
        vectors : NDArray[np.float32]
            Unit vectors of n texts.
        texts : Sequence[tuple[str, Language]]
            Normalised text and language of each.
        best : Sequence[float]
            Probability of the owner that the heads find likeliest for each, among those that exist.

        Returns
        -------
        list[list[float]]
            Probability of each of `ids`, for each text; what is left to 1 is the heads'.
        """
        found = self.gather(vectors, texts)
        weights = self._weights
        answers = []
        for own, rival, hits, likeliest in zip(
            found.own.tolist(), found.rival.tolist(), found.hits.tolist(), best, strict=True
        ):
            start = weights.bias + weights.sureness * log_odds(max(likeliest, _LEAST_BEST))
            odds = [
                math.exp(start + weights.own * one + weights.rival * other + weights.keyword * words)
                for one, other, words in zip(own, rival, hits, strict=True)
            ]
            total = 1 + sum(odds)
            answers.append([one / total for one in odds])
        return answers

    def gather(
        self, vectors: NDArray[np.float32], texts: Sequence[tuple[str, Language]]
    ) -> PrototypeEvidence:
        """Gather what speaks for each new department.

        Parameters
        ----------
        vectors : NDArray[np.float32]
            Unit vectors of n texts.
        texts : Sequence[tuple[str, Language]]
            Normalised text and language of each.

        Returns
        -------
        PrototypeEvidence
            In the order of the texts and of `ids`.
        """
        near = cosines(
            take_off(vectors, [language for _, language in texts], self._centers), self._prototypes
        )
        rival = np.zeros((len(near), len(self.ids)), dtype=np.float32)
        if near.shape[1] > 1:
            for place, column in enumerate(self._columns):
                rival[:, place] = np.delete(near, column, axis=1).max(axis=1, initial=-1.0)
        hits = np.asarray(
            [[_count(pattern, text) for pattern in self._patterns] for text, _ in texts], dtype=np.int64
        ).reshape(len(texts), len(self.ids))
        return PrototypeEvidence(near[:, self._columns], rival, hits)


def _build(
    departments: Sequence[DepartmentDescription], embedder: Embedder, centers: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Make a prototype of each department: its description in both languages, and its examples."""
    texts: list[str] = []
    languages: list[Language] = []
    for one in departments:
        examples = [normalize(example).text for example in one.examples]
        texts += [*(normalize(line).text for line in one.lines()), *examples]
        languages += [Language.JA, Language.EN, *map(identify_language, examples)]
    vectors = take_off(embedder.embed(texts), languages, centers).astype(np.float64)
    found = np.zeros((len(departments), vectors.shape[1]))
    row = 0
    for number, one in enumerate(departments):
        described, examples_end = vectors[row : row + 2].sum(axis=0), row + 2 + len(one.examples)
        found[number] = _unit(
            _DESCRIPTION_WEIGHT * _unit(described) + vectors[row + 2 : examples_end].sum(axis=0)
        )
        row = examples_end
    return found.astype(np.float32)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale to unit length; nothing stays nothing."""
    scaled: NDArray[np.float64] = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return scaled


def _keywords(department: DepartmentDescription) -> re.Pattern[str] | None:
    return compile_words(normalize(word).text for word in department.keywords)


def _count(pattern: re.Pattern[str] | None, text: str) -> int:
    if pattern is None:
        return 0
    found: set[str] = set()
    for match in pattern.finditer(text):
        found.add(match[0].lower())
        if len(found) == MOST_HITS:
            break
    return len(found)
