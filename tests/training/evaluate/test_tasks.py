"""Every task is measured as its name says."""

import pytest

from tests.training.evaluate.builders import answer, comment
from training.evaluate.tasks import confusion, measure, measure_terms


def test_right_answers_reach_one() -> None:
    rows = [comment(), comment(churn_risk=True, urgency="high", departments=())]
    found = measure(rows, [answer(), answer(churn=True, urgency="high", departments=(), confidence=None)])
    assert found.n == 2
    assert found.refused == 0
    for score in (
        found.language,
        found.sentiment.macro,
        found.owners.primary.macro,
        found.owners.accuracy,
        found.owners.as_set,
        found.intent.macro,
        found.urgency.macro,
        found.high_recall,
        found.churn,
        found.terms.f1,
        found.terms.polarity,
    ):
        assert score.value == pytest.approx(1.0)
    assert found.sentiment_ece == pytest.approx(0.3, abs=1e-6)
    assert found.owners.ece == pytest.approx(0.2, abs=1e-6)


def test_the_abstained_are_left_out_of_the_sure() -> None:
    rows = [comment(), comment()]
    said = [answer(), answer(departments=("billing",), abstained=True)]
    owners = measure(rows, said).owners
    assert owners.abstained.value == 0.5
    assert owners.accuracy.value == 0.5
    assert owners.accuracy_when_sure.value == 1.0


def test_recall_of_high_looks_at_the_high_alone() -> None:
    rows = [comment(urgency="high"), comment(urgency="high"), comment(urgency="low")]
    said = [answer(urgency="high"), answer(urgency="low"), answer(urgency="high")]
    assert measure(rows, said).high_recall.value == 0.5


def test_departments_as_a_set() -> None:
    row, said = comment(departments=("billing", "sales")), answer(departments=("billing", "logistics"))
    assert measure([row], [said]).owners.as_set.value == pytest.approx(0.5)


def test_confusion_has_truth_in_rows() -> None:
    counts = confusion(["positive", "mixed"], ["negative", "mixed"])
    assert counts[0, 2] == 1
    assert counts[3, 3] == 1
    assert counts.sum() == 2


def test_terms_are_compared_with_what_they_overlap_most() -> None:
    truth = [[(0, 4, "positive"), (4, 10, "negative")], []]
    found = [[(3, 9, "negative")], [(0, 2, "neutral")]]
    terms = measure_terms(truth, found)
    assert (terms.precision, terms.recall) == (0.5, 1.0)
    assert terms.overlapping == 1
    assert terms.polarity.value == 1.0
