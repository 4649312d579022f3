"""Why a comment got its labels: the words whose removal changes a probability, and the rules that spoke.

Nothing is guessed from weights: every word is taken out of the comment and the
rest is analysed again, so an effect is what the removal really does.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from voc_nlp.analysis import Analyzer, Examined
from voc_nlp.errors import RecordError
from voc_nlp.schema import Analysis, Aspect, Comment, Refusal, Sentence, Span, to_plain
from voc_nlp.sentiment.model import find_sides
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.text.tokenize import Token

_MOST_WORDS_TRIED = 60
"""Words that are taken out one by one; of a longer comment, those of its weightiest sentences."""

_LEAST_EFFECT = 0.01
_ATTACHED = frozenset(("auxiliary", "suffix"))
"""Parts of speech that belong to the word before them: なかった to おいしく."""


@dataclass(frozen=True, slots=True)
class WordEffect:
    """A word and what it does.

    Parameters
    ----------
    start, end : int
        Where it stands in the text as it was sent.
    effect : float
        By how much the label's probability falls when the word is taken out; negative for a
        word that speaks against the label.
    """

    start: int
    end: int
    effect: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that had a part in a label.

    Parameters
    ----------
    name : str
        ``noise``, ``two_sided`` (aspects or sentences on both sides of a mixed comment, where the
        models weigh them), ``churn_phrase``, or ``urgency:`` and the reason's code.
    start, end : int
        The stretch of the text that it found.
    """

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """Why one task got its label.

    Parameters
    ----------
    task : str
        ``sentiment``, ``department``, ``intent``, ``urgency`` or ``churn``.
    label : str
        The label; of churn ``at_risk`` or ``staying``.
    probability : float
        The label's.
    words : tuple[WordEffect, ...]
        The strongest first.
    rules : tuple[Rule, ...]
        In text order.
    """

    task: str
    label: str
    probability: float
    words: tuple[WordEffect, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a comment got its labels.

    Parameters
    ----------
    analysis : Analysis
        What is explained.
    labels : tuple[LabelExplanation, ...]
        One a task; departments only where somebody owns the comment.
    """

    analysis: Analysis
    labels: tuple[LabelExplanation, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values.

        Returns
        -------
        dict[str, Any]
            ``{"id", "model_version", "labels": [{"task", "label", "probability", "words", "rules"}]}``.
        """
        labels = [to_plain(label) for label in self.labels]
        return {"id": self.analysis.id, "model_version": self.analysis.model_version, "labels": labels}


def explain(analyzer: Analyzer, comment: Comment | str, *, most_words: int = 5) -> Explanation | Refusal:
    """Explain the labels of one comment.

    Parameters
    ----------
    analyzer : Analyzer
        Whose labels are explained.
    comment : Comment | str
        The comment; a bare text gets the id ``1``.
    most_words : int
        Words named for each label, at least 1.

    Returns
    -------
    Explanation | Refusal
        The refusal where the comment cannot be analysed.

    Raises
    ------
    ValueError
        If `most_words` is below 1.

    References
    ----------
    Li, Monroe, Jurafsky (2016), Understanding neural networks through representation erasure.
    """
    if most_words < 1:
        raise ValueError(f"most_words is {most_words}; expected at least 1")
    if isinstance(comment, str):
        comment = Comment("1", comment)
    (whole,) = analyzer.examine([comment])
    if isinstance(whole, Refusal):
        return whole
    analysis = whole.analysis
    text = prepare(comment.text, comment.lang)
    asked = _asked(analysis)
    effects: dict[str, list[WordEffect]] = {task: [] for task, _, _ in asked}
    if analysis.meaningful:
        words = _worth_trying(analyzer, text, whole, asked)
        for word, without in zip(words, _without(analyzer, text, words), strict=True):
            for task, _, read in asked:
                effect = read(whole) - read(without)
                if abs(effect) >= _LEAST_EFFECT:
                    effects[task].append(WordEffect(word.start, word.end, effect))
    return Explanation(
        analysis,
        tuple(
            LabelExplanation(
                task,
                label,
                read(whole),
                tuple(sorted(effects[task], key=lambda word: -abs(word.effect))[:most_words]),
                tuple(_rules(task, analysis, analyzer.part_weights)),
            )
            for task, label, read in asked
        ),
    )


_Read = Callable[[Examined], float]


def _asked(analysis: Analysis) -> list[tuple[str, str, _Read]]:
    """List task, label and how to read the label's probability from any answer."""
    mood, intent = analysis.sentiment.label, analysis.intent.label
    level, at_risk = analysis.urgency.level, analysis.churn.at_risk
    found: list[tuple[str, str, _Read]] = [
        ("sentiment", mood.value, lambda one: one.analysis.sentiment.probabilities[mood]),
        ("intent", intent.value, lambda one: one.analysis.intent.probabilities[intent]),
        ("urgency", level.value, lambda one: one.analysis.urgency.probabilities[level]),
        (
            "churn",
            "at_risk" if at_risk else "staying",
            lambda one: _chance_of_leaving(one) if at_risk else 1 - _chance_of_leaving(one),
        ),
    ]
    if analysis.departments:
        primary = analysis.departments[0].id
        found.insert(1, ("department", primary, lambda one: one.owners.get(primary, 0.0)))
    return found


def _chance_of_leaving(examined: Examined) -> float:
    return examined.analysis.churn.probability


def _rules(task: str, analysis: Analysis, weights: Mapping[str, float]) -> Iterable[Rule]:
    if not analysis.meaningful:
        return (Rule("noise", one.start, one.end) for one in analysis.sentences)
    if task == "urgency":
        return (Rule(f"urgency:{one.code}", one.start, one.end) for one in analysis.urgency.reasons)
    if task == "churn":
        return (Rule("churn_phrase", one.start, one.end) for one in analysis.churn.reasons)
    if task == "sentiment" and analysis.sentiment.label == "mixed":
        aspects, sentences = analysis.aspects, analysis.sentences
        sides = find_sides([one.score for one in aspects], [one.score for one in sentences], weights)
        parts: list[Aspect | Sentence] = [aspects[number] for number in sides.aspects]
        parts += [sentences[number] for number in sides.sentences]
        return (Rule("two_sided", one.start, one.end) for one in sorted(parts, key=attrgetter("start")))
    return ()


def _worth_trying(
    analyzer: Analyzer, text: PreparedText, whole: Examined, asked: Sequence[tuple[str, str, _Read]]
) -> list[Span]:
    """List the words to take out; of a long comment, those of the sentences that matter most."""
    words = _words(text)
    if len(words) <= _MOST_WORDS_TRIED:
        return words
    sentences = [Span(*text.normalized.original_span(one.start, one.end)) for one in text.sentences]
    weights = [
        max(abs(read(whole) - read(without)) for _, _, read in asked)
        for without in _without(analyzer, text, sentences)
    ]
    chosen: list[Span] = []
    for _, sentence in sorted(zip(weights, sentences, strict=True), key=lambda pair: -pair[0]):
        inside = [one for one in words if sentence.start <= one.start < sentence.end]
        chosen += inside[: _MOST_WORDS_TRIED - len(chosen)]
    return sorted(chosen, key=lambda word: word.start)


def _words(text: PreparedText) -> list[Span]:
    """List the words of a comment with what is attached to them, in the text as it was sent."""
    spans: list[Span] = []
    last: Token | None = None
    for token in text.tokens:
        if all(unicodedata.category(letter).startswith("P") for letter in token.surface):
            last = None
            continue
        span = Span(*text.normalized.original_span(token.start, token.end))
        if last is not None and token.pos in _ATTACHED and last.end == token.start and spans:
            spans[-1] = Span(spans[-1].start, max(span.end, spans[-1].end))
        elif not spans or span.start >= spans[-1].end:
            spans.append(span)
        last = token
    return spans


def _without(analyzer: Analyzer, text: PreparedText, spans: Sequence[Span]) -> list[Examined]:
    """Analyse the comment once for each stretch, that stretch taken out; no rest may be refused."""
    original = text.original
    rests = [original[: span.start] + original[span.end :] for span in spans]
    found: list[Examined] = []
    for answer in analyzer.examine([Comment("1", rest, lang=text.language.value) for rest in rests]):
        if isinstance(answer, Refusal):
            raise RecordError(
                answer.code,
                f"the comment without one of its words was refused ({answer.message}); expected an analysis "
                "as for the whole. Report this with the comment's id.",
            )
        found.append(answer)
    return found
