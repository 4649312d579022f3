"""Candidate terms of a comment, from which key words and theme names are chosen."""

from collections.abc import Iterator, Sequence
from importlib.resources import files

from voc_nlp.schema import Language
from voc_nlp.text.tokenize import Token
from voc_nlp.text.variant import canonical_form


def _read_words(name: str) -> frozenset[str]:
    return frozenset(files("voc_nlp.topics").joinpath("data", name).read_text(encoding="utf-8").split())


_JA_STOP = _read_words("stop_words_ja.txt")
_EN_STOP = _read_words("stop_words_en.txt")
_NOUNS = frozenset({"noun", "proper_noun"})
_MOST_COMPOUND = 4


def candidate_terms(tokens: Sequence[Token], language: Language) -> list[str]:
    """List the terms of a comment that may stand for its theme.

    Parameters
    ----------
    tokens : Sequence[Token]
        The comment's tokens.
    language : Language
        Its language.

    Returns
    -------
    list[str]
        Japanese: noun compounds, predicates, and pairs such as ``配送が遅い``.
        English: content words and pairs of neighbouring content words.
    """
    return list(_japanese_terms(tokens) if language is Language.JA else _english_terms(tokens))


def _japanese_terms(tokens: Sequence[Token]) -> Iterator[str]:
    nouns: list[Token] = []
    subject = ""
    for token in tokens:
        if token.pos in _NOUNS or (token.pos == "suffix" and nouns) or (token.pos == "prefix" and not nouns):
            nouns.append(token)
            continue
        if nouns:
            compound = _compound(nouns)
            if compound:
                yield compound
                subject = compound
            nouns = []
        if token.pos in ("adjective", "verb"):
            word = canonical_form(token.lemma)
            if word not in _JA_STOP and len(word) > 1:
                yield word
            if subject and token.pos == "adjective" and word not in ("ない", "無い"):
                yield f"{subject}が{word}"
            subject = ""
        elif token.surface not in ("が", "は", "も", "の"):
            subject = ""
    compound = _compound(nouns)
    if compound:
        yield compound


def _compound(nouns: Sequence[Token]) -> str:
    kept = [token for token in nouns if token.pos != "prefix" or len(nouns) == 1]
    surface = canonical_form("".join(token.surface for token in kept[-_MOST_COMPOUND:]))
    usable = surface not in _JA_STOP and len(surface) > 1 and not surface.isascii()
    return surface if usable and any(token.pos in _NOUNS for token in kept) else ""


def _english_terms(tokens: Sequence[Token]) -> Iterator[str]:
    before = ""
    for token in tokens:
        word = token.lemma.lower()
        content = token.pos in ("noun", "proper_noun", "adjective", "verb", "other") and _is_word(word)
        if not content:
            before = ""
            continue
        yield word
        if before:
            yield f"{before} {token.surface.lower()}"
        before = token.surface.lower()


def _is_word(word: str) -> bool:
    return len(word) > 2 and word.replace("-", "").isalpha() and word not in _EN_STOP
