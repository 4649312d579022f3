"""Themes that nobody has fitted yet: recent comments that read alike more often than by chance."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from voc_nlp.errors import InputError
from voc_nlp.schema import Language
from voc_nlp.topics.statistics.bursts import check_window, days_before
from voc_nlp.topics.statistics.neighbours import Evidence, chunks, find_beginning, weigh_neighbours

COSINES = (0.2, 0.3)
"""From which cosine on two comments read alike: loosely, closely. Both are tried.

Measured by `benchmarks/bursts.py` on the journal with the shipped encoder. Of 15 comments of some topic,
planted among shuffled days, these find 70%; 0.2, 0.3 and 0.4 together 71%, 0.25, 0.35 and 0.45 62%,
0.3, 0.4 and 0.5 52%. The planted theme of the journal is found when its 14th comment is written, by most
others not at all.
"""

WINDOW_DAYS = 45
"""The fewer comments a theme has, the longer it takes to tell it from chance: by the same measurement 30 days
find 25% of the planted topics, 45 days about two thirds, 60 days 59%; they were written over 41 days."""

MOST_BY_CHANCE = 1.0
"""One false alarm a scan, so one a month for a scan a month. It is an upper bound; 0.2 are measured."""

LEAST_RECENT = 4

_MOST_COSINE = 0.99
_NORM_TOLERANCE = 1e-3
_SHARED = 0.5


@dataclass(frozen=True, slots=True)
class EmergingGroup:
    """Recent comments that read alike and have few like them in the past.

    Parameters
    ----------
    rows : tuple[int, ...]
        Recent comments of the group, as places in what was scanned, the most typical first: as many of
        those that read alike as there are more than expected.
    centroid : NDArray[np.float32]
        Unit vector of the group, shape (dimension,).
    first_seen : date
        Day since which such comments stand out most.
    cosine : float
        From which cosine on comments read like the group's surest one.
    n_recent : int
        Recent comments that read like the surest one, which is not counted.
    n_past : int
        Past comments that read like it.
    expected : float
        Recent comments that would be among them if dates meant nothing.
    p : float
        Chance that so many of them are recent, if dates mean nothing.
    by_chance : float
        How many groups as sure as this one scan finds by chance, on average and at most: `p` times the
        number of tests, after Bonferroni.
    theme : str | None
        The fitted theme that holds at least half of the group, when themes were handed in; None when no
        theme does, so that the group is a theme of its own.
    """

    rows: tuple[int, ...]
    centroid: NDArray[np.float32]
    first_seen: date
    cosine: float
    n_recent: int
    n_past: int
    expected: float
    p: float
    by_chance: float
    theme: str | None

    @property
    def is_new(self) -> bool:
        """Whether no fitted theme holds at least half of it."""
        return self.theme is None


@dataclass(frozen=True, slots=True)
class Scan:
    """What `scan_for_new` found, and what it looked at.

    Parameters
    ----------
    groups : tuple[EmergingGroup, ...]
        The surest first.
    start, end : date | None
        First and last day of the window; None when no comment has a day.
    total : int
        Comments in the window; each is tested.
    total_before : int
        Comments before the window.
    undated : int
        Comments without a day, which were not looked at.
    """

    groups: tuple[EmergingGroup, ...]
    start: date | None
    end: date | None
    total: int
    total_before: int
    undated: int


def scan_for_new(
    vectors: NDArray[np.float32],
    dates: Sequence[date | None],
    *,
    window_days: int = WINDOW_DAYS,
    at: date | None = None,
    languages: Sequence[Language | None] | None = None,
    themes: Sequence[str | None] | None = None,
    cosines: Sequence[float] = COSINES,
    least_recent: int = LEAST_RECENT,
    most_by_chance: float = MOST_BY_CHANCE,
) -> Scan:
    """Look for themes that begin in the last days, whatever themes have been fitted.

    Of every recent comment all comments that read like it are counted. If far
    more of them are recent than recent comments are among all, something has
    begun: a binomial test for each comment, adjusted after Bonferroni. Comments
    that stand out and read alike are joined into one group. A rise of an old
    theme is found too; `EmergingGroup.is_new` tells which. Copies of one text
    are as many comments: leave repeated ones out before.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Unit vectors of the comments, shape (n, dimension), as themes compare them (`ThemeModel.bare`);
        a zero vector reads like nothing.
    dates : Sequence[date | None]
        Day of each comment.
    window_days : int
        Length of the window, at least 1.
    at : date | None
        Last day of the window; the last day with a comment when None. Later comments are not looked at.
    languages : Sequence[Language | None] | None
        Language of each comment. When they are given, recent comments are expected at the share that they
        have in each language, so that more comments in one language are no finding.
    themes : Sequence[str | None] | None
        Id of the nearest fitted theme of each comment, None for those without one.
    cosines : Sequence[float]
        From which cosine on two comments read alike, each above 0 and at most 0.99; each is tried, and the
        more there are, the less sure is what is found. Another encoder needs others.
    least_recent : int
        Groups of fewer recent comments are left out.
    most_by_chance : float
        How many groups one scan may find by chance, on average, above 0.

    Returns
    -------
    Scan
        Without groups when window or past hold no comment.

    Raises
    ------
    InputError
        If the vectors are no finite unit vectors, or there are not as many dates, languages or themes,
        or a parameter is out of its range.

    References
    ----------
    Hoeffding (1956), On the distribution of the number of successes in independent trials.
    Ann. Math. Stat. 27.
    Kulldorff (1997), A spatial scan statistic. Communications in Statistics 26, for the day of the beginning.
    """
    check_window(window_days, None)
    fit = bool(cosines) and all(0 < cosine <= _MOST_COSINE for cosine in cosines)
    if not fit or least_recent < 1 or not most_by_chance > 0:
        raise InputError(
            f"cosines {tuple(cosines)}, least_recent {least_recent} and most_by_chance {most_by_chance} were "
            f"given; expected some above 0 and at most {_MOST_COSINE}, at least 1, and above 0. Correct them."
        )
    _check(vectors, dates, languages, themes)
    days = np.array([0 if day is None else day.toordinal() for day in dates], dtype=np.int64)
    undated = int((days == 0).sum())
    end = at or max((day for day in dates if day is not None), default=None)
    if end is None:
        return Scan((), None, None, 0, 0, undated)
    start = days_before(end, window_days - 1)
    kept = np.flatnonzero((days > 0) & (days <= end.toordinal()))
    unit, days = vectors[kept], days[kept]
    recent = days >= start.toordinal()
    total, total_before = int(recent.sum()), int((~recent).sum())
    if not total or not total_before:
        return Scan((), start, end, total, total_before, undated)
    evidence = weigh_neighbours(unit, recent, _strata(languages, kept), cosines)
    groups = []
    for leader, members in _join(
        unit, np.flatnonzero(recent), evidence, cosines, least_recent, most_by_chance
    ):
        group = _describe(leader, members, unit, days, recent, evidence, cosines)
        places = tuple(kept[list(group.rows)].tolist())
        theme = None if themes is None else _holder([themes[place] for place in places])
        groups.append(replace(group, rows=places, theme=theme))
    return Scan(tuple(groups), start, end, total, total_before, undated)


def _check(
    vectors: NDArray[np.float32],
    dates: Sequence[date | None],
    languages: Sequence[Language | None] | None,
    themes: Sequence[str | None] | None,
) -> None:
    if vectors.ndim != 2 or len(vectors) != len(dates):
        raise InputError(
            f"vectors of shape {vectors.shape} came with {len(dates)} dates; expected one row a date. "
            "Hand in both in one order."
        )
    for name, values in (("languages", languages), ("themes", themes)):
        if values is not None and len(values) != len(dates):
            raise InputError(
                f"{len(values)} {name} came with {len(dates)} dates; expected as many of both. "
                "Hand in both in one order."
            )
    norms = np.concatenate(
        [np.linalg.norm(vectors[rows], axis=1) for rows in chunks(len(vectors))] or [np.zeros(0)]
    )
    wrong = np.flatnonzero(~((np.abs(norms - 1) <= _NORM_TOLERANCE) | (norms == 0)))
    if len(wrong):
        raise InputError(
            f"{len(wrong)} of {len(vectors)} vectors are no unit vectors, the first in row {wrong[0]} with "
            f"the length {norms[wrong[0]]}; expected finite numbers and the length 1, or 0 for a text "
            "without a known word. Embed these comments again."
        )


def _strata(languages: Sequence[Language | None] | None, kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the languages, in the order in which they occur."""
    if languages is None:
        return np.zeros(len(kept), dtype=np.int64)
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(languages[row], len(numbers)) for row in kept.tolist()], np.int64)


