"""Samples of streams: bounded, in order, the same for a seed, and each item with the same chance."""

import pytest

from voc_nlp.topics.sampling import Reservoir


def draw(count: int, size: int, seed: int) -> list[int]:
    reservoir: Reservoir[int] = Reservoir(size, seed)
    for number in range(count):
        reservoir.offer(number)
    assert reservoir.offered == count
    return list(reservoir)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_few_are_kept_whole_whatever_the_seed(seed: int) -> None:
    assert draw(10, 10, seed) == list(range(10))


def test_many_are_drawn_in_order_and_again_the_same() -> None:
    first = draw(10_000, 100, 3)
    assert len(set(first)) == 100
    assert first == sorted(first)
    assert first == draw(10_000, 100, 3)
    assert first != draw(10_000, 100, 4)


def test_early_and_late_items_have_the_same_chance() -> None:
    drawn = [item for seed in range(400) for item in draw(50, 10, seed)]
    counts = [drawn.count(item) for item in range(50)]
    assert min(counts) > 40  # 80 are expected of each; a standard deviation is 8
    assert max(counts) < 120
