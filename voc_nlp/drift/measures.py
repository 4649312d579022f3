"""What is watched: each measure with its unit, its least effect, and how it is laid out as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from voc_nlp.drift.profile import BUCKETS, Slice, WeekProfile


class Measure(StrEnum):
    """What can drift."""

    LANGUAGE = "language"
    SENTIMENT = "sentiment"
    INTENT = "intent"
    URGENCY = "urgency"
    DEPARTMENT = "department"
    CHURN = "churn"
    MEANINGFUL = "meaningful"
    CONFIDENCE = "confidence"
    LENGTH = "length"
    VOCABULARY = "vocabulary"
    EMBEDDING = "embedding"


class Kind(StrEnum):
    """How a measure is compared."""

    SHARES = "shares"
    """Labels without an order: half the sum of the changes of their shares."""
    CLASSES = "classes"
    """Classes on a scale: by how much comments moved on it in the mean."""
    WORDS = "words"
    VECTORS = "vectors"


@dataclass(frozen=True, slots=True)
class Form:
    """How a measure is treated.

    Parameters
    ----------
    kind : Kind
        How it is compared.
    least_effect : float
        A smaller change is no alarm, however sure; see docs/drift.md for the unit of each measure.
    of_models : bool
        Whether it is an opinion of the models: then only weeks of one version are compared.
    step : float
        Distance of two neighbouring classes, for `Kind.CLASSES`.
    """

    kind: Kind
    least_effect: float
    of_models: bool = False
    step: float = 1.0


_LEAST_SHARE = 0.95

FORMS: Mapping[Measure, Form] = {
    Measure.LANGUAGE: Form(Kind.SHARES, 0.03),
    Measure.SENTIMENT: Form(Kind.SHARES, 0.03, of_models=True),
    Measure.INTENT: Form(Kind.SHARES, 0.03, of_models=True),
    Measure.URGENCY: Form(Kind.SHARES, 0.03, of_models=True),
    Measure.DEPARTMENT: Form(Kind.SHARES, 0.03, of_models=True),
    Measure.CHURN: Form(Kind.SHARES, 0.02, of_models=True),
    Measure.MEANINGFUL: Form(Kind.SHARES, 0.02, of_models=True),
    Measure.CONFIDENCE: Form(Kind.CLASSES, 0.02, of_models=True, step=0.05),
    Measure.LENGTH: Form(Kind.CLASSES, 0.1, step=0.5),
    Measure.VOCABULARY: Form(Kind.WORDS, 0.01),
    Measure.EMBEDDING: Form(Kind.VECTORS, 0.03, of_models=True),
}
"""By measure, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Table:
    """One measure of several weeks.

    Parameters
    ----------
    sizes : NDArray[np.float64]
        Comments by week and language, shape (weeks, languages).
    values : NDArray[np.float64]
        Counts by week, language and label, class or bucket, or sums of vectors; shape
        (weeks, languages, columns).
    squares : NDArray[np.float64] | None
        Sums of squared coordinates, for vectors.
    columns : tuple[str, ...]
        Names of the columns; empty for vectors.
    languages : tuple[str, ...]
        Names of the languages; one empty name where languages are not told apart.
    whole : NDArray[np.bool_]
        Weeks of which the maker made nearly all, shape (weeks,). What it made of others may have been
        chosen by what it says, as where some departments alone are analysed again by newer models.
    """

    sizes: NDArray[np.float64]
    values: NDArray[np.float64]
    squares: NDArray[np.float64] | None
    columns: tuple[str, ...]
    languages: tuple[str, ...]
    whole: NDArray[np.bool_]


def maker_of(profile: WeekProfile, measure: Measure) -> str:
    """Name what made a measure: only weeks with the same maker are compared.

    Parameters
    ----------
    profile : WeekProfile
        A week.
    measure : Measure
        Which measure.

    Returns
    -------
    str
        The model version, the encoder, or nothing where the comments alone decide.
    """
    if FORMS[measure].kind is Kind.VECTORS:
        return profile.encoder
    return profile.version if FORMS[measure].of_models else ""


