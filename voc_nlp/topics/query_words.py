"""Match the words of a query against a text, in Japanese and English."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from voc_nlp.schema import Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.normalize import normalize
from voc_nlp.text.spelling import usual_spelling
from voc_nlp.topics.documents import BETWEEN, Document, Words, read_words, small_letters

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
    text, words = document.text, document.words
    if not letters:
        return False
    if " " in letters and ("\n" in text or "  " in text):
        return _stands_parted(letters, document, open_start, open_end)
    place = text.find(letters)
    if place < 0:
        return False
    assert words is not None
    japanese = document.language is Language.JA
    while place >= 0:
        end = place + len(letters)
        if kanji and japanese:
            if _inside_one_word(words, place, end):
                return True
        elif (open_start or _begins(text, place, words, japanese)) and (
            open_end or _ends(text, end, words, japanese)
        ):
            return True
        place = text.find(letters, place + 1)
    return False


def _stands_parted(letters: str, document: Document, open_start: bool, open_end: bool) -> bool:
    """Look for letters whose spaces may be any white space in the text."""
    words = document.words
    assert words is not None
    japanese = document.language is Language.JA
    pattern = r"\s+".join(map(re.escape, letters.split(" ")))
    return any(
        (open_start or _begins(document.text, found.start(), words, japanese))
        and (open_end or _ends(document.text, found.end(), words, japanese))
        for found in re.finditer(pattern, document.text)
    )


def _begins(text: str, place: int, words: Words, japanese: bool) -> bool:
    """Say whether a word begins at a place; Latin letters begin one beside any others."""
    if _LATIN.match(text, place):
        return place == 0 or _LATIN.match(text, place - 1) is None
    return not japanese or _holds(words.starts, place) or not text[place].isalnum()


def _ends(text: str, end: int, words: Words, japanese: bool) -> bool:
    """Say whether a word ends at a place."""
    if _LATIN.match(text, end - 1):
        return _LATIN.match(text, end) is None
    return not japanese or _holds(words.ends, end) or not text[end - 1].isalnum()


def _inside_one_word(words: Words, start: int, end: int) -> bool:
    """Say whether a stretch begins with a word, or lies inside one."""
    index = bisect_left(words.starts, start)
    return index >= len(words.starts) or words.starts[index] == start or words.starts[index] >= end


def _holds(places: tuple[int, ...], place: int) -> bool:
    index = bisect_left(places, place)
    return index < len(places) and places[index] == place
