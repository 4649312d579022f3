"""The rounds of the study: label, learn, measure, choose the next; every strategy from the same start."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.active.learner import fit_vectors, learn
from training.active.plan import Plan
from training.active.pool import TASKS, Pool, Texts, draw_pool
from training.evaluate.metrics import plain_macro_f1
from training.evaluate.sets import LANGUAGES
from training.heads.tasks import LABELS
from training.progress import steps
from voc_nlp.labelling import Candidate, choose

STRATEGIES = ("random", "uncertainty", "disagreement", "diversity", "all")
"""At random; by one signal alone; `voc_nlp.labelling.choose` with all of them."""

Curves = dict[str, dict[str, dict[str, list[list[float]]]]]
"""Macro-F1 by strategy, task and language: one list a seed, one figure after the start and each round."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the heads of a round say of the comments that are left, each shape (n,), 0 to 1.

    Parameters
    ----------
    uncertainty : NDArray[np.float64]
        One less the margin of the heads.
    disagreement : NDArray[np.float64]
        Total variation distance between the heads and heads that see the vector alone.
    """

    uncertainty: NDArray[np.float64]
    disagreement: NDArray[np.float64]


def run_study(plan: Plan, texts: Texts, test: Texts, strategies: Sequence[str] = STRATEGIES) -> Curves:
    """Run all repetitions.

    Parameters
    ----------
    plan : Plan
        How much is labelled.
    texts : Texts
        What pools are drawn from.
    test : Texts
        The fixed comments that are measured on.
    strategies : Sequence[str]
        Some of `STRATEGIES`.

    Returns
    -------
    Curves
        The same plan and texts give the same curves.
    """
    curves: Curves = {name: {task: {lang: [] for lang in LANGUAGES} for task in TASKS} for name in strategies}
    for seed in steps(range(plan.first_seed, plan.first_seed + plan.seeds), "study"):
        generator = np.random.default_rng(seed)
        pool = draw_pool(texts, test, plan.pool, generator)
        start = generator.permutation(len(pool.texts))[: plan.start]
        for task in TASKS:
            for name in strategies:
                points = _label_and_learn(plan, pool, task, name, start, seed)
                for lang in LANGUAGES:
                    curves[name][task][lang].append([point[lang] for point in points])
    return curves


def pick(
    strategy: str,
    doubts: Doubts,
    vectors: NDArray[np.float32],
    labelled: NDArray[np.float32],
    count: int,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Choose the comments of one round.

    Parameters
    ----------
    strategy : str
        One of `STRATEGIES`.
    doubts : Doubts
        Of the comments that are left.
    vectors : NDArray[np.float32]
        Theirs, shape (n, dimension).
    labelled : NDArray[np.float32]
        Vectors of the labelled comments, shape (m, dimension).
    count : int
        How many are wanted.
    generator : np.random.Generator
        Draws at random, or decides between equals.

    Returns
    -------
    NDArray[np.int64]
        Places among those that are left.
    """
    if strategy == "random":
        return generator.permutation(len(vectors))[:count]
    if strategy == "uncertainty":
        return np.argsort(-doubts.uncertainty, kind="stable")[:count]
    if strategy == "disagreement":
        return np.argsort(-doubts.disagreement, kind="stable")[:count]
    shares = np.stack([doubts.uncertainty, doubts.disagreement], axis=1).clip(0, 1)
    if strategy == "diversity":
        shares = np.zeros_like(shares)
    candidates = [
        Candidate(str(place), float(unsure), float(apart), vector)
        for place, ((unsure, apart), vector) in enumerate(zip(shares, vectors, strict=True))
    ]
    seed = int(generator.integers(1 << 31))
    chosen = choose(candidates, count, labelled=labelled, seed=seed)
    return np.asarray([int(one.id) for one in chosen], dtype=np.int64)


def _label_and_learn(
    plan: Plan, pool: Pool, task: str, strategy: str, start: NDArray[np.int64], seed: int
) -> list[dict[str, float]]:
    """Go through the rounds of one task by one strategy; return macro-F1 by language at each point."""
    generator = np.random.default_rng([seed, STRATEGIES.index(strategy), TASKS.index(task)])
    targets = pool.texts.targets[:, TASKS.index(task)]
    size = len(LABELS[task])
    labelled = start
    points = []
    for number in range(plan.rounds + 1):
        head = learn(pool.among[np.ix_(labelled, labelled)], targets[labelled], size)
        points.append(_measure(pool.test, task, head.predict(pool.across[:, labelled])))
        if number == plan.rounds:
            break
        left = np.setdiff1d(np.arange(len(pool.texts)), labelled)
        doubts = Doubts(np.zeros(len(left)), np.zeros(len(left)))
        if strategy not in ("random", "diversity"):
            answers = head.predict(pool.among[np.ix_(left, labelled)])
            vectors = pool.texts.vectors
            others = fit_vectors(vectors[labelled], targets[labelled], size).predict(
                vectors[left].astype(np.float64)
            )
            ranked = np.sort(answers, axis=1)
            doubts = Doubts(1 - (ranked[:, -1] - ranked[:, -2]), np.abs(answers - others).sum(axis=1) / 2)
        places = pick(
            strategy, doubts, pool.texts.vectors[left], pool.texts.vectors[labelled], plan.batch, generator
        )
        labelled = np.concatenate([labelled, left[places]])
    return points


def _measure(test: Texts, task: str, probabilities: NDArray[np.float64]) -> dict[str, float]:
    labels = LABELS[task]
    column = TASKS.index(task)
    found = {}
    for lang in LANGUAGES:
        places = [place for place, row in enumerate(test.rows) if row.lang == lang]
        truth = [labels[right] for right in test.targets[places, column].tolist()]
        guess = [labels[said] for said in probabilities[places].argmax(axis=1).tolist()]
        found[lang] = round(plain_macro_f1(truth, guess, labels), 4)
    return found
