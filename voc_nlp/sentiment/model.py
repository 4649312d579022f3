"""Sentiment of texts: a calibrated linear head with four classes."""

from collections.abc import Mapping
from pathlib import Path

from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextPart
from voc_nlp.features import Features
from voc_nlp.heads import LinearHead
from voc_nlp.schema import Sentiment, SentimentLabel

SENTIMENT_KIND = "sentiment"


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
        found = []
        for row in self._head.predict(features).tolist():
            probabilities = dict(zip(self._labels, row, strict=True))
            label = max(probabilities, key=probabilities.__getitem__)
            score = probabilities[SentimentLabel.POSITIVE] - probabilities[SentimentLabel.NEGATIVE]
            found.append(Sentiment(label, score, probabilities))
        return found
