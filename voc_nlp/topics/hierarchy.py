"""Which theme stands below which: paths, levels, sums."""

from collections.abc import Sequence
from dataclasses import replace

from voc_nlp.topics.theme import Theme, ThemeKind

MOST_LEVELS = 3
"""Levels of the hierarchy: a group, a theme in it, a part of that theme."""


def path_of(themes: Sequence[Theme], theme_id: str) -> list[str]:
    """List a theme and all above it.

    Parameters
    ----------
    themes : Sequence[Theme]
        All themes, without a circle.
    theme_id : str
        Id of one of them.

    Returns
    -------
    list[str]
        Ids, from the theme upwards.
    """
    parents = {theme.id: theme.parent for theme in themes}
    path = [theme_id]
    while (parent := parents[path[-1]]) is not None:
        path.append(parent)
    return path


def height_of(themes: Sequence[Theme], theme_id: str) -> int:
    """Count the levels from a theme down.

    Parameters
    ----------
    themes : Sequence[Theme]
        All themes, without a circle.
    theme_id : str
        Id of one of them.

    Returns
    -------
    int
        1 where nothing stands below it.
    """
    return 1 + max((height_of(themes, one.id) for one in themes if one.parent == theme_id), default=0)


def subtree_of(themes: Sequence[Theme], theme_id: str) -> list[str]:
    """List a theme and all below it.

    Parameters
    ----------
    themes : Sequence[Theme]
        All themes, without a circle.
    theme_id : str
        Id of one of them.

    Returns
    -------
    list[str]
        Ids, level by level.
    """
    found = [theme_id]
    for one in found:
        found += [theme.id for theme in themes if theme.parent == one]
    return found


def leaves_of(themes: Sequence[Theme], theme_id: str) -> list[Theme]:
    """List the learnt themes in use from a theme down.

    Parameters
    ----------
    themes : Sequence[Theme]
        All themes, without a circle.
    theme_id : str
        Id of one of them.

    Returns
    -------
    list[Theme]
        In the order of `themes`.
    """
    inside = set(subtree_of(themes, theme_id))
    return [
        theme
        for theme in themes
        if theme.kind is ThemeKind.LEARNT and not theme.archived and theme.id in inside
    ]


def find_misplaced(themes: Sequence[Theme]) -> str | None:
    """Find a theme that stands nowhere.

    Parameters
    ----------
    themes : Sequence[Theme]
        All themes.

    Returns
    -------
    str | None
        What is wrong with its place; None where every path leads to the top within `MOST_LEVELS` levels.
    """
    parents = {theme.id: theme.parent for theme in themes}
    for theme in themes:
        above, levels = theme.parent, 1
        while above is not None:
            levels += 1
            if above not in parents:
                return f"{theme.id} stands below {above!r}, which is none of the themes"
            if levels > MOST_LEVELS:
                return f"{theme.id} stands below more than {MOST_LEVELS - 1} others, or below itself"
            above = parents[above]
    return None


def sum_groups(themes: Sequence[Theme]) -> list[Theme]:
    """Give groups the sizes of what stands below them.

    Parameters
    ----------
    themes : Sequence[Theme]
        All themes, without a circle.

    Returns
    -------
    list[Theme]
        The same, the groups with the sums of the learnt themes in use below them.
    """
    below: dict[str, list[Theme]] = {}
    for theme in themes:
        if theme.kind is ThemeKind.LEARNT and not theme.archived:
            for above in path_of(themes, theme.id):
                below.setdefault(above, []).append(theme)
    return [
        _sum_up(theme, below.get(theme.id, [])) if theme.kind is ThemeKind.GROUP else theme
        for theme in themes
    ]


def without_empty_groups(themes: Sequence[Theme]) -> list[Theme]:
    """Leave out groups that nothing stands below and that no person made, named or pinned.

    Parameters
    ----------
    themes : Sequence[Theme]
        Themes, of which a parent may be missing.

    Returns
    -------
    list[Theme]
        The others; what stood below a missing theme stands at the top.
    """
    kept = list(themes)
    while True:
        parents = {theme.parent for theme in kept}
        fewer = [
            theme for theme in kept if theme.kind is not ThemeKind.GROUP or theme.id in parents or theme.held
        ]
        if len(fewer) == len(kept):
            break
        kept = fewer
    known = {theme.id for theme in kept}
    return [theme if theme.parent in known else replace(theme, parent=None) for theme in kept]


def _sum_up(group: Theme, below: Sequence[Theme]) -> Theme:
    return replace(
        group,
        size=sum(theme.size for theme in below),
        languages={lang: sum(theme.languages.get(lang, 0) for theme in below) for lang in ("ja", "en")},
    )
