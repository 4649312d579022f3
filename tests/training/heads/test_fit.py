"""Fitting a head on toy data: it learns, its weights survive rounding, its odds are calibrated."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.voc_nlp.toys import toy_embedder, toy_features, toy_ngrams
from training.data.labelled import Labelled
from training.heads.fit import design_matrix, fit_head, fit_temperature
from training.heads.learner import HeadLearner
from training.heads.measure import measure_head
from training.heads.tasks import DEPARTMENTS, label_lists
from voc_nlp.heads import LinearHead

TEXTS = ["late", "late delivery", "遅い", "配送が遅い", "kind", "kind delivery"] * 6
TARGETS = ["bad", "bad", "bad", "bad", "good", "good"] * 6
KNOWN = len(toy_ngrams())


def fit(targets: list[str] | None = None, labels: tuple[str, ...] = ("good", "bad")) -> LinearHead:
    return fit_head(
        design_matrix(toy_features(TEXTS), KNOWN, 2.0),
        targets or TARGETS,
        np.ones(len(TEXTS)),
        labels,
        KNOWN,
        vector_scale=2.0,
        strength=3.0,
    )


def test_the_matrix_is_what_the_head_sees() -> None:
    features = toy_features(["late delivery", "late", ""])
    matrix = design_matrix(features, KNOWN, 2.5)
    assert matrix.shape == (3, KNOWN + 3)
    rows = matrix.toarray()
    assert rows[features.owners, features.ngrams] == pytest.approx(features.values)
    assert np.count_nonzero(rows[:, :KNOWN]) == len(features.ngrams)
    assert np.linalg.norm(rows[:, :KNOWN], axis=1) == pytest.approx([1, 1, 0], abs=1e-5)
    assert rows[:, KNOWN:] == pytest.approx(features.vectors * 2.5)


def test_a_head_learns_toy_data() -> None:
    head = fit()
    guess = head.predict(toy_features(TEXTS)).argmax(axis=1)
    assert [head.labels[column] for column in guess] == TARGETS
    unseen = head.predict(toy_features(["遅い delivery", "kind kind"]))
    assert unseen.argmax(axis=1).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("targets", "labels"),
    [
        (TARGETS, ("good", "bad")),
        (["bad", "good", "bad", "fair", "good", "fair"] * 6, ("good", "fair", "bad")),
    ],
)
def test_rounded_weights_score_as_the_matrix_does(targets: list[str], labels: tuple[str, ...]) -> None:
    head, features = fit(targets, labels), toy_features(TEXTS)
    matrix = design_matrix(features, KNOWN, 2.0).toarray()
    weights = np.concatenate([head.ngram_weights * head.ngram_scales, head.vector_weights / 2.0])
    assert head.logits(features) == pytest.approx(matrix @ weights + head.bias, abs=1e-3)
    assert np.abs(head.ngram_weights.astype(int)).max() == 127


def test_a_class_without_examples_is_never_said() -> None:
    head = fit(labels=("good", "never", "bad"))
    assert head.predict(toy_features(TEXTS))[:, 1].max() < 1e-6
    assert head.labels == ("good", "never", "bad")


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.0, 4.0])
def test_the_temperature_is_found_again(true_temperature: float) -> None:
    generator = np.random.default_rng(1)
    calibrated = generator.normal(size=(4000, 3)) * 2
    powers = np.exp(calibrated)
    truth = [int(generator.choice(3, p=row / row.sum())) for row in powers]
    found = fit_temperature((calibrated * true_temperature).astype(np.float32), truth)
    assert found == pytest.approx(true_temperature, rel=0.1)


def test_the_temperature_stays_in_its_range() -> None:
    sure = np.asarray([[9.0, 0.0]] * 10, dtype=np.float32)
    assert 0.1 <= fit_temperature(sure, [0] * 10) < 0.5
    assert 9.9 < fit_temperature(sure, [1] * 10) <= 10


def rows(group: str) -> list[Labelled]:
    known = {"late": "negative", "遅い": "negative", "late delivery": "mixed", "kind": "positive"}
    return [
        Labelled(
            text=text,
            lang="en" if text.isascii() else "ja",
            source="corpus",
            group=group,
            sentiment=label,
            departments=("logistics",) if label != "positive" else (),
        )
        for text, label in known.items()
        for _ in range(8)
    ]


def learner() -> HeadLearner:
    return HeadLearner(
        toy_embedder(), toy_ngrams(), rows("a"), rows("f"), {"corpus": 1.0}, vector_scale=2.0, strength=3.0
    )


@cache
def learnt() -> LinearHead:
    return learner().learn("sentiment", ["corpus"])


def test_a_learner_calibrates_on_the_dev_part() -> None:
    head = learnt()
    assert head.labels == ("positive", "neutral", "negative", "mixed")
    assert 0.1 <= head.temperature < 1, "the dev part is as sure as can be"
    guess = head.predict(learner().features(rows("f"))).argmax(axis=1)
    assert [head.labels[column] for column in guess] == [row.sentiment for row in rows("f")]


def test_rows_of_other_sources_and_silent_rows_are_left_out() -> None:
    noise = Labelled(text="kind", lang="en", source="web", group="x", sentiment="negative")
    silent = Labelled(text="late", lang="en", source="corpus", group="a")
    mixed = HeadLearner(
        toy_embedder(), toy_ngrams(), [*rows("a"), *[noise] * 50, silent], rows("f"),
        {"corpus": 1.0, "web": 1.0}, vector_scale=2.0, strength=3.0,
    )  # fmt: skip
    one, other = learnt(), mixed.learn("sentiment", ["corpus"])
    assert np.array_equal(one.ngram_weights, other.ngram_weights)
    assert one.temperature == other.temperature


def test_what_is_not_kept_is_not_learnt() -> None:
    without = HeadLearner(
        toy_embedder(), toy_ngrams(), rows("a"), rows("f"), {"corpus": 1.0}, vector_scale=2.0, strength=3.0,
        keep=lambda features: replace(features, vectors=np.zeros_like(features.vectors)),
    )  # fmt: skip
    head = without.learn("sentiment", ["corpus"])
    assert not without.features(rows("f")).vectors.any()
    assert not head.vector_weights.any()
    assert head.ngram_weights.any()
    assert learnt().vector_weights.any()


def test_departments_stand_for_themselves() -> None:
    some = [
        Labelled(text=text, lang="en", source="corpus", group="a", departments=owners)
        for text, owners in (("late", DEPARTMENTS[:2]), ("kind", ()))
        for _ in range(6)
    ]
    one = HeadLearner(
        toy_embedder(), toy_ngrams(), some, some, {"corpus": 1.0}, vector_scale=2.0, strength=3.0,
        labels=label_lists(DEPARTMENTS[:2]),
    )  # fmt: skip
    head = one.learn_departments(["corpus"])
    late, kind = head.predict(one.features([some[0], some[-1]]))
    assert head.multilabel
    assert head.labels == DEPARTMENTS[:2]
    assert late.min() > 0.5 > kind.max()


def test_measuring_by_language() -> None:
    one = learner()
    found = measure_head(one, learnt(), "sentiment", rows("c"))
    assert set(found) == {"ja", "en"}
    assert found["ja"]["macro_f1"]["n"] == 8
    assert found["en"]["macro_f1"]["n"] == 24
    assert found["en"]["macro_f1"]["value"] == 1.0
    assert found["en"]["classes"]["mixed"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 8.0}
    assert 0 <= found["en"]["ece"] <= 1
    assert measure_head(one, learnt(), "sentiment", []) == {}
