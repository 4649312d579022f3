"""What a run learns from: classes of the customer's own, what other sources still say, what is too few."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training.config import TrainingConfig
from training.data.examples import Examples, gather_examples
from training.data.labelled import Labelled
from training.data.splits import Split
from training.heads.tasks import DEPARTMENTS, LABELS

WORDS = {"rooms": ("部屋が寒い", "The room was cold"), "kitchen": ("料理が冷たい", "The food was cold")}


def corpus_row(number: int, **labels: Any) -> Labelled:
    given = {"departments": (), "intent": "praise", "urgency": "low", "churn_risk": False} | labels
    return Labelled(f"いいね{number}", "ja", "corpus", "a", "positive", **given)


CORPUS = Split(
    tuple(corpus_row(number) for number in range(40))
    + tuple(corpus_row(100 + number, departments=("billing",), urgency="high") for number in range(20)),
    (corpus_row(200), corpus_row(201, departments=("sales",))),
    (corpus_row(300),),
)
CONFIG = TrainingConfig(
    "routing", "routing", "own-1", seed=7, sources={"corpus": 1.0},
    settings={"classes": {"least_examples": 5}}, labels={"departments": "files", "intents": "files"},
)  # fmt: skip


def labelled(path: Path, per_class: int = 20, names: dict[str, str] | None = None, **more: Any) -> Path:
    rows = [
        {"text": f"{text} {number}", "departments": [(names or {}).get(owner, owner)], **more}
        for owner, texts in WORDS.items()
        for text in texts
        for number in range(per_class)
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def gather(path: Path, config: TrainingConfig = CONFIG) -> Examples:
    return gather_examples(replace(config, files={str(path): 0.5}), CORPUS, None)


def test_own_departments_come_from_the_file(tmp_path: Path) -> None:
    found = gather(labelled(tmp_path / "a.jsonl"))
    assert found.labels["owner"] == ("kitchen", "rooms", "none")
    assert found.labels["intent"] == LABELS["intent"]
    assert found.own == {"owner", "departments"}
    assert found.taught == {"owner", "departments"}
    assert found.weights == {"corpus": 1.0, "a.jsonl": 0.5}
    assert {row.source for row in found.train} == {"corpus", "a.jsonl"}


def test_foreign_departments_teach_nothing_but_nobody(tmp_path: Path) -> None:
    found = gather(labelled(tmp_path / "a.jsonl"))
    from_corpus = [row for row in found.train if row.source == "corpus"]
    assert 0 < len(from_corpus) <= 40
    assert {row.departments for row in from_corpus} == {()}
    assert {row.departments for row in (*found.dev, *found.test) if row.source == "corpus"} == {None}
    again = gather(labelled(tmp_path / "a.jsonl"))
    assert again == found


def test_nobody_of_the_file_is_enough(tmp_path: Path) -> None:
    path = labelled(tmp_path / "a.jsonl")
    with path.open("a", encoding="utf-8") as file:
        for number in range(20):
            file.write(json.dumps({"text": f"Thank you {number}", "departments": []}) + "\n")
    found = gather(path)
    assert {row.source for row in found.train if row.departments == ()} == {"a.jsonl"}


def test_what_is_held_out_is_not_learnt(tmp_path: Path) -> None:
    found = gather(labelled(tmp_path / "a.jsonl"))
    learnt, held_out = ({row.text for row in part} for part in (found.train, found.test))
    assert not learnt & held_out
    assert len([row for row in (*found.train, *found.test) if row.source == "a.jsonl"]) == 80


def test_shipped_ids_are_corrections(tmp_path: Path) -> None:
    path = labelled(tmp_path / "a.jsonl", names={"rooms": "store_operations", "kitchen": "sales"})
    config = replace(CONFIG, settings={"classes": {"least_examples": 0}})
    found = gather(path, config)
    assert found.labels["owner"][:-1] == DEPARTMENTS
    assert found.own == frozenset()
    assert {row.departments for row in found.train if row.source == "corpus"} == {(), ("billing",)}


def test_own_intents(tmp_path: Path) -> None:
    found = gather(labelled(tmp_path / "a.jsonl", intent="wish"))
    assert found.labels["intent"] == ("wish",)
    assert found.own == {"owner", "departments", "intent"}
    assert {row.intent for row in found.train if row.source == "corpus"} == {None}


def test_only_what_is_labelled_is_taught(tmp_path: Path) -> None:
    rows = [
        {"text": f"遅い {number}", "urgency": ("low", "normal", "high")[number % 3]} for number in range(60)
    ]
    (tmp_path / "u.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found = gather(tmp_path / "u.jsonl")
    assert found.taught == {"urgency"}
    assert len([row for row in found.train if row.source == "corpus"]) == 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": {"departments": ["rooms"]}}, "names kitchen, which .labels. does not"),
        ({"labels": {"departments": ["rooms", "kitchen", "spa"]}}, "owner 'spa' has 0 examples"),
        ({"labels": {"departments": []}}, "expected a list of ids"),
        ({"labels": {"departments": ["rooms", "rooms"]}}, "an id twice"),
        ({"labels": {"departments": ["rooms", "none"]}}, "an id twice, or 'none'"),
        ({}, "names kitchen, rooms, which"),
        ({"kind": "sentiment", "labels": {"departments": "files"}}, "no comment is labelled for sentiment"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    config = replace(CONFIG, **{"labels": {}, **change})
    with pytest.raises(ValueError, match=message):
        gather(labelled(tmp_path / "a.jsonl"), config)


def test_too_few_names_the_class_and_the_count(tmp_path: Path) -> None:
    path = labelled(tmp_path / "a.jsonl")
    with path.open("a", encoding="utf-8") as file:
        for number in range(3):
            file.write(json.dumps({"text": f"The pool is dirty {number}", "departments": ["pool"]}) + "\n")
    with pytest.raises(
        ValueError, match=r"at least 5 .*owner 'pool' has \d examples to learn from \(\d more"
    ):
        gather(path)


def test_one_writer_leaves_nothing_held_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="80 comments of 1 writers"):
        gather(labelled(tmp_path / "a.jsonl", writer="w"))


def test_without_files_all_is_as_shipped() -> None:
    found = gather_examples(replace(CONFIG, labels={}), CORPUS, None)
    assert (found.train, found.dev, found.test) == (CORPUS.train, CORPUS.dev, CORPUS.test)
    assert found.labels == LABELS
    assert not found.own
    assert "churn" in found.taught
