"""Sentiment of texts: a calibrated linear head with four classes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextPart
from voc_nlp.features import Features
from voc_nlp.heads import LinearHead
from voc_nlp.schema import Sentiment, SentimentLabel

SENTIMENT_KIND = "sentiment"

_ASPECT_SIDE = 0.3
"""Score from which an aspect takes a side."""

_SENTENCE_SIDE = 0.4
"""Score from which a sentence takes a side."""

_BY_ASPECTS, _BY_SENTENCES = "mixed_by_aspects", "mixed_by_sentences"


@dataclass(frozen=True, slots=True)
class Sides:
    """Which parts of a comment make mixed likelier, or less likely, by speaking for both sides.

    Parameters
    ----------
    aspects : tuple[int, ...]
        Numbers of the aspects that take a side; empty where they agree or weigh nothing.
    sentences : tuple[int, ...]
        The same of the sentences.
    """

    aspects: tuple[int, ...] = ()
    sentences: tuple[int, ...] = ()


class SentimentModel:
    """Predicts the sentiment of comments, sentences and clauses.

    Parameters
    ----------
    head : LinearHead
        Head whose labels are those of `SentimentLabel`.
    """

    def __init__(self, head: LinearHead) -> None:
        self._head = head
        self._labels = tuple(SentimentLabel(label) for label in head.labels)

    @classmethod
    def load(cls, folder: Path, context: Mapping[str, ContextPart] | None = None) -> "SentimentModel":
        """Open a model folder of kind ``sentiment``.

        Parameters
        ----------
        folder : Path
            The model folder.
        context : Mapping[str, ContextPart] | None
            What a contextual encoder adds, by task.

        Returns
        -------
        SentimentModel
            Ready to predict.
        """
        model = open_folder(folder, SENTIMENT_KIND)
        head = LinearHead.from_arrays(model.tensors("sentiment"), model.config["heads"]["sentiment"])
        return cls(head.with_context((context or {}).get("sentiment")))

    def predict(self, features: Features) -> list[Sentiment]:
        """Predict the sentiment of texts.

        Parameters
        ----------
        features : Features
            Features of n texts.

        Returns
        -------
        list[Sentiment]
            In the order of the texts; the score is P(positive) - P(negative).
        """
        probabilities = self._head.predict(features)
        best = probabilities.argmax(axis=1).tolist()
        positive, negative = (
            self._labels.index(side) for side in (SentimentLabel.POSITIVE, SentimentLabel.NEGATIVE)
        )
        return [
            Sentiment(
                self._labels[label], row[positive] - row[negative], dict(zip(self._labels, row, strict=True))
            )
            for label, row in zip(best, probabilities.tolist(), strict=True)
        ]


def find_sides(aspects: Sequence[float], sentences: Sequence[float], weights: Mapping[str, float]) -> Sides:
    """Find the parts of a comment that `weigh_parts` heeds.

    Parameters
    ----------
    aspects : Sequence[float]
        Scores of its aspects.
    sentences : Sequence[float]
        Scores of its sentences.
    weights : Mapping[str, float]
        As `weigh_parts` takes them.

    Returns
    -------
    Sides
        Of parts that speak for both sides and have a weight, those that take a side.
    """
    return Sides(
        _opposed(aspects, _ASPECT_SIDE) if weights.get(_BY_ASPECTS) else (),
        _opposed(sentences, _SENTENCE_SIDE) if weights.get(_BY_SENTENCES) else (),
    )


def weigh_parts(
    mood: Sentiment, aspects: Sequence[float], sentences: Sequence[float], weights: Mapping[str, float]
) -> Sentiment:
    """Make mixed likelier where the parts of a comment speak for both sides.

    Parameters
    ----------
    mood : Sentiment
        Sentiment of the whole comment.
    aspects : Sequence[float]
        Scores of its aspects.
    sentences : Sequence[float]
        Scores of its sentences.
    weights : Mapping[str, float]
        What ``mixed_by_aspects`` and ``mixed_by_sentences`` add to the log odds of mixed, 0 if missing.

    Returns
    -------
    Sentiment
        The same where the parts agree or nothing is added.
    """
    sides = find_sides(aspects, sentences, weights)
    added = 0.0
    if sides.aspects:
        added += weights[_BY_ASPECTS]
    if sides.sentences:
        added += weights[_BY_SENTENCES]
    if not added:
        return mood
    powers = dict(mood.probabilities)
    powers[SentimentLabel.MIXED] *= math.exp(added)
    total = sum(powers.values())
    return _conclude({label: power / total for label, power in powers.items()})


def _opposed(scores: Sequence[float], side: float) -> tuple[int, ...]:
    """Number the scores beyond `side` in either direction, where there are some in both."""
    if max(scores, default=0.0) <= side or min(scores, default=0.0) >= -side:
        return ()
    return tuple(number for number, score in enumerate(scores) if abs(score) > side)


def _conclude(probabilities: dict[SentimentLabel, float]) -> Sentiment:
    """Name the likeliest label; the score is P(positive) - P(negative)."""
    label = max(probabilities, key=probabilities.__getitem__)
    score = probabilities[SentimentLabel.POSITIVE] - probabilities[SentimentLabel.NEGATIVE]
    return Sentiment(label, score, probabilities)
