"""The paired bootstrap against what can be known beforehand."""

import numpy as np
import pytest

from training.compare.paired import DRAWS, Tally, compare_paired, tally_classes, tally_sets
from training.evaluate.metrics import macro_f1, pooled_f1

LABELS = ("positive", "negative", "mixed")
TRUTH = ["positive", "negative", "negative", "positive"] * 30
GOOD = list(TRUTH)
BAD = ["positive", "negative", "positive", "mixed"] * 30


def classes(answers: list[str]) -> Tally:
    return tally_classes(TRUTH, answers, LABELS)


def test_the_figures_are_those_of_the_metrics() -> None:
    found = compare_paired(classes(BAD), classes(GOOD), seed=0)
    assert found.old == pytest.approx(macro_f1(TRUTH, BAD, LABELS).value)
    assert found.new == 1.0
    assert found.difference == pytest.approx(1 - found.old)
    counts = np.asarray([[1, 2, 1, 1], [0, 1, 0, 2], [2, 2, 2, 2]])
    sets = compare_paired(tally_sets(counts), tally_sets(counts), seed=0)
    assert sets.new == pytest.approx(pooled_f1(counts).value)


def test_the_same_answers_do_not_differ() -> None:
    found = compare_paired(classes(BAD), classes(BAD), seed=3)
    assert (found.difference, found.low, found.high, found.verdict) == (0, 0, 0, "same")


@pytest.mark.parametrize(("old", "new", "verdict"), [(BAD, GOOD, "better"), (GOOD, BAD, "worse")])
def test_a_large_difference_is_sure(old: list[str], new: list[str], verdict: str) -> None:
    found = compare_paired(classes(old), classes(new), seed=0)
    assert found.verdict == verdict
    assert found.low <= found.difference <= found.high


def test_one_comment_more_is_not_sure() -> None:
    nearly = [*GOOD[:-1], "negative"]
    assert compare_paired(classes(nearly), classes(GOOD), seed=0).verdict == "same"


def test_the_interval_is_that_of_a_share() -> None:
    """Differences of single comments are +1, 0 or -1; the normal approximation is known."""
    generator = np.random.default_rng(5)
    old, new = generator.random((2, 400)) < np.asarray([[0.6], [0.7]])
    tallies = [Tally(part[:, None].astype(np.float32), lambda sums: sums[:, 0] / 400) for part in (old, new)]
    found = compare_paired(*tallies, seed=1)
    spread = (new.astype(float) - old).std() / 20
    assert found.low == pytest.approx(found.difference - 1.96 * spread, abs=0.01)
    assert found.high == pytest.approx(found.difference + 1.96 * spread, abs=0.01)


def test_the_seed_decides_the_draws() -> None:
    assert DRAWS == 2000
    one, same, other = (compare_paired(classes(BAD), classes(GOOD), seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert (one.low, one.high) != (other.low, other.high)
