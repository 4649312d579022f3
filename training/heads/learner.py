"""From examples to a calibrated head: features, fit, temperature."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.data.labelled import Labelled
from training.heads.classes import class_weights, folds_of
from training.heads.fit import design_matrix, fit_head, fit_temperature
from training.heads.tasks import LABELS, departments_of, target
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.heads import LinearHead
from voc_nlp.text.normalize import normalize


class HeadLearner:
    """Trains heads on one encoder.

    Parameters
    ----------
    embedder : StaticEmbedder
        The encoder.
    vocabulary : NgramVocabulary
        The known n-grams.
    train : Sequence[Labelled]
        Examples to learn from.
    dev : Sequence[Labelled]
        Examples to calibrate on.
    weights : Mapping[str, float]
        Weight of each source.
    vector_scale : float
        How much the vector counts beside the n-grams.
    strength : float
        Inverse regularisation.
    sentence_encoder : Embedder | None
        Whose vectors are learnt from in place of the encoder's.
    keep : Callable[[Features], Features] | None
        Leaves out a part of the features; None keeps them whole.
    labels : Mapping[str, Sequence[str]]
        Classes by task; the shipped ones when not given.
    balance : Mapping[str, float] | None
        How far rare classes are lifted, by task: 0 (not) to 1 (all classes weigh the same).
    """

    def __init__(
        self,
        embedder: StaticEmbedder,
        vocabulary: NgramVocabulary,
        train: Sequence[Labelled],
        dev: Sequence[Labelled],
        weights: Mapping[str, float],
        *,
        vector_scale: float,
        strength: float,
        sentence_encoder: Embedder | None = None,
        keep: Callable[[Features], Features] | None = None,
        labels: Mapping[str, Sequence[str]] = LABELS,
        balance: Mapping[str, float] | None = None,
    ) -> None:
        self._embedder = embedder
        self._vocabulary = len(vocabulary)
        self._featurizer = Featurizer(embedder, vocabulary, sentence_encoder)
        self._train = train
        self._dev = dev
        self._weights = weights
        self._vector_scale = vector_scale
        self._strength = strength
        self._keep = keep
        self._labels = labels
        self._balance = balance or {}

    def features(self, rows: Sequence[Labelled]) -> Features:
        """Compute the features of examples as the library does for comments.

        Parameters
        ----------
        rows : Sequence[Labelled]
            The examples.

        Returns
        -------
        Features
            In their order, without what is to be left out.
        """
        texts = [normalize(row.text).text for row in rows]
        features = self._featurizer.featurize(self._embedder.pieces(texts).whole())
        return features if self._keep is None else self._keep(features)

    def learn(self, task: str, sources: Sequence[str]) -> LinearHead:
        """Train and calibrate the head of one task.

        Parameters
        ----------
        task : str
            A key of `LABELS`.
        sources : Sequence[str]
            Which sources to learn from.

        Returns
        -------
        LinearHead
            Calibrated on the dev part; where that says nothing of the task, across folds of the examples.
        """
        rows = [row for row in self._train if row.source in sources and target(row, task) is not None]
        targets = [str(target(row, task)) for row in rows]
        labels = self._labels[task]
        weights = self._sample_weights(rows, targets, self._balance.get(task, 0.0))
        head = self._fit(rows, targets, weights, labels)
        dev = [row for row in self._dev if target(row, task) is not None]
        if dev:
            logits, truth = head.logits(self.features(dev)), [str(target(row, task)) for row in dev]
        else:
            logits, truth = self._cross(rows, targets, weights, labels), targets
        columns = [labels.index(label) for label in truth]
        return replace(head, temperature=fit_temperature(logits, columns))

    def learn_departments(self, sources: Sequence[str]) -> LinearHead:
        """Train one head against the rest for each department, for the owners after the first.

        Parameters
        ----------
        sources : Sequence[str]
            Which sources to learn from.

        Returns
        -------
        LinearHead
            Multi-label.
        """
        rows = [row for row in self._train if row.source in sources and row.departments is not None]
        features = self.features(rows)
        matrix = design_matrix(features, self._vocabulary, self._vector_scale)
        weights = self._sample_weights(rows)
        departments = departments_of(self._labels)
        single = []
        for name in departments:
            targets = ["true" if name in (row.departments or ()) else "false" for row in rows]
            single.append(
                fit_head(
                    matrix,
                    targets,
                    weights,
                    ("false", "true"),
                    self._vocabulary,
                    vector_scale=self._vector_scale,
                    strength=self._strength,
                )
            )
        return LinearHead(
            labels=departments,
            ngram_weights=np.stack([head.ngram_weights[:, 1] for head in single], axis=1),
            ngram_scales=np.asarray([2 * head.ngram_scales[1] for head in single], dtype=np.float32),
            vector_weights=np.stack([2 * head.vector_weights[:, 1] for head in single], axis=1),
            bias=np.asarray([2 * head.bias[1] for head in single], dtype=np.float32),
            temperature=1.0,
            multilabel=True,
        )

    def _fit(
        self,
        rows: Sequence[Labelled],
        targets: Sequence[str],
        weights: NDArray[np.float64],
        labels: Sequence[str],
    ) -> LinearHead:
        features = self.features(rows)
        return fit_head(
            design_matrix(features, self._vocabulary, self._vector_scale),
            targets,
            weights,
            labels,
            self._vocabulary,
            vector_scale=self._vector_scale,
            strength=self._strength,
        )

    def _cross(
        self,
        rows: Sequence[Labelled],
        targets: Sequence[str],
        weights: NDArray[np.float64],
        labels: Sequence[str],
    ) -> NDArray[np.float32]:
        """Score every example by a head that was fitted without it."""
        logits = np.zeros((len(rows), len(labels)), dtype=np.float32)
        for inside in folds_of(rows, targets):
            learnt, asked = (np.flatnonzero(part).tolist() for part in (~inside, inside))
            head = self._fit(
                [rows[place] for place in learnt],
                [targets[place] for place in learnt],
                weights[learnt],
                labels,
            )
            logits[asked] = head.logits(self.features([rows[place] for place in asked]))
        return logits

    def _sample_weights(
        self, rows: Sequence[Labelled], targets: Sequence[str] = (), balance: float = 0.0
    ) -> NDArray[np.float64]:
        weights = np.asarray([self._weights[row.source] for row in rows], dtype=np.float64)
        return class_weights(weights, targets, balance) if balance else weights