def tabulate(weeks: Sequence[WeekProfile], measure: Measure, maker: str) -> Table:
    """Lay a measure of several weeks out.

    Parameters
    ----------
    weeks : Sequence[WeekProfile]
        The weeks.
    measure : Measure
        Which measure.
    maker : str
        What `maker_of` named: comments of another are left out.

    Returns
    -------
    Table
        Weeks without a comment have rows of zeros.
    """
    form = FORMS[measure]
    judged = form.of_models and form.kind is not Kind.VECTORS
    if measure is Measure.LANGUAGE:
        return _languages(weeks)
    keys = sorted({key for week in weeks for key in week.slices if not judged or key[1] == maker})
    languages = tuple(sorted({language for language, _ in keys}))
    place = {language: row for row, language in enumerate(languages)}
    parts = [
        (row, place[key[0]], one)
        for row, week in enumerate(weeks)
        for key, one in week.slices.items()
        if not judged or key[1] == maker
    ]
    sizes = np.zeros((len(weeks), len(languages)))
    if form.kind is Kind.WORDS:
        values = np.zeros((len(weeks), len(languages), BUCKETS))
        for row, column, one in parts:
            sizes[row, column] += one.with_words
            values[row, column] += one.words
        return Table(sizes, values, None, tuple(map(str, range(BUCKETS))), languages, _all_of(weeks))
    if form.kind is Kind.VECTORS:
        return _vectors(weeks, parts, languages, maker)
    labels = {label for _, _, one in parts for label in one.counts.get(measure.value, ())}
    columns = tuple(sorted(labels))
    if form.kind is Kind.CLASSES and columns:  # also the classes between, which lie on the scale
        columns = tuple(f"{number:02d}" for number in range(int(columns[0]), int(columns[-1]) + 1))
    where = {label: number for number, label in enumerate(columns)}
    values = np.zeros((len(weeks), len(languages), len(columns)))
    for row, column, one in parts:
        for label, count in one.counts.get(measure.value, {}).items():
            values[row, column, where[label]] += count
    whole = _versioned(weeks, maker) if judged else _all_of(weeks)
    return Table(values.sum(axis=2), values, None, columns, languages, whole)


def _all_of(weeks: Sequence[WeekProfile]) -> NDArray[np.bool_]:
    return np.ones(len(weeks), dtype=bool)


def _versioned(weeks: Sequence[WeekProfile], version: str) -> NDArray[np.bool_]:
    """Tell the weeks that one version analysed."""
    sizes = [
        (
            sum(one.n for key, one in week.slices.items() if key[1] == version),
            sum(one.n for key, one in week.slices.items() if key[1]),
        )
        for week in weeks
    ]
    return np.array([made >= _LEAST_SHARE * n for made, n in sizes], dtype=bool)


def _languages(weeks: Sequence[WeekProfile]) -> Table:
    columns = tuple(sorted({language for week in weeks for language, _ in week.slices}))
    values = np.zeros((len(weeks), 1, len(columns)))
    for row, week in enumerate(weeks):
        for (language, _), one in week.slices.items():
            values[row, 0, columns.index(language)] += one.n
    return Table(values.sum(axis=2), values, None, columns, ("",), _all_of(weeks))


def _vectors(
    weeks: Sequence[WeekProfile],
    parts: Sequence[tuple[int, int, Slice]],
    languages: tuple[str, ...],
    encoder: str,
) -> Table:
    """Lay out the sums over the vectors of one encoder."""
    found = [(row, place, one.vectors[encoder]) for row, place, one in parts if encoder in one.vectors]
    dimension = len(found[0][2].sums) if found else 0
    sizes = np.zeros((len(weeks), len(languages)))
    values = np.zeros((len(weeks), len(languages), dimension))
    squares = np.zeros_like(values)
    all_sizes = np.zeros(len(weeks))
    for row, _, one in parts:
        all_sizes[row] += sum(moments.n for moments in one.vectors.values())
    for row, place, moments in found:
        sizes[row, place] += moments.n
        values[row, place] += moments.sums
        squares[row, place] += moments.squares
    whole = sizes.sum(axis=1) >= _LEAST_SHARE * all_sizes
    return Table(sizes, values, squares, (), languages, whole)
