"""Themes that nobody has fitted yet: the planted one is found, shuffled dates raise few alarms, bad input."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.voc_nlp.topics.journal import PLANTED, read_journal
from voc_nlp.errors import InputError
from voc_nlp.schema import Language
from voc_nlp.topics.statistics.emerging import COSINES, scan_for_new

AT = date(2026, 10, 31)
DIMENSION = 16


def themes(counts: list[tuple[int, int]], seed: int = 0) -> tuple[NDArray[np.float32], list[date]]:
    """Build comments of themes, an axis each: so many in the last 45 days and so many in the year before."""
    rng = np.random.default_rng(seed)
    rows, days = [], []
    for axis, (recent, past) in enumerate(counts):
        for index in range(recent + past):
            rows.append(np.eye(DIMENSION)[axis] * 2 + rng.normal(size=DIMENSION) * 0.15)
            back = rng.integers(0, 45) if index < recent else rng.integers(45, 400)
            days.append(AT - timedelta(days=int(back)))
    vectors = np.array(rows)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), days


def test_new_theme_among_old_ones() -> None:
    vectors, days = themes([(10, 100), (10, 90), (12, 0), (9, 85)])
    scan = scan_for_new(vectors, days, at=AT)
    (group,) = scan.groups
    assert (scan.total, scan.total_before) == (41, 275)
    assert set(group.rows) <= set(range(210, 222))
    assert len(group.rows) >= 10
    assert (group.n_recent, group.n_past) == (11, 0)
    assert group.by_chance == pytest.approx(group.p * 41 * len(COSINES))
    assert group.first_seen == min(days[210:222])
    assert group.centroid.argmax() == 2
    assert np.linalg.norm(group.centroid) == pytest.approx(1)


def test_more_of_everything_is_no_theme() -> None:
    vectors, days = themes([(100, 100), (90, 90), (80, 80)])
    assert scan_for_new(vectors, days, at=AT).groups == ()


def test_fitted_theme_that_holds_a_group() -> None:
    vectors, days = themes([(10, 100), (12, 0)])
    held = ["配送"] * 110 + ["QR"] * 12
    for fitted, theme in ((None, None), (held, "QR"), (["配送"] * 110 + [None] * 12, None)):
        (group,) = scan_for_new(vectors, days, at=AT, themes=fitted).groups
        assert (group.theme, group.is_new) == (theme, theme is None)


def test_more_comments_in_one_language_are_no_finding() -> None:
    vectors, days = themes([(5, 200), (40, 40)])
    languages: list[Language | None] = [Language.JA] * 205 + [Language.EN] * 80
    assert scan_for_new(vectors, days, at=AT).groups
    assert scan_for_new(vectors, days, at=AT, languages=languages).groups == ()


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, days = themes([(10, 100), (12, 3), (9, 80)])
    languages = [Language.JA if row % 3 else None for row in range(len(days))]
    whole = scan_for_new(vectors, days, at=AT, languages=languages)
    monkeypatch.setattr("voc_nlp.topics.statistics.neighbours._ROWS_AT_A_TIME", 3)
    monkeypatch.setattr("voc_nlp.topics.statistics.neighbours._COLUMNS_AT_A_TIME", 7)
    cut = scan_for_new(vectors, days, at=AT, languages=languages)
    assert [(group.rows, group.n_recent, group.n_past, group.p) for group in whole.groups] == [
        (group.rows, group.n_recent, group.n_past, group.p) for group in cut.groups
    ]
    assert whole.groups


def test_counts_against_brute_force() -> None:
    vectors, days = themes([(6, 30), (12, 4)])
    (group,) = scan_for_new(vectors, days, at=AT, cosines=(0.6,)).groups
    recent = np.array([day > AT - timedelta(days=45) for day in days])
    counts = []
    for row in np.flatnonzero(recent):
        alike = [other for other in range(len(days)) if other != row and vectors[row] @ vectors[other] >= 0.6]
        counts.append((int(recent[alike].sum()), int((~recent[alike]).sum())))
    assert (group.n_recent, group.n_past) in counts
    share = (recent.sum() - 1) / (len(days) - 1)
    assert group.expected == pytest.approx(share * (group.n_recent + group.n_past))


def test_planted_theme_of_fifteen_comments() -> None:
    journal = read_journal()
    planted = {row for row, topic in enumerate(journal.topics) if topic == PLANTED}
    assert len(planted) == 15
    groups = scan_for_new(journal.vectors, journal.days).groups
    best = max(groups, key=lambda group: len(planted & set(group.rows)))
    assert len(planted & set(best.rows)) >= 4
    assert Counter(journal.topics[row] for row in best.rows).most_common(1)[0][0] == PLANTED
    assert date(2026, 9, 6) <= best.first_seen <= date(2026, 10, 4)


def test_false_alarms_on_stationary_data() -> None:
    journal = read_journal()
    rng = np.random.default_rng(0)
    ends = [date(2026, month, 28) for month in range(1, 11)]
    found = 0
    for _ in range(4):
        days = rng.permutation(np.array(journal.days)).tolist()
        found += sum(len(scan_for_new(journal.vectors, days, at=at).groups) for at in ends)
    assert found <= 20  # one a month would be 40; 0.2 by benchmarks/bursts.py


def test_same_answer_again() -> None:
    journal = read_journal()
    first, second = (scan_for_new(journal.vectors, journal.days, at=date(2025, 9, 30)) for _ in range(2))
    assert [group.rows for group in first.groups] == [group.rows for group in second.groups]
    assert "app_crash" in {journal.topics[row] for group in first.groups for row in group.rows[:5]}


def test_undated_and_later_comments_are_not_looked_at() -> None:
    vectors, days = themes([(10, 100), (12, 0)])
    (group,) = scan_for_new(vectors, days, at=AT).groups
    more = np.concatenate([vectors[-1:], vectors[-1:], vectors])
    scan = scan_for_new(more, [None, AT + timedelta(days=1), *days], at=AT)
    assert (scan.undated, scan.total, scan.total_before) == (1, 22, 100)
    assert [row - 2 for row in scan.groups[0].rows] == list(group.rows)


@pytest.mark.parametrize("days", [[], [None] * 4, [AT] * 4, [AT, AT, None, AT]])
def test_nothing_to_compare(days: list[date | None]) -> None:
    vectors = np.eye(DIMENSION, dtype=np.float32)[: len(days)]
    scan = scan_for_new(vectors, days)
    assert scan.groups == ()
    assert scan.undated == days.count(None)


def test_identical_and_empty_texts() -> None:
    same = np.tile(np.eye(DIMENSION, dtype=np.float32)[:1], (60, 1))
    days = [AT - timedelta(days=10 * row) for row in range(60)]
    assert scan_for_new(same, days).groups == ()
    assert scan_for_new(np.zeros_like(same), days).groups == ()


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.5])
def test_vectors_that_are_no_unit_vectors(value: float) -> None:
    vectors, days = themes([(3, 10)])
    vectors[4] = value
    with pytest.raises(InputError, match="1 of 13 vectors are no unit vectors, the first in row 4"):
        scan_for_new(vectors, days)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_days": 0},
        {"cosines": ()},
        {"cosines": (0.0,)},
        {"cosines": (1.0,)},
        {"cosines": (float("nan"),)},
        {"least_recent": 0},
        {"most_by_chance": 0},
        {"languages": [Language.JA]},
        {"themes": ["t1"]},
        {"dates": []},
        {"vectors": np.zeros(3, dtype=np.float32)},
    ],
)
def test_wrong_parameters(wrong: dict[str, Any]) -> None:
    vectors, days = themes([(3, 10)])
    with pytest.raises(InputError, match="expected"):
        scan_for_new(**{"vectors": vectors, "dates": days, **wrong})
