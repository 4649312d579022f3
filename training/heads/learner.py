"""From examples to a calibrated head: features, fit, temperature."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from training.data.labelled import Labelled
from training.heads.fit import design_matrix, fit_head, fit_temperature
from training.heads.tasks import DEPARTMENTS, LABELS, target
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
            Calibrated on the dev part.
        """
        rows = [row for row in self._train if row.source in sources and target(row, task) is not None]
        targets = [str(target(row, task)) for row in rows]
        head = self._fit(rows, targets, LABELS[task])
        dev = [row for row in self._dev if target(row, task) is not None]
        truth = [LABELS[task].index(str(target(row, task))) for row in dev]
        return replace(head, temperature=fit_temperature(head.logits(self.features(dev)), truth))

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
        single = []
        for name in DEPARTMENTS:
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
            labels=DEPARTMENTS,
            ngram_weights=np.stack([head.ngram_weights[:, 1] for head in single], axis=1),
            ngram_scales=np.asarray([2 * head.ngram_scales[1] for head in single], dtype=np.float32),
            vector_weights=np.stack([2 * head.vector_weights[:, 1] for head in single], axis=1),
            bias=np.asarray([2 * head.bias[1] for head in single], dtype=np.float32),
            temperature=1.0,
            multilabel=True,
        )

    def _fit(self, rows: Sequence[Labelled], targets: Sequence[str], labels: Sequence[str]) -> LinearHead:
        features = self.features(rows)
        return fit_head(
            design_matrix(features, self._vocabulary, self._vector_scale),
            targets,
            self._sample_weights(rows),
            labels,
            self._vocabulary,
            vector_scale=self._vector_scale,
            strength=self._strength,
        )

    def _sample_weights(self, rows: Sequence[Labelled]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.asarray([self._weights[row.source] for row in rows])
