"""The one straight line: comments in, analyses out, in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass

from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.errors import RecordError
from voc_nlp.features import Featurizer, NgramVocabulary
from voc_nlp.pieces import Pieces, Stretches
from voc_nlp.routing.model import RoutingModel, RoutingPrediction
from voc_nlp.routing.rules import find_churn_phrases, find_urgency_reasons
from voc_nlp.schema import (
    Analysis,
    Aspect,
    Churn,
    Comment,
    Intent,
    IntentLabel,
    Language,
    Polarity,
    Refusal,
    Sentence,
    Sentiment,
    SentimentLabel,
    Span,
    ThemeMatch,
    Urgency,
    UrgencyLevel,
    UrgencyReason,
)
from voc_nlp.sentiment.aspects import AspectTagger, TermSpan
from voc_nlp.sentiment.categories import AspectCategories
from voc_nlp.sentiment.model import SentimentModel, weigh_parts
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.text.privacy import find_pii
from voc_nlp.text.segment import split_clauses
from voc_nlp.topics.model import ThemeModel

_NEUTRAL_BAND = 0.15
"""An aspect whose clause scores nearer to zero than this is neutral."""

_AT_RISK_FROM = 0.4
"""Least probability of leaving; F1 on the dev writers is 0.76 (ja) and 0.72 (en), at 0.5 0.73 and 0.71."""

_BATCH = 256
"""Comments analysed at a time; bounds the memory of one call."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of a comment that gets a sentiment of its own; offsets in the normalised text."""

    row: int
    start: int
    end: int


