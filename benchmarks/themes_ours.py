"""The one place where the benchmarks of themes call our fit and our assignment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from themes_metrics import UNASSIGNED

from voc_nlp.embedding import Embedder
from voc_nlp.schema import Comment, Language, Refusal
from voc_nlp.topics.assign import assign_comments
from voc_nlp.topics.fit import fit_themes
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import ThemeKind


@dataclass(frozen=True, slots=True)
class OurThemes:
    """A fitted model.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    embedder : Embedder
        The encoder that they were fitted with.
    """

    model: ThemeModel
    embedder: Embedder

    def assign(self, texts: Sequence[str], langs: Sequence[str]) -> NDArray[np.int64]:
        """Give the place of each comment's best theme, as `voc themes assign` does, or `UNASSIGNED`."""
        places = {theme.id: place for place, theme in enumerate(self.model.themes)}
        found = assign_comments(self.model, _comments(texts, langs), self.embedder)
        return np.array(
            [UNASSIGNED if isinstance(one, Refusal) or not one else places[one[0].id] for one in found],
            dtype=np.int64,
        )

    def keywords(self, lang: str) -> list[list[str]]:
        """List the key words of each theme in one language."""
        return [
            list(theme.keywords.get(lang, ()))
            for theme in self.model.themes
            if theme.kind is ThemeKind.LEARNT
        ]

    def compared(self, vectors: NDArray[np.float32], langs: Sequence[str]) -> NDArray[np.float32]:
        """Turn the encoder's vectors into those that are compared with prototypes."""
        return self.model.bare(vectors, [Language(lang) for lang in langs])


def fit_ours(texts: Sequence[str], langs: Sequence[str], embedder: Embedder, seed: int) -> OurThemes:
    """Fit our themes.

    Parameters
    ----------
    texts : Sequence[str]
        The comments.
    langs : Sequence[str]
        Their languages.
    embedder : Embedder
        The encoder.
    seed : int
        Seed of the fit.

    Returns
    -------
    OurThemes
        The fitted model.
    """
    return OurThemes(fit_themes(_comments(texts, langs), embedder, seed=seed), embedder)


def _comments(texts: Sequence[str], langs: Sequence[str]) -> list[Comment]:
    return [
        Comment(id=str(place), text=text, lang=lang)
        for place, (text, lang) in enumerate(zip(texts, langs, strict=True))
    ]
