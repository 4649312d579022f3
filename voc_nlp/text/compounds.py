"""Keep compounds whole: make one token of those that a compound covers."""

import re
from collections.abc import Callable, Iterable

from voc_nlp.text.tokenize import Token
from voc_nlp.text.words_pattern import compile_words


def compile_compounds(words: Iterable[str]) -> re.Pattern[str] | None:
    """Build the pattern of compounds and, in English, of their plurals in s.

    Parameters
    ----------
    words : Iterable[str]
        The compounds.

    Returns
    -------
    re.Pattern[str] | None
        As `compile_words` builds it.
    """
    known = set(words)
    return compile_words(sorted(known | {f"{word}s" for word in known if word[-1:].isascii()}))


def join_compounds(
    text: str, tokens: list[Token], compounds: re.Pattern[str], cut: Callable[[str], list[Token]]
) -> list[Token]:
    """Make one noun of all tokens that a compound covers.

    Parameters
    ----------
    text : str
        The text that was cut.
    tokens : list[Token]
        Its tokens.
    compounds : re.Pattern[str]
        As `compile_compounds` builds it.
    cut : Callable[[str], list[Token]]
        Cuts what is left of a token of which a compound takes a part.

    Returns
    -------
    list[Token]
        Tokens in order. A compound of which neither end is the end of a token is none: 都営 in 京都営業所.
    """
    joined: list[Token] = []
    place = 0
    for match in compounds.finditer(text):
        start, end = match.span()
        first = place
        while first < len(tokens) and tokens[first].end <= start:
            first += 1
        last = first
        while last < len(tokens) and tokens[last].start < end:
            last += 1
        covered = tokens[first:last]
        if len(covered) == 1 and covered[0].surface == match[0]:
            continue
        if not covered or (covered[0].start != start and covered[-1].end != end):
            continue
        joined += tokens[place:first]
        joined += _moved(cut(text[covered[0].start : start]), covered[0].start)
        joined.append(_compound(match[0], covered, start, end))
        rest = _moved(cut(text[end : covered[-1].end]), end)
        place = last
        if rest:
            tokens = [*tokens[:last], *rest, *tokens[last:]]
    return joined + tokens[place:]


def _compound(written: str, covered: list[Token], start: int, end: int) -> Token:
    """Make the token; an English lemma is in small letters and its last word in the singular."""
    lemma = written
    if written.isascii():
        lemma = written.lower()
        last = covered[-1]
        if last.end == end and last.start > start:
            lemma = lemma[: last.start - start] + last.lemma.lower()
    return Token(written, " ".join(lemma.split()), "noun", start, end)


def _moved(tokens: list[Token], offset: int) -> list[Token]:
    return [
        Token(token.surface, token.lemma, token.pos, token.start + offset, token.end + offset)
        for token in tokens
    ]
