"""Few examples: refused below the least, lifted where rare, spread over the folds."""

from collections import Counter

import numpy as np
import pytest

from training.data.labelled import Labelled
from training.heads.classes import FOLDS, check_classes, class_weights, folds_of


def rows(*intents: str) -> list[Labelled]:
    return [Labelled(f"text {n}", "en", "a", "", intent=intent) for n, intent in enumerate(intents)]


def test_too_few_are_named() -> None:
    given, kept = rows("a", "a", "a", "b"), rows("b")
    labels = {"intent": ("a", "b", "c")}
    check_classes(given, kept, {"intent": ("a",)}, ["intent"], least=3)
    with pytest.raises(ValueError, match=r"'b' has 1 examples to learn from \(1 more.*'c' has 0") as met:
        check_classes(given, kept, labels, ["intent"], least=3)
    assert "'a'" not in str(met.value)


@pytest.mark.parametrize(("balance", "share"), [(0.0, 0.9), (0.5, 0.75), (1.0, 0.5)])
def test_rare_classes_are_lifted(balance: float, share: float) -> None:
    found = class_weights(np.full(10, 2.0), ["a"] * 9 + ["b"], balance)
    assert found.sum() == pytest.approx(20)
    assert found[:9].sum() / found.sum() == pytest.approx(share)


def test_every_fold_holds_some_of_each_class() -> None:
    given = rows(*"ab" * 20)
    targets = [str(row.intent) for row in given]
    folds = list(folds_of(given, targets))
    assert len(folds) == FOLDS
    assert np.sum(folds, axis=0).tolist() == [1] * 40
    for inside in folds:
        assert Counter(np.asarray(targets)[inside]) == {"a": 4, "b": 4}
    assert [fold.tolist() for fold in folds_of(given, targets)] == [fold.tolist() for fold in folds]


def test_the_same_text_is_in_one_fold() -> None:
    given = rows("a", "a", "a", "a", "a") * 2
    assert all((inside[:5] == inside[5:]).all() for inside in folds_of(given, ["a"] * 10))
