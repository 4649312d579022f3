"""The words that give the opinion on an aspect, by the closed word classes of its language."""

from collections.abc import Sequence

from voc_nlp.schema import Language, Span
from voc_nlp.sentiment.opinions_en import english_opinions
from voc_nlp.sentiment.opinions_ja import japanese_opinions

_MOST_OPINIONS = 2


def find_opinions(
    text: str, clause: Span, term: Span, words: Sequence[Span], language: Language
) -> list[Span]:
    """Find the words that say what is thought of an aspect.

    Predicates behind the term come first, then attributes right before it, then, in English, a verb or an
    adjective that has the term as its object. Negation and auxiliaries belong to the opinion.

    Parameters
    ----------
    text : str
        The normalised comment.
    clause : Span
        The clause in it that holds the term.
    term : Span
        The aspect's term.
    words : Sequence[Span]
        Pieces of the clause, or of the whole comment, in text order; English is read by its words instead.
    language : Language
        ``JA`` takes the Japanese rules, anything else the English ones.

    Returns
    -------
    list[Span]
        At most two spans in text order, inside the clause, not empty, sharing no character with the term or
        with one another; empty where no words give the opinion.
    """
    if not clause.start <= term.start < term.end <= clause.end:
        return []
    if language is Language.JA:
        found = japanese_opinions(text, clause, term, words)
    else:
        found = english_opinions(text, clause, term)
    kept: list[Span] = []
    for span in found:
        apart = all(span.end <= other.start or other.end <= span.start for other in (term, *kept))
        if apart and clause.start <= span.start < span.end <= clause.end:
            kept.append(span)
    return sorted(kept[:_MOST_OPINIONS], key=_start)


def _start(span: Span) -> int:
    return span.start
