"""What each task asks of an example, and what it leaves alone."""

from dataclasses import replace

import pytest

from training.data.labelled import Labelled
from training.heads.tasks import DEPARTMENTS, LABELS, target
from voc_nlp.schema import IntentLabel, SentimentLabel, UrgencyLevel

FULL = Labelled(
    text="x",
    lang="en",
    source="corpus",
    group="a",
    sentiment="mixed",
    departments=("billing", "sales"),
    intent="question",
    urgency="high",
    churn_risk=True,
)
SILENT = Labelled(text="x", lang="en", source="mams", group="a")


@pytest.mark.parametrize(
    ("task", "label"),
    [
        ("sentiment", "mixed"),
        ("intent", "question"),
        ("urgency", "high"),
        ("churn", "true"),
        ("owner", "billing"),
    ],
)
def test_target(task: str, label: str) -> None:
    assert target(FULL, task) == label
    assert label in LABELS[task]
    assert target(SILENT, task) is None


def test_nobody_owns_it() -> None:
    assert target(replace(FULL, departments=()), "owner") == "none"
    assert target(replace(FULL, churn_risk=False), "churn") == "false"


def test_the_labels_are_those_of_the_library() -> None:
    assert set(LABELS["sentiment"]) == set(SentimentLabel)
    assert set(LABELS["intent"]) == set(IntentLabel)
    assert set(LABELS["urgency"]) == set(UrgencyLevel)
    assert set(LABELS["owner"]) == {*DEPARTMENTS, "none"}
