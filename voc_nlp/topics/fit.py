"""Fit themes on comments: the entrance, and the first fit."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voc_nlp.comparing import take_off
from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError
from voc_nlp.schema import Comment
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.assign import assign_texts
from voc_nlp.topics.clustering import join_alike, prototypes_of, renumber
from voc_nlp.topics.counting import count_comments
from voc_nlp.topics.describing import describe_again
from voc_nlp.topics.editing import use_dictionary
from voc_nlp.topics.learnt import Learnt, choose_count, describe, learn, settle
from voc_nlp.topics.lineage import Descent, DescentKind
from voc_nlp.topics.material import SAMPLE_SIZE, Material, find_centers, gather
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.naming.groups import name_groups
from voc_nlp.topics.receipt import write_receipt
from voc_nlp.topics.refit import add_themes, refit
from voc_nlp.topics.splitting import split_theme
from voc_nlp.topics.theme import Theme, ThemeKind

__all__ = ["describe_again", "fit_themes", "split_theme"]

_LEAST_GROUPED = 10
"""Fewer themes than this are not put into groups."""


def fit_themes(
    comments: Iterable[Comment],
    embedder: Embedder,
    *,
    seed: int = 0,
    most_themes: int | None = None,
    encoder: str = "encoder",
    dictionary: Dictionary | None = None,
    previous: ThemeModel | None = None,
    add_only: bool = False,
    sample_size: int = SAMPLE_SIZE,
) -> ThemeModel:
    """Fit a theme model.

    Parameters
    ----------
    comments : Iterable[Comment]
        Comments in Japanese, English or both, read once and as they come; noise and unusable ones are
        left out of the fit.
    embedder : Embedder
        The encoder.
    seed : int
        Seed of the sample that is read of many comments. Up to `sample_size` nothing is drawn,
        and every seed gives the same themes.
    most_themes : int | None
        Number of learnt themes; chosen from the number of comments when None.
    encoder : str
        Name of the encoder, kept in the model.
    dictionary : Dictionary | None
        The tenant's words; those of `previous` when None.
    previous : ThemeModel | None
        An older model: themes that a person named, pinned, moved, merged, split, archived or gave a
        comment to stay where they are, the others are learnt anew and keep their ids where they hold
        mostly the same comments. The history tells what became of each.
    add_only : bool
        Leave all themes of `previous` where they are, and learn from the comments that none of them takes.
    sample_size : int
        Most comments that the fit reads.

    Returns
    -------
    ThemeModel
        Its threshold leaves about a twentieth of the comments without a theme; its receipt says
        what it was made of.

    Raises
    ------
    InputError
        If fewer than `voc_nlp.topics.material.LEAST_COMMENTS` comments are usable, or
        `add_only` is asked for without `previous`.
    """
    from threadpoolctl import threadpool_limits

    if most_themes is not None and most_themes < 1:
        raise InputError(f"{most_themes} themes were asked for; expected one or more")
    if add_only and previous is None:
        raise InputError("add_only was given without an older model; expected one to add to")
    if previous is not None:
        previous.check_encoder(embedder)
    words = dictionary if dictionary is not None else previous.dictionary if previous else Dictionary.empty()
    with threadpool_limits(1):  # sums in another order have other last digits
        material = gather(comments, embedder, words, seed=seed, sample_size=sample_size)
        if previous is None:
            model = _fit_first(material, embedder, seed=seed, most_themes=most_themes, encoder=encoder)
            model = replace(model, dictionary=words)
        else:
            base = replace(_with_words(previous, words), seed=seed)
            if add_only:
                model = add_themes(base, material, embedder)
            else:
                model = refit(base, material, embedder, most_themes=most_themes)
        found = assign_texts(model, material.comments, material.texts, embedder, vectors=material.vectors)
        model = count_comments(model, material, found)
    settings = {"most_themes": most_themes, "add_only": add_only, "sample_size": sample_size}
    return replace(model, receipt=write_receipt(model, material, found, settings, previous))


def _with_words(previous: ThemeModel, words: Dictionary) -> ThemeModel:
    """Give an older model a dictionary, which is part of the fit and no revision of its own."""
    if words == previous.dictionary:
        return previous
    return replace(use_dictionary(previous, words), revision=previous.revision)


def _fit_first(
    material: Material, embedder: Embedder, *, seed: int, most_themes: int | None, encoder: str
) -> ThemeModel:
    """Fit themes where there were none."""
    centers = find_centers(material)
    vectors = take_off(material.vectors, material.languages, centers)
    learnt, _ = learn(material, vectors, most_themes or choose_count(len(vectors)))
    labels, threshold = settle(vectors, learnt)
    sizes = np.bincount(labels[labels >= 0], minlength=learnt.count)
    order = np.argsort(-sizes, kind="stable")
    learnt, labels = learnt.pick(order.tolist()), renumber(labels, order)
    described = describe(material, vectors, labels, learnt, embedder)
    themes = [
        Theme(f"theme-{rank:03d}", text.label, int(size), text.keywords)
        for rank, (text, size) in enumerate(zip(described, sizes[order], strict=True), start=1)
    ]
    themes = _group(material, vectors, labels, learnt, themes, embedder)
    return ThemeModel(
        themes,
        learnt.rows,
        centers,
        threshold=threshold,
        encoder=encoder,
        seed=seed,
        owners=learnt.owners,
        probe=probe_encoder(embedder),
        history=[Descent(1, theme.id, DescentKind.NEW, {}, theme.label) for theme in themes],
    )


def _group(
    material: Material,
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    learnt: Learnt,
    themes: Sequence[Theme],
    embedder: Embedder,
) -> list[Theme]:
    """Put many themes into a few groups: the themes with their parents, then the groups."""
    if len(themes) < _LEAST_GROUPED:
        return list(themes)
    means = learnt.means
    joined = join_alike(means, [theme.size for theme in themes], round(1.3 * math.sqrt(len(themes))))
    members = np.bincount(joined)
    real = np.flatnonzero(members > 1)
    number = {int(group): place for place, group in enumerate(real)}
    above = np.asarray([number.get(int(group), -1) for group in joined], dtype=np.int64)
    of_comments = np.where(labels >= 0, above[np.maximum(labels, 0)], -1)
    heads = Learnt(*prototypes_of(means, above, most=1))
    described = describe(material, vectors, of_comments, heads, embedder)
    groups = [
        Theme(f"group-{place + 1:03d}", label, 0, text.keywords, kind=ThemeKind.GROUP)
        for place, (text, label) in enumerate(zip(described, name_groups(described), strict=True))
    ]
    placed = [
        theme if above[place] < 0 else replace(theme, parent=groups[above[place]].id)
        for place, theme in enumerate(themes)
    ]
    return [*placed, *groups]
