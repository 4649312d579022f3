"""What the library answers, end to end, for labelled comments: each answer in the words of the metrics."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.labelled import Labelled
from training.heads.tasks import LABELS
from voc_nlp.analysis import Analyzer
from voc_nlp.loading import REGISTRY
from voc_nlp.routing.model import NOBODY
from voc_nlp.schema import Analysis, SentimentLabel

SPAN = tuple[int, int, str]
"""(start, end, polarity) of one aspect."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer of the library.

    Parameters
    ----------
    sentiment : str
        Label of the comment.
    probabilities : tuple of float
        In the order of ``LABELS["sentiment"]``.
    departments : tuple of str
        Owners, primary first.
    confidence : float or None
        Probability of the primary owner; None when nobody owns the comment.
    abstained : bool
        Whether the model asks for a person to choose the owner.
    intent, urgency : str
        Single labels.
    churn : bool
        Whether the customer is leaving.
    aspects : tuple of (int, int, str)
        Start, end and polarity of each target.
    language : str
        Language found.
    refused : bool
        Whether there was no answer; the labels are then those that say nothing.
    """

    sentiment: str
    probabilities: tuple[float, ...]
    departments: tuple[str, ...]
    confidence: float | None
    abstained: bool
    intent: str
    urgency: str
    churn: bool
    aspects: tuple[SPAN, ...]
    language: str
    refused: bool = False

    @property
    def owner(self) -> str:
        """Primary owner, or the class of comments that nobody owns."""
        return self.departments[0] if self.departments else NOBODY


_SILENT = Prediction(
    sentiment="neutral",
    probabilities=tuple(float(label == "neutral") for label in LABELS["sentiment"]),
    departments=(),
    confidence=None,
    abstained=True,
    intent="other",
    urgency="low",
    churn=False,
    aspects=(),
    language="other",
    refused=True,
)


def predict(analyzer: Analyzer, rows: Sequence[Labelled]) -> list[Prediction]:
    """Analyse the texts of labelled comments; the language is left for the library to find.

    Parameters
    ----------
    analyzer : Analyzer
        What is measured.
    rows : Sequence[Labelled]
        Labelled comments; their labels are not looked at.

    Returns
    -------
    list[Prediction]
        In the same order.
    """
    answers = analyzer.analyze([row.text for row in rows])
    return [_read(answer) if isinstance(answer, Analysis) else _SILENT for answer in answers]


def read_tiers(models: Path) -> dict[str, dict[str, str]]:
    """Read the registry's tiers, to name what was measured and to measure equal tiers once.

    Parameters
    ----------
    models : Path
        Folder with the registry.

    Returns
    -------
    dict[str, dict[str, str]]
        Parts by tier, in file order.
    """
    tiers = tomllib.loads((models / REGISTRY).read_text(encoding="utf-8"))["tiers"]
    return {name: {part: str(value) for part, value in parts.items()} for name, parts in tiers.items()}


def truth_spans(row: Labelled) -> list[SPAN]:
    """Find where the labelled targets stand: their first occurrence.

    Parameters
    ----------
    row : Labelled
        A comment with aspects.

    Returns
    -------
    list[SPAN]
        One span a target that occurs in the text.
    """
    places = ((row.text.find(term), term, polarity) for term, polarity in row.aspects or () if term)
    return [(start, start + len(term), polarity) for start, term, polarity in places if start >= 0]


def _read(answer: Analysis) -> Prediction:
    probabilities = answer.sentiment.probabilities
    return Prediction(
        sentiment=answer.sentiment.label.value,
        probabilities=tuple(float(probabilities[SentimentLabel(label)]) for label in LABELS["sentiment"]),
        departments=tuple(department.id for department in answer.departments),
        confidence=float(answer.departments[0].probability) if answer.departments else None,
        abstained=answer.abstained,
        intent=answer.intent.label.value,
        urgency=answer.urgency.level.value,
        churn=answer.churn.at_risk,
        aspects=tuple((aspect.start, aspect.end, aspect.label.value) for aspect in answer.aspects),
        language=answer.language.value,
    )
