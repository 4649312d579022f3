"""How many comments a theme holds, by the rule that assigns all comments, and which stand for it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.topics.clustering import prototypes_of
from voc_nlp.topics.hierarchy import sum_groups
from voc_nlp.topics.material import Material
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.naming.representatives import representatives
from voc_nlp.topics.theme import ThemeKind


def count_comments(
    model: ThemeModel,
    material: Material,
    found: Sequence[Sequence[ThemeMatch]],
    only: Collection[str] | None = None,
) -> ThemeModel:
    """Give learnt themes their sizes and representatives, and groups their sums.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    material : Material
        The comments.
    found : Sequence[Sequence[ThemeMatch]]
        Themes of each comment, best first; the first learnt one counts it.
    only : Collection[str] | None
        Ids of the themes to count; all when None.

    Returns
    -------
    ThemeModel
        With the counts.
    """
    best = first_learnt(model, found)
    languages = np.asarray([text.language.value for text in material.texts])
    means = np.zeros((len(model.themes), model.dimension), dtype=np.float32)
    means[np.unique(model.owners)] = prototypes_of(model.prototypes, model.owners, most=1)[0]
    vectors = model.bare(material.vectors, material.languages)
    chosen = representatives(material.texts, vectors, best.tolist(), means)
    themes = list(model.themes)
    for place, theme in enumerate(themes):
        if theme.kind is not ThemeKind.LEARNT or not (only is None or theme.id in only):
            continue
        inside = Counter(languages[best == place].tolist())
        themes[place] = replace(
            theme,
            size=sum(inside.values()),
            languages={lang.value: inside.get(lang.value, 0) for lang in (Language.JA, Language.EN)},
            representatives=tuple(material.comments[row].id for row in chosen[place]),
        )
    return replace(model, themes=sum_groups(themes))


def first_learnt(model: ThemeModel, found: Sequence[Sequence[ThemeMatch]]) -> NDArray[np.int64]:
    """Find the place of each comment's best learnt theme; rule themes, which come before, are passed over.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    found : Sequence[Sequence[ThemeMatch]]
        Themes of each comment, best first.

    Returns
    -------
    NDArray[np.int64]
        Place in `model.themes`, -1 for none, shape (n,).
    """
    places = {theme.id: place for place, theme in enumerate(model.themes) if theme.kind is ThemeKind.LEARNT}
    return np.asarray(
        [next((places[one.id] for one in themes if one.id in places), -1) for themes in found],
        dtype=np.int64,
    )
