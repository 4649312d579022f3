"""English terms: words become one-letter codes of their class, and patterns read the codes."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from voc_nlp.text.tokenize import Token
from voc_nlp.text.variant import canonical_form
from voc_nlp.text.wordlists import read_sections
from voc_nlp.topics.naming.term import Term, TermKind

_LISTS = {name: frozenset(words) for name, words in read_sections("terms_en.txt", __package__).items()}
_STOP = _LISTS["stop"]
_NOT_IN_PHRASES = _STOP - _LISTS["also-phrase"] - _LISTS["verb"] - _LISTS["adjective"] - _LISTS["adverb"]
_MOST_WORDS = 5
_CONTENT = frozenset("anvbsiplhH")

# Codes: a adjective, n noun, v verb, b noun or verb, s noun or verb in s, i -ing form, p past form, l past of
# a mishap (lost), h past of what things do (expired), H the same in s (crashes), r adverb of a complaint
# (twice), D determiner, B be, M other auxiliary, X not, O no, F of, P in/out/up, T too, G degree, K keeps;
# a full stop for anything else.
_NOUN = "[nb]"
_HEAD = "[nbs]"
_PATTERNS = tuple(
    re.compile(f"(?=({pattern}))")
    for pattern in (
        rf"{_NOUN}{_HEAD}(?![nbs])",
        rf"{_NOUN}{{2}}{_HEAD}(?![nbs])",
        rf"[ahl]{_HEAD}(?![nbs])",
        rf"[ahl]{_NOUN}{_HEAD}(?![nbs])",
        rf"{_HEAD}M*[hHl][Pr]?(?!D?[nbs])",
        rf"{_HEAD}[MB]*XG*[vbphHl]P?",
        rf"{_HEAD}[MBK]+i[Pr]?(?!D?[nb])",
        rf"{_HEAD}BG*a(?!{_HEAD})",
        rf"{_HEAD}BM*G*[phl](?!D?{_HEAD})",
        rf"{_HEAD}BXG?a(?!{_HEAD})",
        rf"{_HEAD}[Bvs-]?Ta(?!{_HEAD})",
        rf"M?XG*[vbh]P?(?:D?{_NOUN})?(?![nbs])",
        rf"[vbl]D{_HEAD}(?![nbs])",
        rf"[vbl]D{_NOUN}{_HEAD}(?![nbs])",
        rf"v{_HEAD}(?![nbs])",
        rf"[phlvb]D?{_NOUN}?r",
        rf"OG?[ab]?{_HEAD}(?![nbs])",
        rf"[nbi]F{_HEAD}(?![nbs])",
    )
)
_SUBJECT_IS = re.compile("[nbs]BG*a|[nbs]BM*G*[phl]")
_DROPPED = frozenset("DGB")


def english_terms(tokens: Sequence[Token]) -> Iterator[Term]:
    """List the terms of an English comment.

    Parameters
    ----------
    tokens : Sequence[Token]
        Its tokens.

    Yields
    ------
    Term
        Content words, then phrases.
    """
    codes = "".join([_code(token.surface, token.lemma, token.pos) for token in tokens])
    for token, code in zip(tokens, codes, strict=True):
        if code in _CONTENT | {"-"} and _is_word(token):
            key = canonical_form(token.lemma.lower())
            kind = TermKind.NOUN if code in "nbs" else TermKind.PREDICATE
            yield Term(key, token.surface.lower(), kind, (key,))
    for pattern in _PATTERNS:
        for match in pattern.finditer(codes):
            first, last = match.span(1)
            term = _phrase(tokens[first:last], match[1])
            if term is not None:
                yield term


def _phrase(tokens: Sequence[Token], codes: str) -> Term | None:
    """Make a phrase of words, without determiners; what was said of a subject stands before it."""
    first = tokens[0].lemma.lower()
    orders = codes[0] == "v" or codes[1] == "D" or first in _LISTS["verb-first"]
    if codes[0] in "vb" and codes[1] in "Dnbs" and orders and first not in _LISTS["action"]:
        return None  # of verbs before their object only what customers want done tells a theme
    if _SUBJECT_IS.fullmatch(codes):
        tokens, codes = (tokens[-1], tokens[0]), codes[-1] + codes[0]
    words: list[str] = []
    key: list[str] = []
    for token, code in zip(tokens, codes, strict=True):
        if code == "-" or (code in _DROPPED and not (code == "B" and ("X" in codes or "i" in codes))):
            continue
        word = token.surface.lower().replace("’", "'")
        if (word in ("n't", "n’t", "nt") and words) or (word == "not" and words and words[-1] in _NEGATED):
            words[-1] = _negated(words[-1])
        else:
            words.append(word)
        if code == "X":
            key.append("not")
        elif code not in "MB":
            key.append(canonical_form(token.lemma.lower()))
    if words and (words[0] in ("n't", "n’t", "nt") or (codes.startswith("M") and words[1:2] == ["never"])):
        return None
    if not 2 <= len(words) <= _MOST_WORDS or len(set(key)) < 2 or not all(_is_plain(word) for word in words):
        return None
    parts = [
        canonical_form(token.lemma.lower())
        for token, code in zip(tokens, codes, strict=True)
        if code in _CONTENT or code == "r"
    ]
    telling = [part for part in parts if part not in _STOP or part in _LISTS["also-phrase"]]
    if not telling:
        return None
    kind = (
        TermKind.COMPOUND if set(codes) <= {"n", "b", "s"} and len(telling) == len(parts) else TermKind.PHRASE
    )
    return Term(" ".join(sorted(key)), " ".join(words), kind, tuple(dict.fromkeys(parts)))


_NEGATED = {
    "ca": "cannot", "can": "cannot", "wo": "won't", "do": "do not", "does": "does not", "did": "did not",
    "is": "is not", "was": "was not", "are": "are not", "were": "were not", "has": "has not",
    "have": "have not", "had": "had not", "could": "could not", "would": "would not", "will": "will not",
}  # fmt: skip


def _negated(word: str) -> str:
    return _NEGATED.get(word, f"{word} not")


def _is_plain(word: str) -> bool:
    return word.replace("'", "").replace("-", "").replace(" ", "").isalpha()


def _is_word(token: Token) -> bool:
    lemma = token.lemma.lower()
    word = token.surface.lower()
    return len(lemma) > 2 and word.replace("-", "").isalpha() and lemma not in _STOP and word not in _STOP


_FIXED = {
    **dict.fromkeys(_LISTS["determiner"], "D"),
    **dict.fromkeys(_LISTS["degree"], "G"),
    **dict.fromkeys(_LISTS["preposition-verb"], "P"),
    **dict.fromkeys(("n't", "not", "never", "cannot", "nt", "n’t"), "X"),
    **dict.fromkeys(("be", "is", "are", "was", "were", "been", "being", "am"), "B"),
    **dict.fromkeys(("keep", "keeps", "kept"), "K"),
    "no": "O",
    "of": "F",
    "too": "T",
}


@lru_cache(maxsize=65_536)
def _code(surface: str, lemma: str, pos: str) -> str:
    """Give a word the code of its class, by lists and endings."""
    word, base = surface.lower(), lemma.lower()
    fixed = _FIXED.get(word)
    if fixed is not None:
        return fixed
    if pos == "auxiliary":
        return "M"
    if pos != "other" or not word.replace("-", "").isalpha() or len(word) < 2:
        return "."
    if word in _LISTS["phrase-stop"] or base in _LISTS["phrase-stop"] or _NOT_IN_PHRASES & {word, base}:
        return "-"
    if word in _LISTS["adverb"]:
        return "r"
    verb = base in _LISTS["verb"] or base in _LISTS["happens"]
    if word in _LISTS["past"] or (
        word != base and not word.endswith(("s", "ing")) and (verb or len(base) < 6)
    ):
        return "l" if base in _LISTS["trouble"] else "h" if base in _LISTS["happens"] else "p"
    if word in _LISTS["adjective"]:
        return "a"
    if word.endswith("ly") and len(word) > 5:
        return "-"
    if verb and word.endswith("ing") and word != base:
        return "i"
    if verb and word.endswith("s") and word != base:
        return "H" if base in _LISTS["happens"] else "s" if base in _LISTS["also-noun"] else "-"
    if verb:
        return "b" if base in _LISTS["also-noun"] else "v"
    return "n"
