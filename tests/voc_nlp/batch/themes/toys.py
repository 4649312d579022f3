"""A theme model over the toy encoder: late, delivery and kind, each in a direction of its own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme, ThemeKind

_NAMES = {
    "theme-001": ("遅れ", "delay"),
    "theme-002": ("配送", "delivery"),
    "theme-003": ("親切", "kindness"),
}


class WordEncoder:
    """Counts the words of each theme in a text, in either language; other words say nothing."""

    dimension = 3
    _WORDS = (("late", "遅"), ("delivery", "配送"), ("kind", "親切"))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; one without a known word gets the zero vector."""
        rows = [[sum(text.lower().count(word) for word in some) for some in self._WORDS] for text in texts]
        counts = np.asarray(rows, dtype=np.float32).reshape(-1, 3)
        norms = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
        return np.asarray(counts / norms, dtype=np.float32)


def toy_themes() -> ThemeModel:
    """Build three themes, two of them in a group."""
    themes = [
        Theme(theme_id, {"ja": ja, "en": en}, 1, {"ja": (), "en": ()}, parent=parent)
        for (theme_id, (ja, en)), parent in zip(_NAMES.items(), ("group-001", "group-001", None), strict=True)
    ]
    group = Theme(
        "group-001", {"ja": "物流", "en": "logistics"}, 2, {"ja": (), "en": ()}, kind=ThemeKind.GROUP
    )
    return ThemeModel(
        [*themes, group],
        np.eye(3, dtype=np.float32),
        np.zeros((2, 3), dtype=np.float32),
        threshold=0.5,
        encoder="words/1",
        seed=0,
    )
