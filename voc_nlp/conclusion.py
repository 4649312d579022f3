"""What was found of one comment, put together into its analysis; spans go back to the text as it was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voc_nlp.contradiction import find_contradiction
from voc_nlp.routing.model import RoutingPrediction
from voc_nlp.routing.rules import Phrases
from voc_nlp.schema import (
    Analysis,
    Aspect,
    Churn,
    Comment,
    Intent,
    IntentLabel,
    Sentence,
    Sentiment,
    SentimentLabel,
    Span,
    ThemeMatch,
    Urgency,
    UrgencyLevel,
    UrgencyReason,
)
from voc_nlp.sentiment.model import weigh_parts
from voc_nlp.sentiment.politeness import find_masked_complaint
from voc_nlp.text.prepare import PreparedText
from voc_nlp.text.privacy import find_pii


@dataclass(frozen=True, slots=True)
class SentenceFinding:
    """What was found of one sentence.

    Parameters
    ----------
    start, end : int
        Where it stands in the normalised text.
    mood : Sentiment
        Its sentiment.
    speaks_for_owner : float
        How clearly it speaks for the comment's primary owner, in [0, 1].
    """

    start: int
    end: int
    mood: Sentiment
    speaks_for_owner: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What the models and rules found of one comment.

    Parameters
    ----------
    mood : Sentiment
        Sentiment of the whole.
    sentences : Sequence[SentenceFinding]
        In text order.
    aspects : tuple[Aspect, ...]
        In text order.
    route : RoutingPrediction
        Owners, intent, urgency, churn.
    phrases : Phrases
        Phrases of urgency and of leaving, offsets in the normalised text.
    themes : tuple[ThemeMatch, ...]
        Best first.
    """

    mood: Sentiment
    sentences: Sequence[SentenceFinding]
    aspects: tuple[Aspect, ...]
    route: RoutingPrediction
    phrases: Phrases
    themes: tuple[ThemeMatch, ...]


def conclude(
    comment: Comment,
    text: PreparedText,
    found: Findings,
    *,
    weights: Mapping[str, float],
    model_version: str,
) -> Analysis:
    """Put an analysis together.

    Parameters
    ----------
    comment : Comment
        The comment.
    text : PreparedText
        Its text.
    found : Findings
        What was found of it; of noise, everything but its sentences is passed over.
    weights : Mapping[str, float]
        Weights of `weigh_parts`.
    model_version : str
        Stamped into the analysis.

    Returns
    -------
    Analysis
        With offsets in the text as it was sent.
    """
    if not text.meaningful:
        return _say_nothing(comment, text, found, model_version)
    route = found.route
    sentiment = weigh_parts(
        found.mood,
        [aspect.score for aspect in found.aspects],
        [sentence.mood.score for sentence in found.sentences],
        weights,
    )
    return Analysis(
        id=comment.id,
        language=text.language,
        meaningful=True,
        sentiment=sentiment,
        sentences=_sentences(text, [(s, s.mood) for s in found.sentences]),
        aspects=found.aspects,
        intent=route.intent,
        urgency=_urgency(text, found),
        churn=_churn(text, found),
        departments=route.departments,
        abstained=route.abstained,
        themes=found.themes,
        pii=tuple(find_pii(text.original, text.language)),
        model_version=model_version,
        runner_up=route.runner_up,
        deciding_sentence=_deciding_sentence(text, found),
        masked_complaint=_spans(
            text, find_masked_complaint(text.normalized.text, text.language, sentiment.label)
        ),
        contradiction=find_contradiction(sentiment, route.intent, comment.nps),
    )


def _say_nothing(comment: Comment, text: PreparedText, found: Findings, model_version: str) -> Analysis:
    """Answer noise: surely neutral, owned by nobody, about nothing, of no intent among those there are."""
    intents = (*(found.route.intent.probabilities or IntentLabel), IntentLabel.OTHER)
    return Analysis(
        id=comment.id,
        language=text.language,
        meaningful=False,
        sentiment=_NEUTRAL,
        sentences=_sentences(text, [(sentence, _NEUTRAL) for sentence in found.sentences]),
        aspects=(),
        intent=Intent(IntentLabel.OTHER, {label: float(label == IntentLabel.OTHER) for label in intents}),
        urgency=Urgency(
            UrgencyLevel.LOW,
            probabilities={level: float(level is UrgencyLevel.LOW) for level in UrgencyLevel},
        ),
        churn=Churn(at_risk=False, probability=0.0),
        departments=(),
        abstained=False,
        themes=(),
        pii=tuple(find_pii(text.original, text.language)),
        model_version=model_version,
    )


_NEUTRAL = Sentiment(
    SentimentLabel.NEUTRAL, 0.0, {label: float(label is SentimentLabel.NEUTRAL) for label in SentimentLabel}
)


def _sentences(
    text: PreparedText, moods: Sequence[tuple[SentenceFinding, Sentiment]]
) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(*text.normalized.original_span(sentence.start, sentence.end), mood.label, mood.score)
        for sentence, mood in moods
    )


def _urgency(text: PreparedText, found: Findings) -> Urgency:
    """Name the phrases that make a comment urgent; a comment of low urgency has none."""
    level, probabilities = found.route.urgency, found.route.urgency_probabilities
    if level is UrgencyLevel.LOW:
        return Urgency(level, (), probabilities)
    reasons = (
        UrgencyReason(reason.code, *text.normalized.original_span(reason.start, reason.end))
        for reason in found.phrases.urgent
    )
    return Urgency(level, tuple(reasons), probabilities)


def _churn(text: PreparedText, found: Findings) -> Churn:
    probability = found.route.churn
    if not found.route.at_risk:
        return Churn(at_risk=False, probability=probability)
    return Churn(at_risk=True, probability=probability, reasons=_spans(text, found.phrases.leaving))


def _deciding_sentence(text: PreparedText, found: Findings) -> Span | None:
    if not found.route.departments or not found.sentences:
        return None
    clearest = max(found.sentences, key=lambda sentence: sentence.speaks_for_owner)
    return Span(*text.normalized.original_span(clearest.start, clearest.end))


def _spans(text: PreparedText, spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(Span(*text.normalized.original_span(span.start, span.end)) for span in spans)
