"""Turn labelled texts into what the network learns from: piece rows, labelled stretches, marked targets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.data.labelled import Labelled
from training.heads.tagger import tag_pieces
from training.heads.tasks import DEPARTMENTS, LABELS, target
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.text.normalize import normalize

POLARITIES = ("positive", "neutral", "negative")
_SENTENCES_TOGETHER = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One text with everything that is known of it.

    Parameters
    ----------
    rows : tuple[int, ...]
        Static row of each piece.
    stretches : tuple[tuple[int, int, int], ...]
        First piece, last piece (not included) and sentiment column of each stretch whose sentiment is known.
    classes : Mapping[str, int]
        Column of the right class by task, for the whole text.
    departments : tuple[int, ...] | None
        Columns of all owners; None where the source is silent.
    tags : tuple[int, ...] | None
        Outside, begin or inside a target, for each piece; None where targets are not labelled.
    polarities : tuple[int, ...]
        Column of the polarity of each piece of a target, -1 elsewhere.
    weight : float
        How much the text counts.
    """

    rows: tuple[int, ...]
    stretches: tuple[tuple[int, int, int], ...]
    classes: Mapping[str, int]
    departments: tuple[int, ...] | None
    tags: tuple[int, ...] | None
    polarities: tuple[int, ...]
    weight: float


def build_examples(
    rows: Sequence[Labelled], weights: Mapping[str, float], embedder: StaticEmbedder, *, longest: int
) -> list[Example]:
    """Build examples; sentences of one hotel review are laid together, so that context is learnt.

    Parameters
    ----------
    rows : Sequence[Labelled]
        Labelled texts.
    weights : Mapping[str, float]
        Weight by source.
    embedder : StaticEmbedder
        Cuts texts into pieces.
    longest : int
        Pieces of a text that are used.

    Returns
    -------
    list[Example]
        Texts with at least one piece.
    """
    groups: list[list[Labelled]] = []
    reviews: dict[str, list[Labelled]] = defaultdict(list)
    for row in rows:
        if row.source == "quasi_japanese_reviews":
            reviews[row.group].append(row)
        else:
            groups.append([row])
    for sentences in reviews.values():
        groups += [
            sentences[start : start + _SENTENCES_TOGETHER]
            for start in range(0, len(sentences), _SENTENCES_TOGETHER)
        ]
    built = (_example(group, weights[group[0].source], embedder, longest) for group in groups)
    return [example for example in built if example.rows]


def _example(group: Sequence[Labelled], weight: float, embedder: StaticEmbedder, longest: int) -> Example:
    texts = [normalize(row.text).text for row in group]
    pieces = embedder.pieces(texts)
    bounds = np.searchsorted(pieces.owners, np.arange(len(texts) + 1)).tolist()
    kept = min(len(pieces.ids), longest)
    stretches = tuple(
        (first, min(last, kept), LABELS["sentiment"].index(row.sentiment))
        for row, first, last in zip(group, bounds[:-1], bounds[1:], strict=True)
        if row.sentiment is not None and first < min(last, kept)
    )
    alone = group[0] if len(group) == 1 else None
    classes = {}
    if alone is not None:
        for task in LABELS:
            right = target(alone, task)
            if task != "sentiment" and right is not None:
                classes[task] = LABELS[task].index(right)
    departments = None
    if alone is not None and alone.departments is not None:
        departments = tuple(DEPARTMENTS.index(name) for name in alone.departments)
    tags, polarities = None, np.full(len(pieces.ids), -1)
    if all(row.aspects is not None for row in group):
        tags = tag_pieces(pieces, texts, group)
        for number, row in enumerate(group):
            for term, polarity in row.aspects or ():
                start = texts[number].find(normalize(term).text)
                end = start + len(normalize(term).text)
                if start >= 0 and polarity in POLARITIES:
                    inside = (pieces.owners == number) & (pieces.starts < end) & (pieces.ends > start)
                    polarities[inside] = POLARITIES.index(polarity)
    return Example(
        rows=tuple(embedder.rows_of(pieces)[:kept].tolist()),
        stretches=stretches,
        classes=classes,
        departments=departments,
        tags=None if tags is None else tuple(tags[:kept].tolist()),
        polarities=tuple(polarities[:kept].tolist()),
        weight=weight,
    )
