"""Fit themes after an older model: what people hold stays, the rest is learnt anew and keeps its ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voc_nlp.comparing import cosines
from voc_nlp.embedding import Embedder
from voc_nlp.topics.editing import next_id
from voc_nlp.topics.hierarchy import without_empty_groups
from voc_nlp.topics.learnt import (
    Learnt,
    choose_count,
    choose_threshold,
    describe,
    learn,
    nearness_as_new,
    settle,
)
from voc_nlp.topics.lineage import Descent, DescentKind, Origin, trace
from voc_nlp.topics.material import Material
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.naming.describe import ThemeDescription
from voc_nlp.topics.theme import Theme, ThemeKind

_LEAST_NEW = 5
"""Comments that a theme needs which is added to a model."""

_NEAR = 0.9
"""Comments that are nearer to a theme than this share of what is usual in themes are not learnt from."""

_LEAST_GAIN = 0.08
"""How much nearer comments must be to an added theme than to the old ones, on average, each compared as if it
were new. With one subject kept out of the journal's first fit, it was added in 4 of 8 cases, hardly
mixed; on the same comments again nothing is added."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a refit learnt: themes, where each comes from, and the places of old ones that vanished.

    `loose` holds the places of the old themes that `origins` and `vanished` number.
    """

    learnt: Learnt
    described: Sequence[ThemeDescription]
    loose: Sequence[int]
    origins: Sequence[Origin]
    vanished: Sequence[int]


def refit(
    previous: ThemeModel, material: Material, embedder: Embedder, *, most_themes: int | None
) -> ThemeModel:
    """Learn the themes that nobody holds anew, and tell which is which.

    Parameters
    ----------
    previous : ThemeModel
        The older model.
    material : Material
        The comments.
    embedder : Embedder
        The encoder of both.
    most_themes : int | None
        Number of learnt themes in use, held ones among them; chosen when None.

    Returns
    -------
    ThemeModel
        One revision later, not counted yet.
    """
    vectors = previous.bare(material.vectors, material.languages)
    places = learnt_places(previous)
    held = _held_places(previous)
    before = nearest_theme(previous, material, places, threshold=previous.threshold)
    before = np.where(before >= 0, np.asarray([*places, -1])[before], -1)
    free = np.flatnonzero(~np.isin(before, held))
    inside = material.pick(free.tolist())
    in_use = sum(not previous.themes[place].archived for place in held)
    count = (most_themes or choose_count(len(vectors))) - in_use
    learnt, _ = learn(inside, vectors[free], min(count, len(free) // 2))
    now, _ = settle(vectors[free], learnt)
    loose = [place for place in places if place not in held]
    number = {place: one for one, place in enumerate(loose)}
    old = np.asarray([number.get(place, -1) for place in before[free].tolist()], dtype=np.int64)
    origins, vanished = trace(old, now, len(loose), learnt.count)
    described = describe(inside, vectors[free], now, learnt, embedder) if learnt.count else []
    model = _follow(previous, _Found(learnt, described, loose, origins, vanished))
    nearness = _nearness_as_new(previous, held, learnt, vectors, free)
    return replace(model, threshold=choose_threshold(nearness))


def add_themes(previous: ThemeModel, material: Material, embedder: Embedder) -> ThemeModel:
    """Learn themes from the comments that no theme is near to, and leave all others where they are.

    Parameters
    ----------
    previous : ThemeModel
        The older model.
    material : Material
        The comments.
    embedder : Embedder
        The encoder of both.

    Returns
    -------
    ThemeModel
        One revision later, not counted yet; the threshold and all old prototypes are as they were, so
        that a comment leaves its theme only where an added one is nearer.
    """
    vectors = previous.bare(material.vectors, material.languages)
    places = learnt_places(previous)
    least = max(_NEAR * _usual_nearness(previous, material), previous.threshold)
    free = np.flatnonzero(nearest_theme(previous, material, places, threshold=least) < 0)
    inside = material.pick(free.tolist())
    count = max(2, len(free) // (2 * _LEAST_NEW))
    learnt, _ = learn(inside, vectors[free], min(count, len(free) // 2))
    now, _ = settle(vectors[free], learnt)
    learnt, now = _keep_nearer(learnt, now, vectors[free], previous)
    origins = [Origin(None, DescentKind.NEW, {})] * learnt.count
    described = describe(inside, vectors[free], now, learnt, embedder) if learnt.count else []
    return _follow(previous, _Found(learnt, described, (), origins, ()))


def learnt_places(model: ThemeModel) -> list[int]:
    """List where the learnt themes stand in a model.

    Parameters
    ----------
    model : ThemeModel
        The themes.

    Returns
    -------
    list[int]
        Places in `model.themes`, archived ones included.
    """
    return [place for place, theme in enumerate(model.themes) if theme.kind is ThemeKind.LEARNT]


def nearest_theme(
    model: ThemeModel, material: Material, places: Sequence[int], *, threshold: float = -1.0
) -> NDArray[np.int64]:
    """Find each comment's nearest theme among some, archived ones included.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    material : Material
        The comments.
    places : Sequence[int]
        Places in `model.themes` of those to choose from.
    threshold : float
        Least cosine.

    Returns
    -------
    NDArray[np.int64]
        Number in `places`, -1 where none is near enough, shape (n,).
    """
    if not len(places):
        return np.full(len(material.vectors), -1, dtype=np.int64)
    found = _nearness(model, material)[:, list(places)]
    return np.where(found.max(axis=1) >= threshold, found.argmax(axis=1), -1)


def _held_places(model: ThemeModel) -> list[int]:
    """List the learnt themes that stay where they are.

    A person touched them, gave them a comment, or put something below them.
    """
    needed = {*model.corrections.values(), *(theme.parent for theme in model.themes)}
    return [
        place
        for place in learnt_places(model)
        if model.themes[place].held or model.themes[place].id in needed
    ]


def _nearness(model: ThemeModel, material: Material) -> NDArray[np.float32]:
    """Compare comments with all themes, archived ones back in use, so that comments near them can be told."""
    in_use = replace(model, themes=[replace(theme, archived=False) for theme in model.themes])
    return in_use.similarities(material.vectors, material.languages)


def _nearness_as_new(
    previous: ThemeModel,
    held: Sequence[int],
    learnt: Learnt,
    vectors: NDArray[np.float32],
    free: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Tell how near comments are to held and new themes, archived ones included.

    Comments of an archived theme are near to it, and so do not lower the threshold.
    """
    rows = previous.prototypes[np.isin(previous.owners, held)]
    nearest: NDArray[np.float32] = cosines(vectors, rows).max(axis=1, initial=-1)
    if learnt.count:
        nearest[free] = np.maximum(nearest[free], nearness_as_new(vectors[free], learnt))
    return nearest


