"""Labels of opinion words stand in their comments, and what is found is compared with them."""

import json
from pathlib import Path

import pytest

from tests.voc_nlp.toys import toy_embedder
from training.data.corpus import CORPUS
from training.data.splits import DEV_WRITERS
from training.evaluate.opinions import HALVES, measure_opinions, opinion_sections

LABELS = [
    json.loads(line) for line in (CORPUS / "opinions_dev.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_labels_stand_in_their_comments(lang: str) -> None:
    lines = (CORPUS / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    comments = {row["id"]: row for row in map(json.loads, lines)}
    rows = [row for row in LABELS if row["id"].startswith(lang)]
    assert len(rows) == 120
    assert len({row["id"] for row in rows}) == 120
    assert [sum(row["half"] == half for row in rows) for half in HALVES] == [60, 60]
    for row in rows:
        comment = comments[row["id"]]
        assert row["id"].split("-")[1] in DEV_WRITERS
        assert row["term"] in [aspect["term"] for aspect in comment["aspects"]]
        assert len(row["opinions"]) <= 2
        assert all(words in comment["text"] for words in row["opinions"])


def write(folder: Path, text: str, term: str, opinions: list[str]) -> None:
    """Write a corpus of one English comment with one labelled aspect, and a Japanese one."""
    (folder / "en.jsonl").write_text(json.dumps({"id": "en-f-1", "text": text}), encoding="utf-8")
    label = {"id": "en-f-1", "term": term, "opinions": opinions, "half": "held-out"}
    japanese = {"id": "ja-f-1", "term": "味", "opinions": ["良い"], "half": "held-out"}
    (folder / "ja.jsonl").write_text(json.dumps({"id": "ja-f-1", "text": "味は良い"}), encoding="utf-8")
    lines = "\n".join(json.dumps(row) for row in (label, japanese))
    (folder / "opinions_dev.jsonl").write_text(lines, encoding="utf-8")


@pytest.mark.parametrize(("opinions", "f1"), [(["slow"], 1.0), (["Nice"], 0.0), (["Nice", "slow"], 2 / 3)])
def test_overlap(tmp_path: Path, opinions: list[str], f1: float) -> None:
    write(tmp_path, "Nice day. The delivery was slow.", "delivery", opinions)
    figures = measure_opinions(toy_embedder(), folder=tmp_path)
    assert figures["en"].f1.value == pytest.approx(f1)
    section = opinion_sections(figures)
    assert section[0] == "## Opinion words"
    assert f"| en | 1 | {f1:.3f} (" in section[-1]


def test_a_half_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="development, held-out"):
        measure_opinions(toy_embedder(), "other")
