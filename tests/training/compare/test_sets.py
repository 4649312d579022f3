"""Which comments are compared on."""

import json
from pathlib import Path

import pytest

import training.compare.sets as sets
from training.compare.sets import read_sets
from training.data.labelled import Labelled
from training.data.splits import Split, is_held_out


@pytest.fixture(autouse=True)
def corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    part = (Labelled("遅い。", "ja", "corpus", "c"),)
    monkeypatch.setattr(sets, "read_split", lambda: Split((), (), part))


def put(folder: Path, count: int = 60) -> Path:
    path = folder / "corrections.jsonl"
    lines = (json.dumps({"text": f"The delivery was late {n}.", "urgency": "high"}) for n in range(count))
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_file_that_nobody_learnt_from_is_taken_whole(tmp_path: Path) -> None:
    fixed, own = read_sets([put(tmp_path)], frozenset())
    assert (fixed.name, len(fixed.rows)) == ("corpus", 1)
    assert (own.name, len(own.rows), own.left_out) == ("corrections.jsonl", 60, 0)


def test_what_may_have_been_learnt_is_left_out(tmp_path: Path) -> None:
    (own,) = read_sets([put(tmp_path)], frozenset({"january.jsonl"}), fixed=False)
    assert 0 < len(own.rows) < 30
    assert own.left_out == 60 - len(own.rows)
    assert all(map(is_held_out, own.rows))
    (whole,) = read_sets([put(tmp_path)], frozenset({"january.jsonl"}), fixed=False, all_rows=True)
    assert len(whole.rows) == 60


def test_nothing_held_out_is_said(tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    texts = [f"Late {n}." for n in range(50)]
    learnt = [text for text in texts if not is_held_out(Labelled(text, "en", "", ""))]
    path.write_text("\n".join(json.dumps({"text": text}) for text in learnt), "utf-8")
    with pytest.raises(ValueError, match=r"few\.jsonl: none of its \d+ comments is held out.*january\.jsonl"):
        read_sets([path], frozenset({"january.jsonl"}))
