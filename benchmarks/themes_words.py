"""Content words of comments for the peers, and where a key word of any system occurs."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from voc_nlp.schema import Language
from voc_nlp.text.prepare import PreparedText
from voc_nlp.text.variant import canonical_form
from voc_nlp.topics.naming.terms import find_terms

_CONTENT = frozenset({"noun", "proper_noun", "adjective", "verb", "other"})
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def content_words(text: PreparedText) -> list[str]:
    """List the dictionary forms of a comment's content words, by our tokenizer."""
    words = [canonical_form(token.lemma).lower() for token in text.tokens if token.pos in _CONTENT]
    return [word for word in words if len(word) > 1 and any(letter.isalpha() for letter in word)]


def language_of(word: str) -> str:
    """Say which language a key word is in, by its letters."""
    return "ja" if _JAPANESE.search(word) else "en"


def occurrence(texts: Sequence[PreparedText]) -> Callable[[str], NDArray[np.bool_]]:
    """Make the rule that says which documents hold a key word.

    Parameters
    ----------
    texts : Sequence[PreparedText]
        The documents, all of one language.

    Returns
    -------
    Callable[[str], NDArray[np.bool_]]
        A document holds a word or phrase that stands in its surfaces or in its dictionary forms, or
        that is one of its candidate terms. The rule is the same for every system's words.
    """
    pages, terms = [], []
    for text in texts:
        tokens = text.tokens
        space = "" if text.language is Language.JA else " "
        forms = (
            [token.surface for token in tokens],
            [token.lemma for token in tokens],
            [canonical_form(token.lemma) for token in tokens],
        )
        pages.append(f"{space}\n{space}".join(space + space.join(form) + space for form in forms).lower())
        found = find_terms(tokens, text.language)
        terms.append({form.lower() for term in found for form in (term.surface, term.key)})
    known: dict[str, NDArray[np.bool_]] = {}

    def occurs(word: str) -> NDArray[np.bool_]:
        if word not in known:
            plain = word.lower()
            needle = plain if language_of(word) == "ja" else f" {plain} "
            known[word] = np.asarray(
                [needle in page or plain in own for page, own in zip(pages, terms, strict=True)]
            )
        return known[word]

    return occurs
