"""Puts themes on the wire."""

from typing import Any

from api.themes.listing import Count, Counts
from api.themes.taxonomy import Outcome
from voc_nlp.topics.lineage import Descent
from voc_nlp.topics.theme import Theme

JsonObject = dict[str, Any]


def theme_brief(theme: Theme) -> JsonObject:
    """Put a theme on the wire, without counts.

    Parameters
    ----------
    theme : Theme
        The theme.

    Returns
    -------
    JsonObject
        A `ThemeBrief`.
    """
    return {
        "id": theme.id,
        "kind": theme.kind.value,
        "label": {"ja": theme.label["ja"], "en": theme.label["en"]},
        "parent": theme.parent,
        "query": theme.query,
        "keywords": {lang: list(words) for lang, words in theme.keywords.items()},
        "renamed": theme.renamed,
        "pinned": theme.pinned,
        "archived": theme.archived,
    }


def theme_out(theme: Theme, counts: Counts) -> JsonObject:
    """Put a theme on the wire with its counts.

    Parameters
    ----------
    theme : Theme
        The theme.
    counts : Counts
        What the stored comments say.

    Returns
    -------
    JsonObject
        A `ThemeOut`.
    """
    one = counts.by_theme.get(theme.id, Count())
    return {
        **theme_brief(theme),
        "comments": one.comments,
        "share": share(one.comments, counts.meaningful),
        "languages": {"ja": one.languages.get("ja", 0), "en": one.languages.get("en", 0)},
        "sentiment": None if one.score is None else round(one.score, 4),
        "sentiment_by_language": {lang: round(score, 4) for lang, score in sorted(one.scores.items())},
    }


def outcome_out(outcome: Outcome) -> JsonObject:
    """Put a change on the wire.

    Parameters
    ----------
    outcome : Outcome
        What it did, or would do.

    Returns
    -------
    JsonObject
        A `ChangeOut`.
    """
    return {
        "revision": outcome.revision,
        "dry_run": outcome.dry_run,
        "themes": [theme_brief(theme) for theme in outcome.themes],
        "changes": outcome.changes,
    }


def descent_out(descent: Descent) -> JsonObject:
    """Put a step of a theme's lineage on the wire.

    Parameters
    ----------
    descent : Descent
        The step.

    Returns
    -------
    JsonObject
        A `DescentOut`.
    """
    return descent.to_dict()


def share(part: int, whole: int) -> float | None:
    """Divide two counts.

    Parameters
    ----------
    part : int
        Some of the comments.
    whole : int
        All of them.

    Returns
    -------
    float | None
        None where there are none.
    """
    return round(part / whole, 4) if whole else None