def _join(
    unit: NDArray[np.float32],
    queries: NDArray[np.int64],
    evidence: Evidence,
    cosines: Sequence[float],
    least_recent: int,
    most_by_chance: float,
) -> list[tuple[int, NDArray[np.int64]]]:
    """Join comments that stand out, the surest first: one goes where half of what reads like it already is.

    Gives the surest comment of each group, as a place in `queries`, and the group's recent comments.
    """
    chance = evidence.chance.min(axis=1)
    sure = np.flatnonzero(chance * evidence.chance.size <= most_by_chance)
    groups: list[tuple[int, set[int]]] = []
    for place in sure[np.argsort(chance[sure], kind="stable")].tolist():
        cosine = cosines[int(evidence.chance[place].argmin())]
        members = set(queries[unit[queries] @ unit[queries[place]] >= cosine].tolist())
        if len(members) < least_recent:
            continue
        home = next((held for _, held in groups if len(members & held) >= _SHARED * len(members)), None)
        if home is None:
            groups.append((place, members))
        else:
            home.update(members)
    return [(place, np.array(sorted(members), dtype=np.int64)) for place, members in groups]


def _describe(
    leader: int,
    members: NDArray[np.int64],
    unit: NDArray[np.float32],
    days: NDArray[np.int64],
    recent: NDArray[np.bool_],
    evidence: Evidence,
    cosines: Sequence[float],
) -> EmergingGroup:
    """Describe a group by its surplus over the expected; its rows are still places in `unit`."""
    place = int(evidence.chance[leader].argmin())
    n_recent, expected = int(evidence.recent[leader, place]), float(evidence.expected[leader, place])
    surplus = max(2, round(len(members) * (1 - expected / n_recent)))
    rows = _sort_by_nearness(unit, members, _centroid(unit[members]))[:surplus]
    centroid = _centroid(unit[rows])
    rows = _sort_by_nearness(unit, rows, centroid)
    alike = unit @ unit[np.flatnonzero(recent)[leader]] >= cosines[place]
    chance = float(evidence.chance[leader, place])
    return EmergingGroup(
        rows=tuple(rows.tolist()),
        centroid=centroid,
        first_seen=date.fromordinal(find_beginning(days[alike], days)),
        cosine=cosines[place],
        n_recent=n_recent,
        n_past=int(evidence.past[leader, place]),
        expected=expected,
        p=chance,
        by_chance=chance * evidence.chance.size,
        theme=None,
    )


def _holder(themes: Sequence[str | None]) -> str | None:
    """Find the theme that holds at least half of the comments."""
    theme, count = Counter(themes).most_common(1)[0]
    return theme if 2 * count >= len(themes) else None


def _centroid(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    total = vectors.sum(axis=0, dtype=np.float64)
    unit: NDArray[np.float32] = (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)
    return unit


def _sort_by_nearness(
    unit: NDArray[np.float32], rows: NDArray[np.int64], centroid: NDArray[np.float32]
) -> NDArray[np.int64]:
    return rows[np.argsort(-(unit[rows] @ centroid), kind="stable")]
