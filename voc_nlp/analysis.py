"""The one straight line: comments in, analyses out, in the same order."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from voc_nlp.conclusion import Findings, SentenceFinding, conclude
from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.errors import RecordError
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.pieces import Pieces, Stretches
from voc_nlp.routing.departments import DepartmentDescription
from voc_nlp.routing.evidence import Evidence
from voc_nlp.routing.model import RoutingModel, RoutingPrediction
from voc_nlp.routing.rules import find_phrases
from voc_nlp.schema import Analysis, Aspect, Comment, Language, Polarity, Refusal, Sentiment, Span, ThemeMatch
from voc_nlp.sentiment.aspects import AspectTagger, TermSpan
from voc_nlp.sentiment.categories import AspectCategories
from voc_nlp.sentiment.model import SentimentModel
from voc_nlp.sentiment.opinions import find_opinions
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.text.segment import Clause, split_clauses
from voc_nlp.topics.assign import assign_texts, needs_analysis
from voc_nlp.topics.model import ThemeModel

_NEUTRAL_BAND = 0.15
"""An aspect whose clause scores nearer to zero than this is neutral."""

_BATCH = 256
"""Comments analysed at a time; bounds the memory of one call."""


_Finding = TypeVar("_Finding")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of a comment that gets a sentiment of its own; offsets in the normalised text."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Examined:
    """An analysis with what its published shape leaves out.

    Parameters
    ----------
    analysis : Analysis
        What `Analyzer.analyze` answers.
    owners : Mapping[str, float]
        Probability of every department to be the primary owner; empty for noise, which nobody owns.
    """

    analysis: Analysis
    owners: Mapping[str, float]


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

    Attributes
    ----------
    part_weights : Mapping[str, float]
        What `weigh_parts` adds where aspects or sentences speak for both sides; nothing in the fast tier.
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
        self.part_weights: Mapping[str, float] = contextual.thresholds if contextual else {}
        self._embedder = embedder
        self._contextual = contextual
        self._featurizer = Featurizer(embedder, ngrams, sentence_encoder)
        self._sentiment = sentiment
        self._aspects = aspects
        self._categories = AspectCategories(embedder)
        self._routing = routing
        self._encoder: Embedder = sentence_encoder or embedder
        self._centers = themes.centers
        self._set_themes(themes)

    @property
    def themes(self) -> ThemeModel:
        """The themes that comments are assigned to."""
        return self._themes

    @property
    def embedder(self) -> Embedder:
        """The encoder whose vectors are compared with the themes."""
        return self._encoder

    def with_themes(self, themes: ThemeModel) -> "Analyzer":
        """Return an analyzer with other themes; all else is shared with this one.

        Parameters
        ----------
        themes : ThemeModel
            Fitted with `embedder`; themes of another encoder raise an `UnknownFormatError`.

        Returns
        -------
        Analyzer
            Another analyzer; this one stays as it is.
        """
        themes.check_encoder(self._encoder)
        other = copy.copy(self)
        other._set_themes(themes)
        return other

    def with_departments(self, departments: Sequence[DepartmentDescription]) -> "Analyzer":
        """Return an analyzer that names these departments and no others; all else is shared with this one.

        A department that the models were not trained on is known by its description, examples and key
        words. A comment of one that they name and that is not here goes to the next best, if that is sure
        enough, else the analysis abstains.

        Parameters
        ----------
        departments : Sequence[DepartmentDescription]
            All departments that there are, beside triage; none, or one twice, raise a `TaxonomyError`.

        Returns
        -------
        Analyzer
            Another analyzer; this one stays as it is. Where the models know all departments and no others,
            its answers are the same.
        """
        other = copy.copy(self)
        other._routing = self._routing.with_departments(departments, self._encoder, self._centers)
        return other

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
        return [one if isinstance(one, Refusal) else one.analysis for one in self.examine(comments)]

    def examine(self, comments: Sequence[Comment | str]) -> list[Examined | Refusal]:
        """Analyse comments and keep what explains the answers.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            As `analyze` takes them.

        Returns
        -------
        list[Examined | Refusal]
            One answer a comment, in the same order.
        """
        answers: list[Examined | Refusal] = []
        for start in range(0, len(comments), _BATCH):
            batch = [
                Comment(str(start + number), item) if isinstance(item, str) else item
                for number, item in enumerate(comments[start : start + _BATCH], start=1)
            ]
            answers += self._analyze_batch(batch)
        return answers

    def _analyze_batch(self, comments: Sequence[Comment]) -> list[Examined | Refusal]:
        answers: list[Examined | Refusal | None] = [None] * len(comments)
        places: list[int] = []
        texts: list[PreparedText] = []
        for place, comment in enumerate(comments):
            try:
                texts.append(prepare(comment.text, comment.lang))
                places.append(place)
            except RecordError as error:
                language = Language.OTHER if error.code == "unsupported_language" else None
                answers[place] = Refusal(comment.id, error.code, error.message, language)
        for place, examined in zip(
            places, self._analyze_texts([comments[place] for place in places], texts), strict=True
        ):
            answers[place] = examined
        return [answer for answer in answers if answer is not None]

    def _analyze_texts(self, comments: Sequence[Comment], texts: Sequence[PreparedText]) -> list[Examined]:
        if not texts:
            return []
        normalized = [text.normalized.text for text in texts]
        pieces = self._embedder.pieces(normalized)
        hidden = None if self._contextual is None else self._contextual.run(pieces)
        terms = self._aspects.find(normalized, pieces, hidden)
        units = [_Unit(row, 0, len(text)) for row, text in enumerate(normalized)]
        sentences = [_Unit(row, s.start, s.end) for row, text in enumerate(texts) for s in text.sentences]
        clauses = [
            _Unit(row, clause.start, clause.end)
            for row, text in enumerate(texts)
            for clause in _clauses_around([term.start for term in terms[row]], text)
        ]
        unscored = [unit for unit in clauses if any(term.score is None for term in terms[unit.row])]
        stretches, places = _cut(pieces, [*units, *sentences, *unscored]).distinct()
        features = self._featurizer.featurize(stretches, hidden)
        moods = self._sentiment.predict(features)
        of_units = features.rows(0, len(units))  # whole comments came first and no two are equal runs
        phrases = [find_phrases(text.normalized.text, text.language) for text in texts]
        routes = self._routing.predict(
            of_units,
            [Evidence(bool(p.leaving), bool(p.urgent)) for p in phrases],
            [(text.normalized.text, text.language) for text in texts],
        )
        first_clause = len(units) + len(sentences)
        of_sentences = _by_text(
            self._weigh_sentences(
                texts, sentences, places[len(units) : first_clause], features, moods, routes
            ),
            sentences,
            len(units),
        )
        of_unscored = {
            unit: moods[place] for unit, place in zip(unscored, places[first_clause:], strict=True)
        }
        aspects = self._name_aspects(
            texts, pieces, terms, _by_text(clauses, clauses, len(units)), of_unscored
        )
        themes: list[tuple[ThemeMatch, ...]] = [()] * len(texts)
        if not self._themes_follow:
            themes = assign_texts(self._themes, comments, texts, self._encoder, vectors=of_units.vectors)
        analyses = [
            conclude(
                comment,
                text,
                Findings(
                    mood=moods[row],
                    sentences=of_sentences[row],
                    aspects=aspects[row],
                    route=routes[row],
                    phrases=phrases[row],
                    themes=themes[row],
                ),
                weights=self.part_weights,
                model_version=self.model_version,
            )
            for row, (comment, text) in enumerate(zip(comments, texts, strict=True))
        ]
        if self._themes_follow:
            themes = assign_texts(
                self._themes, comments, texts, self._encoder, vectors=of_units.vectors, analyses=analyses
            )
            analyses = [replace(one, themes=found) for one, found in zip(analyses, themes, strict=True)]
        return [
            Examined(analysis, route.owners if analysis.meaningful else {})
            for analysis, route in zip(analyses, routes, strict=True)
        ]

    def _set_themes(self, themes: ThemeModel) -> None:
        self._themes = themes
        # Rules may ask for the analysis, and a person may give noise a theme: both are known at the end.
        self._themes_follow = needs_analysis(themes) or bool(themes.corrections)

    def _weigh_sentences(
        self,
        texts: Sequence[PreparedText],
        sentences: Sequence[_Unit],
        places: Sequence[int],
        features: Features,
        moods: Sequence[Sentiment],
        routes: Sequence[RoutingPrediction],
    ) -> list[SentenceFinding]:
        """Give each sentence its mood, and say how clearly it speaks for its comment's owner.

        A sentence that is its whole comment, or that has nobody to speak for, need not be asked.
        """
        owners = [routes[unit.row].departments[:1] for unit in sentences]
        speaks = [owner[0].probability if owner else 0.0 for owner in owners]
        asked = [
            number
            for number, (unit, place) in enumerate(zip(sentences, places, strict=True))
            if owners[number] and place != unit.row
        ]
        answers = self._routing.speak_for(
            features.take([places[number] for number in asked]),
            [owners[number][0].id for number in asked],
            [_spoken(texts, sentences[number]) for number in asked],
        )
        for number, answer in zip(asked, answers, strict=True):
            speaks[number] = answer
        return [
            SentenceFinding(unit.start, unit.end, moods[place], owned)
            for unit, place, owned in zip(sentences, places, speaks, strict=True)
        ]

    def _name_aspects(
        self,
        texts: Sequence[PreparedText],
        pieces: Pieces,
        terms: Sequence[Sequence[TermSpan]],
        clauses: Sequence[Sequence[_Unit]],
        moods: Mapping[_Unit, Sentiment],
    ) -> list[tuple[Aspect, ...]]:
        """Give each found term its category, its polarity or else its clause's, and its opinion words."""
        names = [
            texts[row].normalized.text[t.start : t.end] for row, spans in enumerate(terms) for t in spans
        ]
        categories = iter(self._categories.name(names))
        found = []
        for row, spans in enumerate(terms):
            aspects: list[Aspect] = []
            words = _words(pieces, row) if spans and texts[row].language is Language.JA else ()
            for span in spans:
                category = next(categories)
                start, end = texts[row].normalized.original_span(span.start, span.end)
                if aspects and start < aspects[-1].end:
                    continue  # two terms out of one letter, which normalising spelt out
                clause = next((unit for unit in clauses[row] if unit.start <= span.start < unit.end), None)
                score = span.score
                if score is None:
                    score = 0.0 if clause is None else moods[clause].score
                label = _polarity(score)
                opinions: tuple[Span, ...] = ()
                if clause is not None and label is not Polarity.NEUTRAL:
                    opinions = _opinions(texts[row], clause, span, words)
                term = texts[row].original[start:end]
                aspects.append(Aspect(term, start, end, category, label, score, opinions))
            found.append(tuple(aspects))
        return found


