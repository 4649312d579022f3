"""Writing answers: every format round trip, and never a half file under the final name."""

import csv
import gzip
import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records import Record, RecordReader, RecordWriter, answer_columns, answer_of_line
from voc_nlp.records.flat import ANALYSIS_LAYOUT, THEMES_LAYOUT
from voc_nlp.schema import Comment, Refusal

ANSWER: dict[str, Any] = {
    "id": "007",
    "language": "ja",
    "meaningful": True,
    "sentiment": {"label": "negative", "score": -0.51, "probabilities": {"negative": 1.0}},
    "sentences": [{"start": 0, "end": 3, "label": "negative", "score": -0.51}],
    "aspects": [],
    "intent": {"label": "complaint", "probabilities": {"complaint": 1.0}},
    "urgency": {"level": "high", "reasons": [{"code": "legal", "start": 0, "end": 2}]},
    "churn": {"at_risk": False, "probability": 0.1, "reasons": []},
    "departments": [{"id": "logistics", "probability": 0.9}, {"id": "billing", "probability": 0.6}],
    "abstained": False,
    "themes": [{"id": "t-1", "label": "配送の遅れ", "similarity": 0.7}],
    "pii": [],
    "model_version": "v1",
}
REFUSED: dict[str, Any] = {"id": "2", "error": {"code": "missing_text", "message": "line 3: no text"}}


def write(path: Path, lines: list[dict[str, Any]], **options: Any) -> Path:
    """Write lines to a file."""
    with RecordWriter(path, **options) as out:
        for line in lines:
            out.write(line)
    return path


