"""A word with what stands around it (KWIC), in every comment that holds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from voc_nlp.errors import InputError, RecordError
from voc_nlp.schema import Comment, Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.normalize import normalize
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.topics.queries.documents import form_of

WIDTH = 30
"""Characters shown on each side of a word."""


@dataclass(frozen=True, slots=True)
class ContextLine:
    """One place where a word stands.

    Parameters
    ----------
    id : str
        Id of the comment.
    language : Language
        Its language.
    start, end : int
        Place of the word in the comment as it was sent, in Unicode code points.
    left, word, right : str
        What stands before it, the word as written, what stands after it; in one line.
    """

    id: str
    language: Language
    start: int
    end: int
    left: str
    word: str
    right: str


def find_in_context(
    comments: Sequence[Comment],
    word: str,
    *,
    width: int = WIDTH,
    most: int | None = None,
    dictionary: Dictionary | None = None,
) -> tuple[ContextLine, ...]:
    """Find a word in comments, in all its forms and spellings.

    Parameters
    ----------
    comments : Sequence[Comment]
        The comments; those that cannot be read are passed over.
    word : str
        One word, or several in a row: 届く finds 届きません, 引越し finds 引っ越し, ``late`` finds "Late".
    width : int
        Characters to show on each side, at least 1.
    most : int | None
        Places to find at most, the first ones; all when None.
    dictionary : Dictionary | None
        The tenant's compounds, which are not cut, and synonyms of single words.

    Returns
    -------
    tuple[ContextLine, ...]
        In the order of the comments and of reading.

    Raises
    ------
    InputError
        If the word is empty or `width` below 1.
    """
    words = dictionary or Dictionary.empty()
    plain = normalize(word).text.strip()
    if not plain or width < 1:
        raise InputError(
            f"a word of {len(plain)} characters and a width of {width} were given; expected at least 1 of "
            "each. Name a word."
        )
    sought = {language: _forms(plain, language, words) for language in (Language.JA, Language.EN)}
    found: list[ContextLine] = []
    for comment in comments:
        try:
            text = prepare(comment.text, comment.lang)
        except RecordError:
            continue
        for start, end in _places(text, sought[text.language], words):
            if most is not None and len(found) == most:
                return tuple(found)
            found.append(_show(comment.id, text, start, end, width))
    return tuple(found)


def _forms(text: str, language: Language, dictionary: Dictionary) -> list[str]:
    """Cut a text into words, each in the form in which its spellings are equal."""
    return [_form(token.surface, form_of(token), dictionary) for token in dictionary.cut(text, language)]


def _form(surface: str, form: str, dictionary: Dictionary) -> str:
    """Put the tenant's preferred word in the place of a synonym."""
    for spelling in (surface, form):
        preferred = dictionary.apply_synonyms(spelling)
        if preferred != spelling:
            return preferred.lower()
    return form


def _places(text: PreparedText, sought: Sequence[str], dictionary: Dictionary) -> list[tuple[int, int]]:
    """Find a run of words in a text; places in the normalized text."""
    if not sought:
        return []
    tokens = dictionary.cut(text.normalized.text, text.language)
    forms = [_form(token.surface, form_of(token), dictionary) for token in tokens]
    length = len(sought)
    return [
        (tokens[place].start, tokens[place + length - 1].end)
        for place in range(len(forms) - length + 1)
        if forms[place : place + length] == list(sought)
    ]


def _show(comment_id: str, text: PreparedText, start: int, end: int, width: int) -> ContextLine:
    """Cut out a place of the comment as it was sent."""
    first, last = text.normalized.original_span(start, end)
    left, word, right = (
        text.original[max(0, first - width) : first],
        text.original[first:last],
        text.original[last : last + width],
    )
    return ContextLine(
        comment_id, text.language, first, last, *(part.replace("\n", " ") for part in (left, word, right))
    )
