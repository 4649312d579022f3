"""Fit themes on comments, anew or after an older model, and split one."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError
from voc_nlp.schema import Comment, Language
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.assign import assign_texts
from voc_nlp.topics.clustering import cluster, join_alike, prototypes_of
from voc_nlp.topics.editing import next_id, split
from voc_nlp.topics.lineage import Descent, DescentKind, trace
from voc_nlp.topics.material import (
    SAMPLE_SIZE,
    Material,
    bare_vectors,
    find_circumstances,
    gather,
)
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.naming.describe import ThemeDescription, describe_themes
from voc_nlp.topics.naming.representatives import representatives
from voc_nlp.topics.receipt import hash_comments, hash_table, versions
from voc_nlp.topics.theme import Theme, ThemeKind

UNASSIGNED_SHARE = 0.08
"""Share of the fitted comments that the threshold leaves without a theme; of new ones about a tenth."""

_LEAST_GROUPED = 10
"""Fewer themes than this are not put into groups."""

_LEAST_NEW = 5
"""Comments that a theme needs which is added to a model."""

_ADDED_NEARNESS = 0.9
"""How near to its prototypes an added theme's comments must be, compared with those of the other themes."""


@dataclass(frozen=True, slots=True)
class _Learnt:
    """Themes as arrays, before they have names: row i of `rows` belongs to theme `owners[i]`."""

    rows: NDArray[np.float32]
    owners: NDArray[np.int64]