def csv_rows(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """Read a CSV file as a spreadsheet would."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_columns_stand_beside_the_answer_and_overwrite_nothing() -> None:
    columns = {
        "id": 7,
        "text": "遅い",
        "sentiment": "bad",
        "input_sentiment": "x",
        "店舗": "渋谷",
        "error": 1,
    }
    line = answer_columns(Record(3, Comment("7", "遅い"), columns), {**ANSWER, "id": "7"})
    assert line["id"] == "7"
    assert line["sentiment"] == ANSWER["sentiment"]
    assert line["text"] == "遅い"
    assert line["input_sentiment"] == "bad"
    assert line["input_input_sentiment"] == "x"
    assert line["店舗"] == "渋谷"
    assert line["input_error"] == 1
    assert "input_id" not in line
    assert list(line)[: len(ANSWER)] == list(ANSWER)


def test_an_id_that_could_not_be_used_is_kept() -> None:
    record = Record(1, Refusal("1", "invalid_record", "line 1: id is a list"), {"id": ["x"], "text": "a"})
    assert answer_columns(record, record.item.to_dict() if isinstance(record.item, Refusal) else {}) == {
        "id": "1",
        "error": {"code": "invalid_record", "message": "line 1: id is a list"},
        "input_id": ["x"],
        "text": "a",
    }


def test_every_error_names_its_line_once() -> None:
    error = {"id": "1", "error": {"code": "text_too_long", "message": "too long"}}
    line = answer_of_line(Record(9, Comment("1", "x"), {}), error)
    assert line["error"]["message"] == "line 9: too long"
    assert error["error"] == {
        "code": "text_too_long",
        "message": "too long",
    }


STRANGE = [
    "配送が遅い",
    "two\r\nlines",
    '"quoted", comma',
    "nul \0",
    "\ud800 alone",
    "\u2028 separator",
    "🙂",
    "0070",
    " ",
]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.csv", "out.csv.gz", "out.parquet"])
def test_what_is_written_can_be_read_again(tmp_path: Path, name: str) -> None:
    lines = [{**ANSWER, "id": f"0{n}", "text": text, "code": "0012"} for n, text in enumerate(STRANGE)]
    path = write(tmp_path / name, [*lines, REFUSED])
    assert [p.name for p in tmp_path.iterdir()] == [name]
    with RecordReader(path) as reader:
        records = list(reader)
    plain = "jsonl" in name
    expected = STRANGE if plain else [text.replace("\ud800", "\\ud800") for text in STRANGE]
    assert [r.columns["text"] for r in records[:-1]] == expected
    assert [r.item.id for r in records] == [f"0{n}" for n in range(len(STRANGE))] + ["2"]
    assert {r.columns["code"] for r in records[:-1]} == {"0012"}


def test_jsonl_lines_are_the_answers(tmp_path: Path) -> None:
    line = {**ANSWER, "x": float("nan"), "y": [float("inf")]}
    content = write(tmp_path / "out.jsonl", [line, REFUSED]).read_text("utf-8")
    assert "配送の遅れ" in content
    rows = [json.loads(row, parse_constant=pytest.fail) for row in content.splitlines()]
    assert rows == [{**ANSWER, "x": None, "y": [None]}, REFUSED]


def test_jsonl_gz_is_the_same_every_time(tmp_path: Path) -> None:
    a = write(tmp_path / "a.jsonl.gz", [ANSWER]).read_bytes()
    assert a == write(tmp_path / "b.jsonl.gz", [ANSWER]).read_bytes()
    assert json.loads(gzip.decompress(a)) == ANSWER


def test_csv_columns(tmp_path: Path) -> None:
    lines = [{**ANSWER, "text": "遅い", "店舗": "渋谷"}, {**REFUSED, "郵便番号": "0040001", "score": "5"}]
    path = write(tmp_path / "out.csv", lines)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,text,language,meaningful,sentiment,score,")
    first, second = csv_rows(path)
    assert list(first) == [
        *("id", "text", *ANALYSIS_LAYOUT.plain, "店舗", "郵便番号", "input_score"),
        *(f"{key}_json" for key in ANALYSIS_LAYOUT.nested),
    ]
    assert first["id"] == "007"
    assert first["score"] == "-0.51"
    assert first["departments"] == "logistics;billing"
    assert first["themes"] == "配送の遅れ"
    assert first["meaningful"] == "true"
    assert first["店舗"] == "渋谷"
    assert json.loads(first["urgency_json"]) == ANSWER["urgency"]
    assert first["error_code"] == ""
    assert second["error_code"] == "missing_text"
    assert second["error_message"] == "line 3: no text"
    assert second["郵便番号"] == "0040001"
    assert second["input_score"] == "5"
    assert second["departments_json"] == ""


FORMULAS = ["=1+1", "+cmd", "-x", "@SUM(A1)", "＝1", "\t=1", "=HYPERLINK(1)"]
PLAIN = ["-5", "+819012345678", "-0.5", "0070", "a=b", "", "ー"]


def test_csv_cells_cannot_run_as_formulas(tmp_path: Path) -> None:
    lines = [{**ANSWER, "text": text} for text in FORMULAS + PLAIN]
    guarded = [row["text"] for row in csv_rows(write(tmp_path / "a.csv", lines))]
    assert guarded == [f"'{text}" for text in FORMULAS] + PLAIN
    kept = [row["text"] for row in csv_rows(write(tmp_path / "b.csv", lines, guard_formulas=False))]
    assert kept == FORMULAS + PLAIN


def test_parquet_columns_and_types(tmp_path: Path) -> None:
    lines = [
        {
            **ANSWER,
            "text": "遅い",
            "n": 1,
            "f": 1,
            "b": True,
            "m": 1,
            "big": 2**63,
            "deep": {"a": [1]},
            "none": None,
        },
        {**REFUSED, "n": None, "f": 2.5, "m": "x", "big": 1},
    ]
    table = pq.read_table(write(tmp_path / "out.parquet", lines))
    types = {field.name: str(field.type) for field in table.schema}
    assert types["score"] == "double"
    assert types["meaningful"] == "bool"
    assert types["sentences_json"] == "string"
    assert [types[n] for n in ("n", "f", "b", "m", "big", "none")] == [
        *("int64", "double", "bool", "string", "string", "string")
    ]
    first, second = table.to_pylist()
    assert first["n"] == 1
    assert first["f"] == 1.0
    assert first["m"] == "1"
    assert first["big"] == str(2**63)
    assert json.loads(first["deep"]) == {"a": [1]}
    assert json.loads(first["sentiment_json"]) == ANSWER["sentiment"]
    assert second["meaningful"] is None
    assert second["error_code"] == "missing_text"
    assert second["m"] == "x"


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl"])
def test_no_lines(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [])
    if name == "out.csv":
        assert path.read_text("utf-8-sig").strip() == ",".join(ANALYSIS_LAYOUT.names)
    elif name == "out.parquet":
        assert pq.read_table(path).column_names == list(ANALYSIS_LAYOUT.names)
    else:
        assert path.read_bytes() == b""


def test_themes_layout(tmp_path: Path) -> None:
    lines = [{"id": "1", "themes": ANSWER["themes"]}, {"id": "2", "themes": []}]
    rows = csv_rows(write(tmp_path / "out.csv", lines, layout=THEMES_LAYOUT))
    assert rows[0] == {
        "id": "1",
        "themes": "配送の遅れ",
        "similarity": "0.7",
        "error_code": "",
        "error_message": "",
        "themes_json": json.dumps(ANSWER["themes"], ensure_ascii=False),
    }
    assert rows[1]["themes"] == ""
    assert rows[1]["similarity"] == ""
    assert rows[1]["themes_json"] == "[]"


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl", "out.jsonl.gz"])
@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, name: str, failure: type[BaseException]
) -> None:
    (tmp_path / name).write_text("old")

    def fail() -> None:
        with RecordWriter(tmp_path / name) as out:
            out.write(ANSWER)
            raise failure

    with pytest.raises(failure):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "old"


def test_the_final_name_appears_only_at_the_end(tmp_path: Path) -> None:
    with RecordWriter(tmp_path / "out.jsonl") as out:
        out.write(ANSWER)
        assert not (tmp_path / "out.jsonl").exists()
    assert (tmp_path / "out.jsonl").exists()


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "real" / "target.jsonl")
    write(tmp_path / "out.jsonl", [ANSWER])
    assert (tmp_path / "out.jsonl").is_symlink()
    assert (tmp_path / "real" / "target.jsonl").is_file()


def test_unwritable_targets(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UnreadableFileError, match="is a directory"):
        RecordWriter(tmp_path / "folder.csv")
    with pytest.raises(UnreadableFileError, match="unknown ending"):
        RecordWriter(tmp_path / "out.xlsx")
    with (
        pytest.raises(UnreadableFileError, match="cannot be written"),
        RecordWriter(tmp_path / "no" / "out.csv"),
    ):
        pass


def test_a_full_disk_is_an_error_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UnreadableFileError, match="No space left"):
        write(tmp_path / "out.csv", [ANSWER])
    assert not list(tmp_path.iterdir())


def test_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=buffer))
    with RecordWriter("-") as out:
        out.write(ANSWER)
    assert json.loads(buffer.getvalue()) == ANSWER
