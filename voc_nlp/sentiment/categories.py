"""What an aspect is about: the nearest of a short list of categories, by the shared vectors."""

import tomllib
from collections.abc import Sequence
from importlib.resources import files

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
        self._known: dict[str, str | None] = {}
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
        known = {term: self._known.get(term) for term in terms}
        missing = [term for term, name in known.items() if name is None]
        if missing:
            cosines = self._embedder.embed(missing) @ self._vectors.T
            for row, (term, column) in enumerate(zip(missing, cosines.argmax(axis=1).tolist(), strict=True)):
                known[term] = self._names[column] if cosines[row, column] >= _LEAST_COSINE else "other"
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known.update((term, known[term]) for term in missing)
        return [str(known[term]) for term in terms]


_LEAST_COSINE = 0.35

_MOST_KNOWN = 1 << 14
"""Terms whose category is remembered: customers speak of the same things."""
