"""The card is made of the manifest and the metrics, and the shipped ones are up to date."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from training.card import write_card
from training.config import TrainingConfig, read_config
from voc_nlp.artifacts import write_folder

MODELS = Path(__file__).resolve().parents[2] / "models"
HEAD_METRICS = {
    "sentiment": {
        "ja": {
            "macro_f1": {"value": 0.7123, "low": 0.68, "high": 0.74, "n": 321},
            "ece": 0.0314,
            "classes": {"mixed": {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "n": 12.0}},
        }
    },
    "aspect_terms": {"en": {"precision": 0.6, "recall": 0.5, "f1": 0.5455, "n": 77}},
}


def card(folder: Path, kind: str, metrics: dict[str, Any], **facts: Any) -> str:
    config = TrainingConfig(
        kind, "mine", "3.2.1", seed=99, encoder="encoder/9.9.9", sources={"corpus": 1.0, "mams": 0.1}
    )
    write_folder(folder, kind=kind, name="mine", version="3.2.1", texts={"a.txt": "hello"}, facts=facts)
    write_card(folder, config, metrics)
    return (folder / "README.md").read_text("utf-8")


def test_a_card_of_heads_states_its_facts(tmp_path: Path) -> None:
    run = {"data": {"corpus": {"examples": 4321}, "mams": {"examples": 17}}}
    text = card(tmp_path, "sentiment", HEAD_METRICS, run=run)
    assert text.startswith("# mine 3.2.1\n")
    assert "CC BY-SA 4.0" in text
    assert "| corpus | Apache-2.0 (authored for this project) | 4321 | 1.0 |" in text
    assert "| mams | Apache-2.0 (MAMS authors) | 17 | 0.1 |" in text
    assert "| sentiment | ja | 321 | 0.712 (0.680 to 0.740) | 0.031 |" in text
    assert "| sentiment | ja | mixed | 0.500 | 0.250 | 0.333 | 12 |" in text
    assert "F1 0.545" in text
    assert "seed 99" in text
    assert f"- `a.txt` sha256 `{hashlib.sha256(b'hello').hexdigest()}`" in text


@pytest.mark.parametrize(
    ("kind", "metrics", "lines"),
    [
        ("encoder", {"held_out": {"retrieval": 0.98765}}, ["| retrieval | 0.9877 |", "EDICT"]),
        (
            "themes",
            {"held_out": {"unassigned_share": 0.1, "n": 50}, "themes": 40},
            ["| unassigned_share | 0.1 |", "| themes | 40 |", "encoder/9.9.9"],
        ),
    ],
)
def test_a_card_of_another_kind(tmp_path: Path, kind: str, metrics: dict[str, Any], lines: list[str]) -> None:
    text = card(tmp_path, kind, metrics)
    assert [line for line in lines if line not in text] == []


def test_the_metrics_are_left_as_they_were(tmp_path: Path) -> None:
    metrics: dict[str, Any] = {"held_out": {"unassigned_share": 0.1, "n": 50}, "themes": 40}
    card(tmp_path, "themes", metrics)
    assert "held_out" in metrics


def test_a_card_of_own_classes(tmp_path: Path) -> None:
    files = {
        "a.csv": {"sha256": "0", "comments": 9, "skipped": 2, "erased": 3},
        "b.csv": {"skipped": 0, "erased": 0},
    }
    slices = [
        {
            "task": "owner",
            "lang": "ja",
            "slice": "channel=sns",
            "macro_f1": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 33},
        }
    ]
    facts = {
        "sources": {"corpus": 1.0, "a.csv": 0.5},
        "run": {"data": {"a.csv": {"examples": 7}}, "files": files},
        "taught": ["owner"],
        "own_classes": ["departments", "owner"],
        "heads": {"owner": {"labels": ["rooms", "none"]}},
    }
    config = TrainingConfig("routing", "mine", "1", seed=9, sources={"corpus": 1.0}, files={"/x/a.csv": 0.5})
    write_folder(tmp_path, kind="routing", name="mine", version="1", facts=facts)
    write_card(tmp_path, config, {"owner": HEAD_METRICS["sentiment"]}, slices)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert "Erased persons' comments that left the export: 3 (a.csv).\nRows" in text
    assert "left out: 2 (a.csv)." in text
    assert "(b.csv)" not in text
    assert "| a.csv | a labelled file of the customer's; no part of this folder | 7 | 0.5 |" in text
    assert "Own classes of owner: rooms, none." in text
    assert "for them both tiers answer alike" in text
    assert "| owner | ja | channel=sns | 33 | 0.500 (0.400 to 0.600) |" in text
    assert "look at n before you compare" in text
    assert "--labels a.csv --out DIR" in text
    assert "/x/" not in text


def stated(text: str) -> list[str]:
    """Take the lines of a card that state facts: title, tables, files."""
    return [line for line in text.splitlines() if line.startswith(("# ", "|", "- `"))]


@pytest.mark.parametrize("name", ["encoder", "ngrams", "sentiment", "routing", "themes"])
def test_a_shipped_card_states_what_its_manifest_and_metrics_do(name: str, tmp_path: Path) -> None:
    config = read_config(name)
    folder = MODELS / config.name / config.version
    for file in ("config.json", "metrics.json"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    write_card(tmp_path, config, json.loads((folder / "metrics.json").read_text("utf-8")))
    shipped = stated((folder / "README.md").read_text("utf-8"))
    assert len(shipped) > 5
    assert shipped == stated((tmp_path / "README.md").read_text("utf-8"))


@pytest.mark.parametrize("name", ["sentiment", "routing"])
def test_shipped_heads_were_measured_in_both_languages(name: str) -> None:
    metrics = json.loads((MODELS / name / "1.0.0" / "metrics.json").read_text("utf-8"))
    for task, languages in metrics.items():
        assert set(languages) == {"ja", "en"}, task
