"""How often people find the model right, and how far they agree with one another."""

import pytest
from fastapi.testclient import TestClient
from sklearn.metrics import cohen_kappa_score

from api.corrections.agreement import krippendorff_alpha
from tests.api.conftest import MovedClock
from tests.api.corrections.correction_calls import correct, stored

JA, EN = "配送が遅い", "The delivery is late"


def test_corrections_are_counted_by_period_task_and_language(client: TestClient, clock: MovedClock) -> None:
    ja = [stored(client, f"ja{number}", JA) for number in range(3)]
    en = stored(client, "en", EN)
    for comment_id, label in zip(ja, ("negative", "neutral", "neutral"), strict=True):
        correct(client, comment_id, "sentiment", label, annotator="a")
    correct(client, ja[2], "sentiment", "negative", annotator="b")
    correct(client, ja[0], "departments", [], annotator="a")
    correct(client, en, "theme", "theme-003")
    clock.forward(days=40)
    correct(client, en, "sentiment", "negative")
    answer = client.get("/v1/metrics/corrections").json()
    assert [
        (row["start"], row["task"], row["language"], row["agreed"], row["wrong"]) for row in answer["items"]
    ] == [
        ("2026-01-01", "departments", "ja", 0, 1),
        ("2026-01-01", "sentiment", "ja", 2, 1),
        ("2026-01-01", "theme", "en", 0, 1),
        ("2026-02-01", "sentiment", "en", 1, 0),
    ]
    [sentiment] = [row for row in answer["tasks"] if row["task"] == "sentiment"]
    assert sentiment["comments"] == 4
    assert sentiment["agreement"]["value"] == 0.75
    assert sentiment["agreement"]["low"] == pytest.approx(0.3006, abs=1e-4)
    assert sentiment["agreement"]["high"] == pytest.approx(0.9544, abs=1e-4)
    assert {tuple(one.values()) for one in answer["confusions"]} == {
        ("sentiment", "negative", "neutral", 1),
        ("departments", "logistics", "nobody", 1),
        ("theme", "theme-001", "theme-003", 1),
    }
    query = {"task": "sentiment", "language": "ja", "from": "2026-01-09", "to": "2026-01-09", "period": "day"}
    [row] = client.get("/v1/metrics/corrections", params=query).json()["items"]
    assert (row["start"], row["end"], row["comments"]) == ("2026-01-09", "2026-01-09", 3)


def test_annotators_are_compared_on_what_both_labelled(client: TestClient) -> None:
    labels = {
        "a": ["complaint", "praise", "praise", "other", "question"],
        "b": ["complaint", "praise", "other", "other", "question"],
        "c": ["complaint", None, "praise", None, None],
    }
    ids = [stored(client, str(number), (JA, EN)[number % 2]) for number in range(5)]
    for annotator, said in labels.items():
        for comment_id, label in zip(ids, said, strict=True):
            if label is not None:
                correct(client, comment_id, "intent", label, annotator=annotator)
    correct(client, ids[0], "churn", True, annotator="a")
    for annotator in "ab":
        correct(client, ids[0], "aspects", [], annotator=annotator)
    answer = client.get("/v1/metrics/agreement").json()
    pairs = {(one["task"], one["first"], one["second"]): one for one in answer["pairs"]}
    assert set(pairs) == {
        ("intent", "a", "b"),
        ("intent", "a", "c"),
        ("intent", "b", "c"),
        ("aspects", "a", "b"),
    }
    one = pairs["intent", "a", "b"]
    assert (one["comments"], one["agreement"]["value"]) == (5, 0.8)
    assert one["kappa"] == pytest.approx(cohen_kappa_score(labels["a"], labels["b"]))
    assert pairs["aspects", "a", "b"]["kappa"] is None
    tasks = {one["task"]: one for one in answer["tasks"]}
    assert set(tasks) == {"intent", "aspects"}
    assert (tasks["intent"]["comments"], tasks["intent"]["annotators"]) == (5, 3)
    assert tasks["intent"]["agreement"]["value"] == 0.8
    assert tasks["aspects"]["alpha"] is None


def test_alpha_is_that_of_the_published_example() -> None:
    """Krippendorff (2011), example C: four observers, nominal data, missing values, alpha 0.743."""
    table = """1 2 3 3 2 1 4 1 2 . . .
               1 2 3 3 2 2 4 1 2 5 . 3
               . 3 3 3 2 3 4 2 2 5 1 .
               1 2 3 3 2 4 4 1 2 5 1 ."""
    observers = [line.split() for line in table.splitlines()]
    units = {
        str(number): {str(who): value for who, value in enumerate(column) if value != "."}
        for number, column in enumerate(zip(*observers, strict=True))
    }
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("units", [{}, {"1": {"a": "x"}}, {"1": {"a": "x", "b": "x"}}])
def test_alpha_of_nothing_to_tell_apart_is_none(units: dict[str, dict[str, str]]) -> None:
    assert krippendorff_alpha(units) is None