def fit_themes(
    comments: Sequence[Comment],
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
    comments : Sequence[Comment]
        Comments in Japanese, English or both; noise and unusable ones are left out of the fit.
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
        Its threshold leaves about a tenth of the comments without a theme; its receipt says
        what it was made of.

    Raises
    ------
    InputError
        If fewer than `voc_nlp.topics.material.LEAST_COMMENTS` comments are usable, or
        `add_only` is asked for without `previous`.
    """
    if add_only and previous is None:
        raise InputError("add_only was given without an older model; expected one to add to")
    words = dictionary or (previous.dictionary if previous else Dictionary.empty())
    material = gather(comments, embedder, words, seed=seed, sample_size=sample_size)
    if previous is None:
        model = _fit_first(material, embedder, seed=seed, most_themes=most_themes, encoder=encoder)
        model = replace(model, dictionary=words)
    else:
        base = replace(previous, dictionary=words, seed=seed)
        model = _fit_again(base, material, embedder, most_themes=most_themes, add_only=add_only)
    model = _count(model, material, embedder)
    settings = {"most_themes": most_themes, "add_only": add_only, "sample_size": sample_size}
    return replace(model, receipt=_write_receipt(model, comments, material, embedder, settings, previous))


def split_theme(
    model: ThemeModel, theme_id: str, comments: Sequence[Comment], embedder: Embedder, *, parts: int = 2
) -> ThemeModel:
    """Split a theme by what its comments have in common.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of a learnt theme in use.
    comments : Sequence[Comment]
        Comments to learn the parts from; those of other themes are passed over.
    embedder : Embedder
        The encoder that the themes were fitted with.
    parts : int
        Number of parts.

    Returns
    -------
    ThemeModel
        Where the theme has become a group of its parts.

    Raises
    ------
    InputError
        If the theme cannot be split, or too few of its comments are among those given.
    """
    model.find(theme_id)
    if parts < 2:
        raise InputError(f"a theme was to be split into {parts} parts; expected two or more")
    material = gather(comments, embedder, model.dictionary, seed=model.seed, sample_size=SAMPLE_SIZE)
    found = assign_texts(model, material.comments, material.texts, embedder, vectors=material.vectors)
    learnt_ids = {theme.id for theme in model.themes if theme.kind is ThemeKind.LEARNT}
    main = [next((one.id for one in themes if one.id in learnt_ids), None) for themes in found]
    rows = [row for row, one in enumerate(main) if one == theme_id]
    if len(rows) < 2 * parts:
        raise InputError(
            f"{len(rows)} of the {len(comments)} comments belong to {theme_id} first of all; "
            f"expected at least {2 * parts} to find {parts} parts. Give more comments."
        )
    vectors = bare_vectors(material, model.circumstances)[rows]
    terms = [material.terms[row] for row in rows]
    groups = cluster([[term.key for term in one] for one in terms], vectors, parts)
    if groups.max() == 0:
        raise InputError(f"the comments of {theme_id} are all alike; expected some that differ")
    learnt = _Learnt(*prototypes_of(vectors, groups))
    inside = replace_rows(material, rows)
    described = _describe(inside, vectors, groups, learnt, embedder)
    themes: list[Theme] = []
    for part, text in enumerate(described):
        taken = [*model.themes, *themes]
        themes.append(
            Theme(
                next_id(taken, model.history, ThemeKind.LEARNT),
                text.label,
                int((groups == part).sum()),
                text.keywords,
            )
        )
    pieces = [learnt.rows[learnt.owners == part] for part in range(len(themes))]
    counted = _count(split(model, theme_id, themes, pieces), material, embedder)
    before = {theme.id: theme for theme in model.themes if theme.id != theme_id}
    kept = [
        replace(
            theme,
            size=before[theme.id].size,
            languages=before[theme.id].languages,
            representatives=before[theme.id].representatives,
        )
        if theme.id in before
        else theme
        for theme in counted.themes
    ]
    return replace(counted, themes=kept)


def describe_again(model: ThemeModel, comments: Sequence[Comment], embedder: Embedder) -> ThemeModel:
    """Name the learnt themes anew, where no person did, and choose their key words; nothing moves.

    Parameters
    ----------
    model : ThemeModel
        The themes, for instance with another dictionary.
    comments : Sequence[Comment]
        Comments to take the words from.
    embedder : Embedder
        The encoder that the themes were fitted with.

    Returns
    -------
    ThemeModel
        With other names and key words.
    """
    material = gather(comments, embedder, model.dictionary, seed=model.seed, sample_size=SAMPLE_SIZE)
    places = [place for place, theme in enumerate(model.themes) if theme.kind is ThemeKind.LEARNT]
    vectors = bare_vectors(material, model.circumstances)
    labels = _nearest(model, material.vectors, places)
    keep = np.isin(model.owners, places)
    learnt = _Learnt(model.prototypes[keep], np.searchsorted(places, model.owners[keep]))
    described = _describe(material, vectors, labels, learnt, embedder)
    themes = list(model.themes)
    for place, text in zip(places, described, strict=True):
        theme = themes[place]
        themes[place] = replace(
            theme, keywords=text.keywords, label=theme.label if theme.renamed else text.label
        )
    return replace(model, themes=themes, revision=model.revision + 1)


def replace_rows(material: Material, rows: Sequence[int]) -> Material:
    """Keep some of the comments.

    Parameters
    ----------
    material : Material
        The comments.
    rows : Sequence[int]
        Places of those to keep.

    Returns
    -------
    Material
        The others left out.
    """
    return replace(
        material,
        comments=tuple(material.comments[row] for row in rows),
        texts=tuple(material.texts[row] for row in rows),
        vectors=material.vectors[list(rows)],
        terms=tuple(material.terms[row] for row in rows),
    )


def _fit_first(
    material: Material, embedder: Embedder, *, seed: int, most_themes: int | None, encoder: str
) -> ThemeModel:
    """Fit themes where there were none."""
    circumstances = find_circumstances(embedder)
    vectors = bare_vectors(material, circumstances)
    count = most_themes or _choose_count(len(vectors))
    groups = cluster([[term.key for term in one] for one in material.terms], vectors, count)
    learnt = _Learnt(*prototypes_of(vectors, groups))
    labels, threshold = _settle(vectors, learnt)
    sizes = np.bincount(labels[labels >= 0], minlength=int(groups.max()) + 1)
    order = np.argsort(-sizes, kind="stable")
    learnt, labels = _reorder(learnt, labels, order)
    described = _describe(material, vectors, labels, learnt, embedder)
    themes = [
        Theme(f"theme-{rank:03d}", text.label, int(size), text.keywords)
        for rank, (text, size) in enumerate(zip(described, sizes[order], strict=True), start=1)
    ]
    groups_of, heads = _group(material, vectors, labels, learnt, themes, embedder)
    model = ThemeModel(
        [*groups_of, *heads],
        learnt.rows,
        circumstances,
        threshold=threshold,
        encoder=encoder,
        seed=seed,
        owners=learnt.owners,
        probe=probe_encoder(embedder),
    )
    first = [Descent(1, theme.id, DescentKind.NEW, {}, theme.label) for theme in model.themes]
    return replace(model, history=first)


def _fit_again(
    previous: ThemeModel, material: Material, embedder: Embedder, *, most_themes: int | None, add_only: bool
) -> ThemeModel:
    """Fit the themes that nobody holds anew, and tell which is which."""
    vectors = bare_vectors(material, previous.circumstances)
    learnt = [place for place, theme in enumerate(previous.themes) if theme.kind is ThemeKind.LEARNT]
    corrected = set(previous.corrections.values())
    held = [
        place
        for place in learnt
        if add_only or previous.themes[place].held or previous.themes[place].id in corrected
    ]
    before = _nearest(previous, material.vectors, learnt, threshold=previous.threshold)
    before = np.where(before >= 0, np.asarray([*learnt, -1])[before], -1)
    free = np.flatnonzero((before < 0) if add_only else ~np.isin(before, held))
    loose = [place for place in learnt if place not in held]
    count = (most_themes or _choose_count(len(vectors))) - len(held)
    if add_only:
        count = max(2, len(free) // (2 * _LEAST_NEW))
    new, now = _learn_free(material, vectors, free, min(count, len(free) // 2))
    if add_only:
        new, now = _keep_dense(new, now, vectors, free, previous)
    old_of = {place: number for number, place in enumerate(loose)}
    old = np.asarray([old_of.get(place, -1) for place in before[free].tolist()], dtype=np.int64)
    total = int(new.owners.max()) + 1 if len(new.owners) else 0
    origins, vanished = trace(old, now, len(loose), total)
    revision = previous.revision + 1
    inside = replace_rows(material, free.tolist())
    described = _describe(inside, vectors[free], now, new, embedder) if total else []
    kept = [previous.themes[place] for place in range(len(previous.themes)) if place not in loose]
    history = list(previous.history)
    fresh: list[Theme] = []
    for number, (origin, text) in enumerate(zip(origins, described, strict=True)):
        followed = None if origin.keeps is None else previous.themes[loose[origin.keeps]]
        if followed is None:
            taken = [*previous.themes, *fresh]
            theme = Theme(next_id(taken, history, ThemeKind.LEARNT), text.label, 0, text.keywords)
            theme = replace(theme, parent=_nearest_group(previous, new.rows[new.owners == number]))
        else:
            stays = origin.kind in (DescentKind.SAME, DescentKind.GROWN)
            theme = replace(followed, label=followed.label if stays else text.label, keywords=text.keywords)
        fresh.append(theme)
        sources = {previous.themes[loose[one]].id: share for one, share in origin.sources.items()}
        history.append(Descent(revision, theme.id, origin.kind, sources, theme.label))
    for place in vanished:
        gone = previous.themes[loose[place]]
        history.append(Descent(revision, gone.id, DescentKind.VANISHED, {gone.id: 0.0}, gone.label))
    history += [
        Descent(revision, previous.themes[place].id, DescentKind.SAME, {}, previous.themes[place].label)
        for place in held
    ]
    themes = _without_empty_groups([*kept, *fresh])
    rows = {theme.id: previous.prototypes_of(theme.id) for theme in kept}
    rows |= {theme.id: new.rows[new.owners == number] for number, theme in enumerate(fresh)}
    model = _assemble(previous, themes, rows)
    threshold = (
        previous.threshold if add_only else _threshold(model.similarities(material.vectors).max(axis=1))
    )
    return replace(model, threshold=threshold, history=history, revision=revision)


def _learn_free(
    material: Material, vectors: NDArray[np.float32], free: NDArray[np.int64], count: int
) -> tuple[_Learnt, NDArray[np.int64]]:
    """Learn themes from the comments that no held theme takes; the labels are those of the free ones."""
    if count < 1:
        nothing = _Learnt(vectors[:0], np.zeros(0, dtype=np.int64))
        return nothing, np.full(len(free), -1, dtype=np.int64)
    terms = [[term.key for term in material.terms[row]] for row in free.tolist()]
    groups = cluster(terms, vectors[free], count)
    learnt = _Learnt(*prototypes_of(vectors[free], groups))
    return learnt, _settle(vectors[free], learnt)[0]


def _keep_dense(
    learnt: _Learnt,
    labels: NDArray[np.int64],
    vectors: NDArray[np.float32],
    free: NDArray[np.int64],
    previous: ThemeModel,
) -> tuple[_Learnt, NDArray[np.int64]]:
    """Keep the groups that are as large and as close together as themes are."""
    usual = previous.similarities(vectors).max(axis=1)
    usual = usual[usual >= previous.threshold]
    least = _ADDED_NEARNESS * float(np.median(usual)) if len(usual) else previous.threshold
    kept = []
    for group in range(int(learnt.owners.max(initial=-1)) + 1):
        inside = vectors[free[labels == group]]
        own = learnt.rows[learnt.owners == group]
        if len(inside) >= _LEAST_NEW and float((inside @ own.T).max(axis=1).mean()) >= least:
            kept.append(group)
    place = {group: number for number, group in enumerate(kept)}
    stays = np.isin(learnt.owners, kept)
    owners = np.asarray([place[group] for group in learnt.owners[stays].tolist()], dtype=np.int64)
    relabelled = np.asarray([place.get(group, -1) for group in labels.tolist()], dtype=np.int64)
    return _Learnt(learnt.rows[stays], owners), relabelled


def _group(
    material: Material,
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    learnt: _Learnt,
    themes: Sequence[Theme],
    embedder: Embedder,
) -> tuple[list[Theme], list[Theme]]:
    """Put many themes into a few groups: the themes with their parents, and the groups."""
    if len(themes) < _LEAST_GROUPED:
        return list(themes), []
    means = _means(learnt)
    joined = join_alike(means, [theme.size for theme in themes], round(1.3 * math.sqrt(len(themes))))
    members = np.bincount(joined)
    real = np.flatnonzero(members > 1)
    number = {int(group): place for place, group in enumerate(real)}
    above = np.asarray([number.get(int(group), -1) for group in joined], dtype=np.int64)
    of_comments = np.where(labels >= 0, above[np.maximum(labels, 0)], -1)
    heads = _Learnt(*prototypes_of(means, above, most=1))
    described = _describe(material, vectors, of_comments, heads, embedder)
    groups = [
        Theme(f"group-{place + 1:03d}", text.label, 0, text.keywords, kind=ThemeKind.GROUP)
        for place, text in enumerate(described)
    ]
    placed = [
        theme if above[place] < 0 else replace(theme, parent=groups[above[place]].id)
        for place, theme in enumerate(themes)
    ]
    return placed, groups


def _describe(
    material: Material,
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    learnt: _Learnt,
    embedder: Embedder,
) -> list[ThemeDescription]:
    return describe_themes(
        material.texts, vectors, labels.tolist(), _means(learnt), embedder, terms=material.terms
    )


def _means(learnt: _Learnt) -> NDArray[np.float32]:
    """Sum each theme's prototypes up in one unit vector."""
    return prototypes_of(learnt.rows, learnt.owners, most=1)[0]


def _settle(vectors: NDArray[np.float32], learnt: _Learnt) -> tuple[NDArray[np.int64], float]:
    """Label comments by the rule that will assign all others, and choose its threshold."""
    cosines = vectors @ learnt.rows.T
    nearest = cosines.max(axis=1)
    threshold = _threshold(nearest)
    return np.where(nearest >= threshold, learnt.owners[cosines.argmax(axis=1)], -1), threshold


def _threshold(nearest: NDArray[np.float32]) -> float:
    return math.floor(float(np.quantile(nearest, UNASSIGNED_SHARE)) * 1e4) / 1e4


def _reorder(
    learnt: _Learnt, labels: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[_Learnt, NDArray[np.int64]]:
    """Number themes by `order`."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    owners = place[learnt.owners]
    by_owner = np.argsort(owners, kind="stable")
    return _Learnt(learnt.rows[by_owner], owners[by_owner]), np.where(labels >= 0, place[labels], -1)


def _nearest(
    model: ThemeModel,
    vectors: NDArray[np.float32],
    places: Sequence[int],
    *,
    threshold: float = -1.0,
) -> NDArray[np.int64]:
    """Number each comment's nearest theme among some, archived ones included; -1 where none is near."""
    in_use = replace(model, themes=[replace(theme, archived=False) for theme in model.themes])
    cosines = in_use.similarities(vectors)[:, list(places)]
    if not len(places):
        return np.full(len(vectors), -1, dtype=np.int64)
    return np.where(cosines.max(axis=1) >= threshold, cosines.argmax(axis=1), -1)


def _nearest_group(model: ThemeModel, rows: NDArray[np.float32]) -> str | None:
    """Find the group whose themes are the nearest to a new one."""
    inside = [
        (theme, model.prototypes_of(theme.id))
        for theme in model.themes
        if theme.parent is not None
        and theme.kind is ThemeKind.LEARNT
        and model.find(theme.parent).kind is ThemeKind.GROUP
        and not theme.archived
    ]
    if not inside or not len(rows):
        return None
    mean = rows.sum(axis=0)
    return max(inside, key=lambda pair: float((pair[1] @ mean).max()))[0].parent


def _without_empty_groups(themes: Sequence[Theme]) -> list[Theme]:
    """Leave out groups that nothing stands below any more and that no person made."""
    parents = {theme.parent for theme in themes}
    kept = [
        theme for theme in themes if theme.kind is not ThemeKind.GROUP or theme.id in parents or theme.held
    ]
    known = {theme.id for theme in kept}
    return [theme if theme.parent in known else replace(theme, parent=None) for theme in kept]


def _assemble(
    model: ThemeModel, themes: Sequence[Theme], rows: Mapping[str, NDArray[np.float32]]
) -> ThemeModel:
    """Put themes and their prototypes together: learnt ones first, then groups and rules."""
    kinds = list(ThemeKind)
    order = sorted(themes, key=lambda theme: kinds.index(theme.kind))
    parts = [rows[theme.id] for theme in order]
    return replace(
        model,
        themes=order,
        prototypes=np.concatenate([model.prototypes[:0], *parts]),
        owners=np.repeat(np.arange(len(order)), [len(part) for part in parts]),
    )


def _count(model: ThemeModel, material: Material, embedder: Embedder) -> ThemeModel:
    """Give themes their sizes and representatives by the rule that assigns all comments."""
    found = assign_texts(model, material.comments, material.texts, embedder, vectors=material.vectors)
    by_id = {theme.id: place for place, theme in enumerate(model.themes)}
    learnt = {theme.id for theme in model.themes if theme.kind is ThemeKind.LEARNT}
    main = [next((one.id for one in themes if one.id in learnt), None) for themes in found]
    best = np.asarray([-1 if one is None else by_id[one] for one in main], dtype=np.int64)
    languages = np.asarray([text.language.value for text in material.texts])
    means = np.zeros((len(model.themes), model.dimension), dtype=np.float32)
    owners = np.unique(model.owners)
    means[owners] = prototypes_of(model.prototypes, model.owners, most=1)[0]
    chosen = representatives(
        material.texts, bare_vectors(material, model.circumstances), best.tolist(), means
    )
    themes = []
    for place, theme in enumerate(model.themes):
        if theme.kind is not ThemeKind.LEARNT:
            themes.append(theme)
            continue
        inside = Counter(languages[best == place].tolist())
        themes.append(
            replace(
                theme,
                size=sum(inside.values()),
                languages={lang.value: inside.get(lang.value, 0) for lang in (Language.JA, Language.EN)},
                representatives=tuple(material.comments[row].id for row in chosen[place]),
            )
        )
    return replace(model, themes=_sum_groups(themes))


def _sum_groups(themes: Sequence[Theme]) -> list[Theme]:
    """Give groups the sizes of what stands below them."""
    below: dict[str, list[Theme]] = {}
    for theme in themes:
        if theme.parent is not None:
            below.setdefault(theme.parent, []).append(theme)

    def leaves(theme: Theme) -> list[Theme]:
        own = [theme] if theme.kind is ThemeKind.LEARNT else []
        return own + [leaf for child in below.get(theme.id, ()) for leaf in leaves(child)]

    return [
        replace(
            theme,
            size=sum(leaf.size for leaf in leaves(theme)),
            languages={
                lang: sum(leaf.languages.get(lang, 0) for leaf in leaves(theme)) for lang in ("ja", "en")
            },
        )
        if theme.kind is ThemeKind.GROUP
        else theme
        for theme in themes
    ]


def _choose_count(comments: int) -> int:
    """Choose a number of themes: 6 for 50 comments, 32 for 1,700, 79 for 10,000."""
    return max(2, min(comments // 5, round(2.5 * math.sqrt(comments / 10))))


def _write_receipt(
    model: ThemeModel,
    comments: Sequence[Comment],
    material: Material,
    embedder: Embedder,
    settings: Mapping[str, Any],
    previous: ThemeModel | None,
) -> dict[str, Any]:
    """Write down what the fit was made of, and the hash of the table that it gives."""
    found = assign_texts(model, material.comments, material.texts, embedder, vectors=material.vectors)
    table = hash_table([comment.id for comment in material.comments], found)
    return {
        "comments": len(comments),
        "usable": material.usable,
        "read": len(material.comments),
        "sampled": len(material.comments) < material.usable,
        "unassigned": round(sum(not themes for themes in found) / len(found), 4),
        "data_sha256": hash_comments(comments),
        "table_sha256": table,
        "encoder": model.encoder,
        "probe": probe_encoder(embedder),
        "dictionary": model.dictionary.version,
        "previous": None if previous is None else previous.receipt.get("table_sha256"),
        "previous_revision": None if previous is None else previous.revision,
        "seed": model.seed,
        "settings": dict(settings),
        "versions": versions(),
    }
