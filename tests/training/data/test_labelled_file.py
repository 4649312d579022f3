"""Labelled files: every column is read, and no row is lost without its line being named."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.data.labelled_file import read_labelled, read_labelled_files


def put(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def csv(path: Path, header: str, *rows: str) -> Path:
    return put(path, header, *rows)


@pytest.mark.parametrize(("lang", "text"), [("ja", "配送が遅い。"), ("en", "The delivery was late.")])
def test_every_column_is_read(tmp_path: Path, lang: str, text: str) -> None:
    term = text[:2]
    row = {
        "text": text, "sentiment": "Negative", "departments": ["rooms", "kitchen"], "intent": "wish",
        "urgency": "high", "churn": True, "writer": "w1", "channel": "email", "industry": "hotel",
        "aspects": [{"term": term, "sentiment": "negative"}],
    }  # fmt: skip
    (found,) = read_labelled(put(tmp_path / "a.jsonl", row)).rows
    assert (found.text, found.lang, found.source, found.group) == (text, lang, "a.jsonl", "w1")
    assert (found.sentiment, found.intent, found.urgency, found.churn_risk) == (
        "negative", "wish", "high", True,
    )  # fmt: skip
    assert found.departments == ("rooms", "kitchen")
    assert found.aspects == ((term, "negative"),)
    assert (found.channel, found.industry) == ("email", "hotel")


@pytest.mark.parametrize(
    ("cell", "departments"),
    [
        ("rooms", ("rooms",)),
        ("rooms;kitchen", ("rooms", "kitchen")),
        ("rooms、kitchen", ("rooms", "kitchen")),
        ("none", ()),
        ('"[""rooms"", ""kitchen""]"', ("rooms", "kitchen")),
        ("[]", ()),
        ("", None),
    ],
)
def test_departments_in_a_cell(tmp_path: Path, cell: str, departments: tuple[str, ...] | None) -> None:
    file = csv(tmp_path / "a.csv", "text,departments", f"部屋が寒い。,{cell}")
    assert read_labelled(file).rows[0].departments == departments


@pytest.mark.parametrize(
    ("column", "cell", "risk"),
    [("churn", "true", True), ("churn_risk", "No", False), ("churn", "はい", True), ("churn", "", None)],
)
def test_churn_in_a_cell(tmp_path: Path, column: str, cell: str, risk: bool | None) -> None:
    file = csv(tmp_path / "a.csv", f"text,{column}", f"Never again.,{cell}")
    assert read_labelled(file).rows[0].churn_risk is risk


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": None}, "no text was found"),
        ({"text": " "}, "text is empty"),
        ({"text": "x y", "lang": "fr"}, "fr"),
        ({"sentiment": "happy"}, "sentiment is of another value"),
        ({"urgency": 3}, "urgency is of another value"),
        ({"intent": "Big Wish"}, "intent is no id"),
        ({"departments": "Front Desk"}, "departments is no list of ids"),
        ({"departments": "a;b;c;d"}, "departments is 4 ids"),
        ({"departments": ["a", "a"]}, "departments is 2 ids"),
        ({"departments": ["a", "none"]}, "none or triage among others"),
        ({"departments": 7}, "neither text nor a list"),
        ({"departments": "[a"}, "a list that is not JSON"),
        ({"churn": "maybe"}, "churn is of another value"),
        ({"aspects": "[x"}, "aspects is not JSON"),
        ({"aspects": {"term": "a"}}, "aspects is no list"),
        ({"aspects": [{"term": "not there", "sentiment": "negative"}]}, "a member of another form"),
    ],
)
def test_a_broken_row_is_named_with_its_line(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    text = "The room was cold."
    file = put(tmp_path / "a.jsonl", {"text": text}, {"text": text, **columns}, {"text": text, "id": "z"})
    found = read_labelled(file)
    assert len(found.rows) == 2
    (fault,) = found.broken
    assert fault.startswith("line 2: ")
    assert message in fault
    assert "not there" not in fault
    with pytest.raises(ValueError, match=r"a\.jsonl: 1 of 3 rows cannot be used"):
        read_labelled_files([file])
    assert len(read_labelled_files([file], skip_broken=True)[0].rows) == 2


def test_many_broken_rows_are_counted(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"text": "Fine.", "sentiment": "odd"} for _ in range(25)]
    with pytest.raises(ValueError, match=r"line 20: (.|\n)*and 5 more"):
        read_labelled_files([put(tmp_path / "a.jsonl", {"text": "Good."}, *rows[1:], rows[0])])


def test_the_header_says_how_many_were_erased(tmp_path: Path) -> None:
    file = put(tmp_path / "a.jsonl", {"erased": 3, "exported_at": "2026-11-22"}, {"text": "遅い。"})
    found = read_labelled(file)
    assert (found.erased, len(found.rows), found.broken) == (3, 1, ())


@pytest.mark.parametrize("value", [-1, "3", True, 1.5])
def test_a_header_that_is_none(tmp_path: Path, value: object) -> None:
    with pytest.raises(ValueError, match="line 1: the header's erased is"):
        read_labelled(put(tmp_path / "a.jsonl", {"erased": value}, {"text": "遅い。"}))


def test_a_file_without_comments(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no comment"):
        read_labelled_files([put(tmp_path / "a.jsonl", {"erased": 1})])


def test_files_go_by_their_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    files = [put(folder / "a.jsonl", {"text": "遅い。"}) for folder in (tmp_path, tmp_path / "b")]
    with pytest.raises(ValueError, match=r"two labelled files are named a\.jsonl"):
        read_labelled_files(files)
