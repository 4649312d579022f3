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
        The tenant's compounds, which are not cut, and synonyms, which are found as well.

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
    sought = {
        language: [_forms(spelling, language, words) for spelling in _spellings(plain, words)]
        for language in (Language.JA, Language.EN)
    }
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


def _spellings(word: str, dictionary: Dictionary) -> list[str]:
    """List a word and what the tenant holds for the same."""
    head = dictionary.apply_synonyms(word)
    same = [one for one in dictionary.synonyms if dictionary.apply_synonyms(one) == head]
    return list(dict.fromkeys([word, head, *same]))


def _forms(text: str, language: Language, dictionary: Dictionary) -> list[str]:
    """Cut a text into words, each in the form in which its spellings are equal."""
    return [form_of(token) for token in dictionary.cut(text, language)]


def _places(
    text: PreparedText, sought: Sequence[Sequence[str]], dictionary: Dictionary
) -> list[tuple[int, int]]:
    """Find runs of words in a text; places in the normalized text, in order of reading."""
    tokens = dictionary.cut(text.normalized.text, text.language)
    forms = [form_of(token) for token in tokens]
    return sorted(
        {
            (tokens[place].start, tokens[place + len(run) - 1].end)
            for run in sought
            for place in range(len(forms) - len(run) + 1)
            if run and forms[place : place + len(run)] == list(run)
        }
    )


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
