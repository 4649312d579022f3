"""The command `voc` with the shipped models, from file to file."""

import json
from pathlib import Path
from typing import Any

import pytest

from voc_nlp.cli import run

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "models" / "registry.toml").is_file(), reason="models/registry.toml is not there yet"
)

TEXTS = [
    "配送が三日も遅れて届きました。二度と頼みません。",
    "The courier left my parcel in the rain and nobody answers the phone.",
    "店員さんの説明がとても丁寧で安心しました。",
    "The new app is fast and easy to use, thank you!",
    "解約したいのに電話がつながらない。",
    "I was charged twice this month, please refund me.",
    "梱包が雑で箱が潰れていた。",
    "Checkout keeps crashing on my phone.",
    "ログインできません。早急に対応してください。",
    "Great value, will buy again.",
    "料金が高すぎると思います。",
    "The waiting time at the branch was too long.",
]
BAD: list[dict[str, Any]] = [
    {"id": "empty", "text": ""},
    {"id": "emoji", "text": "🙂🙂"},
    {"id": "long", "text": "あ" * 20_001},
    {"id": "longer", "text": "late " * 20_000},
    {"id": "surrogate", "text": "\ud800"},
    {"id": "nul", "text": "a\0b"},
    {"id": "lang", "text": "bonjour", "lang": "fr"},
]


def put(path: Path, rows: list[dict[str, Any]]) -> str:
    """Write a JSONL file."""
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return str(path)


def lines(path: str) -> list[dict[str, Any]]:
    """Read a JSONL file."""
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_analyze(tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", [{"id": str(n), "text": text} for n, text in enumerate(TEXTS)] + BAD)
    out = str(tmp_path / "out.jsonl")
    assert run(["analyze", source, out]) == 3
    rows = lines(out)
    assert [row["id"] for row in rows] == [*map(str, range(len(TEXTS))), *(row["id"] for row in BAD)]
    for row, text in zip(rows, TEXTS, strict=False):
        assert row["language"] == ("en" if text.isascii() else "ja")
        assert row["text"] == text
        assert "error" not in row
        assert row["sentences"]
        assert row["model_version"]
    codes = {row["id"]: row.get("error", {}).get("code") for row in rows[len(TEXTS) :]}
    assert codes == {
        "empty": None,
        "emoji": None,
        "long": "text_too_long",
        "longer": "text_too_long",
        "surrogate": "invalid_text",
        "nul": "invalid_text",
        "lang": "unsupported_language",
    }
    assert rows[-1]["language"] == "other"
    assert rows[-1]["error"]["message"].startswith("line 19: ")


def test_workers_and_formats_give_the_same_answers(tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", [{"id": str(n), "text": text} for n, text in enumerate(TEXTS)])
    one, two, table = (str(tmp_path / name) for name in ("1.jsonl", "2.jsonl", "3.csv"))
    assert run(["analyze", source, one]) == 0
    assert run(["analyze", source, two, "--workers", "2"]) == 0
    assert lines(one) == lines(two)
    assert run(["analyze", one, table, "--tier", "fast"]) == 0


@pytest.mark.parametrize(
    ("text", "word"), [("荷物がまだ届きません。", "荷物"), ("My parcel still has not arrived.", "parcel")]
)
def test_explain_names_words_for_people_and_for_programs(
    text: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", text, "--tier", "fast"]) == 0
    assert f"{word} +" in capsys.readouterr().out
    assert run(["explain", text, "--tier", "fast", "--json"]) == 0
    labels = {label["task"]: label for label in json.loads(capsys.readouterr().out)["labels"]}
    named = [text[one["start"] : one["end"]] for one in labels["department"]["words"]]
    assert word in named


def test_explain_refuses_what_cannot_be_analysed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "あ" * 20_001]) == 2
    assert "20,000" in capsys.readouterr().err


def test_departments_of_ones_own(tmp_path: Path) -> None:
    texts = ["新卒採用の面接の連絡が来ません。", "No word after my job interview."]
    source = put(tmp_path / "in.jsonl", [{"id": str(n), "text": text} for n, text in enumerate(texts)])
    departments = tmp_path / "mine.toml"
    departments.write_text(
        (ROOT / "config" / "taxonomy.toml").read_text("utf-8")
        + """
[[departments]]
id = "hiring"
name_ja = "採用"
name_en = "Hiring"
description_ja = "新卒・中途採用、求人、面接、応募"
description_en = "Jobs, applications, interviews, recruitment"
examples = ["新卒採用の面接の連絡が来ません。", "No word after my job interview."]
keywords = ["採用", "面接", "interview", "job"]
""",
        "utf-8",
    )
    found = []
    for workers in ("1", "2"):
        out = str(tmp_path / f"out-{workers}.jsonl")
        more = ["--departments", str(departments), "--tier", "fast", "--workers", workers]
        assert run(["analyze", source, out, *more]) == 0
        found.append(lines(out))
    assert found[0] == found[1]
    assert [row["departments"][0]["id"] for row in found[0]] == ["hiring", "hiring"]
