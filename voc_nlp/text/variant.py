"""Bring spelling variants of one word to one form, so that a theme counts them once."""

import re
from functools import lru_cache

from voc_nlp.text.wordlists import read_lines

_KATAKANA_WORD = re.compile("[ァ-ヺー・]+")
_SHORTEST_WITH_BAR = 4
"""カー and キー need their bar; サーバー does not."""


@lru_cache(maxsize=65_536)
def canonical_form(lemma: str) -> str:
    """Return the one form that stands for all spellings of a word.

    Parameters
    ----------
    lemma : str
        Dictionary form as a tokenizer gives it.

    Returns
    -------
    str
        The table's form (引越し and 引っ越し are one), katakana words of four characters
        and more without a final ー, English in lower case with British spelling undone;
        anything else as it was.
    """
    known = _CANONICAL.get(lemma)
    if known is not None:
        return known
    if _KATAKANA_WORD.fullmatch(lemma):
        plain = lemma.replace("ヴァ", "バ").replace("ヴィ", "ビ").replace("ヴェ", "ベ").replace("ヴォ", "ボ")
        plain = plain.replace("ヴ", "ブ").replace("・", "") or lemma
        if len(plain) >= _SHORTEST_WITH_BAR and plain.endswith("ー"):
            plain = plain[:-1]
        return _CANONICAL.get(plain, plain)
    if lemma.isascii():
        lower = lemma.lower()
        return _CANONICAL.get(lower, lower)
    return lemma


def _read_table() -> dict[str, str]:
    """Read the table: the first word of a line stands for all others."""
    table: dict[str, str] = {}
    for line in read_lines("variants.txt"):
        head, *others = line.split(",")
        for word in (head, *others):
            table[word.strip()] = head.strip()
    return table


_CANONICAL = _read_table()
