"""Agreement of two labellings read from files."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.evaluate.agreement import measure_agreement


def write(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def row(number: str, **labels: Any) -> dict[str, Any]:
    given = {
        "id": number,
        "sentiment": "negative",
        "departments": ["logistics"],
        "intent": "complaint",
        "urgency": "normal",
        "churn_risk": False,
        "aspects": [{"term": "箱", "sentiment": "negative"}],
    }
    return given | labels


def test_agreement(tmp_path: Path) -> None:
    write(tmp_path / "ja.jsonl", row("a", text="箱が濡れた"), row("b", text="箱が破れた"))
    write(
        tmp_path / "second_ja.jsonl",
        row("a"),
        row("b", departments=[], aspects=[{"term": "箱が", "sentiment": "neutral"}]),
        row("gone"),
    )
    found = measure_agreement("ja", tmp_path)
    assert found is not None
    assert (found.n, found.dropped) == (2, 1)
    assert found.tasks["sentiment"][0].value == 1.0
    assert found.tasks["owner"][0].value == 0.5
    assert found.same_departments.value == 0.5
    assert found.terms.f1.value == pytest.approx(1.0)
    assert found.terms.polarity.value == 0.5


def test_without_a_second_labelling_there_is_no_agreement(tmp_path: Path) -> None:
    write(tmp_path / "ja.jsonl", row("a", text="箱"))
    assert measure_agreement("ja", tmp_path) is None
    write(tmp_path / "second_ja.jsonl", row("gone"))
    assert measure_agreement("ja", tmp_path) is None
