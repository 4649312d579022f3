"""Match the words of a query against a text, in Japanese and English."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from voc_nlp.schema import Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.normalize import normalize
from voc_nlp.text.spelling import usual_spelling
from voc_nlp.topics.queries.documents import BETWEEN, Document, Words, read_words, small_letters

_LATIN = re.compile("[a-z0-9]")
_KANJI = re.compile("[一-鿿㐀-䶿々〆ヶ]{2,}")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query, found in all its dictionary forms.

    Parameters
    ----------
    text : str
        As written, without stars.
    open_start : bool
        Written ``*word``: it may begin inside another word.
    open_end : bool
        Written ``word*``: it may end inside another word.
    """

    text: str
    open_start: bool = False
    open_end: bool = False

    def __str__(self) -> str:
        """Return the word as it is written in a query."""
        return "*" * self.open_start + self.text + "*" * self.open_end

    def matches(self, document: Document) -> bool:
        """Say whether a text holds the word.

        Parameters
        ----------
        document : Document
            A text with its words.

        Returns
        -------
        bool
            True where the dictionary forms of the word stand side by side, or its letters
            on the boundaries of words. A word of two and more kanji may also begin or end
            inside one longer word, and goes beyond none: 配送 finds 配送料 and 再配送, 京都
            does not find 東京都.
        """
        if self.open_start or self.open_end:
            spellings = _spellings(self.text)
            return any(_stands(one, document, self.open_start, self.open_end) for one in spellings)
        sought = _sought(self.text, document.language, document.dictionary)
        assert document.words is not None
        return (bool(sought.forms) and sought.forms in document.words.forms) or _stands(
            sought.letters, document, False, False, sought.kanji
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in quotes, found as they are written.

    Parameters
    ----------
    text : str
        What stands between the quotes.
    """

    text: str

    def __str__(self) -> str:
        """Return the phrase in quotes."""
        return f'"{self.text}"'

    def matches(self, document: Document) -> bool:
        """Say whether a text holds the phrase, on the boundaries of words.

        Parameters
        ----------
        document : Document
            A text with its words.

        Returns
        -------
        bool
            Width, case, white space, spelling variants and the tenant's synonyms do not matter.
        """
        sought = _sought(self.text, document.language, document.dictionary)
        return _stands(sought.letters, document, False, False)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A word of a query, cut as the texts of one language and one tenant are."""

    letters: str
    forms: str
    kanji: bool


@lru_cache(maxsize=4_096)
def _sought(text: str, language: Language, dictionary: Dictionary) -> _Sought:
    plain = dictionary.apply_synonyms(_plain(text))
    letters = small_letters(plain)
    forms = read_words(dictionary.cut(plain, language)).forms
    return _Sought(letters, forms if forms != BETWEEN else "", _KANJI.fullmatch(letters) is not None)


@lru_cache(maxsize=4_096)
def _spellings(text: str) -> tuple[str, ...]:
    """Return the beginning or end of a word as written, and in usual spelling."""
    plain = _plain(text)
    return tuple(dict.fromkeys(small_letters(spelling) for spelling in (plain, usual_spelling(plain))))


def _plain(text: str) -> str:
    return _SPACE.sub(" ", normalize(text).text).strip()


def _stands(letters: str, document: Document, open_start: bool, open_end: bool, kanji: bool = False) -> bool:
    """Say whether letters stand somewhere in a text, on boundaries unless an end is open."""
    if not letters or letters.partition(" ")[0] not in document.text:
        return False
    words = document.words
    assert words is not None
    found = _pattern(letters, open_start, open_end).finditer(document.text)
    if document.language is not Language.JA:
        return next(found, None) is not None
    if kanji:
        return any(_inside_one_word(words, *match.span()) for match in found)
    free_start = open_start or not _needs_boundary(letters[0])
    free_end = open_end or not _needs_boundary(letters[-1])
    return any(
        (free_start or _holds(words.starts, match.start())) and (free_end or _holds(words.ends, match.end()))
        for match in found
    )


@lru_cache(maxsize=4_096)
def _pattern(letters: str, open_start: bool, open_end: bool) -> re.Pattern[str]:
    """Return the pattern of letters: any white space for a space, no Latin letter beside a Latin end."""
    before = "" if open_start or not _LATIN.match(letters[0]) else "(?<![a-z0-9])"
    after = "" if open_end or not _LATIN.match(letters[-1]) else "(?![a-z0-9])"
    spelled = r"\s+".join(map(re.escape, letters.split(" ")))
    return re.compile(before + spelled + after)


def _needs_boundary(letter: str) -> bool:
    """Say whether Japanese words must end at a letter; the pattern itself sees to Latin ones."""
    return letter.isalnum() and not _LATIN.match(letter)


def _inside_one_word(words: Words, start: int, end: int) -> bool:
    """Say whether a stretch begins with a word, or lies inside one."""
    index = bisect_left(words.starts, start)
    return index >= len(words.starts) or words.starts[index] == start or words.starts[index] >= end


def _holds(places: tuple[int, ...], place: int) -> bool:
    index = bisect_left(places, place)
    return index < len(places) and places[index] == place
