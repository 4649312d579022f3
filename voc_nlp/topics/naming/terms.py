"""The terms of a comment, from which key words and theme names are chosen."""

from collections.abc import Iterable, Iterator, Sequence

from voc_nlp.schema import Language
from voc_nlp.text.tokenize import Token
from voc_nlp.text.variant import canonical_form
from voc_nlp.topics.naming.term import Term
from voc_nlp.topics.naming.terms_en import english_terms
from voc_nlp.topics.naming.terms_ja import japanese_terms


def find_terms(
    tokens: Sequence[Token], language: Language, stop_words: frozenset[str] = frozenset()
) -> list[Term]:
    """List the terms of a comment.

    Parameters
    ----------
    tokens : Sequence[Token]
        The comment's tokens.
    language : Language
        Its language.
    stop_words : frozenset[str]
        Words that no term may hold, besides those that say nothing anyway.

    Returns
    -------
    list[Term]
        In order of reading. Japanese: predicates, nouns and their compounds, and pairs of a noun and its
        predicate in dictionary form. English: content words and short phrases without determiners.
    """
    found = japanese_terms(tokens) if language is Language.JA else english_terms(tokens)
    return list(_without(found, stop_words) if stop_words else found)


def _without(terms: Iterable[Term], stop_words: frozenset[str]) -> Iterator[Term]:
    """Leave out terms that hold a stop word, however it is spelt."""
    stopped = stop_words | {canonical_form(word) for word in stop_words}
    for term in terms:
        if term.key not in stopped and term.surface not in stopped and stopped.isdisjoint(term.parts):
            yield term
