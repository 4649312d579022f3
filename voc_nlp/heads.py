"""Calibrated linear heads over features: the one kind of classifier that sentiment and routing share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
        logits = self.logits(features) / self.temperature
        if self.multilabel:
            spread: NDArray[np.float32] = 1 / (1 + np.exp(-logits))
            return spread
        logits -= logits.max(axis=1, keepdims=True)
        powers: NDArray[np.float32] = np.exp(logits)
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
        if len(features.ngrams):
            weighted = self.ngram_weights[features.ngrams] * features.values[:, None]
            starts = np.flatnonzero(np.diff(features.owners, prepend=-1))
            total[features.owners[starts]] += np.add.reduceat(weighted, starts, axis=0) * self.ngram_scales
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
