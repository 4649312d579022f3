"""A tenant's words: stop words, synonyms and compounds that are never cut."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from voc_nlp.errors import DictionaryError
from voc_nlp.schema import Language
from voc_nlp.text.compounds import compile_compounds, join_compounds
from voc_nlp.text.normalize import normalize
from voc_nlp.text.spelling import usual_spelling
from voc_nlp.text.tokenize import JapaneseTokenizer, Token, Tokenizer, tokenizer_for
from voc_nlp.text.words_pattern import compile_words

MAX_WORDS = 20_000
"""Most entries of a dictionary."""

MAX_WORD_CHARACTERS = 60
"""Longest word of a dictionary; longer ones are sentences."""

_SPACE = re.compile(r"\s+")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_KEYS = ("stop_words", "synonyms", "compounds")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words of one tenant; equal when they say the same.

    Words are normalized when they come in: full and half width, case kept, spaces single.

    Parameters
    ----------
    stop_words : frozenset[str]
        Words that say nothing of a theme.
    synonyms : Mapping[str, str]
        From a word to the one that stands for it.
    compounds : frozenset[str]
        Words that are never cut, in Japanese or English (ポイントカード, points card).
    version : str
        The first 16 hexadecimal digits of the content's sha256.

    Raises
    ------
    DictionaryError
        When a word is empty, longer than `MAX_WORD_CHARACTERS` or not valid Unicode, one
        variant has two heads, or there are more than `MAX_WORDS` entries.
    """

    stop_words: frozenset[str] = field(default=frozenset(), compare=False)
    synonyms: Mapping[str, str] = field(default_factory=dict, compare=False)
    compounds: frozenset[str] = field(default=frozenset(), compare=False)
    version: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Normalize the words and derive the version."""
        if len(self.stop_words) + len(self.synonyms) + len(self.compounds) > MAX_WORDS:
            raise DictionaryError(
                f"The dictionary has more than {MAX_WORDS:,} entries. Take out those that no comment holds."
            )
        synonyms: dict[str, str] = {}
        for variant, head in sorted(self.synonyms.items()):
            word, stands_for = read_word(variant), read_word(head)
            if synonyms.setdefault(word, stands_for) != stands_for:
                raise DictionaryError(
                    f"The synonym {word!r} stands for {synonyms[word]!r} and for {stands_for!r}; "
                    "expected one. Take out the other."
                )
        object.__setattr__(self, "stop_words", frozenset(map(read_word, self.stop_words)))
        object.__setattr__(self, "synonyms", synonyms)
        object.__setattr__(self, "compounds", frozenset(map(read_word, self.compounds)))
        content = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        object.__setattr__(self, "version", hashlib.sha256(content.encode("utf-8")).hexdigest()[:16])

    @classmethod
    def empty(cls) -> Self:
        """Return the dictionary without words.

        Returns
        -------
        Self
            What stands for a tenant who has none.
        """
        return cls()

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read the JSON shape that `to_dict` writes.

        Parameters
        ----------
        content : Mapping[str, Any]
            ``stop_words`` and ``compounds`` (lists), ``synonyms`` (an object); each may be missing.

        Returns
        -------
        Self
            The dictionary.

        Raises
        ------
        DictionaryError
            When a key is unknown or a value is of another kind, or as the class says.
        """
        if not isinstance(content, Mapping):
            raise DictionaryError(f"A dictionary is a JSON object; found {type(content).__name__}.")
        unknown = sorted(str(key) for key in content if key not in _KEYS)
        if unknown:
            raise DictionaryError(f"The dictionary has the keys {unknown[:5]}; expected {', '.join(_KEYS)}.")
        synonyms = content.get("synonyms", {})
        if not isinstance(synonyms, Mapping) or not _are_words(synonyms) or not _are_words(synonyms.values()):
            raise DictionaryError("synonyms must be an object from a word to the word that stands for it.")
        lists = {}
        for key in ("stop_words", "compounds"):
            words = content.get(key, [])
            if not isinstance(words, list | tuple) or not _are_words(words):
                raise DictionaryError(f"{key} must be a list of words.")
            lists[key] = frozenset(words)
        return cls(lists["stop_words"], dict(synonyms), lists["compounds"])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape: sorted, so that equal dictionaries look equal.

        Returns
        -------
        dict[str, Any]
            ``stop_words``, ``synonyms`` and ``compounds``.
        """
        return {
            "stop_words": sorted(self.stop_words),
            "synonyms": dict(sorted(self.synonyms.items())),
            "compounds": sorted(self.compounds),
        }

    def apply_synonyms(self, text: str) -> str:
        """Replace every variant by the word that stands for it, the longest first.

        Shipped spelling variants (`usual_spelling`) are rewritten first, in the text as in
        the words. Latin words match whole and in whatever case, katakana words not inside a
        longer run of katakana, kanji and hiragana anywhere; a compound, and a word that
        stands for others, is never broken. A chain of synonyms is followed to its end.

        Parameters
        ----------
        text : str
            A normalized text.

        Returns
        -------
        str
            What is embedded, and where words are counted.
        """
        text = usual_spelling(text)
        if not self.synonyms:
            return text
        pattern, heads = _replacements(self)
        return pattern.sub(lambda match: heads.get(_key(match[0]), match[0]), text)

    def cut(self, text: str, language: Language) -> list[Token]:
        """Cut a text into words; compounds stay whole.

        Parameters
        ----------
        text : str
            A normalized text, best after `apply_synonyms`.
        language : Language
            ``JA``, or any other for the English rules.

        Returns
        -------
        list[Token]
            Tokens in order, offsets in `text`; a compound is one noun.
        """
        tokenizer: Tokenizer = tokenizer_for(language)
        if not self.compounds:
            return tokenizer.tokenize(text)
        japanese, pattern = _compounds(self)
        if language is Language.JA:
            tokenizer = japanese
        return join_compounds(text, tokenizer.tokenize(text), pattern, tokenizer.tokenize)


def read_word(word: str) -> str:
    """Normalize one word of a dictionary.

    Parameters
    ----------
    word : str
        As somebody wrote it.

    Returns
    -------
    str
        The word as it stands in normalized texts.

    Raises
    ------
    DictionaryError
        When it is empty, too long or not valid Unicode.
    """
    if len(word) > MAX_WORD_CHARACTERS:
        raise DictionaryError(
            f"A word has {len(word)} characters ({word[:20]!r}...); expected at most {MAX_WORD_CHARACTERS}."
        )
    if _UNUSABLE.search(word):
        raise DictionaryError("A word holds a NUL character or half of a surrogate pair; write it anew.")
    plain = _SPACE.sub(" ", normalize(word).text).strip()
    if not any(letter.isalnum() for letter in plain):
        raise DictionaryError(f"The word {word!r} holds no letter or digit; expected one. Take it out.")
    if len(plain) > MAX_WORD_CHARACTERS:
        raise DictionaryError(f"The word {word!r} is too long when written out; shorten it.")
    return plain


def final_heads(synonyms: Mapping[str, str]) -> dict[str, str]:
    """Follow chains of synonyms to their end.

    Parameters
    ----------
    synonyms : Mapping[str, str]
        From a variant to the word that stands for it, in comparable spelling.

    Returns
    -------
    dict[str, str]
        The last word of every chain; a word of a cycle stands for itself.
    """
    ends: dict[str, str] = {}
    for word in synonyms:
        seen = {word: 0}
        end = word
        while end in synonyms and synonyms[end] not in seen:
            end = synonyms[end]
            seen[end] = 0
        ends[word] = word if end in synonyms and synonyms[end] != end else end
    return ends


def _are_words(words: Iterable[Any]) -> bool:
    return all(isinstance(word, str) for word in words)


def _key(word: str) -> str:
    """Return the spelling under which a found word is looked up."""
    return _SPACE.sub(" ", word).lower()


@lru_cache(maxsize=32)
def _replacements(dictionary: Dictionary) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return the pattern of all words that matter, and what a variant is replaced by.

    Heads and compounds are found too, and stay: so 見積 does not turn 見積もり into 見積もりもり.
    """
    spelled = {_key(usual_spelling(head)): usual_spelling(head) for head in dictionary.synonyms.values()}
    plain = {
        _key(usual_spelling(variant)): _key(usual_spelling(head))
        for variant, head in dictionary.synonyms.items()
    }
    heads = {variant: spelled.get(end, end) for variant, end in final_heads(plain).items() if variant != end}
    kept = {*spelled, *map(_key, dictionary.compounds), *map(usual_spelling, dictionary.compounds)}
    pattern = compile_words(sorted({*heads, *map(_key, kept)}))
    assert pattern is not None
    return pattern, heads


@lru_cache(maxsize=32)
def _compounds(dictionary: Dictionary) -> tuple[JapaneseTokenizer, re.Pattern[str]]:
    """Return the tokenizer that knows the compounds and their pattern, as written and in usual spelling."""
    words = {spelling for word in dictionary.compounds for spelling in (word, usual_spelling(word))}
    pattern = compile_compounds(words)
    assert pattern is not None
    return JapaneseTokenizer(words), pattern
