"""What an aspect is about: the nearest of a short list of categories, by the shared vectors."""

import tomllib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from voc_nlp.embedding import Embedder


class AspectCategories:
    """Names the category of terms by cosine to the categories' example words.

    Parameters
    ----------
    embedder : Embedder
        The encoder.
    """

    def __init__(self, embedder: Embedder) -> None:
        table = tomllib.loads(
            files("voc_nlp.sentiment").joinpath("data", "categories.toml").read_text(encoding="utf-8")
        )
        words = [
            (name, word)
            for name, examples in table.items()
            for lang in ("ja", "en")
            for word in examples[lang]
        ]
        self._embedder = embedder
        self._names = [name for name, _ in words]
        self._vectors = embedder.embed([word for _, word in words])

    def name(self, terms: Sequence[str]) -> list[str]:
        """Name the category of each term.

        Parameters
        ----------
        terms : Sequence[str]
            Aspect terms.

        Returns
        -------
        list[str]
            Category of each; ``other`` where nothing is near.
        """
        if not terms:
            return []
        cosines = self._embedder.embed(terms) @ self._vectors.T
        best = cosines.argmax(axis=1)
        return [
            self._names[column] if cosines[row, column] >= _LEAST_COSINE else "other"
            for row, column in enumerate(np.asarray(best).tolist())
        ]


_LEAST_COSINE = 0.35
