"""Complaints behind polite phrases (低姿勢の不満): the phrases of blame without a blunt word."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from voc_nlp.schema import Language, SentimentLabel, Span
from voc_nlp.text.clues import PhraseFinder, lower_latin

_MOST_PHRASES = 5
_WITH_BLAME = frozenset((SentimentLabel.NEGATIVE, SentimentLabel.MIXED))


def find_masked_complaint(text: str, language: Language, mood: SentimentLabel) -> list[Span]:
    """Find the polite phrases behind which a complaint hides.

    Parameters
    ----------
    text : str
        Normalised text.
    language : Language
        Its language.
    mood : SentimentLabel
        Sentiment of the whole comment.

    Returns
    -------
    list[Span]
        In text order, offsets in `text`, at most five; empty for a comment without
        blame, and for one that says with a blunt word what it means.
    """
    if mood not in _WITH_BLAME:
        return []
    polite, blunt = _patterns(language)
    lowered = lower_latin(text)
    found = polite.find(lowered, lowered)
    return [] if not found or blunt.search(lowered) else [Span(*span) for _, *span in found[:_MOST_PHRASES]]


@cache
def _patterns(language: Language) -> tuple[PhraseFinder[str], re.Pattern[str]]:
    table = tomllib.loads(
        files("voc_nlp.sentiment").joinpath("data", "politeness.toml").read_text(encoding="utf-8")
    )[language.value]
    polite, blunt = ("|".join(table[name]) for name in ("polite", "blunt"))
    edge = "" if language is Language.JA else r"\b"
    return (
        PhraseFinder({"polite": f"{edge}(?:{polite})"}, guarded=language is not Language.JA),
        re.compile(f"{edge}(?:{blunt})"),
    )
