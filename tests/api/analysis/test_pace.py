"""The pace: batches grow with the speed of the worker, within bounds."""

from api.analysis.pace import Pace


def test_a_fast_worker_gets_larger_batches_than_a_slow_one() -> None:
    fast, slow = Pace(), Pace()
    for _ in range(50):
        fast.learn(10_000, 100, 0.04)
        slow.learn(1_000, 10, 0.04)
    assert fast.characters > 5_000 > 700 > slow.characters > 500
    assert 0.03 < fast.seconds_for(100) < 0.05


def test_the_size_of_a_batch_is_bounded() -> None:
    stopped, racing = Pace(), Pace()
    for _ in range(100):
        stopped.learn(1_000, 10, 1_000.0)
        racing.learn(60_000, 10, 1e-6)
    assert stopped.characters == 300
    assert racing.characters == 60_000


def test_what_says_nothing_is_not_learnt() -> None:
    pace = Pace()
    before = pace.characters
    pace.learn(5, 1, 0.002)
    pace.learn(10_000, 100, 0.0)
    assert pace.characters == before
