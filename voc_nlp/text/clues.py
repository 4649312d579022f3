"""What a text must hold for a pattern to match: a cheap look that spares a dear search.

A long list of phrases is searched at every letter of a text, nearly always in
vain. Whether a text holds one of the words without which none of the phrases
can stand is told much sooner.
"""

import importlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Generic, TypeVar

Name = TypeVar("Name")

try:
    _parser: Any = importlib.import_module("re._parser")
except ImportError:  # private to CPython; without it no clue is known, and every pattern is always searched
    _parser = None


class PhraseFinder(Generic[Name]):
    """Compiled patterns by name, each searched only in texts that hold one of its clues.

    Parameters
    ----------
    patterns : Mapping[Name, str]
        Regular expressions whose letters are lower-case.
    flags : int
        Flags of `re`.
    guarded : bool
        False for patterns that begin with letters so rare that a search for them costs less than one
        for clues.
    """

    def __init__(self, patterns: Mapping[Name, str], flags: int = 0, *, guarded: bool = True) -> None:
        self._patterns = {name: re.compile(pattern, flags) for name, pattern in patterns.items()}
        clues = {name: find_clues(pattern) if guarded else () for name, pattern in patterns.items()}
        self._always = frozenset(name for name in patterns if not clues[name])
        every = {clue for some in clues.values() for clue in some}
        self._names = {
            found: frozenset(name for name, some in clues.items() if any(map(found.startswith, some)))
            for found in every
        }
        self._any_clue = re.compile(f"(?=({_any_of(every)}))") if every else None

    def find(self, text: str, lowered: str) -> list[tuple[Name, int, int]]:
        """Find the matches in a text.

        Parameters
        ----------
        text : str
            The text to search.
        lowered : str
            The same with at least its Latin letters in lower case, where the clues are looked for.

        Returns
        -------
        list[tuple[Name, int, int]]
            Pattern, start and end of each match that is not empty, pattern by pattern.
        """
        wanted = self._always
        if self._any_clue is not None:
            wanted = wanted.union(*map(self._names.__getitem__, self._any_clue.findall(lowered)))
        if not wanted:
            return []
        return [
            (name, match.start(), match.end())
            for name, pattern in self._patterns.items()
            if name in wanted
            for match in pattern.finditer(text)
            if match.end() > match.start()
        ]


def lower_latin(text: str) -> str:
    """Lower ASCII letters alone and straighten apostrophes, so that offsets stay.

    Parameters
    ----------
    text : str
        Normalised text.

    Returns
    -------
    str
        Of the same length.
    """
    if text.isascii():
        return text.lower()
    return text.translate(_ASCII_LOWER) if _TO_LOWER.search(text) else text


_TO_LOWER = re.compile("[A-Z\u2019]")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)} | {0x2019: "'"}


def find_clues(pattern: str) -> tuple[str, ...]:
    """Work out strings of which every match of a pattern holds at least one.

    Parameters
    ----------
    pattern : str
        A regular expression.

    Returns
    -------
    tuple[str, ...]
        Shortest first; empty where nothing can be said, as in a Python without `re._parser`.
    """
    if _parser is None:
        return ()
    found = _clues(_parser.parse(pattern)) or frozenset()
    kept: list[str] = []
    for clue in sorted(found, key=lambda clue: (len(clue), clue)):
        if not any(shorter in clue for shorter in kept):
            kept.append(clue)
    return tuple(kept)


def _clues(steps: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """Choose the most telling of what the steps of a pattern ask for one after the other."""
    offers: list[frozenset[str]] = []
    run = ""
    for name, value in steps:
        step = str(name)
        if step == "LITERAL":
            run += chr(value)
            continue
        repeated = _repeated_letter(step, value)
        offers.append(frozenset((run + repeated,)))
        run = repeated  # a match of f+u+ holds fu
        offer = _clues_of_step(step, value)
        if offer:
            offers.append(offer)
    offers.append(frozenset((run,)))
    best = max(offers, key=_tells)
    return None if "" in best else best


def _clues_of_step(step: str, value: Any) -> frozenset[str] | None:
    """Say what one step asks for; None where it asks for nothing certain."""
    if step == "SUBPATTERN":
        return _clues(value[-1])
    if step == "MAX_REPEAT" and value[0] > 0:
        return _clues(value[-1])
    if step == "BRANCH":
        branches = [_clues(branch) for branch in value[1]]
        if all(branches):
            return frozenset().union(*(branch for branch in branches if branch))
    return None


def _repeated_letter(step: str, value: Any) -> str:
    """Give the letter of a step that asks for one letter once or more."""
    if step == "MAX_REPEAT" and value[0] > 0 and len(value[-1]) == 1 and str(value[-1][0][0]) == "LITERAL":
        return chr(value[-1][0][1])
    return ""


def _tells(clues: frozenset[str]) -> tuple[int, int]:
    """Rate clues by the commonest of them; few are better than many."""
    return min(sum(map(_rarity, clue)) for clue in clues), -len(clues)


def _rarity(letter: str) -> int:
    """Rate a letter: spaces are everywhere, signs are rare, and so is any one ideograph."""
    if letter == " ":
        return 1
    return 2 if "a" <= letter <= "z" or "ぁ" <= letter <= "ヺ" else 6


def _any_of(words: Collection[str]) -> str:
    """Write a pattern for the longest of some words; words that begin alike share their beginning."""
    rests: dict[str, list[str]] = {}
    for word in words:
        if word:
            rests.setdefault(word[0], []).append(word[1:])
    if not rests:
        return ""
    branches = "|".join(re.escape(letter) + _any_of(rests[letter]) for letter in sorted(rests))
    return f"(?:{branches})" + ("?" if "" in words else "")
