"""The record: each line holds the hash of the one before, and a change by another hand is found."""

import json
from pathlib import Path

import pytest

from training.promote.journal import (
    FIRST_HASH,
    JOURNAL,
    PROMOTED,
    ROLLED_BACK,
    append_entry,
    earlier_registries,
    hold,
    read_entries,
)  # fmt: skip
from voc_nlp.errors import TamperedArtifactError


def written(folder: Path) -> Path:
    for before, after in (("a", "b"), ("b", "c")):
        append_entry(folder, PROMOTED, before, after, {"by": "森", "override": ""})
    return folder / JOURNAL


def test_lines_are_linked(tmp_path: Path) -> None:
    assert read_entries(tmp_path) == []
    lines = [json.loads(line) for line in written(tmp_path).read_text("utf-8").splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2]
    assert lines[0]["previous_hash"] == FIRST_HASH
    assert lines[1]["previous_hash"] == lines[0]["hash"]
    assert [entry.facts["by"] for entry in read_entries(tmp_path)] == ["森", "森"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0].replace("森", "林"), lines[1]], 1),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[1], lines[0]], 1),
        (lambda lines: [lines[0], lines[0]], 2),
        (lambda lines: [lines[0], "{"], 2),
        (lambda lines: [lines[0], "[]"], 2),
        (lambda lines: [lines[0], lines[1].replace('"hash": "', '"hash": "0')], 2),
    ],
)
def test_another_hand_is_found(tmp_path: Path, change: object, line: int) -> None:
    path = written(tmp_path)
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(change(lines)) + "\n", "utf-8")  # type: ignore[operator]
    with pytest.raises(TamperedArtifactError, match=f"line {line} is not as it was written"):
        read_entries(tmp_path)


def test_the_way_back(tmp_path: Path) -> None:
    written(tmp_path)
    assert earlier_registries(read_entries(tmp_path)) == ["a", "b", "c"]
    append_entry(tmp_path, ROLLED_BACK, "c", "b", {})
    assert earlier_registries(read_entries(tmp_path)) == ["a", "b"]
    append_entry(tmp_path, PROMOTED, "by hand", "d", {})
    assert earlier_registries(read_entries(tmp_path)) == ["a", "b", "by hand", "d"]


def test_holding_makes_the_file(tmp_path: Path) -> None:
    with hold(tmp_path):
        assert (tmp_path / JOURNAL).read_text("utf-8") == ""
