"""Cosines that do not depend on the batch, the order of sums or the threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from voc_nlp.topics.comparing import cosines, take_out


def units(seed: int, count: int, dimension: int = 256) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 40), dimension=st.integers(2, 300))
def test_a_row_depends_on_its_vector_alone(seed: int, count: int, dimension: int) -> None:
    vectors, prototypes = units(seed, count, dimension), units(seed + 1, 7, dimension)
    together = cosines(vectors, prototypes)
    alone = np.concatenate([cosines(vectors[row : row + 1], prototypes) for row in range(count)])
    assert together.tobytes() == alone.tobytes()
    assert np.abs(together - vectors.astype(np.float64) @ prototypes.T).max() < 1e-6


def test_the_order_of_the_sum_does_not_matter() -> None:
    vectors, prototypes = units(1, 300), units(2, 50)
    order = np.random.default_rng(3).permutation(256)
    shuffled = cosines(vectors[:, order], prototypes[:, order])
    assert shuffled.tobytes() == cosines(vectors, prototypes).tobytes()
    with threadpool_limits(1):
        assert cosines(vectors, prototypes).tobytes() == shuffled.tobytes()


def test_directions_are_taken_out_alike_in_every_batch() -> None:
    vectors = units(4, 200)
    directions = np.linalg.qr(np.random.default_rng(5).normal(size=(256, 12)))[0].T.astype(np.float32)
    together = take_out(vectors, directions)
    alone = np.concatenate([take_out(vectors[row : row + 1], directions) for row in range(200)])
    assert together.tobytes() == alone.tobytes()
    assert np.abs(together @ directions.T).max() < 1e-6
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(200), abs=1e-6)


def test_what_is_only_a_direction_leaves_nothing() -> None:
    directions = np.linalg.qr(np.random.default_rng(6).normal(size=(256, 3)))[0].T.astype(np.float32)
    assert not take_out(directions, directions).any()
    assert not take_out(np.zeros((2, 256), dtype=np.float32), directions).any()
