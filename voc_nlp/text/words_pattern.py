"""Compile a list of words into one pattern that finds the longest of them at word boundaries."""

import re
from collections.abc import Collection, Iterable, Mapping

_RUNS = ("A-Za-z0-9", "ァ-ヺー")
"""Letters of which a longer run is another word: card in cardigan, カー in カーテン."""

_END = ""
_Node = dict[str, "_Node"]


def compile_words(
    words: Iterable[str], *, after: Mapping[str, str] | None = None, open_start: Collection[str] = ()
) -> re.Pattern[str] | None:
    """Build the pattern of a list of words.

    Parameters
    ----------
    words : Iterable[str]
        Words and phrases; a space in them stands for any white space.
    after : Mapping[str, str] | None
        Patterns that must match after a word, in place of its boundary.
    open_start : Collection[str]
        Words that may begin inside a longer run of letters.

    Returns
    -------
    re.Pattern[str] | None
        Finds the longest word at every place, Latin letters in whatever case. Where a
        word begins or ends with a Latin letter or digit, or with katakana, no such
        letter may stand beside it; kanji and hiragana are found anywhere. None when
        there are no words. The words are a tree, so that a search takes the time of
        the text and not of the list.
    """
    strict: _Node = {}
    loose: _Node = {}
    tails: dict[str, str] = {}
    for word in dict.fromkeys(words):
        if not word:
            continue
        plain = word.lower()
        node = loose if word in open_start else strict
        for letter in plain:
            node = node.setdefault(letter, {})
        node[_END] = {}
        run = _run_of(plain[-1])
        tails[plain] = (after or {}).get(word, f"(?![{run}])" if run else "")
    branches: list[str] = []
    for tree, closed in ((strict, True), (loose, False)):
        for first, below in tree.items():
            run = _run_of(first) if closed else ""
            guard = (
                f"(?<![{run}].)" if run else ""
            )  # after the letter: a search can then jump to first letters
            rest = guard + _write(below, first, tails)
            branches += [re.escape(letter) + rest for letter in {first: 0, first.upper(): 0}]
    return re.compile("|".join(branches)) if branches else None


def _run_of(letter: str) -> str:
    """Return the letters that may not stand beside one, empty for none."""
    return next((run for run in _RUNS if re.match(f"[{run}]", letter)), "")


def _write(node: _Node, before: str, tails: Mapping[str, str]) -> str:
    """Write what may follow the beginning of words: longer words first, the end of a word last."""
    branches = []
    for letter, below in node.items():
        if letter != _END:
            branches.append(_write_letter(letter) + _write(below, before + letter, tails))
    if _END in node:
        branches.append(tails[before])
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _write_letter(letter: str) -> str:
    if letter == " ":
        return r"\s+"
    upper = letter.upper()
    return re.escape(letter) if upper == letter or len(upper) > 1 else f"[{letter}{upper}]"
