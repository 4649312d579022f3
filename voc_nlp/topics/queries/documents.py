"""A comment as a query sees it: normalized text, its words, and what was found of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from voc_nlp.schema import Analysis, Comment, Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.language import identify_language
from voc_nlp.text.normalize import normalize
from voc_nlp.text.tokenize import Token
from voc_nlp.text.variant import canonical_form

BETWEEN = "\x1f"
"""Stands between dictionary forms; no normalized text holds it."""

_NO_DICTIONARY = Dictionary.empty()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text.

    Parameters
    ----------
    forms : str
        The canonical dictionary form of every word, in order, each between two `BETWEEN`.
    starts : tuple[int, ...]
        Where words begin in the text.
    ends : tuple[int, ...]
        Where words end.
    """

    forms: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A comment made ready to be matched.

    Parameters
    ----------
    comment : Comment
        The comment as it was sent.
    language : Language
        Its language; ``OTHER`` is cut by the English rules.
    text : str
        Its normalized text with the tenant's synonyms applied, in small letters.
    words : Words | None
        Its words; None when they were not asked for.
    dictionary : Dictionary
        The tenant's words, which queries obey too.
    analysis : Analysis | None
        What was found of it, where there is an answer.
    """

    comment: Comment
    language: Language
    text: str
    words: Words | None = None
    dictionary: Dictionary = _NO_DICTIONARY
    analysis: Analysis | None = None


def read_document(
    comment: Comment,
    *,
    dictionary: Dictionary | None = None,
    analysis: Analysis | None = None,
    with_words: bool = True,
) -> Document:
    """Make a comment ready to be matched.

    Parameters
    ----------
    comment : Comment
        The comment.
    dictionary : Dictionary | None
        The tenant's words.
    analysis : Analysis | None
        What was found of it; its language is believed.
    with_words : bool
        Whether to cut the text, which takes most of the time; see `Query.needs_words`.

    Returns
    -------
    Document
        For `Query.matches`.
    """
    known = dictionary or _NO_DICTIONARY
    text = normalize(comment.text).text
    language = identify_language(text, comment.lang) if analysis is None else analysis.language
    text = known.apply_synonyms(text)
    words = read_words(known.cut(text, language)) if with_words else None
    return Document(comment, language, small_letters(text), words, known, analysis)


def read_words(tokens: Sequence[Token]) -> Words:
    """Keep of tokens what queries ask for.

    Parameters
    ----------
    tokens : Sequence[Token]
        The tokens of a text.

    Returns
    -------
    Words
        Their forms and places.
    """
    return Words(
        BETWEEN + "".join(form_of(token) + BETWEEN for token in tokens),
        tuple(token.start for token in tokens),
        tuple(token.end for token in tokens),
    )


def form_of(token: Token) -> str:
    """Return the form in which the inflections and spellings of a word are equal.

    Parameters
    ----------
    token : Token
        A word.

    Returns
    -------
    str
        Its canonical dictionary form in small letters.
    """
    lemma = token.surface if token.surface.isascii() and not token.lemma.isascii() else token.lemma
    return canonical_form(lemma).lower()


def small_letters(text: str) -> str:
    """Write a text in small letters without moving any.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        A text of the same length.
    """
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
