"""The one way from comments to their themes: learnt themes, rule themes, a person's corrections."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voc_nlp.embedding import Embedder
from voc_nlp.errors import RecordError
from voc_nlp.schema import Analysis, Comment, Language, Refusal, ThemeMatch
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.hierarchy import leaves_of
from voc_nlp.topics.model import MOST_MATCHES, ThemeModel
from voc_nlp.topics.rules import follow, query_of, rules_of
from voc_nlp.topics.theme import Theme, ThemeKind

_CERTAIN = 1.0
"""Similarity of a theme that a rule or a person gave."""


def assign_comments(
    model: ThemeModel,
    comments: Sequence[Comment],
    embedder: Embedder,
    *,
    analyses: Sequence[Analysis | Refusal | None] | None = None,
    most: int = MOST_MATCHES,
) -> list[tuple[ThemeMatch, ...] | Refusal]:
    """Assign comments to themes.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    comments : Sequence[Comment]
        The comments.
    embedder : Embedder
        The encoder that the themes were fitted with.
    analyses : Sequence[Analysis | Refusal | None] | None
        Analysis of each comment, for rule themes that ask for it; see `needs_analysis`.
    most : int
        Learnt themes of one comment, at most.

    Returns
    -------
    list[tuple[ThemeMatch, ...] | Refusal]
        One answer a comment, in order: its themes, best first, empty for none; or why it cannot be read.
    """
    answers: list[tuple[ThemeMatch, ...] | Refusal] = []
    places: list[int] = []
    texts: list[PreparedText] = []
    for place, comment in enumerate(comments):
        try:
            texts.append(prepare(comment.text, comment.lang))
            places.append(place)
            answers.append(())
        except RecordError as error:
            answers.append(Refusal(comment.id, error.code, error.message))
    found = assign_texts(
        model,
        [comments[place] for place in places],
        texts,
        embedder,
        analyses=None if analyses is None else [analyses[place] for place in places],
        most=most,
    )
    for place, themes in zip(places, found, strict=True):
        answers[place] = themes
    return answers


def assign_texts(
    model: ThemeModel,
    comments: Sequence[Comment],
    texts: Sequence[PreparedText],
    embedder: Embedder,
    *,
    vectors: NDArray[np.float32] | None = None,
    analyses: Sequence[Analysis | Refusal | None] | None = None,
    most: int = MOST_MATCHES,
) -> list[tuple[ThemeMatch, ...]]:
    """Assign prepared comments to themes.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    comments : Sequence[Comment]
        The comments.
    texts : Sequence[PreparedText]
        What `prepare` made of each.
    embedder : Embedder
        The encoder that the themes were fitted with.
    vectors : NDArray[np.float32] | None
        Vectors of the normalised texts, where they are known; texts in which the
        dictionary changes something are embedded again.
    analyses : Sequence[Analysis | Refusal | None] | None
        Analysis of each comment; without it rule themes that ask for it are passed over.
    most : int
        Learnt themes of one comment, at most.

    Returns
    -------
    list[tuple[ThemeMatch, ...]]
        Themes of each comment, best first; what a rule or a person gave comes first, with
        similarity 1. A comment that says nothing has none, unless a person gave it one. What a person
        gave to a theme that was split since is in its nearest part; an archived theme takes none.
    """
    usable = [place for place, text in enumerate(texts) if text.meaningful]
    known = None if vectors is None else vectors[usable]
    compared = embed_texts([texts[place] for place in usable], embedder, model.dictionary, known)
    learnt = model.assign(compared, [texts[place].language for place in usable], most=most)
    found: list[tuple[ThemeMatch, ...]] = [()] * len(texts)
    for place, themes in zip(usable, learnt, strict=True):
        found[place] = themes
    if rules := rules_of(model):
        for place in usable:
            analysis = None if analyses is None else analyses[place]
            known_analysis = analysis if isinstance(analysis, Analysis) else None
            ruled = follow(rules, comments[place], known_analysis, model.dictionary)
            given = (_certain(theme, texts[place].language) for theme in ruled)
            found[place] = (*given, *found[place])
    row_of = {place: row for row, place in enumerate(usable)}
    for place, comment in enumerate(comments):
        if comment.id in model.corrections:
            own = compared[row_of[place]] if place in row_of else None
            found[place] = _correct(
                model, found[place], model.corrections[comment.id], own, texts[place].language
            )
    return found


def embed_texts(
    texts: Sequence[PreparedText],
    embedder: Embedder,
    dictionary: Dictionary,
    vectors: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Embed texts as themes compare them: spelling variants and synonyms written alike.

    Parameters
    ----------
    texts : Sequence[PreparedText]
        Prepared texts.
    embedder : Embedder
        The encoder.
    dictionary : Dictionary
        The tenant's words.
    vectors : NDArray[np.float32] | None
        Vectors of the texts as they are, where they are known.

    Returns
    -------
    NDArray[np.float32]
        Unit vectors, shape (n, dimension).
    """
    plain = [text.normalized.text for text in texts]
    alike = [dictionary.apply_synonyms(text) for text in plain]
    if vectors is None:
        return embedder.embed(alike)
    changed = [place for place, text in enumerate(plain) if alike[place] != text]
    if not changed:
        return vectors
    found = vectors.copy()
    found[changed] = embedder.embed([alike[place] for place in changed])
    return found


