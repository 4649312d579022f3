"""How unsure an answer is, and how far two answers lie apart: by hand, and on the shipped models."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp import Analysis, Analyzer, Comment, Refusal
from voc_nlp.labelling import TASKS, disagreement, overall, uncertainty

SURE = {
    "sentiment": {
        "label": "negative",
        "probabilities": {"positive": 0.0, "neutral": 0.0, "negative": 1.0, "mixed": 0.0},
    },
    "intent": {"label": "complaint", "probabilities": {"complaint": 1.0, "praise": 0.0}},
    "urgency": {"level": "low", "probabilities": {"low": 1.0, "normal": 0.0, "high": 0.0}},
    "churn": {"at_risk": False, "probability": 0.0},
    "departments": [{"id": "billing", "probability": 1.0}],
    "runner_up": None,
    "abstained": False,
}
TEXTS = [
    ("ja", "荷物が三日遅れて届きました。配送会社に聞いても分からないと言われました。"),
    ("ja", "店員さんがとても親切で、また来たいと思います。"),
    ("en", "The parcel came three days late and nobody could tell me where it was."),
    ("en", "Lovely staff, I will be back."),
    ("en", "n/a"),
]


def split(*probabilities: float) -> dict[str, Any]:
    labels = ("positive", "neutral", "negative", "mixed")
    return {"sentiment": {"probabilities": dict(zip(labels, probabilities, strict=True))}}


def owned(first: float, second: float | None = None, *, abstained: bool = False) -> dict[str, Any]:
    rival = None if second is None else {"id": "logistics", "probability": second}
    return {
        "departments": [{"id": "billing", "probability": first}],
        "runner_up": rival,
        "abstained": abstained,
    }


def test_a_sure_answer() -> None:
    assert uncertainty(SURE) == dict.fromkeys(TASKS, 0.0)


@pytest.mark.parametrize(
    ("answer", "task", "expected"),
    [
        (split(0.5, 0.5, 0.0, 0.0), "sentiment", 1.0),
        (split(0.25, 0.25, 0.25, 0.25), "sentiment", 1.0),
        (split(0.1, 0.0, 0.6, 0.3), "sentiment", 0.7),
        ({"churn": {"at_risk": True, "probability": 0.5}}, "churn", 1.0),
        ({"churn": {"at_risk": True, "probability": 0.9}}, "churn", 0.2),
        (owned(0.6, 0.4), "departments", 0.8),
        (owned(0.6, 0.1), "departments", 0.55),  # half of the 0.3 that nobody is named for is the rival
        (owned(0.9), "departments", 0.15),
        (owned(0.28, 0.05, abstained=True), "departments", 1.0),
        ({"departments": [], "runner_up": None, "abstained": False}, "departments", 0.0),
        (
            {"departments": [], "runner_up": {"id": "sales", "probability": 0.4}, "abstained": False},
            "departments",
            0.8,
        ),
        (
            {"departments": [], "runner_up": {"id": "sales", "probability": 0.2}, "abstained": True},
            "departments",
            1.0,
        ),
    ],
)
def test_uncertainty(answer: Mapping[str, Any], task: str, expected: float) -> None:
    assert uncertainty(answer) == {task: pytest.approx(expected)}


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda parts: sum(parts) > 0.1))
def test_uncertainty_does_not_depend_on_the_names(parts: list[float]) -> None:
    whole = sum(parts)
    shares = [part / whole for part in parts]
    found = uncertainty(split(*shares))["sentiment"]
    assert 0 <= found <= 1
    assert found == uncertainty(split(*sorted(shares)))["sentiment"]


def test_what_an_answer_is_silent_about_is_left_out() -> None:
    assert uncertainty({"sentiment": {"label": "mixed"}}) == {}
    assert uncertainty(Refusal("c-1", "text_too_long", "too long").to_dict()) == {}
    assert disagreement(SURE, Refusal("c-1", "text_too_long", "too long").to_dict()) == {}


@pytest.mark.parametrize(
    ("first", "second", "task", "expected"),
    [
        (split(1, 0, 0, 0), split(0, 0, 1, 0), "sentiment", 1.0),
        (split(0.6, 0.4, 0, 0), split(0.5, 0.5, 0, 0), "sentiment", 0.1),
        (owned(0.9, 0.1), owned(0.7, 0.3), "departments", 0.2),
        (owned(1.0), {"departments": [], "runner_up": None, "abstained": False}, "departments", 1.0),
        ({"intent": {"label": "praise"}}, SURE, "intent", 1.0),
        ({"intent": {"label": "complaint"}}, SURE, "intent", 0.0),
        ({"urgency": {"level": "high"}}, {"urgency": {"level": "low"}}, "urgency", 1.0),
        ({"churn": {"at_risk": True}}, {"churn": {"at_risk": True, "probability": 0.6}}, "churn", 0.0),
        (
            # A taxonomy of one's own: no class is shared.
            {"intent": {"label": "a", "probabilities": {"a": 0.7, "b": 0.3}}},
            {"intent": {"label": "c", "probabilities": {"c": 1.0}}},
            "intent",
            1.0,
        ),
    ],
)
def test_disagreement(
    first: Mapping[str, Any], second: Mapping[str, Any], task: str, expected: float
) -> None:
    assert disagreement(first, second)[task] == pytest.approx(expected)
    assert disagreement(second, first) == disagreement(first, second)


def test_overall() -> None:
    assert overall({}) == 0
    assert overall({"sentiment": 0.2, "churn": 0.6}) == pytest.approx(0.4)


def test_answers_of_the_shipped_models(analyzer: Analyzer) -> None:
    comments = [Comment(str(number), text, lang) for number, (lang, text) in enumerate(TEXTS)]
    answers = [answer.to_dict() for answer in analyzer.analyze(comments) if isinstance(answer, Analysis)]
    assert len(answers) == len(TEXTS)
    for answer in answers:
        found = uncertainty(answer)
        assert tuple(found) == TASKS
        assert all(0 <= figure <= 1 for figure in found.values())
        assert disagreement(answer, answer) == dict.fromkeys(TASKS, 0.0)
    assert uncertainty(answers[-1]) == dict.fromkeys(TASKS, 0.0)  # noise: surely nothing
    assert max(disagreement(answers[0], answers[1]).values()) > 0.5
    assert disagreement(answers[0], answers[2])["sentiment"] < 0.5  # the same complaint in both languages
