"""Groups of vectors, their prototypes, groups of themes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from voc_nlp.topics.clustering import cluster, join_alike, prototypes_of

DIMENSION = 32


def bundles(count: int, each: int, spread: float = 0.05) -> NDArray[np.float32]:
    """Build bundles of unit vectors round axes, one after the other."""
    generator = np.random.default_rng(0)
    vectors = np.repeat(np.eye(DIMENSION)[:count], each, axis=0)
    vectors = vectors + spread * generator.normal(size=vectors.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def words(count: int) -> list[list[str]]:
    return [["配送", "late delivery"] if number % 2 else [] for number in range(count)]


@pytest.mark.parametrize(("count", "each"), [(2, 5), (5, 30), (8, 40)])
def test_bundles_are_found_again(count: int, each: int) -> None:
    vectors = bundles(count, each)
    before = vectors.copy()
    groups = cluster(words(len(vectors)), vectors, count)
    assert groups.dtype == np.int64
    assert len(set(groups.tolist())) == count
    assert all(len(set(groups[start : start + each].tolist())) == 1 for start in range(0, len(groups), each))
    assert np.array_equal(cluster(words(len(vectors)), vectors, count), groups)
    assert np.array_equal(vectors, before)


def test_what_is_alike_is_one_group() -> None:
    same = np.repeat(bundles(1, 1), 30, axis=0)
    assert cluster(words(30), same, 6).tolist() == [0] * 30
    assert cluster(words(30), np.zeros((30, DIMENSION), dtype=np.float32), 6).tolist() == [0] * 30
    two = np.concatenate([same, np.repeat(bundles(2, 1)[1:], 30, axis=0)])
    assert np.unique(cluster(words(60), two, 6)).tolist() == [0, 1]


def test_prototypes_are_as_many_as_a_group_can_bear() -> None:
    vectors = bundles(3, 40)
    groups = np.repeat([0, 1, 2], 40)
    groups[80:113] = -1  # of the last group 7 are left
    rows, owners = prototypes_of(vectors, groups)
    assert np.bincount(owners).tolist() == [4, 4, 1]
    assert (np.diff(owners) >= 0).all()
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(9), abs=1e-6)
    assert (vectors @ rows.T).argmax(axis=1)[:40].max() < 4
    means, of = prototypes_of(vectors, groups, most=1)
    assert of.tolist() == [0, 1, 2]
    assert means[0] @ vectors[:40].mean(axis=0) == pytest.approx(np.linalg.norm(vectors[:40].mean(axis=0)))


def test_no_groups_no_prototypes() -> None:
    rows, owners = prototypes_of(bundles(1, 4), np.full(4, -1))
    assert (rows.shape, owners.shape) == ((0, DIMENSION), (0,))


def test_themes_alike_are_joined_the_largest_group_first() -> None:
    means = bundles(2, 3)
    assert join_alike(means, [1, 1, 1, 9, 9, 9], 2).tolist() == [1, 1, 1, 0, 0, 0]
    assert join_alike(means, [9, 9, 9, 1, 1, 1], 2).tolist() == [0, 0, 0, 1, 1, 1]
