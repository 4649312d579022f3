"""Cosines that do not depend on the batch, the order of sums or the threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from voc_nlp.comparing import cosines, take_off
from voc_nlp.schema import Language


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


def test_what_a_language_gives_is_taken_off_alike_in_every_batch() -> None:
    bare, centers = units(4, 200), units(5, 2) * np.float32(0.5)
    languages = [Language.JA, Language.EN] * 100
    vectors = bare + centers[[0, 1] * 100]
    together = take_off(vectors, languages, centers)
    rows = [take_off(vectors[row : row + 1], languages[row : row + 1], centers) for row in range(200)]
    assert together.tobytes() == np.concatenate(rows).tobytes()
    assert together == pytest.approx(bare, abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(200), abs=1e-6)


def test_english_where_no_language_is_given() -> None:
    vectors, centers = units(6, 3), units(7, 2) * np.float32(0.5)
    english = take_off(vectors, [Language.EN] * 3, centers)
    assert take_off(vectors, None, centers).tobytes() == english.tobytes()
    assert np.abs(english - take_off(vectors, [Language.JA] * 3, centers)).max() > 0.01


def test_a_vector_of_which_nothing_is_left() -> None:
    centers = units(8, 2)
    assert not take_off(centers, [Language.JA, Language.EN], centers).any()
    assert not take_off(np.zeros((2, 256), dtype=np.float32), None, centers).any()
