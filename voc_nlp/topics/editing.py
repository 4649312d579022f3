"""What analysts do to themes: each function takes a model and gives another one, a revision later."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from voc_nlp.errors import InputError
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.hierarchy import MOST_LEVELS, find_misplaced, height_of, path_of, sum_groups
from voc_nlp.topics.lineage import Descent, DescentKind
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.queries.query import parse_query
from voc_nlp.topics.theme import Theme, ThemeKind

MOST_LABEL_CHARACTERS = 80
"""Longest name of a theme in one language."""

_LANGUAGES = ("ja", "en")
_UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def rename(model: ThemeModel, theme_id: str, label: Mapping[str, str]) -> ThemeModel:
    """Give a theme a name; the next fit keeps both.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of the theme.
    label : Mapping[str, str]
        Name by language, ``ja``, ``en`` or both; the other language keeps its name.

    Returns
    -------
    ThemeModel
        With the new name; one that is empty, too long or in another language is an `InputError`.
    """
    theme = model.find(theme_id)
    return _put(model, replace(theme, label={**theme.label, **_read_label(label)}, renamed=True))


def pin(model: ThemeModel, theme_id: str, pinned: bool = True) -> ThemeModel:
    """Hold a theme where it is, or let it go again.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of the theme.
    pinned : bool
        Whether the next fit leaves it as it is.

    Returns
    -------
    ThemeModel
        With the theme pinned or not.
    """
    return _put(model, replace(model.find(theme_id), pinned=pinned))


def archive(model: ThemeModel, theme_id: str, archived: bool = True) -> ThemeModel:
    """Take a theme out of use, or back into it; its comments go to their next theme, if one is near enough.

    Comments that a person gave it go as the others do, until it is back in use.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of the theme.
    archived : bool
        Whether it is out of use.

    Returns
    -------
    ThemeModel
        With the theme archived or not.

    Raises
    ------
    InputError
        If there is no such theme, themes in use stand below it, or it is to come back below
        one that is archived.
    """
    theme = model.find(theme_id)
    below = [one.id for one in model.themes if one.parent == theme_id and not one.archived]
    if archived and below:
        raise InputError(
            f"{theme_id} has {len(below)} themes in use below it ({', '.join(below[:5])}); "
            "expected none. Move or archive those first."
        )
    if not archived and theme.parent is not None and model.find(theme.parent).archived:
        raise InputError(
            f"{theme_id} stands below {theme.parent}, which is archived; expected one in use. "
            f"Take {theme.parent} back into use, or move {theme_id} first."
        )
    return _put(model, replace(theme, archived=archived))


def move(model: ThemeModel, theme_id: str, parent: str | None) -> ThemeModel:
    """Put a theme below another theme or a group, or at the top.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of the theme.
    parent : str | None
        Id of the theme or group above it; None for the top.

    Returns
    -------
    ThemeModel
        With the theme in its new place, where the next fit leaves it.

    Raises
    ------
    InputError
        If either is not there, the parent is a rule theme, archived or stands below the theme, or
        the hierarchy would get more than `voc_nlp.topics.hierarchy.MOST_LEVELS` levels.
    """
    theme = model.find(theme_id)
    if parent is not None:
        above = model.find(parent)
        if above.kind is ThemeKind.RULE:
            raise InputError(f"{parent} is a rule theme; expected a group or a learnt theme above {theme_id}")
        if above.archived and not theme.archived:
            raise InputError(f"{parent} is archived; expected a theme in use above {theme_id}")
        path = path_of(model.themes, parent)
        if theme_id in path:
            raise InputError(f"{parent} stands below {theme_id}, or is it; expected another theme above it")
        levels = len(path) + height_of(model.themes, theme_id)
        if levels > MOST_LEVELS:
            raise InputError(
                f"{theme_id} below {parent} makes {levels} levels; expected at most {MOST_LEVELS}. "
                "Choose a parent further up."
            )
    return _put(model, replace(theme, parent=parent, pinned=True))


def merge(model: ThemeModel, theme_ids: Sequence[str], label: Mapping[str, str] | None = None) -> ThemeModel:
    """Make one theme of several: the first keeps its id and takes what belongs to the others.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_ids : Sequence[str]
        Ids of at least two learnt themes; the first one stays.
    label : Mapping[str, str] | None
        Its new name; the first one's when None.

    Returns
    -------
    ThemeModel
        Where a comment that belonged to one of them belongs to the first, which takes the place of
        the highest of them that it stands below.

    Raises
    ------
    InputError
        If there are fewer than two, one of them twice, one that is not learnt or is archived, or the
        hierarchy would get too many levels.
    """
    if len(set(theme_ids)) < 2 or len(set(theme_ids)) != len(theme_ids):
        raise InputError(f"{len(theme_ids)} themes were given to merge; expected two or more, each once")
    merged = [model.find(theme_id) for theme_id in theme_ids]
    wrong = [theme.id for theme in merged if theme.kind is not ThemeKind.LEARNT or theme.archived]
    if wrong:
        raise InputError(
            f"{', '.join(wrong)} cannot be merged; expected learnt themes in use. "
            "Rules are merged by writing one query, groups by moving themes."
        )
    first, others = merged[0], {theme.id for theme in merged[1:]}
    kept = replace(
        first,
        size=sum(theme.size for theme in merged),
        languages={
            lang: sum(theme.languages.get(lang, 0) for theme in merged)
            for lang in sorted({lang for theme in merged for lang in theme.languages})
        },
        keywords={
            lang: _interleave([theme.keywords.get(lang, ()) for theme in merged]) for lang in _LANGUAGES
        },
        representatives=_interleave([theme.representatives for theme in merged]),
        label={**first.label, **({} if label is None else _read_label(label))},
        parent=_parent_of_merged(model, first.id, others),
        renamed=first.renamed or label is not None,
        pinned=True,
    )
    themes = []
    for theme in model.themes:
        if theme.id in others:
            continue
        one = kept if theme.id == first.id else theme
        themes.append(replace(one, parent=first.id) if one.parent in others else one)
    misplaced = find_misplaced(themes)
    if misplaced:
        raise InputError(
            f"with {', '.join(theme.id for theme in merged)} merged, {misplaced}; "
            f"expected at most {MOST_LEVELS} levels. Move the themes below the merged ones up first."
        )
    changed = _rebuild(
        model,
        themes,
        {theme.id: np.concatenate([model.prototypes_of(one.id) for one in merged]) for theme in merged[:1]},
    )
    corrections = {
        comment: first.id if given in others else given for comment, given in model.corrections.items()
    }
    descent = Descent(
        model.revision + 1, first.id, DescentKind.MERGED, {theme.id: 1.0 for theme in merged}, kept.label
    )
    return replace(changed, corrections=corrections, history=(*model.history, descent))


def split(
    model: ThemeModel, theme_id: str, parts: Sequence[Theme], prototypes: Sequence[NDArray[np.float32]]
) -> ThemeModel:
    """Put parts in a theme's place; it stays as the group above them, so that its counts go on.

    `voc_nlp.topics.splitting.split_theme` finds the parts. A comment that a person gave to the theme
    goes to the nearest part.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of a learnt theme in use.
    parts : Sequence[Theme]
        The parts; their parent is set here.
    prototypes : Sequence[NDArray[np.float32]]
        Prototypes of each part.

    Returns
    -------
    ThemeModel
        With the parts.

    Raises
    ------
    InputError
        If the theme is not a learnt one in use, or stands on the lowest level; if there are fewer than
        two parts, one has no prototypes, or one has an id that is taken.
    """
    check_splittable(model, theme_id)
    theme = model.find(theme_id)
    if len(parts) < 2 or len(prototypes) != len(parts) or not all(map(len, prototypes)):
        raise InputError(
            f"{len(parts)} parts and prototypes for {sum(map(bool, map(len, prototypes)))} were given; "
            "expected two parts or more, each with prototypes"
        )
    taken = {one.id for one in model.themes} | {one.theme for one in model.history}
    if len(taken | {part.id for part in parts}) < len(taken) + len(parts):
        raise InputError("the parts were given ids that themes have or had; expected those of `next_id`")
    placed = [replace(part, parent=theme_id, pinned=True) for part in parts]
    group = replace(theme, kind=ThemeKind.GROUP, pinned=True)
    themes = [group if one.id == theme_id else one for one in model.themes]
    changed = _rebuild(
        model,
        [*themes, *placed],
        {theme_id: prototypes[0][:0], **{p.id: rows for p, rows in zip(placed, prototypes, strict=True)}},
    )
    descents = [
        Descent(
            model.revision + 1,
            part.id,
            DescentKind.SPLIT,
            {theme_id: part.size / max(sum(one.size for one in placed), 1)},
            part.label,
        )
        for part in placed
    ]
    return replace(changed, history=(*model.history, *descents))


def check_splittable(model: ThemeModel, theme_id: str) -> None:
    """Check that a theme can be split.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of the theme.

    Raises
    ------
    InputError
        If it is not a learnt one in use, or stands on the lowest level.
    """
    theme = model.find(theme_id)
    if theme.kind is not ThemeKind.LEARNT or theme.archived:
        raise InputError(f"{theme_id} cannot be split; expected a learnt theme in use")
    if len(path_of(model.themes, theme_id)) >= MOST_LEVELS:
        raise InputError(
            f"{theme_id} stands on level {MOST_LEVELS}, the lowest; expected one above. Move it up first."
        )


def correct(model: ThemeModel, comment_id: str, theme_id: str | None) -> ThemeModel:
    """Say which theme one comment belongs to, whatever the vectors say.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    comment_id : str
        Id of the comment.
    theme_id : str | None
        Id of its theme; None for "no theme".

    Returns
    -------
    ThemeModel
        With the correction, which the next fit keeps.

    Raises
    ------
    InputError
        If there is no such theme, or it is no learnt theme in use.
    """
    if theme_id is not None:
        theme = model.find(theme_id)
        if theme.kind is not ThemeKind.LEARNT or theme.archived:
            raise InputError(f"{theme_id} takes no comments of its own; expected a learnt theme in use")
    return replace(
        model, corrections={**model.corrections, comment_id: theme_id}, revision=model.revision + 1
    )


def withdraw(model: ThemeModel, comment_id: str) -> ThemeModel:
    """Take back what a person said of one comment, so that the vectors speak again.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    comment_id : str
        Id of the comment.

    Returns
    -------
    ThemeModel
        Without the correction, if there was one.
    """
    kept = {comment: theme for comment, theme in model.corrections.items() if comment != comment_id}
    return replace(model, corrections=kept, revision=model.revision + 1)


def add_rule(
    model: ThemeModel, query: str, label: Mapping[str, str], parent: str | None = None
) -> tuple[ThemeModel, Theme]:
    """Add a rule theme.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    query : str
        Its query; see `voc_nlp.topics.queries`.
    label : Mapping[str, str]
        Its name, at least in one language.
    parent : str | None
        Id of the theme or group above it.

    Returns
    -------
    tuple[ThemeModel, Theme]
        The model with it, and the new theme. A query or a name that cannot be read, and a place
        where none can be, is an `InputError`.
    """
    return _add(model, ThemeKind.RULE, label, parent, str(parse_query(query)))


def change_rule(model: ThemeModel, theme_id: str, query: str) -> ThemeModel:
    """Give a rule theme another query.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        Id of a rule theme.
    query : str
        The new query.

    Returns
    -------
    ThemeModel
        With the new query.

    Raises
    ------
    InputError
        If it is no rule theme, or the query cannot be read.
    """
    theme = model.find(theme_id)
    if theme.kind is not ThemeKind.RULE:
        raise InputError(f"{theme_id} is a {theme.kind.value} theme; expected a rule theme")
    return _put(model, replace(theme, query=str(parse_query(query))))


def add_group(
    model: ThemeModel, label: Mapping[str, str], parent: str | None = None
) -> tuple[ThemeModel, Theme]:
    """Add a group, below which themes can be moved.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    label : Mapping[str, str]
        Its name, at least in one language.
    parent : str | None
        Id of the group above it.

    Returns
    -------
    tuple[ThemeModel, Theme]
        The model with it, and the new group. A name that cannot be read, and a place where none
        can be, is an `InputError`.
    """
    return _add(model, ThemeKind.GROUP, label, parent, None)


def use_dictionary(model: ThemeModel, dictionary: Dictionary) -> ThemeModel:
    """Give the themes a tenant's words: synonyms count in the next assignment, key words change at once.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    dictionary : Dictionary
        The words.

    Returns
    -------
    ThemeModel
        With the dictionary. Names that hold a stop word are those of the next fit, or of
        `voc_nlp.topics.describing.describe_again`.
    """
    themes = [
        replace(
            theme,
            keywords={
                lang: tuple(
                    dict.fromkeys(
                        dictionary.apply_synonyms(word) for word in words if word not in dictionary.stop_words
                    )
                )
                for lang, words in theme.keywords.items()
            },
        )
        for theme in model.themes
    ]
    return replace(model, themes=themes, dictionary=dictionary, revision=model.revision + 1)


def next_id(themes: Sequence[Theme], history: Sequence[Descent], kind: ThemeKind) -> str:
    """Make an id that no theme has or had.

    Parameters
    ----------
    themes : Sequence[Theme]
        The themes there are.
    history : Sequence[Descent]
        Where they came from, which names those there were.
    kind : ThemeKind
        Kind of the new one.

    Returns
    -------
    str
        ``theme-001``, ``rule-001`` or ``group-001``.
    """
    prefix = {ThemeKind.LEARNT: "theme", ThemeKind.RULE: "rule", ThemeKind.GROUP: "group"}[kind]
    taken = {theme.id for theme in themes} | {one.theme for one in history}
    taken |= {source for one in history for source in one.sources}
    numbers = [int(one.removeprefix(f"{prefix}-")) for one in taken if _is_numbered(one, prefix)]
    return f"{prefix}-{max(numbers, default=0) + 1:03d}"


def _is_numbered(theme_id: str, prefix: str) -> bool:
    return theme_id.startswith(f"{prefix}-") and theme_id.removeprefix(f"{prefix}-").isdecimal()


def _add(
    model: ThemeModel, kind: ThemeKind, label: Mapping[str, str], parent: str | None, query: str | None
) -> tuple[ThemeModel, Theme]:
    given = _read_label(label)
    either = next(iter(given.values()))
    theme = Theme(
        next_id(model.themes, model.history, kind),
        {lang: given.get(lang, either) for lang in _LANGUAGES},
        0,
        dict.fromkeys(_LANGUAGES, ()),
        kind=kind,
        query=query,
        renamed=True,
        pinned=True,
    )
    descent = Descent(model.revision + 1, theme.id, DescentKind.NEW, {}, theme.label)
    added = replace(model, themes=(*model.themes, theme), history=(*model.history, descent))
    placed = move(added, theme.id, parent)
    return placed, placed.find(theme.id)


def _put(model: ThemeModel, theme: Theme) -> ThemeModel:
    """Replace the theme of the same id."""
    themes = [theme if one.id == theme.id else one for one in model.themes]
    return replace(model, themes=sum_groups(themes), revision=model.revision + 1)


def _rebuild(
    model: ThemeModel, themes: Sequence[Theme], changed: Mapping[str, NDArray[np.float32]]
) -> ThemeModel:
    """Make the model of other themes; prototypes that are not given are those of the same id."""
    rows = [changed[theme.id] if theme.id in changed else model.prototypes_of(theme.id) for theme in themes]
    owners = np.repeat(np.arange(len(themes)), [len(one) for one in rows])
    return replace(
        model,
        themes=sum_groups(themes),
        prototypes=np.concatenate([model.prototypes[:0], *rows]),
        owners=owners,
        revision=model.revision + 1,
    )


def _parent_of_merged(model: ThemeModel, theme_id: str, others: Collection[str]) -> str | None:
    """Find what the first of merged themes stands below: where the highest of them above it stood."""
    path = path_of(model.themes, theme_id)
    highest = max((place for place, above in enumerate(path) if above in others), default=0)
    return model.find(path[highest]).parent


def _interleave(rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """Take the first of each, then the second; as many as the longest has."""
    longest = max(map(len, rows), default=0)
    mixed = [row[place] for place in range(longest) for row in rows if place < len(row)]
    return tuple(dict.fromkeys(mixed))[:longest]


def _read_label(label: Mapping[str, str]) -> dict[str, str]:
    """Check a name that a person gave."""
    unknown = sorted(set(label) - set(_LANGUAGES))
    if unknown or not label:
        raise InputError(
            f"a name in {', '.join(unknown) or 'no language'} was given; expected ja, en or both"
        )
    given = {lang: " ".join(str(name).split()) for lang, name in label.items()}
    for lang, name in given.items():
        if not 0 < len(name) <= MOST_LABEL_CHARACTERS:
            raise InputError(
                f"the name in {lang} has {len(name)} characters; expected 1 to {MOST_LABEL_CHARACTERS}"
            )
        if not any(category(letter)[0] in "LNPS" for letter in name) or _UNUSABLE.search(name):
            raise InputError(f"the name in {lang} is {name!r}; expected one that can be seen and written")
    return given
