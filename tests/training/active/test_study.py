"""A study of a handful of comments: every strategy from the same start, the same curves again."""

import numpy as np
import pytest

from tests.training.conftest import few
from training.active.figures import Study, gain
from training.active.plan import Plan
from training.active.pool import TASKS, Texts, draw_pool, read_texts
from training.active.study import STRATEGIES, Doubts, pick, run_study
from training.heads.tasks import LABELS, target
from voc_nlp.loading import shipped_models

PLAN = Plan(seeds=2, rounds=2, start=30, batch=10, pool=120)


@pytest.fixture(scope="module")
def texts() -> tuple[Texts, Texts]:
    split = few()
    return read_texts(split.train, shipped_models()), read_texts(split.test, shipped_models())


@pytest.fixture(scope="module")
def study(texts: tuple[Texts, Texts]) -> Study:
    return Study(PLAN, len(texts[1]), run_study(PLAN, *texts))


def test_features_and_targets(texts: tuple[Texts, Texts]) -> None:
    train, _ = texts
    assert {row.lang for row in train.rows} == {"ja", "en"}
    for column, task in enumerate(TASKS):
        assert [LABELS[task][place] for place in train.targets[:5, column]] == [
            target(row, task) for row in train.rows[:5]
        ]


def test_the_pool(texts: tuple[Texts, Texts]) -> None:
    pool = draw_pool(*texts, 50, np.random.default_rng(0))
    assert len(pool.texts) == 50
    assert pool.among == pytest.approx(pool.among.T)
    assert np.diag(pool.among) == pytest.approx(np.full(50, 1 + 1.5**2), abs=1e-3)
    assert pool.across.shape == (len(texts[1]), 50)


def test_curves(study: Study) -> None:
    assert tuple(study.curves) == STRATEGIES
    for task in TASKS:
        starts = [study.points(name, task, ["ja"])[:, 0].tolist() for name in STRATEGIES]
        assert all(start == starts[0] for start in starts)
        for name in STRATEGIES:
            points = study.points(name, task, ["ja", "en"])
            assert points.shape == (2, 3)
            assert ((points >= 0) & (points <= 1)).all()
    assert gain(study, "random", TASKS, ["ja", "en"]).value == 0


def test_the_same_study_again(study: Study, texts: tuple[Texts, Texts]) -> None:
    again = run_study(PLAN, *texts, ["random", "all"])
    assert again == {name: study.curves[name] for name in again}


@pytest.mark.parametrize(
    ("strategy", "expected"), [("uncertainty", [3, 0]), ("disagreement", [1, 3]), ("diversity", [2])]
)
def test_one_signal_alone(strategy: str, expected: list[int]) -> None:
    vectors = np.asarray([[1, 0], [1, 0.1], [0, 1], [1, 0.2]], dtype=np.float32)
    doubts = Doubts(np.asarray([0.8, 0.1, 0.2, 0.9]), np.asarray([0.1, 0.9, 0.2, 0.8]))
    found = pick(strategy, doubts, vectors, vectors[:1], len(expected), np.random.default_rng(0))
    assert found.tolist() == expected
