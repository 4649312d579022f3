"""Phrases that name a reason: why a comment is urgent, where a customer says they leave."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from voc_nlp.schema import Language, Span, UrgencyCode, UrgencyReason
from voc_nlp.text.clues import PhraseFinder, lower_latin

_MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the rules found in one text, offsets in the text.

    Parameters
    ----------
    urgent : Sequence[UrgencyReason]
        Phrases that make a comment urgent.
    leaving : Sequence[Span]
        Phrases in which the customer leaves.
    """

    urgent: Sequence[UrgencyReason]
    leaving: Sequence[Span]


def find_phrases(text: str, language: Language) -> Phrases:
    """Find the phrases of both kinds.

    Parameters
    ----------
    text : str
        Normalised text.
    language : Language
        Its language.

    Returns
    -------
    Phrases
        In text order, at most 20 of a kind.
    """
    lowered = lower_latin(text)
    finder, denied = _patterns(language)
    found = finder.find(lowered, lowered)
    urgent = [UrgencyReason(code, start, end) for code, start, end in found if code is not None]
    leaving = [Span(start, end) for code, start, end in found if code is None]
    if leaving:
        excused = [match.span() for match in denied.finditer(lowered)]
        leaving = [
            span
            for span in leaving
            if not any(span.start < end and start < span.end for start, end in excused)
        ]
    urgent.sort(key=lambda reason: reason.start)
    return Phrases(_joined(urgent)[:_MOST_REASONS], leaving[:_MOST_REASONS])


def _joined(reasons: list[UrgencyReason]) -> list[UrgencyReason]:
    """Make one of neighbouring reasons of the same code."""
    kept: list[UrgencyReason] = []
    for reason in reasons:
        last = kept[-1] if kept else None
        if last is not None and last.code is reason.code and reason.start <= last.end + 1:
            kept[-1] = UrgencyReason(last.code, last.start, max(last.end, reason.end))
        else:
            kept.append(reason)
    return kept


@cache
def _patterns(language: Language) -> tuple[PhraseFinder[UrgencyCode | None], re.Pattern[str]]:
    """Compile what to search for, leaving under None, and what excuses a phrase of leaving."""
    urgency, churn = _read("urgency.toml"), _read("churn.toml")[language.value]
    patterns: dict[UrgencyCode | None, str] = {
        code: _joined_up(urgency[code.value][language.value], language) for code in UrgencyCode
    }
    patterns[None] = _joined_up(churn["phrases"], language)
    finder = PhraseFinder(patterns, guarded=language is not Language.JA)
    return finder, re.compile(_joined_up(churn["denied"], language))


def _joined_up(alternatives: list[str], language: Language) -> str:
    """Join alternatives: English ones begin at a word, Japanese ones with letters too rare for a guard."""
    joined = "|".join(alternatives)
    return joined if language is Language.JA else rf"\b(?:{joined})"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("voc_nlp.routing").joinpath("data", name).read_text(encoding="utf-8"))