def _usual_nearness(model: ThemeModel, material: Material) -> float:
    """Measure how near comments are to the theme that takes them."""
    nearest = _nearness(model, material).max(axis=1, initial=-1)
    taken = nearest[nearest >= model.threshold]
    return float(np.median(taken)) if len(taken) else model.threshold


def _keep_nearer(
    learnt: Learnt, labels: NDArray[np.int64], vectors: NDArray[np.float32], previous: ThemeModel
) -> tuple[Learnt, NDArray[np.int64]]:
    """Keep the groups that are large enough and clearly nearer to their comments than the old themes are."""
    before = cosines(vectors, previous.prototypes).max(axis=1, initial=-1)
    kept: list[int] = []
    for number in range(learnt.count):
        own = labels == number
        if own.sum() < _LEAST_NEW:
            continue
        nearness = float(nearness_as_new(vectors[own], learnt.pick([number])).mean())
        if nearness >= max(previous.threshold, float(before[own].mean()) + _LEAST_GAIN):
            kept.append(number)
    place = {number: row for row, number in enumerate(kept)}
    relabelled = np.asarray([place.get(number, -1) for number in labels.tolist()], dtype=np.int64)
    return learnt.pick(kept), relabelled


def _follow(previous: ThemeModel, found: _Found) -> ThemeModel:
    """Put new themes in the place of the loose ones, each under its id, and write down what became of all."""
    revision = previous.revision + 1
    history = list(previous.history)
    fresh: list[Theme] = []
    for number, (origin, text) in enumerate(zip(found.origins, found.described, strict=True)):
        if origin.keeps is None:
            new_id = next_id([*previous.themes, *fresh], history, ThemeKind.LEARNT)
            parent = _nearest_group(previous, found.learnt.of(number))
            theme = Theme(new_id, text.label, 0, text.keywords, parent=parent)
        else:
            old = previous.themes[found.loose[origin.keeps]]
            stays = origin.kind in (DescentKind.SAME, DescentKind.GROWN)
            theme = replace(old, label=old.label if stays else text.label, keywords=text.keywords)
        fresh.append(theme)
        sources = {previous.themes[found.loose[one]].id: share for one, share in origin.sources.items()}
        history.append(Descent(revision, theme.id, origin.kind, sources, theme.label))
    for one in found.vanished:
        gone = previous.themes[found.loose[one]]
        history.append(Descent(revision, gone.id, DescentKind.VANISHED, {gone.id: 0.0}, gone.label))
    kept = [theme for place, theme in enumerate(previous.themes) if place not in found.loose]
    history += [
        Descent(revision, theme.id, DescentKind.SAME, {}, theme.label)
        for theme in kept
        if theme.kind is ThemeKind.LEARNT
    ]
    rows = {theme.id: previous.prototypes_of(theme.id) for theme in kept}
    rows |= {theme.id: found.learnt.of(number) for number, theme in enumerate(fresh)}
    model = _assemble(previous, without_empty_groups([*kept, *fresh]), rows)
    return replace(model, history=history, revision=revision)


def _nearest_group(model: ThemeModel, rows: NDArray[np.float32]) -> str | None:
    """Find the group of the theme that is the nearest to a new one; what people put together stays theirs."""
    mean = rows.sum(axis=0)
    parents = {theme.id: theme for theme in model.themes}
    inside = [
        (theme.parent, model.prototypes_of(theme.id))
        for theme in model.themes
        if theme.kind is ThemeKind.LEARNT and not theme.archived
    ]
    nearest = max(inside, key=lambda pair: float((pair[1] @ mean).max(initial=-1)), default=(None, None))[0]
    if nearest is None or parents[nearest].kind is not ThemeKind.GROUP or parents[nearest].held:
        return None
    return nearest


def _assemble(
    model: ThemeModel, themes: Sequence[Theme], rows: Mapping[str, NDArray[np.float32]]
) -> ThemeModel:
    """Put themes and their prototypes together: old ones as they stood, then new ones; learnt ones first."""
    kinds = list(ThemeKind)
    known = {theme.id: place for place, theme in enumerate(model.themes)}
    order = sorted(themes, key=lambda theme: (kinds.index(theme.kind), known.get(theme.id, len(known))))
    parts = [rows[theme.id] for theme in order]
    return replace(
        model,
        themes=order,
        prototypes=np.concatenate([model.prototypes[:0], *parts]),
        owners=np.repeat(np.arange(len(order)), [len(part) for part in parts]),
    )