class Analyzer:
    """Analyses comments with loaded models; safe to share between threads.

    Parameters
    ----------
    embedder : StaticEmbedder
        Cuts texts into pieces and turns them into vectors.
    ngrams : NgramVocabulary
        The n-grams that the heads know.
    sentiment : SentimentModel
        Sentiment of comments, sentences and clauses.
    aspects : AspectTagger
        Finds opinion targets.
    routing : RoutingModel
        Departments, intent, urgency and churn risk.
    themes : ThemeModel
        Themes.
    model_version : str
        Stamped into every analysis.
    contextual : ContextualEncoder | None
        Reads pieces in their surroundings; None in the fast tier.
    sentence_encoder : Embedder | None
        Gives the vectors of texts that heads and themes read, in place of the embedder.
    """

    def __init__(
        self,
        *,
        embedder: StaticEmbedder,
        ngrams: NgramVocabulary,
        sentiment: SentimentModel,
        aspects: AspectTagger,
        routing: RoutingModel,
        themes: ThemeModel,
        model_version: str,
        contextual: ContextualEncoder | None = None,
        sentence_encoder: Embedder | None = None,
    ) -> None:
        self.model_version = model_version
        self._embedder = embedder
        self._contextual = contextual
        self._featurizer = Featurizer(embedder, ngrams, sentence_encoder)
        self._sentiment = sentiment
        self._aspects = aspects
        self._categories = AspectCategories(embedder)
        self._routing = routing
        self._themes = themes

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse comments.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            Comments, or bare texts, whose id is then their number from 1.

        Returns
        -------
        list[Analysis | Refusal]
            One answer a comment, in the same order; a comment that cannot be
            analysed gets a `Refusal` that says why, and the others are not touched.
        """
        answers: list[Analysis | Refusal] = []
        for start in range(0, len(comments), _BATCH):
            batch = [
                Comment(str(start + number), item) if isinstance(item, str) else item
                for number, item in enumerate(comments[start : start + _BATCH], start=1)
            ]
            answers += self._analyze_batch(batch)
        return answers

    def _analyze_batch(self, comments: Sequence[Comment]) -> list[Analysis | Refusal]:
        answers: list[Analysis | Refusal | None] = [None] * len(comments)
        places: list[int] = []
        texts: list[PreparedText] = []
        for place, comment in enumerate(comments):
            try:
                texts.append(prepare(comment.text, comment.lang))
                places.append(place)
            except RecordError as error:
                language = Language.OTHER if error.code == "unsupported_language" else None
                answers[place] = Refusal(comment.id, error.code, error.message, language)
        for place, analysis in zip(
            places, self._analyze_texts([comments[p].id for p in places], texts), strict=True
        ):
            answers[place] = analysis
        return [answer for answer in answers if answer is not None]

    def _analyze_texts(self, ids: Sequence[str], texts: Sequence[PreparedText]) -> list[Analysis]:
        if not texts:
            return []
        normalized = [text.normalized.text for text in texts]
        pieces = self._embedder.pieces(normalized)
        hidden = None if self._contextual is None else self._contextual.run(pieces)
        terms = self._aspects.find(normalized, pieces, hidden)
        units = [_Unit(row, 0, len(text.normalized.text)) for row, text in enumerate(texts)]
        sentences = [_Unit(row, s.start, s.end) for row, text in enumerate(texts) for s in text.sentences]
        clauses = [
            _Unit(row, clause.start, clause.end)
            for row, text in enumerate(texts)
            if any(term.score is None for term in terms[row])
            for sentence in text.sentences
            for clause in split_clauses(text.normalized.text, sentence.start, sentence.end, text.language)
        ]
        features = self._featurizer.featurize(_cut(pieces, [*units, *sentences, *clauses]), hidden)
        moods = self._sentiment.predict(features)
        routes = self._routing.predict(features.head(len(texts)))
        themes = self._themes.assign(features.vectors[: len(texts)], [text.language for text in texts])
        first_clause = len(units) + len(sentences)
        of_sentences = _by_text(sentences, moods[len(units) : first_clause], len(texts))
        of_clauses = _by_text(clauses, moods[first_clause:], len(texts))
        aspects = self._name_aspects(texts, terms, of_clauses)
        return [
            self._conclude(
                ids[row], text, moods[row], of_sentences[row], aspects[row], routes[row], themes[row]
            )
            if text.meaningful
            else self._say_nothing(ids[row], text, of_sentences[row])
            for row, text in enumerate(texts)
        ]

    def _conclude(
        self,
        comment_id: str,
        text: PreparedText,
        mood: Sentiment,
        sentences: Sequence[tuple[_Unit, Sentiment]],
        aspects: tuple[Aspect, ...],
        route: RoutingPrediction,
        themes: tuple[ThemeMatch, ...],
    ) -> Analysis:
        return Analysis(
            id=comment_id,
            language=text.language,
            meaningful=True,
            sentiment=weigh_parts(
                mood,
                [aspect.score for aspect in aspects],
                [part.score for _, part in sentences],
                self._contextual.thresholds if self._contextual else {},
            ),
            sentences=_sentences(text, sentences),
            aspects=aspects,
            intent=route.intent,
            urgency=_urgency(text, route),
            churn=_churn(text, route),
            departments=route.departments,
            abstained=route.abstained,
            themes=themes,
            pii=tuple(find_pii(text.original, text.language)),
            model_version=self.model_version,
        )

    def _say_nothing(
        self, comment_id: str, text: PreparedText, sentences: Sequence[tuple[_Unit, Sentiment]]
    ) -> Analysis:
        """Answer noise: surely neutral, owned by nobody, about nothing."""
        return Analysis(
            id=comment_id,
            language=text.language,
            meaningful=False,
            sentiment=_NEUTRAL,
            sentences=_sentences(text, [(unit, _NEUTRAL) for unit, _ in sentences]),
            aspects=(),
            intent=Intent(
                IntentLabel.OTHER, {label: float(label is IntentLabel.OTHER) for label in IntentLabel}
            ),
            urgency=Urgency(UrgencyLevel.LOW),
            churn=Churn(at_risk=False, probability=0.0),
            departments=(),
            abstained=False,
            themes=(),
            pii=tuple(find_pii(text.original, text.language)),
            model_version=self.model_version,
        )

    def _name_aspects(
        self,
        texts: Sequence[PreparedText],
        terms: Sequence[Sequence[TermSpan]],
        clauses: Sequence[Sequence[tuple[_Unit, Sentiment]]],
    ) -> list[tuple[Aspect, ...]]:
        """Give each found term its category and the polarity of the clause it stands in."""
        words = [
            texts[row].normalized.text[t.start : t.end] for row, spans in enumerate(terms) for t in spans
        ]
        categories = iter(self._categories.name(words))
        found = []
        for row, spans in enumerate(terms):
            aspects: list[Aspect] = []
            for span in spans:
                category = next(categories)
                start, end = texts[row].normalized.original_span(span.start, span.end)
                if aspects and start < aspects[-1].end:
                    continue  # two terms out of one letter, which normalising spelt out
                score = span.score
                if score is None:
                    around = (m.score for unit, m in clauses[row] if unit.start <= span.start < unit.end)
                    score = next(around, 0.0)
                term = texts[row].original[start:end]
                aspects.append(Aspect(term, start, end, category, _polarity(score), score))
            found.append(tuple(aspects))
        return found


_NEUTRAL = Sentiment(
    SentimentLabel.NEUTRAL, 0.0, {label: float(label is SentimentLabel.NEUTRAL) for label in SentimentLabel}
)


def _cut(pieces: Pieces, units: Sequence[_Unit]) -> Stretches:
    return pieces.stretches(
        [unit.row for unit in units], [unit.start for unit in units], [unit.end for unit in units]
    )


def _by_text(
    units: Sequence[_Unit], moods: Sequence[Sentiment], count: int
) -> list[list[tuple[_Unit, Sentiment]]]:
    """Hand each text its own stretches with their sentiment."""
    found: list[list[tuple[_Unit, Sentiment]]] = [[] for _ in range(count)]
    for unit, mood in zip(units, moods, strict=True):
        found[unit.row].append((unit, mood))
    return found


def _sentences(text: PreparedText, moods: Sequence[tuple[_Unit, Sentiment]]) -> tuple[Sentence, ...]:
    spans = (text.normalized.original_span(unit.start, unit.end) for unit, _ in moods)
    return tuple(
        Sentence(start, end, mood.label, mood.score)
        for (start, end), (_, mood) in zip(spans, moods, strict=True)
    )


def _urgency(text: PreparedText, route: RoutingPrediction) -> Urgency:
    """Name the phrases that make a comment urgent; a comment of low urgency has none."""
    if route.urgency is UrgencyLevel.LOW:
        return Urgency(route.urgency)
    reasons = (
        UrgencyReason(reason.code, *text.normalized.original_span(reason.start, reason.end))
        for reason in find_urgency_reasons(text.normalized.text, text.language)
    )
    return Urgency(route.urgency, tuple(reasons))


def _churn(text: PreparedText, route: RoutingPrediction) -> Churn:
    if route.churn < _AT_RISK_FROM:
        return Churn(at_risk=False, probability=route.churn)
    phrases = find_churn_phrases(text.normalized.text, text.language)
    spans = (Span(*text.normalized.original_span(phrase.start, phrase.end)) for phrase in phrases)
    return Churn(at_risk=True, probability=route.churn, reasons=tuple(spans))


def _polarity(score: float) -> Polarity:
    if abs(score) < _NEUTRAL_BAND:
        return Polarity.NEUTRAL
    return Polarity.POSITIVE if score > 0 else Polarity.NEGATIVE
