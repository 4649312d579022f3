"""Measure the opinion words of aspects, terms given, on labels of the dev writer that set no rule."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path

from training.data.corpus import CORPUS
from training.evaluate.markdown import figure, table
from training.evaluate.predictions import SPAN
from training.evaluate.sets import LANGUAGES
from training.evaluate.tasks import Terms, measure_terms
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.schema import Language, Span
from voc_nlp.sentiment.opinions import find_opinions
from voc_nlp.text.segment import split_clauses, split_sentences

HALVES = ("development", "held-out")
_LABELS = "opinions_dev.jsonl"


def measure_opinions(
    embedder: StaticEmbedder, half: str = "held-out", folder: Path = CORPUS
) -> dict[str, Terms]:
    """Find the opinion words of labelled aspects and compare.

    Parameters
    ----------
    embedder : StaticEmbedder
        Cuts the comments into pieces.
    half : str
        One of `HALVES`; rules were written on the first.
    folder : Path
        Where the corpus and the labels lie.

    Returns
    -------
    dict[str, Terms]
        Overlap figures by language; polarity plays no part.

    Raises
    ------
    ValueError
        If there is no such half.
    """
    if half not in HALVES:
        raise ValueError(f"there is no half {half!r} of the opinion labels; choose among {', '.join(HALVES)}")
    figures = {}
    for lang in LANGUAGES:
        pairs = list(_pairs(embedder, lang, half, folder))
        figures[lang] = measure_terms([truth for truth, _ in pairs], [found for _, found in pairs])
    return figures


def opinion_sections(figures: Mapping[str, Terms]) -> list[str]:
    """Write the part of the page about opinion words.

    Parameters
    ----------
    figures : Mapping[str, Terms]
        Figures of the held-out half by language.

    Returns
    -------
    list[str]
        Sections in Markdown.
    """
    rows = [
        [lang, f"{one.f1.n}", figure(one.f1), f"{one.precision:.3f}", f"{one.recall:.3f}"]
        for lang, one in figures.items()
    ]
    return [
        "## Opinion words",
        "The words that give the opinion on an aspect, its term being given, on the dev writer: labelled "
        "once, before there was anything to find them. The rules were written on the other half of the "
        "labels. What stands in another clause than the term counts as missed. Overlap: one shared character "
        "is enough.",
        table(["language", "aspects", "overlap F1", "precision", "recall"], rows),
    ]


def _pairs(
    embedder: StaticEmbedder, lang: str, half: str, folder: Path
) -> Iterator[tuple[list[SPAN], list[SPAN]]]:
    """Yield the right and the found opinion words of every aspect."""
    lines = (folder / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {row["id"]: str(row["text"]) for row in map(json.loads, lines)}
    for line in (folder / _LABELS).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = texts.get(row["id"])
        if text is None or row["half"] != half:
            continue
        start = text.index(row["term"])
        term = Span(start, start + len(row["term"]))
        places = (_nearest(text, words, start) for words in row["opinions"])
        truth = [
            (place, place + len(words), "") for place, words in zip(places, row["opinions"], strict=True)
        ]
        found = find_opinions(text, _clause(text, term, lang), term, _words(embedder, text), Language(lang))
        yield truth, [(span.start, span.end, "") for span in found]


def _nearest(text: str, words: str, start: int) -> int:
    """Return where words stand nearest to a term."""
    places = [place for place in range(len(text)) if text.startswith(words, place)]
    return min(places, key=lambda place: abs(place - start))


def _clause(text: str, term: Span, lang: str) -> Span:
    sentences = split_sentences(text, Language(lang))
    sentence = sentences[bisect_left(sentences, term.start + 1, key=attrgetter("start")) - 1]
    clauses = split_clauses(text, sentence.start, sentence.end, Language(lang))
    clause = clauses[bisect_left(clauses, term.start + 1, key=attrgetter("start")) - 1]
    return Span(clause.start, clause.end)


def _words(embedder: StaticEmbedder, text: str) -> list[Span]:
    pieces = embedder.pieces([text])
    return [Span(start, end) for start, end in zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True)]
