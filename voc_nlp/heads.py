"""Calibrated linear heads over features: the one kind of classifier that sentiment and routing share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voc_nlp.contextual import ContextPart
from voc_nlp.features import Features


@dataclass(frozen=True, slots=True)
class LinearHead:
    """One task: weights over n-grams and vector, and its calibration.

    Parameters
    ----------
    labels : tuple[str, ...]
        The classes, in the order of the columns.
    ngram_weights : NDArray[np.int8]
        Weights of the n-grams, shape (vocabulary, classes), to be multiplied by `ngram_scales`.
    ngram_scales : NDArray[np.float32]
        Scale of each class's n-gram weights, shape (classes,).
    vector_weights : NDArray[np.float32]
        Weights of the vector, shape (dimension, classes).
    bias : NDArray[np.float32]
        Shape (classes,).
    temperature : float
        What logits are divided by, so that probabilities are calibrated.
    multilabel : bool
        True when classes do not exclude each other (sigmoid instead of softmax).
    contextual_weights : NDArray[np.float32] | None
        Weights of the pooled contextual vector, shape (2 * width, classes); None in a tier without one.
    """

    labels: tuple[str, ...]
    ngram_weights: NDArray[np.int8]
    ngram_scales: NDArray[np.float32]
    vector_weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    multilabel: bool = False
    contextual_weights: NDArray[np.float32] | None = None

    def predict(self, features: Features) -> NDArray[np.float32]:
        """Compute calibrated probabilities.

        Parameters
        ----------
        features : Features
            Features of n texts.

        Returns
        -------
        NDArray[np.float32]
            Shape (n, classes); rows sum to one unless `multilabel`.
        """
        return self.calibrate(self.logits(features))

    def calibrate(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn logits into calibrated probabilities.

        Parameters
        ----------
        logits : NDArray[np.float32]
            What `logits` gave, shape (n, classes).

        Returns
        -------
        NDArray[np.float32]
            Shape (n, classes); rows sum to one unless `multilabel`.
        """
        cooled = logits / self.temperature
        if self.multilabel:
            spread: NDArray[np.float32] = 1 / (1 + np.exp(-cooled))
            return spread
        cooled -= cooled.max(axis=1, keepdims=True)
        powers: NDArray[np.float32] = np.exp(cooled)
        probabilities: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def logits(self, features: Features) -> NDArray[np.float32]:
        """Compute uncalibrated scores.

        Parameters
        ----------
        features : Features
            Features of n texts.

        Returns
        -------
        NDArray[np.float32]
            Shape (n, classes).
        """
        # In double precision, so that one text alone and among others gives the same sum.
        total = (features.vectors.astype(np.float64) @ self.vector_weights).astype(np.float32) + self.bias
        if self.contextual_weights is not None and features.contextual is not None:
            total += (features.contextual.astype(np.float64) @ self.contextual_weights).astype(np.float32)
        weights = self.ngram_weights.take(features.ngrams, axis=0).astype(np.float32)
        sums = np.zeros_like(total)
        for row, (first, last) in enumerate(pairwise(features.bounds().tolist())):
            if first < last:  # one text at a time, for the same reason
                np.dot(features.values[first:last], weights[first:last], out=sums[row])
        total += sums * self.ngram_scales
        return total

    def with_context(self, part: ContextPart | None) -> "LinearHead":
        """Add what the context says.

        Parameters
        ----------
        part : ContextPart | None
            Weights of the pooled contextual vector; nothing is added when None.

        Returns
        -------
        LinearHead
            Whose probabilities are calibrated for both together.
        """
        if part is None:
            return self
        share = np.float32(part.linear_share)
        return replace(
            self,
            ngram_scales=self.ngram_scales * share,
            vector_weights=self.vector_weights * share,
            bias=self.bias * share + part.bias,
            temperature=1.0,
            contextual_weights=part.weights,
        )

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays to write into a model folder.

        Returns
        -------
        dict[str, NDArray[np.generic]]
            By name.
        """
        return {
            "ngram_weights": self.ngram_weights,
            "ngram_scales": self.ngram_scales,
            "vector_weights": self.vector_weights,
            "bias": self.bias,
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], facts: Mapping[str, object]
    ) -> "LinearHead":
        """Rebuild a head from a model folder.

        Parameters
        ----------
        arrays : Mapping[str, NDArray[np.generic]]
            What `to_arrays` gave.
        facts : Mapping[str, object]
            ``labels``, ``temperature`` and ``multilabel`` from the manifest.

        Returns
        -------
        LinearHead
            Ready to predict.
        """
        labels = facts["labels"]
        temperature = facts["temperature"]
        assert isinstance(labels, Sequence)
        assert isinstance(temperature, float)
        return cls(
            labels=tuple(str(label) for label in labels),
            ngram_weights=arrays["ngram_weights"].astype(np.int8, copy=False),
            ngram_scales=arrays["ngram_scales"].astype(np.float32, copy=False),
            vector_weights=arrays["vector_weights"].astype(np.float32, copy=False),
            bias=arrays["bias"].astype(np.float32, copy=False),
            temperature=temperature,
            multilabel=bool(facts["multilabel"]),
        )


class HeadStack:
    """Heads side by side: the features of a text are looked up once for all of them.

    Parameters
    ----------
    heads : Mapping[str, LinearHead]
        The heads by name, at least one.
    """

    def __init__(self, heads: Mapping[str, LinearHead]) -> None:
        self.heads = dict(heads)
        members = list(self.heads.values())
        contexts = [head.contextual_weights for head in members]
        known = [context for context in contexts if context is not None]
        self._wide = LinearHead(
            labels=tuple(label for head in members for label in head.labels),
            ngram_weights=np.concatenate([head.ngram_weights for head in members], axis=1),
            ngram_scales=np.concatenate([head.ngram_scales for head in members]),
            vector_weights=np.concatenate([head.vector_weights for head in members], axis=1),
            bias=np.concatenate([head.bias for head in members]),
            temperature=1.0,
            contextual_weights=np.concatenate(
                [
                    context
                    if context is not None
                    else np.zeros((len(known[0]), len(head.labels)), np.float32)
                    for head, context in zip(members, contexts, strict=True)
                ],
                axis=1,
            )
            if known
            else None,
        )

    def predict(self, features: Features) -> dict[str, NDArray[np.float32]]:
        """Compute the calibrated probabilities of every head.

        Parameters
        ----------
        features : Features
            Features of n texts.

        Returns
        -------
        dict[str, NDArray[np.float32]]
            By name; each of shape (n, classes), as `LinearHead.predict` gives them.
        """
        logits = self._wide.logits(features)
        found: dict[str, NDArray[np.float32]] = {}
        column = 0
        for name, head in self.heads.items():
            found[name] = head.calibrate(logits[:, column : column + len(head.labels)])
            column += len(head.labels)
        return found
