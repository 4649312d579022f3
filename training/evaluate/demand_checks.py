"""The fixed vocabulary of checks in the tables of demands: how each reads an answer and when it is met."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from training.heads.tasks import DEPARTMENTS
from voc_nlp.errors import RecordError
from voc_nlp.routing.rules import find_phrases
from voc_nlp.schema import (
    Analysis,
    IntentLabel,
    Language,
    Polarity,
    Refusal,
    SentimentLabel,
    UrgencyCode,
    UrgencyLevel,
)
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.text.privacy import find_pii, mask_pii
from voc_nlp.text.variant import canonical_form


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything a check may look at.

    Parameters
    ----------
    text : str
        The comment as it was sent.
    prepared : PreparedText or None
        What the rules made of it; None when it was refused.
    answer : Analysis or Refusal
        What the library answered.
    """

    text: str
    prepared: PreparedText | None
    answer: Analysis | Refusal


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of expectation.

    Parameters
    ----------
    read : callable
        (expected, analysis, prepared text) to the plain value that is compared and shown.
    met : callable
        (expected, value) to whether the expectation is met.
    allowed : callable
        (expected, text) to what is wrong with the expectation itself, empty for nothing.
    by_rule : bool
        Whether rules alone decide it, whatever the models say.
    denies : bool
        Whether the expectation names what must not be answered.
    """

    read: Callable[[Any, Analysis, PreparedText], Any]
    met: Callable[[Any, Any], bool]
    allowed: Callable[[Any, str], str]
    by_rule: bool = False
    denies: bool = False

    def fault(self, expected: Any, text: str) -> str:
        """Say what is wrong with an expectation.

        Parameters
        ----------
        expected : Any
            From the table.
        text : str
            The case's text.

        Returns
        -------
        str
            Empty when it can be checked.
        """
        try:
            return self.allowed(expected, text)
        except (TypeError, AttributeError, ValueError):
            return f"met {expected!r}, which is not of the kind that this check compares"

    def asks(self, expected: Any) -> str:
        """Write an expectation for a reader.

        Parameters
        ----------
        expected : Any
            From the table.

        Returns
        -------
        str
            Short, in the words of the table.
        """
        alternatives = self.met in (_one_of, _none_of)
        asked = " or ".join(_listed(expected)) if alternatives else _shown(expected)
        return f"not {asked}" if self.denies else asked

    def judge(self, expected: Any, seen: Seen) -> tuple[bool, str]:
        """Compare an expectation with an answer.

        Parameters
        ----------
        expected : Any
            From the table.
        seen : Seen
            The answer.

        Returns
        -------
        tuple[bool, str]
            Whether it is met, and what was answered.
        """
        if isinstance(seen.answer, Refusal) or seen.prepared is None:
            code = seen.answer.code if isinstance(seen.answer, Refusal) else "nothing"
            return self is CHECKS["refused"] and expected == code, f"refused: {code}"
        value = self.read(expected, seen.answer, seen.prepared)
        return self.met(expected, value), _shown(value)


def see(text: str, answer: Analysis | Refusal) -> Seen:
    """Put beside an answer what the rules make of the text.

    Parameters
    ----------
    text : str
        The comment as it was sent.
    answer : Analysis | Refusal
        What the library answered.

    Returns
    -------
    Seen
        For the checks.
    """
    try:
        return Seen(text, prepare(text), answer)
    except RecordError:
        return Seen(text, None, answer)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {' or '.join(_listed(item))}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(": ".join(_listed(item)) for item in value) or "none"
    return json.dumps(value, ensure_ascii=False)


def _listed(expected: Any) -> list[Any]:
    return expected if isinstance(expected, list) else [expected]


def _one_of(expected: Any, value: Any) -> bool:
    return value in _listed(expected)


def _none_of(expected: Any, value: Any) -> bool:
    return value not in _listed(expected)


def _equal(expected: Any, value: Any) -> bool:
    return bool(expected == value)


def _contains(expected: list[Any], value: list[Any]) -> bool:
    return set(expected) <= set(value) if expected else not value


def _each(expected: Mapping[str, Any], value: Mapping[str, str]) -> bool:
    return all(value.get(key) in _listed(labels) for key, labels in expected.items())


def _targets(expected: Mapping[str, Any], value: list[list[str]]) -> bool:
    """Return whether every expected target overlaps a found one of the right polarity."""
    return all(
        any(label in _listed(labels) and (term in found or found in term) for found, label in value)
        for term, labels in expected.items()
    )


def _phrases(expected: list[str], value: list[str]) -> bool:
    """Return whether every expected phrase is part of a found one or holds it."""
    if not expected:
        return not value
    return all(any(phrase in found or found in phrase for found in value) for phrase in expected)


def _words(vocabulary: type[StrEnum] | tuple[str, ...]) -> Callable[[Any, str], str]:
    """Allow a word of a vocabulary, or a list of such words."""
    known = [str(word) for word in vocabulary]

    def allowed(expected: Any, text: str) -> str:
        unknown = [word for word in _listed(expected) if word not in known]
        return f"met {unknown[0]!r}, expected one of {', '.join(known)}" if unknown else ""

    return allowed


def _parts(vocabulary: type[StrEnum]) -> Callable[[Any, str], str]:
    """Allow words of a vocabulary by parts of the text."""

    def allowed(expected: Any, text: str) -> str:
        absent = [part for part in expected if part not in text]
        if absent:
            return f"{absent[0]!r} is not in the text"
        return next(filter(None, (_words(vocabulary)(labels, text) for labels in expected.values())), "")

    return allowed


def _substrings(expected: list[str], text: str) -> str:
    absent = [part for part in expected if part not in text]
    return f"{absent[0]!r} is not in the text" if absent else ""


def _personal(expected: list[list[str]], text: str) -> str:
    return _substrings([part for _, part in expected], text)


def _originals(expected: Mapping[str, str], text: str) -> str:
    return _substrings(list(expected.values()), text)


def _kind(*kinds: type) -> Callable[[Any, str], str]:
    """Allow values of a type."""

    def allowed(expected: Any, text: str) -> str:
        return "" if type(expected) in kinds else f"met {expected!r}, expected {kinds[0].__name__}"

    return allowed


def _sentences(_: Any, answer: Analysis, prepared: PreparedText) -> list[str]:
    return [prepared.original[part.start : part.end] for part in answer.sentences]


def _sentence_labels(_: Any, answer: Analysis, prepared: PreparedText) -> dict[str, str]:
    return {prepared.original[part.start : part.end]: part.label.value for part in answer.sentences}


def _originals_of(expected: Mapping[str, str], _: Analysis, prepared: PreparedText) -> dict[str, str]:
    """Follow a part of the normalised text back to the text as it was sent."""
    clean, found = prepared.normalized, {}
    for part in expected:
        start = clean.text.find(part)
        first, last = clean.original_span(start, start + len(part)) if start >= 0 else (0, 0)
        found[part] = prepared.original[first:last]
    return found


def _pii(_: Any, answer: Analysis, prepared: PreparedText) -> list[list[str]]:
    return [[span.type, prepared.original[span.start : span.end]] for span in answer.pii]


def _masked(_: Any, answer: Analysis, prepared: PreparedText) -> str:
    spans = find_pii(prepared.original, prepared.language)
    return mask_pii(prepared.original, spans, prepared.language).text


def _reasons(_: Any, answer: Analysis, prepared: PreparedText) -> list[str]:
    found = find_phrases(prepared.normalized.text, prepared.language)
    return sorted({reason.code.value for reason in found.urgent})


def _leaving(_: Any, answer: Analysis, prepared: PreparedText) -> list[str]:
    clean = prepared.normalized.text
    return [clean[span.start : span.end] for span in find_phrases(clean, prepared.language).leaving]


CHECKS: Mapping[str, Check] = {
    # Decided by the models.
    "label": Check(lambda e, a, p: a.sentiment.label.value, _one_of, _words(SentimentLabel)),
    "label_not": Check(
        lambda e, a, p: a.sentiment.label.value, _none_of, _words(SentimentLabel), denies=True
    ),
    "sentence_labels": Check(_sentence_labels, _each, _parts(SentimentLabel)),
    "aspects": Check(
        lambda e, a, p: [[aspect.term, aspect.label.value] for aspect in a.aspects],
        _targets,
        _parts(Polarity),
    ),
    "intent": Check(lambda e, a, p: a.intent.label.value, _one_of, _words(IntentLabel)),
    "intent_not": Check(lambda e, a, p: a.intent.label.value, _none_of, _words(IntentLabel), denies=True),
    "urgency": Check(lambda e, a, p: a.urgency.level.value, _one_of, _words(UrgencyLevel)),
    "churn": Check(lambda e, a, p: a.churn.at_risk, _equal, _kind(bool)),
    "departments": Check(lambda e, a, p: [d.id for d in a.departments], _contains, _words(DEPARTMENTS)),
    # Decided by rules alone.
    "language": Check(lambda e, a, p: a.language.value, _equal, _words(Language), by_rule=True),
    "refused": Check(lambda e, a, p: "analysed", _equal, _kind(str), by_rule=True),
    "meaningful": Check(lambda e, a, p: a.meaningful, _equal, _kind(bool), by_rule=True),
    "normalized": Check(lambda e, a, p: p.normalized.text, _equal, _kind(str), by_rule=True),
    "original": Check(_originals_of, _each, _originals, by_rule=True),
    "tokens": Check(lambda e, a, p: [t.surface for t in p.tokens], _contains, _kind(list), by_rule=True),
    "forms": Check(
        lambda e, a, p: [canonical_form(t.lemma) for t in p.tokens], _contains, _kind(list), by_rule=True
    ),
    "sentences": Check(_sentences, _equal, _substrings, by_rule=True),
    "sentence_count": Check(lambda e, a, p: len(a.sentences), _equal, _kind(int), by_rule=True),
    "pii": Check(_pii, _equal, _personal, by_rule=True),
    "masked": Check(_masked, _equal, _kind(str), by_rule=True),
    "reasons": Check(_reasons, _contains, _words(UrgencyCode), by_rule=True),
    "leaving": Check(_leaving, _phrases, _substrings, by_rule=True),
}
"""Every word that a case may use beside its text."""
