"""English opinion words: words become one-letter codes of their class, and patterns read the codes."""

import re
from collections.abc import Iterator
from functools import lru_cache

from voc_nlp.schema import Span
from voc_nlp.text.wordlists import read_sections

_REACH_AFTER = 80
_REACH_BEFORE = 40
"""Characters read on each side of a term; what stands further off speaks of something else."""

_CODES = {
    "determiner": "d",
    "be": "b",
    "possessive-or-be": "q",
    "auxiliary": "x",
    "negation": "n",
    "degree": "r",
    "off": "f",
    "like": "l",
    "preposition": "p",
    "agent": "y",
    "relative": "k",
    "to": "t",
    "break": "c",
    "pronoun": "i",
    "about": "w",
    "judging": "j",
    "verb": "v",
    "verdict": "a",
}
_CLASSES = {name: frozenset(words) for name, words in read_sections("opinions_en.txt", __package__).items()}
_CODE_OF = {word: code for name, code in reversed(_CODES.items()) for word in _CLASSES[name]}
_PLAIN, _QUESTION = _CLASSES["plain"], _CLASSES["question"]

_WORD = re.compile(
    r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*|['’][A-Za-z]+|[£$€¥]?[0-9]+(?:[.,:][0-9]+)*(?:%|[A-Za-z]+)?|[^\sA-Za-z0-9]"
)
_ENDINGS = (
    (re.compile("[a-z]{2,}(?:ful|less|ous|ive|able|ible|iest|ingly)"), "a"),
    (re.compile("[a-z]{2,}ed"), "v"),
    (re.compile("[a-z]{3,}ly"), "r"),
    (re.compile("[a-z]{2,}[^s'u]s"), "s"),
)

# The patterns below read codes: letters of _CODES, and s what ends like a plural or a verb, m what holds a
# digit, o any other word, a quotation mark, a comma for what parts a sentence, a full stop for other signs.
_THING = "[omas]"
_VERDICT = "(?:r*a(?:c?r*a)?)"
_PHRASE = f"(?:[lpfty][dir]*{_THING}{{1,3}})"
_OBJECT = f"(?:f?(?:[di]*r*{_THING}{{1,3}}|i)?(?:i[xn]*[vj])?r*{_PHRASE}?f?)"
_VERB = f"(?:(?:[vj]|(?<=[xnr])l){_OBJECT})"
_TO = "(?:tr*[osvj])?"
_SAID = re.compile(
    f"(?:b|q(?=[nrdavjf]))x?(?P<state>r*n?r*(?:d?{_VERDICT}{_TO}|{_VERB}|d{_THING}{{1,3}}|f|m{_THING}?)"
    f"|n?{_THING}{{1,2}}{_PHRASE}?)"
    f"|(?P<act>[rb]*(?:[xn]+[brxn]*(?:d?{_VERDICT}{_TO}|{_VERB}|[os]{_TO}{_OBJECT}|d?{_THING}{{1,3}})"
    f"|{_VERB}|n{_THING}{{1,2}}[vj]?))"
    f"|(?P<bare>r*{_VERDICT}|f(?=[,.my]|$))"
)
_AT_ONCE = re.compile(f"r*s{_OBJECT}")
_WHICH = re.compile(f"k(?P<said>[xn]*[osvj]{_OBJECT})")
# What may stand between a term and its predicate, the likeliest first.
_GAPS = tuple(
    re.compile(pattern)
    for pattern in (
        "",
        f"m?{_PHRASE}?(?:c?i)?",
        "[mo]{1,2}",
        "c?d?i(?=[xvnbjr])",
        "c(?=[vxbnj])",
        ",?k(?=[vxbnj])",
        ",(?=r*[anvj])",
    )
)
_ALONE = re.compile(f",(?P<said>r*d?{_THING}{{1,3}})(?=[.]|$)")
_LATER = re.compile(f"c(?P<said>[vj]{_OBJECT})")
_NEXT = re.compile(f"(?:,c?|c)(?P<said>r*{_VERDICT}(?=[,.]|$)|[vj]{_OBJECT}|n{_THING}{{1,2}}v?i?)")
_MODIFIER = re.compile(f'(?P<said>n?{_VERDICT}|n)"?o?$')
_OBJECT_OF = re.compile(
    f"(?P<said>(?:[xnb]r*)*(?:[jl]|(?<=n)[ovsx]|(?<=nr)[ovsx]))(?:[pf]?[dir]*{_THING}{{0,2}}q?(?:po)?d?)$"
)
_DONE_BY = re.compile(f"(?P<said>[xnbr]*[vj]){_PHRASE}?y[dr]*{_THING}{{0,2}}$")
_ABOUT = re.compile(f"(?P<said>n?r*[aw]|rr|n[os])[pt][dr]*{_THING}{{0,2}}$")
_NAMING = frozenset(("new", "old", "free", "open", "top", "same"))


_Words = list[re.Match[str]]


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
    first = _WORD.search(text, clause.start, clause.end)
    asks = text.find("?", term.end, clause.end + 1) >= 0
    if asks and first is not None and first[0].lower() in _QUESTION:
        return []
    after, behind = _read(text, term.end, min(clause.end, term.end + _REACH_AFTER))
    before, ahead = _read(text, max(clause.start, term.start - _REACH_BEFORE), term.start)
    found = [Span(after[a].start(), after[b - 1].end()) for a, b in _after(after, behind)]
    found += [Span(before[a].start(), before[b - 1].end()) for a, b in _before(before, ahead, bool(found))]
    return found


def _after(words: _Words, codes: str) -> Iterator[tuple[int, int]]:
    """Yield the predicate behind the term, and one that is joined to it."""
    at_once = _AT_ONCE.match(codes)
    end = 0
    if at_once:
        yield at_once.span()
        end = at_once.end()
    else:
        which = _WHICH.match(codes)
        if which:
            yield which.span("said")
            return
        for gap in _GAPS:
            skipped = gap.match(codes)
            match = _SAID.match(codes, skipped.end()) if skipped else None
            if match and match.lastgroup and not _is_plain(words, match):
                yield match.span(match.lastgroup)
                end = match.end()
                break
            if match and match.lastgroup:
                later = _LATER.search(codes, match.end())
                if later:
                    yield later.span("said")
                return
        else:
            alone = _ALONE.match(codes)
            if alone:
                yield alone.span("said")
    joined = _NEXT.match(codes, end) if end else None
    if joined:
        yield joined.span("said")


def _is_plain(words: _Words, match: re.Match[str]) -> bool:
    """Return whether a verb tells what somebody said or did, and no more."""
    return words[match.start(match.lastgroup or 0)][0].lower() in _PLAIN


def _before(words: _Words, codes: str, said: bool) -> Iterator[tuple[int, int]]:
    """Yield what modifies the term, else the verb or adjective that the term completes."""
    match = _MODIFIER.search(codes)
    if match and words[match.end("said") - 1][0].lower() not in _NAMING:
        yield match.span("said")
    if not said:
        match = _ABOUT.search(codes) or _DONE_BY.search(codes) or _OBJECT_OF.search(codes)
        if match:
            yield match.span("said")


def _read(text: str, start: int, end: int) -> tuple[_Words, str]:
    """Cut a stretch into words and give each the code of its class."""
    words = list(_WORD.finditer(text, start, end))
    return words, "".join([_code(word[0]) for word in words])


@lru_cache(maxsize=16_384)
def _code(word: str) -> str:
    """Give a word its code by list, else by its ending; a sign is a comma or a full stop."""
    lower = word.lower()
    code = _CODE_OF.get(lower)
    if code is not None:
        return code
    if any(character.isdigit() for character in lower):
        return "m"
    if not lower[0].isalpha():
        if lower in '"“”':
            return '"'
        return "," if lower in ",-–—:;'()" else "."
    for pattern, name in _ENDINGS:
        if pattern.fullmatch(lower):
            return name
    return "o"