def needs_analysis(model: ThemeModel) -> bool:
    """Say whether a rule theme asks for the sentiment or another judgement on a comment.

    Parameters
    ----------
    model : ThemeModel
        The themes.

    Returns
    -------
    bool
        True when `assign_comments` should be given analyses.
    """
    return any(query_of(rule).needs_analysis for rule in rules_of(model))


def with_ancestors(
    model: ThemeModel, matches: Sequence[Sequence[ThemeMatch]]
) -> list[tuple[ThemeMatch, ...]]:
    """Add to each comment's themes the themes and groups above them, for counting at every level.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    matches : Sequence[Sequence[ThemeMatch]]
        Themes of each comment.

    Returns
    -------
    list[tuple[ThemeMatch, ...]]
        The same with those above, each once, with the best similarity below it.
    """
    by_id = {theme.id: theme for theme in model.themes}
    answers = []
    for found in matches:
        seen: dict[str, ThemeMatch] = {match.id: match for match in found}
        for match in found:
            theme = by_id.get(match.id)
            lang = "ja" if theme and theme.label.get("ja") == match.label else "en"
            while theme is not None and theme.parent is not None:
                theme = by_id[theme.parent]
                seen.setdefault(theme.id, ThemeMatch(theme.id, theme.label[lang], match.similarity))
        answers.append(tuple(seen.values()))
    return answers


def stand_in(
    model: ThemeModel, theme_id: str, vector: NDArray[np.float32] | None, language: Language
) -> Theme | None:
    """Find the theme that takes a comment which a person gave to one.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    theme_id : str
        The theme that the person gave it to.
    vector : NDArray[np.float32] | None
        Of the comment; None where it says nothing.
    language : Language
        Of the comment.

    Returns
    -------
    Theme | None
        The theme itself, or the nearest part of one that was split since; None while it is archived.
    """
    given = model.find(theme_id)
    if given.archived:
        return None
    parts = leaves_of(model.themes, theme_id) if given.kind is ThemeKind.GROUP else []
    if not parts or vector is None:
        return given
    place = {one.id: number for number, one in enumerate(model.themes)}
    cosines = model.similarities(vector[None], [language])[0]
    return max(parts, key=lambda part: float(cosines[place[part.id]]))


def _correct(
    model: ThemeModel,
    found: tuple[ThemeMatch, ...],
    theme_id: str | None,
    vector: NDArray[np.float32] | None,
    language: Language,
) -> tuple[ThemeMatch, ...]:
    """Put a person's theme in place of the learnt ones; rule themes stay."""
    given = None if theme_id is None else stand_in(model, theme_id, vector, language)
    if theme_id is not None and given is None:
        return found
    rules = {theme.id for theme in model.themes if theme.kind is ThemeKind.RULE}
    ruled = tuple(match for match in found if match.id in rules)
    return ruled if given is None else (_certain(given, language), *ruled)


def _certain(theme: Theme, language: Language) -> ThemeMatch:
    """Make the match of a theme that a rule or a person gave."""
    return ThemeMatch(theme.id, theme.label["ja" if language is Language.JA else "en"], _CERTAIN)
