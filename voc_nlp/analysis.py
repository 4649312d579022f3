"""The one straight line: comments in, analyses out, in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass

from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import Pieces, StaticEmbedder, Stretches
from voc_nlp.errors import RecordError
from voc_nlp.features import Featurizer, NgramVocabulary
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
    Urgency,
    UrgencyLevel,
    UrgencyReason,
)
from voc_nlp.sentiment.aspects import AspectTagger, TermSpan
from voc_nlp.sentiment.categories import AspectCategories
from voc_nlp.sentiment.model import SentimentModel
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.text.privacy import find_pii
from voc_nlp.text.segment import split_clauses
from voc_nlp.topics.model import ThemeModel

_NEUTRAL_BAND = 0.15
"""An aspect whose clause scores nearer to zero than this is neutral."""

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
    ) -> None:
        self.model_version = model_version
        self._embedder = embedder
        self._contextual = contextual
        self._featurizer = Featurizer(embedder, ngrams)
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
        whole, rest = moods[: len(units)], moods[len(units) :]
        routes = self._routing.predict(features.head(len(units)))
        themes = self._themes.assign(features.vectors[: len(units)], [text.language for text in texts])
        sentence_moods: list[list[tuple[_Unit, Sentiment]]] = [[] for _ in texts]
        for unit, mood in zip(sentences, rest[: len(sentences)], strict=True):
            sentence_moods[unit.row].append((unit, mood))
        clause_moods: list[list[tuple[_Unit, Sentiment]]] = [[] for _ in texts]
        for unit, mood in zip(clauses, rest[len(sentences) :], strict=True):
            clause_moods[unit.row].append((unit, mood))
        aspects = self._name_aspects(texts, terms, clause_moods)
        found = []
        for row, text in enumerate(texts):
            meaningful = text.meaningful
            churn_phrases = find_churn_phrases(text.normalized.text, text.language) if meaningful else []
            reasons = find_urgency_reasons(text.normalized.text, text.language) if meaningful else []
            route = routes[row] if meaningful else _NOTHING
            found.append(
                Analysis(
                    id=ids[row],
                    language=text.language,
                    meaningful=meaningful,
                    sentiment=whole[row] if meaningful else _NEUTRAL,
                    sentences=_sentences(text, sentence_moods[row]),
                    aspects=aspects[row] if meaningful else (),
                    intent=route.intent,
                    urgency=_urgency(text, route, reasons),
                    churn=_churn(text, route, churn_phrases),
                    departments=route.departments,
                    abstained=route.abstained,
                    themes=themes[row] if meaningful else (),
                    pii=tuple(find_pii(text.original, text.language)),
                    model_version=self.model_version,
                )
            )
        return found

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
_NOTHING = RoutingPrediction(
    departments=(),
    abstained=False,
    intent=Intent(IntentLabel.OTHER, {label: float(label is IntentLabel.OTHER) for label in IntentLabel}),
    urgency={level: float(level is UrgencyLevel.LOW) for level in UrgencyLevel},
    churn=0.0,
)
"""What is said of noise: nothing, and surely so."""


def _cut(pieces: Pieces, units: Sequence[_Unit]) -> Stretches:
    return pieces.stretches(
        [unit.row for unit in units], [unit.start for unit in units], [unit.end for unit in units]
    )


def _sentences(text: PreparedText, moods: Sequence[tuple[_Unit, Sentiment]]) -> tuple[Sentence, ...]:
    found = []
    for unit, mood in moods:
        start, end = text.normalized.original_span(unit.start, unit.end)
        kept = mood if text.meaningful else _NEUTRAL
        found.append(Sentence(start, end, kept.label, kept.score))
    return tuple(found)


def _urgency(text: PreparedText, route: RoutingPrediction, reasons: Sequence[UrgencyReason]) -> Urgency:
    """Take the likeliest level; the phrases are reasons only of what is not low."""
    level = max(route.urgency, key=route.urgency.__getitem__)
    if level is UrgencyLevel.LOW:
        return Urgency(level)
    spans = (text.normalized.original_span(reason.start, reason.end) for reason in reasons)
    return Urgency(
        level,
        tuple(UrgencyReason(r.code, *span) for r, span in zip(reasons, spans, strict=True)),
    )


def _churn(text: PreparedText, route: RoutingPrediction, phrases: Sequence[Span]) -> Churn:
    at_risk = route.churn >= 0.5
    spans = tuple(Span(*text.normalized.original_span(p.start, p.end)) for p in phrases) if at_risk else ()
    return Churn(at_risk, route.churn, spans)


def _polarity(score: float) -> Polarity:
    if abs(score) < _NEUTRAL_BAND:
        return Polarity.NEUTRAL
    return Polarity.POSITIVE if score > 0 else Polarity.NEGATIVE