def _spoken(texts: Sequence[PreparedText], unit: _Unit) -> tuple[str, Language]:
    """Return the normalised text of a stretch, and its comment's language."""
    text = texts[unit.row]
    return text.normalized.text[unit.start : unit.end], text.language


def _words(pieces: Pieces, row: int) -> tuple[Span, ...]:
    """List the pieces of one text."""
    first, last = np.searchsorted(pieces.owners, (row, row + 1)).tolist()
    return tuple(map(Span, pieces.starts[first:last].tolist(), pieces.ends[first:last].tolist()))


def _opinions(text: PreparedText, clause: _Unit, term: TermSpan, words: Sequence[Span]) -> tuple[Span, ...]:
    """Find the words that give the opinion, offsets in the text as it was sent.

    What shares a letter with the term or with another there, because normalising spelt it out, is left out.
    """
    original_span = text.normalized.original_span
    found = find_opinions(
        text.normalized.text,
        Span(clause.start, clause.end),
        Span(term.start, term.end),
        words,
        text.language,
    )
    taken = [Span(*original_span(term.start, term.end))]
    for opinion in found:
        span = Span(*original_span(opinion.start, opinion.end))
        if all(span.end <= other.start or other.end <= span.start for other in taken):
            taken.append(span)
    return tuple(taken[1:])


def _cut(pieces: Pieces, units: Sequence[_Unit]) -> Stretches:
    return pieces.stretches(
        [unit.row for unit in units], [unit.start for unit in units], [unit.end for unit in units]
    )


def _clauses_around(places: Sequence[int], text: PreparedText) -> list[Clause]:
    """Cut out the clauses in which something stands; places in the normalised text."""
    if not places:
        return []
    return [
        clause
        for sentence in text.sentences
        if any(sentence.start <= place < sentence.end for place in places)
        for clause in split_clauses(text.normalized.text, sentence.start, sentence.end, text.language)
        if any(clause.start <= place < clause.end for place in places)
    ]


def _by_text(findings: Sequence[_Finding], units: Sequence[_Unit], count: int) -> list[list[_Finding]]:
    """Hand each text what was found of its own stretches."""
    found: list[list[_Finding]] = [[] for _ in range(count)]
    for unit, finding in zip(units, findings, strict=True):
        found[unit.row].append(finding)
    return found


def _polarity(score: float) -> Polarity:
    if abs(score) < _NEUTRAL_BAND:
        return Polarity.NEUTRAL
    return Polarity.POSITIVE if score > 0 else Polarity.NEGATIVE
