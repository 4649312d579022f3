"""Simple learnt peers: majority, TF-IDF and MiniLM, each with logistic regression on our train writers."""

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from training.encoder.teacher import teacher_vectors
from training.evaluate.metrics import plain_macro_f1
from training.heads.tasks import LABELS
from voc_nlp.text.normalize import normalize

MODELS = {"majority": "majority class", "tfidf": "TF-IDF + linear", "minilm": "MiniLM + linear"}
"""Peers by name, with their titles."""

_GRID = {"tfidf": (10.0,), "minilm": (1.0, 10.0)}
"""Inverse regularisations that the dev writer chooses from, with equal or balanced class weights.

For TF-IDF, on the Japanese dev writer's sentiment 1, 10 and 50 reached a macro-F1 of 0.67, 0.75 and 0.75.
"""

_MOST_NGRAMS = 20_000
"""Keeps a fit at a few seconds."""

Matrix = csr_matrix | NDArray[np.float32]


class PeerModels:
    """Learns peers for one language.

    Parameters
    ----------
    lang : str
        ``ja`` or ``en``: TF-IDF of character 1- to 4-grams or of words and pairs of words.
    train : Sequence[str]
        Texts to learn from.
    dev : Sequence[str]
        Texts to choose the regularisation by.
    texts : Sequence[str]
        Texts to answer.
    cache : Path
        Folder of the cache; made when missing.
    """

    def __init__(
        self, lang: str, train: Sequence[str], dev: Sequence[str], texts: Sequence[str], cache: Path
    ) -> None:
        self._lang = lang
        self._parts = tuple([normalize(text).text for text in part] for part in (train, dev, texts))
        self._cache = cache
        self._matrices: dict[str, tuple[Matrix, Matrix, Matrix]] = {}

    def predict(self, name: str, task: str, train: Sequence[str], dev: Sequence[str]) -> NDArray[np.float32]:
        """Learn one task and answer the texts.

        Parameters
        ----------
        name : str
            A key of `MODELS`.
        task : str
            A key of `LABELS`.
        train : Sequence[str]
            Labels of the texts to learn from.
        dev : Sequence[str]
            Labels of the texts to choose by.

        Returns
        -------
        NDArray[np.float32]
            Probabilities in the order of ``LABELS[task]``; shape (n, classes).
        """
        labels = LABELS[task]
        if name == "majority":
            shares = np.asarray([list(train).count(label) for label in labels], dtype=np.float32)
            return np.tile(shares / len(train), (len(self._parts[2]), 1))
        path = self._cache / f"{name}-{self._lang}-{task}.npz"
        key = self._key(name, task, train, dev)
        if path.is_file():
            with np.load(path) as stored:
                if str(stored["key"]) == key:
                    kept: NDArray[np.float32] = stored["probabilities"]
                    return kept
        found = _fit(self._features(name), train, dev, labels, _GRID[name])
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, key=np.asarray(key), probabilities=found)
        return found

    def _features(self, name: str) -> tuple[Matrix, Matrix, Matrix]:
        if name not in self._matrices:
            train, dev, texts = self._parts
            if name == "minilm":
                vectors = teacher_vectors([*train, *dev, *texts], self._cache / "minilm")
                ends = (len(train), len(train) + len(dev))
                self._matrices[name] = (vectors[: ends[0]], vectors[ends[0] : ends[1]], vectors[ends[1] :])
            else:
                vectorizer = _vectorizer(self._lang)
                first = vectorizer.fit_transform(train)
                self._matrices[name] = (first, vectorizer.transform(dev), vectorizer.transform(texts))
        return self._matrices[name]

    def _key(self, name: str, task: str, train: Sequence[str], dev: Sequence[str]) -> str:
        plain = json.dumps(
            [name, task, list(train), list(dev), self._parts, _GRID[name], _MOST_NGRAMS, LABELS[task]]
        )
        return hashlib.sha256(plain.encode()).hexdigest()


def _vectorizer(lang: str) -> Any:
    kind, lengths = ("char", (1, 4)) if lang == "ja" else ("word", (1, 2))
    return TfidfVectorizer(
        analyzer=kind, ngram_range=lengths, min_df=2, sublinear_tf=True, max_features=_MOST_NGRAMS
    )


def _fit(
    matrices: tuple[Matrix, Matrix, Matrix],
    train: Sequence[str],
    dev: Sequence[str],
    labels: Sequence[str],
    grid: Sequence[float],
) -> NDArray[np.float32]:
    """Fit with each setting, keep the one that does best on the dev part, answer the texts."""
    best: tuple[float, Any] | None = None
    for strength in grid:
        for balance in (None, "balanced"):
            model = LogisticRegression(C=strength, class_weight=balance, max_iter=100)
            with warnings.catch_warnings(), threadpool_limits(1):  # threads that wait cost ten times more
                warnings.simplefilter("ignore", ConvergenceWarning)  # a hundred steps are near enough
                model.fit(matrices[0], list(train))
            value = plain_macro_f1(dev, [str(label) for label in model.predict(matrices[1])], labels)
            if best is None or value > best[0]:
                best = (value, model)
    assert best is not None
    found = np.zeros((matrices[2].shape[0], len(labels)), dtype=np.float32)
    columns = [labels.index(str(label)) for label in best[1].classes_]
    found[:, columns] = best[1].predict_proba(matrices[2])
    return found
