"""Phrases that name a reason: why a comment is urgent, where a customer says they leave."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from voc_nlp.schema import Language, Span, UrgencyCode, UrgencyReason
from voc_nlp.text.clues import GuardedPattern

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
    lowered = _lower(text)
    return Phrases(_urgency_reasons(lowered, language), _churn_phrases(lowered, language))


def find_urgency_reasons(text: str, language: Language) -> list[UrgencyReason]:
    """Find the phrases that make a comment urgent.

    Parameters
    ----------
    text : str
        Normalised text.
    language : Language
        Its language.

    Returns
    -------
    list[UrgencyReason]
        In text order, offsets in `text`; at most 20.
    """
    return _urgency_reasons(_lower(text), language)


def find_churn_phrases(text: str, language: Language) -> list[Span]:
    """Find the phrases in which the customer leaves; denied, asked or hypothetical ones do not count.

    Parameters
    ----------
    text : str
        Normalised text.
    language : Language
        Its language.

    Returns
    -------
    list[Span]
        In text order, offsets in `text`; at most 20.
    """
    return _churn_phrases(_lower(text), language)


def _urgency_reasons(lowered: str, language: Language) -> list[UrgencyReason]:
    found = [
        UrgencyReason(code, *span)
        for code, pattern in _urgency_patterns(language).items()
        for span in pattern.find(lowered, lowered)
    ]
    return _joined(sorted(found, key=lambda reason: reason.start))[:_MOST_REASONS]


def _churn_phrases(lowered: str, language: Language) -> list[Span]:
    phrases, denied = _churn_patterns(language)
    found = phrases.find(lowered, lowered)
    if not found:
        return []
    excused = denied.find(lowered, lowered)
    return [
        Span(first, last)
        for first, last in found
        if not any(first < end and start < last for start, end in excused)
    ][:_MOST_REASONS]


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


def _lower(text: str) -> str:
    """Lower ASCII letters alone, so that offsets stay."""
    if text.isascii():
        return text.lower()
    return text.translate(_ASCII_LOWER) if _TO_LOWER.search(text) else text


_TO_LOWER = re.compile("[A-Z\u2019]")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)} | {0x2019: "'"}


@cache
def _urgency_patterns(language: Language) -> dict[UrgencyCode, GuardedPattern]:
    tables = _read("urgency.toml")
    return {code: _compile(tables[code.value][language.value], language) for code in UrgencyCode}


@cache
def _churn_patterns(language: Language) -> tuple[GuardedPattern, GuardedPattern]:
    table = _read("churn.toml")[language.value]
    return _compile(table["phrases"], language), _compile(table["denied"], language)


def _compile(alternatives: list[str], language: Language) -> GuardedPattern:
    """Join alternatives: English ones begin at a word, Japanese ones with letters too rare for a guard."""
    joined = "|".join(alternatives)
    if language is Language.JA:
        return GuardedPattern(joined, guarded=False)
    return GuardedPattern(rf"\b(?:{joined})")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("voc_nlp.routing").joinpath("data", name).read_text(encoding="utf-8"))
