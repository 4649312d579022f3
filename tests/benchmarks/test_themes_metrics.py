"""Figures of groupings, on cases that can be worked out by hand."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "themes_metrics.py"


@pytest.fixture(scope="module")
def metrics() -> ModuleType:
    """The module; benchmarks are scripts, not a package."""
    spec = spec_from_file_location("themes_metrics", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_unassigned_comments_count_as_a_group_and_not_in_purity(metrics: ModuleType) -> None:
    found = metrics.agreement(["配送", "配送", "price", "price"], np.asarray([0, -1, 1, 1]))
    assert found["purity"] == 1.0
    assert found["nmi_assigned"] == pytest.approx(1.0)
    assert found["nmi"] < 1.0
    assert found["unassigned"] == 0.25
    assert found["themes"] == 2


def test_purity_counts_the_most_frequent_label(metrics: ModuleType) -> None:
    labels = np.asarray(["配送", "配送", "price", "price"])
    assert metrics.purity(labels, np.asarray([0, 0, 0, 1])) == 0.75


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 1, 0, 0], [1, 1, 0, 0], 1.0),  # always together
        ([1, 1, 0, 0], [0, 0, 1, 1], -1.0),  # never together
        ([1, 1, 0, 0], [1, 0, 1, 0], 0.0),  # by chance
        ([1, 1, 1, 1], [1, 1, 1, 1], 1.0),  # in every document
        ([1, 1, 0, 0], [0, 0, 0, 0], -1.0),  # a word that stands nowhere
    ],
)
def test_coherence_of_one_pair(
    metrics: ModuleType, first: list[int], second: list[int], expected: float
) -> None:
    rows = {"配送": np.asarray(first, dtype=bool), "late": np.asarray(second, dtype=bool)}
    assert metrics.coherence([["配送", "late"]], rows.__getitem__, 4) == pytest.approx(expected)


def test_themes_with_one_word_have_no_coherence(metrics: ModuleType) -> None:
    assert np.isnan(metrics.coherence([["配送"], []], lambda _: np.ones(3, dtype=bool), 3))


def test_diversity_counts_repeated_words_once(metrics: ModuleType) -> None:
    assert metrics.diversity([["配送", "late"], ["配送", "price"]]) == 0.75


def test_a_theme_holds_both_languages_from_a_tenth_on(metrics: ModuleType) -> None:
    themes = np.asarray([0] * 10 + [1] * 20 + [-1])
    langs = ["ja"] * 9 + ["en"] + ["ja"] * 19 + ["en"] + ["en"]
    assert metrics.both_languages(themes, langs) == 0.5


def test_two_unassigned_sides_are_not_together(metrics: ModuleType) -> None:
    themes = np.asarray([3, 3, -1, -1, 1, 2])
    assert metrics.pairs_together(themes, [(0, 1), (2, 3), (4, 5)]) == pytest.approx(1 / 3)


def test_retrieval_finds_the_other_side_and_gives_nothing_for_ties(metrics: ModuleType) -> None:
    pairs = [(0, 1), (2, 3)]
    apart = np.asarray([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], dtype=np.float32)
    same = np.ones((4, 2), dtype=np.float32)
    assert metrics.retrieval(apart, pairs) == {"recall_1": 1.0, "recall_5": 1.0}
    assert metrics.retrieval(same, pairs)["recall_1"] == 0.0
