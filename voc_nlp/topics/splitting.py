"""Split a theme by what its comments have in common."""

from collections.abc import Iterable

import numpy as np

from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError
from voc_nlp.schema import Comment
from voc_nlp.topics.assign import assign_texts
from voc_nlp.topics.counting import count_comments, first_learnt
from voc_nlp.topics.editing import check_splittable, next_id, split
from voc_nlp.topics.learnt import describe, learn
from voc_nlp.topics.material import SAMPLE_SIZE, gather
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme, ThemeKind


def split_theme(
    model: ThemeModel, theme_id: str, comments: Iterable[Comment], embedder: Embedder, *, parts: int = 2
) -> ThemeModel:
    """Split a theme by what its comments have in common.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of a learnt theme in use.
    comments : Iterable[Comment]
        Comments to learn the parts from; those of other themes are passed over.
    embedder : Embedder
        The encoder that the themes were fitted with.
    parts : int
        Number of parts; there are fewer, two at least, where the comments are alike.

    Returns
    -------
    ThemeModel
        Where the theme has become a group of its parts. Other themes stay as they are.

    Raises
    ------
    InputError
        If the theme cannot be split, too few of its comments are among those given, or the
        encoder is another one.
    """
    from threadpoolctl import threadpool_limits

    model.check_encoder(embedder)
    check_splittable(model, theme_id)
    if parts < 2:
        raise InputError(f"a theme was to be split into {parts} parts; expected two or more")
    with threadpool_limits(1):  # sums in another order have other last digits
        material = gather(comments, embedder, model.dictionary, seed=model.seed, sample_size=SAMPLE_SIZE)
        found = assign_texts(model, material.comments, material.texts, embedder, vectors=material.vectors)
        place = [theme.id for theme in model.themes].index(theme_id)
        rows = np.flatnonzero(first_learnt(model, found) == place).tolist()
        if len(rows) < 2 * parts:
            raise InputError(
                f"{len(rows)} of {len(material.comments)} comments belong to {theme_id} first of all; "
                f"expected at least {2 * parts} to find {parts} parts. Give more comments."
            )
        inside = material.pick(rows)
        vectors = model.bare(inside.vectors, inside.languages)
        learnt, groups = learn(inside, vectors, parts)
        if learnt.count < 2:
            raise InputError(f"the comments of {theme_id} are all alike; expected some that differ")
        themes: list[Theme] = []
        for number, text in enumerate(describe(inside, vectors, groups, learnt, embedder)):
            new_id = next_id([*model.themes, *themes], model.history, ThemeKind.LEARNT)
            themes.append(Theme(new_id, text.label, int((groups == number).sum()), text.keywords))
        changed = split(model, theme_id, themes, [learnt.of(number) for number in range(learnt.count)])
        found = assign_texts(changed, material.comments, material.texts, embedder, vectors=material.vectors)
        return count_comments(changed, material, found, {theme.id for theme in themes})
