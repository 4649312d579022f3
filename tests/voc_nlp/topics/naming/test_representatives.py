"""Representative comments: nearest first, unlike one another, both languages."""

import numpy as np
import pytest

from voc_nlp.text.prepare import prepare
from voc_nlp.topics.naming.representatives import representatives

TEXTS = [
    "配送が遅い",
    "配送が遅い",
    "荷物が来ない",
    "料理が冷めていた",
    "late delivery",
    "cold food",
    "no parcel",
]
ANGLES = [0.0, 0.0, 0.4, 1.4, 0.5, 1.5, 0.9]
VECTORS = np.array([[np.cos(angle), np.sin(angle)] for angle in ANGLES], dtype=np.float32)
CLUSTERS = [0, 0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (5, [(0, 2, 4, 6), (5, 3), ()]),
        (2, [(0, 4), (5, 3), ()]),
        (1, [(0,), (5,), ()]),
        (0, [(), (), ()]),
    ],
)
def test_nearest_and_unlike_in_both_languages(count: int, expected: list[tuple[int, ...]]) -> None:
    centroids = np.array([[1, 0], [0, 1], [0, -1]], dtype=np.float32)
    texts = [prepare(text) for text in TEXTS]
    assert representatives(texts, VECTORS, CLUSTERS, centroids, count=count) == expected


def test_comments_without_a_theme_stand_for_none() -> None:
    texts = [prepare(text) for text in TEXTS]
    assert representatives(texts, VECTORS, [-1] * 7, VECTORS[:1]) == [()]
