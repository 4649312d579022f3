"""English opinion words: words become one-letter codes of their class, and patterns read the codes."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from voc_nlp.schema import Span
from voc_nlp.sentiment.opinion_words import read_classes

_REACH_AFTER = 120
_REACH_BEFORE = 60
"""Characters read on each side of a term; what stands further off speaks of something else."""

_CODES = {
    "determiner": "d",
    "be": "b",
    "auxiliary": "x",
    "negation": "n",
    "degree": "r",
    "preposition": "p",
    "to": "t",
    "break": "c",
    "pronoun": "i",
    "verb": "v",
    "judging": "j",
    "verdict": "a",
}
_CLASSES = {name: frozenset(words) for name, words in read_classes("opinions_en.txt").items()}
_CODE_OF = {word: code for name, code in reversed(_CODES.items()) for word in _CLASSES[name]}

_WORD = re.compile(r"[A-Za-zÀ-ɏ]+n['’]t\b|['’](?:s|re|m|ve|d|ll)\b|[A-Za-zÀ-ɏ]+(?:-[A-Za-zÀ-ɏ]+)*|[£$€¥]?[0-9][0-9.,:]*(?:%|[A-Za-z]+)?|[^\sA-Za-z0-9]")
_VERDICT_ENDING = re.compile("[a-z]{2,}(?:ful|less|ous|ive|able|ible|ish|iest|ier|ingly)")
_VERB_ENDING = re.compile("[a-z]{2,}ed")
_ADVERB_ENDING = re.compile("[a-z]{3,}ly")

_VERDICT = "(?:r*a(?:c?r*a)?|r*aow)"
_OBJECT = "(?:[di]?r*[oma]{1,3}|[di])?"
_AFTER_VERB = f"(?:p?(?:{_OBJECT}p[dri]*[omai]{{1,2}}|{_OBJECT}(?:r|p(?![a-z]))?))"
_VERB_GROUP = f"(?:(?:[xnbr]|t(?=r*[xbvoj]))*(?:[vj]|(?<=[xn])o|(?<=[xn]r)o)(?:[xb]?n?r*[vj])?{_AFTER_VERB})"
_SAID = re.compile(
    f"b?r*n[br]*(?:d?{_VERDICT}|d?[om]{{1,3}})"
    f"|(?:b[xr]*)(?P<state>d?{_VERDICT}(?:t[voj]o?)?|r*v{_AFTER_VERB}|r*d?[oma]{{1,2}}(?:p[d]*[oma]{{1,2}})?|r*p[d]*[oma]{{1,2}})"
    f"|(?P<act>{_VERB_GROUP})"
    f"|(?P<bare>{_VERDICT})(?=[,.]|$|c)"
)
_OF_NAME = re.compile("(?:(?:p|t)[dr]*[om]{1,3})?(?:i(?=[xvnbj]))?")
_RELATIVE = re.compile("(?:c|d)?i?(?=[xvnbj])")
_MODIFIER = re.compile(f"(?P<said>n?{_VERDICT}|n|cd(?=$))(?:[om]{{0,2}})$")
_OBJECT_OF = re.compile(f"(?P<said>[xn]*r*j)(?:[p]?[dr]*[oma]{{0,2}}(?:po)?[d]?)$")
_ABOUT = re.compile(f"(?P<said>n?r*[aj](?:r?r)?|n?o)(?:p)(?:[dr]*[oma]{{0,2}})$")


def english_opinions(text: str, clause: Span, term: Span) -> list[Span]:
    """Find the opinion words of an English aspect.

    Parameters
    ----------
    text : str
        The normalised comment.
    clause : Span
        The clause that holds the term.
    term : Span
        The aspect's term.

    Returns
    -------
    list[Span]
        The likeliest first; they may overlap.
    """
    return []
