"""The one place where the benchmarks of themes call our fit and our assignment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from themes_metrics import UNASSIGNED

from voc_nlp.embedding import Embedder
from voc_nlp.errors import RecordError
from voc_nlp.schema import Comment
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.fit import fit_themes
from voc_nlp.topics.model import ThemeModel, take_out


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
        themes = np.full(len(texts), UNASSIGNED, dtype=np.int64)
        held: list[tuple[int, PreparedText]] = []
        for place, (text, lang) in enumerate(zip(texts, langs, strict=True)):
            try:
                one = prepare(text, lang)
            except RecordError:
                continue
            if one.meaningful:
                held.append((place, one))
        vectors = self.embedder.embed([one.normalized.text for _, one in held])
        matches = self.model.assign(vectors, [one.language for _, one in held])
        for (place, _), found in zip(held, matches, strict=True):
            if found:
                themes[place] = places[found[0].id]
        return themes

    def keywords(self, lang: str) -> list[list[str]]:
        """List the key words of each theme in one language."""
        return [list(theme.keywords.get(lang, ())) for theme in self.model.themes]

    def compared(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn the encoder's vectors into those that are compared with centroids."""
        model: Any = self.model
        directions = getattr(
            model, "_circumstances", None
        )  # a model without them compares vectors as they are
        return vectors if directions is None else take_out(vectors, directions)


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
    comments = [
        Comment(id=str(place), text=text, lang=lang)
        for place, (text, lang) in enumerate(zip(texts, langs, strict=True))
    ]
    return OurThemes(fit_themes(comments, embedder, seed=seed), embedder)
