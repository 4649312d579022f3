"""One term of a comment."""

from dataclasses import dataclass
from enum import StrEnum


class TermKind(StrEnum):
    """What a term is made of."""

    NOUN = "noun"
    PREDICATE = "predicate"
    VAGUE = "vague"
    COMPOUND = "compound"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a comment.

    Parameters
    ----------
    key : str
        What all spellings of the term have in common.
    surface : str
        How this comment's form of it reads.
    kind : TermKind
        ``NOUN`` and ``PREDICATE``: a content word; ``VAGUE``: a word such as 悪い that tells something in a
        phrase alone; ``COMPOUND``: several nouns in a row; ``PHRASE``: what may name a theme
        besides, such as ``配送が遅い`` or ``late delivery``.
    parts : tuple[str, ...]
        Keys of the content words that it holds.
    """

    key: str
    surface: str
    kind: TermKind
    parts: tuple[str, ...]
